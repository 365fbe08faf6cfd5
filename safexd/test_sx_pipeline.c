/* SPDX-License-Identifier: GPL-2.0-only */
/* Sources as authors write them, wrong and hostile ones, through all stages. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include "sx_audit.h"
#include "sx_compiler.h"
#include "t_pipeline.h"

#define EXT "#include <safex/extension.h>\n"
#define MGR "#include <safex/manager.h>\n"

/* A source that is refused: where, as what, and with which words. */
struct bad {
	const char *what, *source;
	enum safex_kind role;
	enum sx_stage stage;
	enum dio_error code;
	const char *words, *more;
};

static const struct bad bad[] = {
	{ "does not compile", EXT "void monitor(void)\n{\n\tnonsense;\n}\n", SAFEX_KIND_MONITOR,
	  SX_STAGE_COMPILE, DIO_E_COMPILE, "x.c:4:2: error: use of undeclared identifier 'nonsense'", "" },
	{ "unclosed brace", EXT "void monitor(void)\n{\n", SAFEX_KIND_MONITOR, SX_STAGE_COMPILE,
	  DIO_E_COMPILE, "x.c:3:2: error: expected '}'\nx.c:3:1: note: to match this '{'", "" },
	{ "no monitor", EXT "void handler(event ev) { }\n", SAFEX_KIND_MONITOR, SX_STAGE_INSTRUMENT,
	  DIO_E_INSTRUMENT, "x.c: source has no function monitor()", "" },
	{ "no handler", EXT "void monitor(void) { }\n", SAFEX_KIND_HANDLER, SX_STAGE_INSTRUMENT,
	  DIO_E_INSTRUMENT, "x.c: source has no function handler()", "" },
	{ "no manager", MGR "int x;\n", SAFEX_KIND_MANAGER, SX_STAGE_INSTRUMENT, DIO_E_INSTRUMENT,
	  "x.c: source has no function manager()", "" },
	{ "nothing", "", SAFEX_KIND_MONITOR, SX_STAGE_ADMIT, DIO_E_INVALID, "x.c: source of 0 bytes", "" },
	{ "unknown attribute", EXT "void monitor(void)\n{\n\tget_attribute(\"actual\");\n}\n",
	  SAFEX_KIND_MONITOR, SX_STAGE_INSTRUMENT, DIO_E_NO_ATTRIBUTE,
	  "x.c:4: attribute \"actual\" does not exist", "actual_cpu" },
	{ "no right to set", EXT "void monitor(void)\n{\n\n\tset_attribute(\"target_cpu\", 1);\n}\n",
	  SAFEX_KIND_MONITOR, SX_STAGE_INSTRUMENT, DIO_E_DENIED,
	  "x.c:5: no right to set attribute \"target_cpu\"", "" },
	{ "attribute in a helper", EXT "s64 get(void)\n{\n\treturn get_attribute(\"no\");\n}\n"
	  "void monitor(void) { if (get()) raise_event(\"E\", 1); }\n",
	  SAFEX_KIND_MONITOR, SX_STAGE_INSTRUMENT, DIO_E_NO_ATTRIBUTE, "x.c:4: ", "" },
	{ "name with quotes and a line end", EXT "void monitor(void) { get_attribute(\"a\\\"\\nb\"); }\n",
	  SAFEX_KIND_MONITOR, SX_STAGE_INSTRUMENT, DIO_E_INSTRUMENT, "x.c:2: name is not a plain", "" },
	{ "long name", EXT "void monitor(void) { get_attribute(\"a123456789012345678901234567890123\"); }\n",
	  SAFEX_KIND_MONITOR, SX_STAGE_INSTRUMENT, DIO_E_INSTRUMENT, "longer than 31", "" },
	{ "name with a NUL", EXT "void monitor(void) { get_attribute(\"actual_cpu\\0x\"); }\n",
	  SAFEX_KIND_MONITOR, SX_STAGE_INSTRUMENT, DIO_E_INSTRUMENT, "not a plain string", "" },
	{ "name that is no literal", EXT "static char n[4];\nvoid monitor(void) { get_attribute(n); }\n",
	  SAFEX_KIND_MONITOR, SX_STAGE_INSTRUMENT, DIO_E_INSTRUMENT, "not a plain string", "" },
	{ "recursion", EXT "s64 f(s64 n) { return n < 2 ? 1 : f(n - 1) + f(n - 2); }\n"
	  "void monitor(void) { raise_event(\"E\", f(get_attribute(\"target_cpu\"))); }\n",
	  SAFEX_KIND_MONITOR, SX_STAGE_INSTRUMENT, DIO_E_INSTRUMENT, "f() cannot be made part", "" },
	{ "pointer to function", EXT "static s64 f(s64 n) { return n; }\ns64 (*p)(s64) = f;\n"
	  "void monitor(void) { raise_event(\"E\", p(1)); p = 0; }\n",
	  SAFEX_KIND_MONITOR, SX_STAGE_INSTRUMENT, DIO_E_INSTRUMENT, "x.c:4: a function is called through a pointer", "" },
	{ "address in a variable", EXT "static s64 v[8], *at = &v[2];\nvoid monitor(void) { (*at)++; }\n",
	  SAFEX_KIND_MONITOR, SX_STAGE_INSTRUMENT, DIO_E_INSTRUMENT, "x.c:2: variable at begins with", "" },
	{ "addresses in a table", EXT "static s64 a, b, *const t[2] = { &a, &b };\n"
	  "void monitor(void) { (*t[get_attribute(\"period\") & 1])++; }\n",
	  SAFEX_KIND_MONITOR, SX_STAGE_INSTRUMENT, DIO_E_INSTRUMENT, "x.c:2: variable t begins with", "" },
	{ "call of the kernel", EXT "void panic(const char *);\nvoid monitor(void) { panic(0); }\n",
	  SAFEX_KIND_MONITOR, SX_STAGE_INSTRUMENT, DIO_E_INSTRUMENT, "panic() ", "" },
	{ "helper of BPF", EXT "void monitor(void) { ((int (*)(void))5)(); }\n", SAFEX_KIND_MONITOR,
	  SX_STAGE_INSTRUMENT, DIO_E_INSTRUMENT, "x.c:2: a function is called through a pointer or a number", "" },
	{ "manager's call", EXT "SAFEX_KFUNC u64 safex_cpu_used(struct safex_share *share);\n"
	  "void monitor(void) { safex_cpu_used(0); }\n",
	  SAFEX_KIND_MONITOR, SX_STAGE_INSTRUMENT, DIO_E_INSTRUMENT, "safex_cpu_used() is not among", "" },
	{ "manager's share", EXT "void monitor(void) { static u64 x; x = (u64)SAFEX_SHARE; }\n",
	  SAFEX_KIND_MONITOR, SX_STAGE_INSTRUMENT, DIO_E_INSTRUMENT, "only a service manager has a share", "" },
	{ "wrong header", MGR "void monitor(void) { }\n", SAFEX_KIND_MONITOR, SX_STAGE_COMPILE,
	  DIO_E_COMPILE, "does not include <safex/manager.h>", "" },
	{ "include", EXT "#include \"/etc/passwd\"\nvoid monitor(void) { }\n", SAFEX_KIND_MONITOR,
	  SX_STAGE_ADMIT, DIO_E_COMPILE, "x.c:2: only <safex/extension.h>", "" },
	{ "include by a macro", EXT "#define F \"/etc/passwd\"\n%:include F\nvoid monitor(void) { }\n",
	  SAFEX_KIND_MONITOR, SX_STAGE_COMPILE, DIO_E_COMPILE, "x.c:3:", "file not found" },
	{ "embed", EXT "static const char c[] = {\n#embed \"/etc/passwd\"\n};\nvoid monitor(void) { raise_event(\"E\", c[0]); }\n",
	  SAFEX_KIND_MONITOR, SX_STAGE_COMPILE, DIO_E_COMPILE, "'/etc/passwd' file not found", "" },
	{ "incbin", EXT "asm(\".incbin \\\"/etc/passwd\\\"\");\nvoid monitor(void) { }\n", SAFEX_KIND_MONITOR,
	  SX_STAGE_INSTRUMENT, DIO_E_INSTRUMENT, "assembly is not allowed in a source: .incbin", "" },
	{ "instructions as data", EXT "void monitor(void) { asm volatile(\".byte 0x85\"); }\n",
	  SAFEX_KIND_MONITOR, SX_STAGE_INSTRUMENT, DIO_E_INSTRUMENT, "assembly is not allowed", ".byte" },
	{ "call in assembly", EXT "void monitor(void) { asm volatile(\"callx r1\"); }\n", SAFEX_KIND_MONITOR,
	  SX_STAGE_INSTRUMENT, DIO_E_INSTRUMENT, "x.c:2: assembly is not allowed in a source: callx r1", "" },
	{ "two statements in a line", EXT "void monitor(void) { asm volatile(\"r0 = 0; call 5\"); }\n",
	  SAFEX_KIND_MONITOR, SX_STAGE_INSTRUMENT, DIO_E_INSTRUMENT, "assembly is not allowed", "" },
	{ "own section", EXT "asm(\".section .maps,\\\"aw\\\"\");\nvoid monitor(void) { }\n", SAFEX_KIND_MONITOR,
	  SX_STAGE_INSTRUMENT, DIO_E_INSTRUMENT, "section is not allowed: .maps", "" },
	{ "map", EXT "int m __attribute__((section(\".maps\"), used));\nvoid monitor(void) { }\n",
	  SAFEX_KIND_MONITOR, SX_STAGE_INSTRUMENT, DIO_E_INSTRUMENT, "section is not allowed: .maps", "" },
	{ "second program", EXT "__attribute__((section(\"struct_ops/handler\"), used)) int h(void *p) { return 0; }\n"
	  "void monitor(void) { }\n",
	  SAFEX_KIND_MONITOR, SX_STAGE_INSTRUMENT, DIO_E_INSTRUMENT, "a function is left beside monitor()", "" },
	{ "own license", EXT "char l[] __attribute__((section(\"license\"), used)) = \"MIT\";\nvoid monitor(void) { }\n",
	  SAFEX_KIND_MONITOR, SX_STAGE_AUDIT, DIO_E_AUDIT, "license", "" },
	{ "binary", EXT "\001\002", SAFEX_KIND_MONITOR, SX_STAGE_ADMIT, DIO_E_INVALID, "x.c:2: byte 0x01", "" },
	{ "not UTF-8", EXT "// \xc3(\n", SAFEX_KIND_MONITOR, SX_STAGE_ADMIT, DIO_E_INVALID, "byte 0xc3", "" },
	{ "terminal control in a diagnostic", EXT "#error \xc2\x9b" "31m\nvoid monitor(void) { }\n",
	  SAFEX_KIND_MONITOR, SX_STAGE_COMPILE, DIO_E_COMPILE, "error: ", "" },
	{ "variables of 100 MB", EXT "static char big[100 << 20];\nvoid monitor(void) { big[get_attribute(\"period\") & 0xffffff]++; }\n",
	  SAFEX_KIND_MONITOR, SX_STAGE_INSTRUMENT, DIO_E_TOO_BIG,
	  "x.c:2: variables and constants of 104857607 bytes, and 65536 are allowed; the largest is big with 104857600", "" },
	{ "many variables", EXT "// big[\nstatic char a[9000];\nvoid monitor(void)\n{\n\tstatic const s64 t[2] = { 1, 2 };\n"
	  "\tstatic u32\n\t\tbig[20000] = { 1 };\n\tbig[get_attribute(\"period\") % 20000] += t[a[7]++ & 1];\n}\n",
	  SAFEX_KIND_MONITOR, SX_STAGE_INSTRUMENT, DIO_E_TOO_BIG,
	  "x.c:8: variables and constants of 89023 bytes, and 65536 are allowed; the largest is big with 80000", "" },
	{ "output of 4 MiB", EXT "static char far __attribute__((aligned(4 << 20))) = 1;\nstatic char a = 2;\n"
	  "void monitor(void) { raise_event(\"E\", far++ + a++); }\n",
	  SAFEX_KIND_MONITOR, SX_STAGE_INSTRUMENT, DIO_E_INSTRUMENT, "compiler was stopped: its output was too large", "" },
	{ "large frame", EXT "void monitor(void) { s64 a[62]; for (int i = 0; i < 62; i++) a[i] = get_attribute(\"period\");\n"
	  "\tfor (int i = 0; i < 62; i++) raise_event(\"E\", a[61 - i]); }\n",
	  SAFEX_KIND_MONITOR, SX_STAGE_INSTRUMENT, DIO_E_INSTRUMENT, "488 bytes", "" },
	{ "writable without range", MGR "attribute(\"x\", .rights = EXT_WRITE);\nvoid manager(void) { }\n",
	  SAFEX_KIND_MANAGER, SX_STAGE_INSTRUMENT, DIO_E_GUARD, "x.c:2: attribute \"x\": can be written but has no range", "" },
	{ "declared twice", MGR "attribute(\"x\");\nattribute(\"x\");\nvoid manager(void) { }\n",
	  SAFEX_KIND_MANAGER, SX_STAGE_INSTRUMENT, DIO_E_GUARD, "declared twice", "" },
	{ "expression", MGR "attribute(\"x\", .initial = \"1 +\");\nvoid manager(void) { }\n",
	  SAFEX_KIND_MANAGER, SX_STAGE_INSTRUMENT, DIO_E_GUARD, "\"x\": .initial: unexpected end", "" },
	{ "function that expressions have not", MGR "attribute(\"x\", .initial = \"abs(1)\");\nvoid manager(void) { }\n",
	  SAFEX_KIND_MANAGER, SX_STAGE_INSTRUMENT, DIO_E_GUARD, ".initial: no such function (there are min and max) at \"abs(1)\"", "" },
	{ "operator that expressions have not", MGR "attribute(\"x\", .initial = \"(7 % 2)\");\nvoid manager(void) { }\n",
	  SAFEX_KIND_MANAGER, SX_STAGE_INSTRUMENT, DIO_E_GUARD, ".initial: no such operator (there are + - ", "" },
	{ "long unit", MGR "attribute(\"x\", .unit = \"nanoseco\");\nvoid manager(void) { }\n",
	  SAFEX_KIND_MANAGER, SX_STAGE_INSTRUMENT, DIO_E_GUARD, "x.c:2: attribute \"x\": .unit is longer than 7 characters", "" },
	{ "long name", MGR "attribute(\"x23456789012345678901234567890123\");\nvoid manager(void) { }\n",
	  SAFEX_KIND_MANAGER, SX_STAGE_INSTRUMENT, DIO_E_GUARD, "its name is longer than 31 characters", "" },
	{ "range that is none", MGR "attribute(\"x\", .minimum = 2, .maximum = 1);\nvoid manager(void) { }\n",
	  SAFEX_KIND_MANAGER, SX_STAGE_INSTRUMENT, DIO_E_GUARD, ".minimum is above .maximum: 2 > 1", "" },
	{ "declaration with an address", MGR "static int v;\nattribute(\"x\", .minimum = (long)&v);\nvoid manager(void) { v++; }\n",
	  SAFEX_KIND_MANAGER, SX_STAGE_INSTRUMENT, DIO_E_GUARD, "declarations are not readable: ", "" },
	{ "expression that would leave the guard", MGR "attribute(\"x\", .initial = \"0); map_to(1, 2\");\nvoid manager(void) { }\n",
	  SAFEX_KIND_MANAGER, SX_STAGE_INSTRUMENT, DIO_E_GUARD, "not understood at \"); map_to", "" },
	{ "name that would leave a comment", MGR "attribute(\"x*/\");\nvoid manager(void) { }\n",
	  SAFEX_KIND_MANAGER, SX_STAGE_INSTRUMENT, DIO_E_GUARD, "name must begin", "" },
	{ "65 attributes", MGR "#define A(n) attribute(#n \"a\"); attribute(#n \"b\"); attribute(#n \"c\"); attribute(#n \"d\"); attribute(#n \"e\");\n"
	  "A(a) A(b) A(c) A(d) A(e) A(f) A(g) A(h) A(i) A(j) A(k) A(l) A(m)\nvoid manager(void) { }\n",
	  SAFEX_KIND_MANAGER, SX_STAGE_INSTRUMENT, DIO_E_GUARD, "x.c: more than 64 attributes are declared", "" },
};

