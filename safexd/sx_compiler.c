/* SPDX-License-Identifier: GPL-2.0-only */
/* The runs of clang: their arguments, and their start before there is input. */
#include "sx_compiler.h"
#include "sx_tools.h"

/*
 * clang's inner command, so that no driver has to be started: clang -###
 * prints these. Inline assembly is left as it is written (-no-integrated-as):
 * sx_asm.c reads it. -disable-lsr: loops go on counting indices, not moving
 * pointers, which nobody could check (sx_bounds.c).
 */
static const char *const compiler[] = {
	"-cc1", "-triple", "bpf", "-disable-free", "-clear-ast-before-backend",
	"-disable-llvm-verifier", "-discard-value-names", "-main-file-name", "extension",
	"-mrelocation-model", "static", "-mframe-pointer=all", "-ffp-contract=on",
	"-fno-rounding-math", "-no-integrated-as",
	"-debug-info-kind=constructor", "-dwarf-version=5", "-fdebug-compilation-dir=/",
	/* Checks of the language, where it has no meaning; they end in calls, see sx_insn.c. */
	"-fsanitize=array-bounds,shift-exponent", "-fsanitize-minimal-runtime",
	"-resource-dir", SX_IN_RESOURCE, "-nostdsysteminc", "-I", SX_IN_SDK,
	"-internal-isystem", SX_IN_RESOURCE "/include", "-O2", "-std=gnu17", "-fwrapv", "-ffreestanding",
	"-fgnuc-version=4.2.1", "-mllvm", "-disable-lsr", "-ferror-limit", "20",
	/* What authors are told of. A number that is no text, or none that fits, is never meant. */
	"-Wall", "-Wconditional-uninitialized", "-Wtautological-unsigned-zero-compare",
	"-Werror=int-conversion", "-Werror=integer-overflow",
	/* By some compilers it is no error, and then it is called. */
	"-Werror=implicit-function-declaration",
	"-Wno-missing-braces", "-Wno-unused-function", "-Wno-unused-value", "-Wunused-comparison",
	"-Wno-unused-variable", "-Wno-unused-but-set-variable", "-Wno-undefined-internal",
	"-Wno-pragma-clang-attribute",
	/* Objects are the same whenever they are compiled; -Wdate-time alone can be turned off. */
	"-D__DATE__=\"none\"", "-D__TIME__=\"none\"", "-D__TIMESTAMP__=\"none\"", "-Wno-builtin-macro-redefined",
	/* For their places, see sx_says_of_warning(). */
	"-Wvla", "-Walloca", "-Wgnu-label-as-value",
	"-Wdate-time", "-Werror=date-time", "-Werror=division-by-zero", "-fmessage-length=0", NULL,
};

static const char *const assembler[] = {
	"-cc1as", "-triple", "bpf", "-filetype", "obj", "-mrelocation-model", "static", NULL,
};

/* What differs between the steps; all read stdin and write stdout. */
static const struct {
	const char *const *first;
	const char *rest[6];
} steps[] = {
	[SX_STEP_ASSEMBLY] = { compiler, { "-S", "-x", "c" } },
	[SX_STEP_IR] = { compiler, { "-emit-llvm", "-disable-llvm-passes", "-x", "c" } },
	/* Nor does a pass make counts of bits of loops again (sx_dialect.h). */
	[SX_STEP_FROM_IR] = { compiler, { "-mllvm", "-disable-loop-idiom-all", "-S", "-x", "ir" } },
	[SX_STEP_OBJECT] = { assembler, { NULL } },
	[SX_STEP_PREPROCESS] = { compiler, { "-E", "-x", "c" } },
};

static void append(const char *argv[SX_ARGV], size_t *n, const char *const *from)
{
	while (*from && *n + 1 < SX_ARGV)
		argv[(*n)++] = *from++;
}

void sx_compiler_argv(enum sx_step step, const char *cpu, const char *argv[SX_ARGV])
{
	const char *const last[] = { "-target-cpu", cpu, "-o", "-", "-", NULL };
	size_t n = 0;

	append(argv, &n, steps[step].first);
	append(argv, &n, steps[step].rest);
	append(argv, &n, last);
	argv[n] = NULL;
}

static int begin(struct sx_compiler *c, enum sx_step which)
{
	struct sx_sandbox *run = &c->ready[which];
	const char *argv[SX_ARGV];

	if (sx_sandbox_waits(run))
		return 0;
	sx_sandbox_drop(run);
	sx_compiler_argv(which, c->tools->cpu, argv);
	return sx_sandbox_start(c->tools, argv, run);
}

static void start(struct sx_compiler *c)
{
	if (c->tools->divides) {
		begin(c, SX_STEP_ASSEMBLY);
	} else {
		begin(c, SX_STEP_IR);
		begin(c, SX_STEP_FROM_IR);
	}
	begin(c, SX_STEP_OBJECT);
}

static bool is_loaded(const struct sx_compiler *c)
{
	for (size_t i = 0; i < SX_STEPS; i++)
		if (sx_sandbox_waits(&c->ready[i]) && !sx_sandbox_loaded(&c->ready[i]))
			return false;
	return true;
}

static void drop(struct sx_compiler *c)
{
	for (size_t i = 0; i < SX_STEPS; i++)
		sx_sandbox_drop(&c->ready[i]);
}

void sx_compilers_init(struct sx_compilers *c, const struct sx_tools *tools)
{
	*c = (struct sx_compilers){ { .tools = tools }, { .tools = tools } };
}

void sx_compilers_start(struct sx_compilers *c, enum safex_kind role)
{
	start(&c->program);
	if (role == SAFEX_KIND_MANAGER)
		start(&c->guard);
}

bool sx_compilers_loaded(const struct sx_compilers *c)
{
	return is_loaded(&c->program) && is_loaded(&c->guard);
}

void sx_compilers_drop(struct sx_compilers *c)
{
	drop(&c->program);
	drop(&c->guard);
}

int sx_compiler_run(struct sx_compiler *c, enum sx_step which, const char *text, size_t size,
		    struct sx_output *output)
{
	int ret = begin(c, which);

	return ret ? ret : sx_sandbox_finish(&c->ready[which], text, size, output);
}