/* Words that begin with a place begin the message. */
static bool says(const char *message, const char *words)
{
	const char *at = strstr(message, words);

	return at && (strncmp(words, "x.c", 3) || at == message);
}

/* Compilers are started for all that may come: what was not needed is gone as well. */
static void nothing_runs(void)
{
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void test_bad(void **state)
{
	static struct sx_result r;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const struct bad *b = &bad[i];
		int ret = t_run(b->role, b->source, &r);

		/* Of a function that is not there, some compilers know at once. */
		bool early = r.stage == SX_STAGE_COMPILE && !strncmp(b->what, "no ", 3);

		if (!ret || (!early && (r.status.code != b->code || r.stage != b->stage)) ||
		    !says(r.status.message, b->words) || !strstr(r.status.message, b->more))
			fail_msg("%s: %d, stage %d, code %d: %s", b->what, ret, r.stage, r.status.code,
				 r.status.message);
		if (strstr(r.status.message, "<stdin>") || strstr(r.status.message, "root:"))
			fail_msg("%s: says too much: %s", b->what, r.status.message);
		for (const char *c = r.status.message; *c; c++)
			assert_true(*c == '\n' || *c == '\t' || (*c >= ' ' && *c <= '~'));
		assert_null(r.program.data);
		nothing_runs();
		sx_result_release(&r);
	}
}

/* `head`, then `piece` n times, then `tail`; malloc'ed. */
static char *repeated(const char *head, const char *piece, size_t n, const char *tail)
{
	size_t one = strlen(piece), at = strlen(head);
	char *text = malloc(at + n * one + strlen(tail) + 1);

	strcpy(text, head);
	for (; n; n--, at += one)
		memcpy(text + at, piece, one);
	strcpy(text + at, tail);
	return text;
}

static void stopped(const char *head, const char *piece, size_t n, const char *tail, const char *why)
{
	static struct sx_result r;
	char *text = repeated(head, piece, n, tail);

	assert_int_not_equal(t_run(SAFEX_KIND_MONITOR, text, &r), 0);
	if (r.status.code != DIO_E_COMPILE || !strstr(r.status.message, why))
		fail_msg("%s: %s", why, r.status.message);
	free(text);
}

/* What would make a compiler crash or talk without end costs nobody anything. */
static void test_stopped(void **state)
{
	(void)state;
	stopped(EXT, "#warning w\n", 20000, "void monitor(void) { }\n", "its output was too large");
	stopped(EXT "void monitor(void) { s64 a = 1; a = ", "- ", 100000, "a; }\n", "it crashed");
}

/* Nothing of this machine is there, not even to be asked for. */
static void test_sees_nothing(void **state)
{
	static const char *const paths[] = { "/etc/passwd", "/proc/self/environ", "/dev/null",
		"/usr/include/stdio.h", "/bin/sh", T_SOURCE "/configure.ac", "/sys/kernel" };
	static struct sx_result r;
	char text[512];

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		snprintf(text, sizeof(text), EXT "#if __has_include(\"%s\")\n#error it is there\n#endif\n"
			 "void monitor(void) { }\n", paths[i]);
		if (t_run(SAFEX_KIND_MONITOR, text, &r))
			fail_msg("%s: %s", paths[i], r.status.message);
		sx_result_release(&r);
	}
	/* The test itself: what is there, is. */
	assert_int_not_equal(t_run(SAFEX_KIND_MONITOR, EXT "#if __has_include(<safex/kernel.h>)\n#error there\n"
				   "#endif\nvoid monitor(void) { }\n", &r), 0);
}

static const char *const good[] = {
	EXT "void monitor() { while (1); }\n",
	EXT "void monitor(void) { for (u64 i = 0; ; i++) if (i == get_attribute(\"period\")) break; }\n",
	EXT "void monitor(void) { s64 s = 0; for (int i = 0; i < 99; i++) for (int j = 0; j < i; j++) s += j;\n"
	    "\traise_event(\"E\", s / get_attribute(\"period\") % get_attribute(\"windows\")); }\n",
	EXT "#include <stdint.h>\n#include <stdbool.h>\nint32_t n;\nvoid monitor(void) { n++; raise_event(\"E\", n); }\n",
	EXT "struct s { s64 a, b; };\nstatic struct s make(s64 x) { return (struct s){ x, x + 1 }; }\n"
	    "void monitor(void) { struct s v = make(get_attribute(\"period\")); raise_event(\"E\", v.a * v.b); }\n",
	EXT "static const s64 table[] = { 1, 2, 3, 5 };\n"
	    "void monitor(void) { raise_event(\"E\", table[get_attribute(\"windows\") & 3]); }\n",
	EXT "static const char text[] = \"none\";\n"
	    "void monitor(void) { raise_event(\"E\", text[get_attribute(\"windows\") & 7]); }\n",
	EXT "void monitor(void) { switch (get_attribute(\"windows\")) { case 0: break; case 1: raise_event(\"A\", 1); break;\n"
	    "\tcase 2: raise_event(\"B\", 1); break; case 3: safex_throw(); default: raise_event(\"C\", FX(1.5)); } }\n",
	/* No object knows when it was compiled. */
	EXT "_Static_assert(sizeof(__DATE__ __TIME__ __TIMESTAMP__) == sizeof(\"nonenonenone\"), \"\");\n"
	    "void monitor(void) { }\n",
	EXT "/* \xc3\xa4 */\nvoid monitor(void) { }\r\n",
	"void monitor(void) { }",
};

static void test_good(void **state)
{
	static struct sx_result r;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (t_run(SAFEX_KIND_MONITOR, good[i], &r))
			fail_msg("%s: %s", good[i], r.status.message);
		assert_int_equal(r.stage, SX_STAGE_AUDIT);
		assert_int_equal(sx_audit(r.program.data, r.program.size, SAFEX_KIND_MONITOR, &r.status), 0);
		nothing_runs();
		sx_result_release(&r);
	}
}

/* Once they have loaded: before, bubblewrap would leave one behind. */
static void kill_all(struct sx_compiler *c)
{
	for (size_t i = 0; i < SX_STEPS; i++) {
		if (!c->ready[i].pid)
			continue;
		while (!sx_sandbox_loaded(&c->ready[i]))
			assert_true(sx_sandbox_waits(&c->ready[i]));
		kill(c->ready[i].pid, SIGKILL);
		while (sx_sandbox_waits(&c->ready[i]))
			;
	}
}

/* What died while it waited for its input is nobody's failure. */
static void test_dead_compilers(void **state)
{
	static const char source[] = MGR "attribute(\"x\");\nvoid manager(void) { }\n";
	struct sx_job job = { .role = SAFEX_KIND_MANAGER, .file = "x.c", .source = source,
			      .length = strlen(source) };
	static struct sx_compilers c;
	static struct sx_result r;

	(void)state;
	sx_compilers_init(&c, t_tools());
	sx_compilers_start(&c, job.role);
	kill_all(&c.program);
	kill_all(&c.guard);
	if (sx_pipeline_run_with(&c, &job, &r))
		fail_msg("%s", r.status.message);
	sx_compilers_drop(&c);
	nothing_runs();
	sx_result_release(&r);
}

static void test_masks(void **state)
{
	static struct sx_result r;

	(void)state;
	assert_int_equal(t_run(SAFEX_KIND_HANDLER, EXT "void handler(event ev) { s64 x = get_attribute(\"actual_cpu\");\n"
			       "\tset_attribute(\"timeslice-adjustment\", x + ev.value); }\n", &r), 0);
	assert_int_equal(r.read_mask, 1u << 4);
	assert_int_equal(r.write_mask, 1u << 10);
	sx_result_release(&r);
}

static void test_size(void **state)
{
	static struct sx_result r;
	static char text[SX_SOURCE_MAX + 2];
	static const char end[] = "\nvoid monitor(void) { }";

	(void)state;
	memset(text, ' ', sizeof(text) - 1);
	memcpy(text + SX_SOURCE_MAX + 1 - strlen(end), end, strlen(end));
	assert_int_not_equal(t_run(SAFEX_KIND_MONITOR, text, &r), 0);
	assert_int_equal(r.status.code, DIO_E_TOO_BIG);
	assert_int_equal(t_run(SAFEX_KIND_MONITOR, text + 1, &r), 0);
	sx_result_release(&r);
}

static void test_file_name(void **state)
{
	static struct sx_result r;
	struct sx_job job = { .role = SAFEX_KIND_MONITOR, .file = "a\"\n#include \"/etc/passwd", .source = "x",
			      .length = 1 };

	(void)state;
	assert_int_not_equal(sx_pipeline_run(t_tools(), &job, &r), 0);
	assert_int_equal(r.status.code, DIO_E_COMPILE);
	assert_non_null(strstr(r.status.message, "a\"?#include \"/etc/passwd:1:1: error"));
}

/* Two sources differ, one is the same: so do and are the digests. */
static void test_digest(void **state)
{
	uint8_t a[SX_DIGEST], b[SX_DIGEST];
	struct safex_attr attr = { .name = "x" };
	struct sx_job job = { .role = SAFEX_KIND_MONITOR, .file = "f.c", .source = "abc", .length = 3 };
	struct sx_tools tools;

	(void)state;
	sx_pipeline_digest(t_tools(), &job, a);
	sx_pipeline_digest(t_tools(), &job, b);
	assert_memory_equal(a, b, sizeof(a));
	job.length = 2;
	sx_pipeline_digest(t_tools(), &job, b);
	assert_memory_not_equal(a, b, sizeof(a));
	job.length = 3;
	job.attrs = &attr;
	job.n_attrs = 1;
	sx_pipeline_digest(t_tools(), &job, b);
	assert_memory_not_equal(a, b, sizeof(a));
	/* What another build of the stages has made is not taken for ours. */
	job.n_attrs = 0;
	tools = *t_tools();
	tools.stages[0] ^= 1;
	sx_pipeline_digest(&tools, &job, b);
	assert_memory_not_equal(a, b, sizeof(a));
}

/* Compiled twice, an object is the same to the last byte: the cache may be compared. */
static void test_reproducible(void **state)
{
	static struct sx_result a, b;

	(void)state;
	assert_int_equal(t_run(SAFEX_KIND_MONITOR, good[2], &a), 0);
	assert_int_equal(t_run(SAFEX_KIND_MONITOR, good[2], &b), 0);
	assert_int_equal(a.program.size, b.program.size);
	assert_memory_equal(a.program.data, b.program.data, a.program.size);
	sx_result_release(&a);
	sx_result_release(&b);
}

static void test_initial(void **state)
{
	struct sx_result r = *t_cpu();
	unsigned int slot;

	(void)state;
	r.attrs[0].value = 20000000;			/* target_cpu */
	assert_int_equal(sx_initial_values(r.initial, r.attrs, r.n_attrs, 1, &slot), 0);
	assert_int_equal(r.attrs[1].value, 100000000);	/* period */
	assert_int_equal(r.attrs[2].value, 20000000);	/* minimum_cpu */
	assert_int_equal(r.attrs[3].value, 20600000);	/* maximum_cpu */
	assert_int_equal(r.attrs[8].value, 20000000);	/* timeslice */
	r.attrs[1].value = 20100000;
	assert_int_equal(sx_initial_values(r.initial, r.attrs, r.n_attrs, 3, &slot), 0);
	assert_int_equal(r.attrs[3].value, 20100000);
	strcpy(r.initial[0], "period");
	strcpy(r.initial[1], "target_cpu");
	assert_int_equal(sx_initial_values(r.initial, r.attrs, r.n_attrs, 0, &slot), -EINVAL);
	assert_int_equal(slot, 0);
	strcpy(r.initial[1], "7");
	strcpy(r.initial[4], "1 / (period - 7)");
	assert_int_equal(sx_initial_values(r.initial, r.attrs, r.n_attrs, 0, &slot), -EDOM);
	assert_int_equal(slot, 4);
}

/* Without a sandbox nothing is compiled. */
static void test_no_sandbox(void **state)
{
	static struct sx_tools tools;
	static struct sx_result r;
	struct sx_job job = { .role = SAFEX_KIND_MONITOR, .file = "f.c", .source = good[0],
			      .length = strlen(good[0]) };

	(void)state;
	tools = *t_tools();
	strcpy(tools.bwrap, "/nonexistent");
	assert_int_not_equal(sx_pipeline_run(&tools, &job, &r), 0);
	assert_int_equal(r.status.code, DIO_E_INTERNAL);
	*tools.bwrap = '\0';
	assert_int_not_equal(sx_pipeline_run(&tools, &job, &r), 0);
	assert_int_equal(r.status.code, DIO_E_INTERNAL);
}

static int group(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),	cmocka_unit_test(test_masks),
		cmocka_unit_test(test_reproducible), cmocka_unit_test(test_dead_compilers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	/* With the compiler that is taken here. */
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_size),	cmocka_unit_test(test_file_name),
		cmocka_unit_test(test_digest),	cmocka_unit_test(test_initial),
		cmocka_unit_test(test_no_sandbox), cmocka_unit_test(test_stopped),
		cmocka_unit_test(test_sees_nothing),
	};
	int failed = t_each_compiler(group);

	return cmocka_run_group_tests(tests, NULL, NULL) || failed;
}
