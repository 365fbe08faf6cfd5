/* SPDX-License-Identifier: GPL-2.0-only */
/* What is put around a source, and what is said of the runs. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sx_advice.h"
#include "sx_compile.h"
#include "sx_diagnostics.h"
#include "sx_dialect.h"
#include "sx_own.h"
#include "sx_refusals.h"
#include "sx_says.h"
#include "sx_source.h"
#include "sx_tools.h"

#define EMPTY_MAX	8	/* that are told of one source */

/* What clang calls its input. */
#define STDIN	"<stdin>"

struct role {
	const char *header, *ops, *member, *call;
};

static const struct role roles[] = {
	[SAFEX_KIND_MANAGER] = { "manager", "safex_manager_ops", "manager", "SAFEX_CATCH; manager()" },
	[SAFEX_KIND_GUARD] = { "guard", "safex_guard_ops", "guard", "return guard()" },
	[SAFEX_KIND_MONITOR] = { "extension", "safex_extension_ops", "monitor", "SAFEX_CATCH; monitor()" },
	[SAFEX_KIND_HANDLER] = { "extension", "safex_extension_ops", "handler",
				 "SAFEX_CATCH; handler(SAFEX_EVENT)" },
};

void sx_compile_file(const char *file, char *buf, size_t size)
{
	size_t n = 0;

	for (; *file && n + 1 < size; file++)
		buf[n++] = *file > ' ' && *file <= '~' && !strchr("\"\\#;%", *file) ? *file : '?';
	if (!n)
		buf[n++] = '?';
	buf[n] = '\0';
}

void sx_compile_record_file(const char *file, char *buf, size_t size)
{
	const char *base = strrchr(file, '/');

	sx_compile_file(base ? base + 1 : file, buf, size);
}

/* handler() and caught() may leave out their parameters, for every compiler: the headers declare them so. */
static void put_parameters(FILE *f, const void *source, size_t length)
{
	if (sx_source_takes_nothing(source, length, "handler"))
		fputs("#define SAFEX_NO_EVENT\n", f);
	if (sx_source_takes_nothing(source, length, "caught"))
		fputs("#define SAFEX_NO_EXCEPTION\n", f);
}

/*
 * Every function becomes part of the entry, and every variable stays what it is
 * in the source (it is annotated, so somebody may know its address): what an
 * optimizer splits or narrows keeps its type, and no kernel takes that. The
 * lines that are not the author's have a file name of their own: what is said of
 * them is not for him (sx_diagnostics.c).
 */
static char *surround(enum safex_kind role, const struct sx_text *source, const struct sx_own *own,
		      size_t *size)
{
	const struct role *r = &roles[role];
	char *text = NULL;
	FILE *f = open_memstream(&text, size);

	if (!f)
		return NULL;
	put_parameters(f, source->at, source->length);
	fprintf(f, "#line 1 \"" SX_OURS "\"\n%s#include <safex/%s.h>\n",
		own->long_long ? "#define SAFEX_LONG_LONG\n" : "", r->header);
	for (unsigned int i = 0; i < own->n; i++)
		fprintf(f, "#undef %s\n", own->macros[i]);
	fprintf(f,
		"#pragma clang attribute push(__attribute__((internal_linkage)), apply_to = function)\n"
		"#pragma clang attribute push(__attribute__((always_inline)), apply_to = function)\n"
		"#pragma clang attribute push(__attribute__((annotate(\"kept\"))), "
		"apply_to = variable(is_global))\n"
		"#line 1 \"%s\"\n",
		source->file);
	fwrite(source->at, 1, source->length, f);
	fprintf(f,
		"\n#line 1 \"" SX_OURS "\"\n"
		"#pragma clang attribute pop\n"
		"#pragma clang attribute pop\n"
		"#pragma clang attribute pop\n"
		"#ifdef caught\n"	/* the source has none, see exception.h */
		"#undef caught\n"
		"#undef SAFEX_CATCH\n"
		"#define SAFEX_CATCH\n"
		"void caught SAFEX_CAUGHT {}\n"
		"#endif\n"
		"SAFEX_PROGRAM(\"%s\") int safex_entry(void) { %s; return 0; }\n"
		"SAFEX_OBJECT struct %s extension = { .%s = (void *)safex_entry };\n"
		"char _license[] __attribute__((section(\"license\"), used)) = \"GPL\";\n",
		r->member, r->call, r->ops, r->member);
	if (fclose(f)) {
		free(text);
		return NULL;
	}
	return text;
}

/*
 * What clang says, for a terminal and for a log: no control characters but
 * line ends, and the source's name for what clang was given.
 */
static void escape(const char *from, const char *file, char *to, size_t size)
{
	size_t n = 0, name = strlen(file);

	for (; *from && n + name + 5 < size; from++) {
		unsigned char c = (unsigned char)*from;

		if (!strncmp(from, STDIN, strlen(STDIN))) {
			memcpy(to + n, file, name);
			n += name;
			from += strlen(STDIN) - 1;
			continue;
		}

		if (c == '\n' || c == '\t' || (c >= ' ' && c <= '~'))
			to[n++] = (char)c;
		else
			n += (size_t)snprintf(to + n, size - n, "\\x%02x", c);
	}
	while (n && to[n - 1] == '\n')
		n--;
	to[n] = '\0';
}

/* Of no file: whichever is compiled first meets it. */
static int no_sandbox(const char *said, struct dio_status *status)
{
	if (!*said)
		said = "bubblewrap cannot be run";
	dio_status_set(status, DIO_E_INTERNAL, SX_REFUSED_SANDBOX, said, sx_advice(said));
	return -ENOENT;
}

static int judge(int ret, const struct sx_output *o, const struct sx_text *source, enum dio_error code,
		 struct dio_status *status)
{
	const struct sx_sentence *stopped = sx_says(SX_SAYS_STOPPED);
	const char *err = o->err ? o->err : "";
	char said[DIO_MESSAGE_MAX - 512], *told;

	if (ret)
		return no_sandbox(strerror(-ret), status);
	if (o->started && !o->exited && o->out_size && !o->limit)
		return 0;
	told = o->started ? sx_diagnostics(source, err) : NULL;
	escape(told && *told ? told : err, source->file, said, sizeof(said));
	free(told);
	if (!o->started)
		return no_sandbox(said, status);
	if (o->limit)
		dio_status_set(status, code, "%s: %s: %s: %s", source->file, stopped->what, o->limit,
			       stopped->advice);
	else
		dio_status_set(status, code, "%s", *said ? said : SX_REFUSED_SILENT);
	return -EINVAL;
}

static int step(struct sx_compiler *c, enum sx_step which, const struct sx_text *source,
		const char *text, size_t size, struct sx_output *output, enum dio_error code,
		struct dio_status *status)
{
	if (!text) {
		dio_status_set(status, DIO_E_NO_MEMORY, "%s: out of memory", source->file);
		return -ENOMEM;
	}
	return judge(sx_compiler_run(c, which, text, size, output), output, source, code, status);
}

/* Older compilers fail at a call of what is not there. The others leave it to sx_shape.c. */
static int entry_missing(const char *ir, const char *file, const char *name,
			 struct dio_status *status)
{
	size_t n = strlen(name);

	for (const char *line = ir; line; line = strchr(line + 1, '\n')) {
		const char *at = strncmp(line, "\ndeclare ", 9) ? NULL : strchr(line, '@');

		if (!at || strncmp(at + 1, name, n) || at[1 + n] != '(')
			continue;
		dio_status_set(status, DIO_E_COMPILE, "%s: " SX_REFUSED_NO_FUNCTION, file, name);
		return -EINVAL;
	}
	return 0;
}

/* What was said of the first step stands before what was said of the second. */
static void join(const struct sx_output *first, struct sx_output *second)
{
	char *text;

	if (!first->err || asprintf(&text, "%s%s", first->err, second->err ? second->err : "") < 0)
		return;
	free(second->err);
	second->err = text;
	second->err_size += first->err_size;
}

/*
 * Around divisions and counts of bits that the compiler does not know. It is the first
 * run that has seen the source.
 */
static int compile_twice(struct sx_compiler *c, enum safex_kind role, const struct sx_text *source,
			 const char *text, size_t size, struct sx_output *output,
			 struct dio_status *status)
{
	struct sx_output ir = { 0 };
	char *rewritten;
	int ret = step(c, SX_STEP_IR, source, text, size, &ir, DIO_E_COMPILE, status);

	if (ret) {
		*output = ir;
		return ret;
	}
	ret = entry_missing(ir.out, source->file, roles[role].member, status);
	if (!ret)
		ret = entry_missing(ir.out, source->file, "caught", status);
	if (!ret) {
		rewritten = sx_dialect_ir(ir.out, &size);
		ret = step(c, SX_STEP_FROM_IR, source, rewritten, size, output, DIO_E_COMPILE, status);
		free(rewritten);
		join(&ir, output);
		if (ret && output->err)
			judge(0, output, source, DIO_E_COMPILE, status);
	}
	sx_output_release(&ir);
	return ret;
}

static int compile_once(struct sx_compiler *c, enum safex_kind role, const struct sx_text *source,
			const struct sx_own *own, struct sx_output *output, struct dio_status *status)
{
	size_t size;
	char *text = surround(role, source, own, &size);
	int ret = text && !c->tools->divides ?
			  compile_twice(c, role, source, text, size, output, status) :
			  step(c, SX_STEP_ASSEMBLY, source, text, size, output, DIO_E_COMPILE, status);

	free(text);
	return ret;
}

/*
 * A source may define what our headers define: min(), u64. Only the compiler can
 * tell, for that may be under an #if; then its own is taken in place of ours. It
 * says of all of them at once, or nearly: nobody makes us compile on and on.
 */
int sx_compile(struct sx_compiler *c, enum safex_kind role, const struct sx_text *source,
	       struct sx_output *output, struct dio_status *status)
{
	struct sx_own own = { .n = 0 };
	int ret;

	*output = (struct sx_output){ 0 };
	ret = compile_once(c, role, source, &own, output, status);
	for (int more = 2; more && ret && output->err && sx_own_find(source, output->err, &own); more--) {
		sx_output_release(output);
		*status = (struct dio_status){ .code = DIO_E_OK };
		ret = compile_once(c, role, source, &own, output, status);
	}
	return ret;
}

int sx_compile_ir(struct sx_compiler *c, enum safex_kind role, const struct sx_text *source,
		  struct sx_output *output, struct dio_status *status)
{
	const struct sx_own none = { .n = 0 };
	size_t size;
	char *text = surround(role, source, &none, &size);
	int ret;

	*output = (struct sx_output){ 0 };
	ret = step(c, SX_STEP_IR, source, text, size, output, DIO_E_COMPILE, status);
	free(text);
	return ret;
}

/*
 * -Wempty-body is never said: the compiler compares the line that #line makes of a
 * statement's with that in its input, and behind what surround() puts before the source
 * they differ always.
 */
static void warn_of_empty(FILE *f, const struct sx_text *source)
{
	struct sx_empty found[EMPTY_MAX];
	size_t n = sx_source_empty(source->at, source->length, found, EMPTY_MAX);

	for (size_t i = 0; i < n; i++)
		fprintf(f, "%s:%u:%u: warning: %s has empty body: put a semicolon that is meant in a "
			"line of its own\n", source->file, found[i].line, found[i].column, found[i].what);
}

void sx_compile_warnings(const struct sx_output *output, const struct sx_text *source, char *buf,
			 size_t size)
{
	char *told = output->err ? sx_diagnostics(source, output->err) : NULL, *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	if (f) {
		fputs(told ? told : "", f);
		warn_of_empty(f, source);
	}
	escape(f && !fclose(f) ? text : "", source->file, buf, size);
	free(text);
	free(told);
}

int sx_preprocess(struct sx_compiler *c, const struct sx_text *source, struct sx_output *output,
		  struct dio_status *status)
{
	char *text = NULL;
	int ret, size = asprintf(&text, "#line 1 \"%s\"\n%.*s", source->file, (int)source->length,
				 source->at);

	*output = (struct sx_output){ 0 };
	ret = step(c, SX_STEP_PREPROCESS, source, size < 0 ? NULL : text, (size_t)size, output,
		   DIO_E_COMPILE, status);
	if (size >= 0)
		free(text);
	return ret;
}

int sx_assemble(struct sx_compiler *c, const char *file, const char *text, size_t size,
		struct sx_output *output, struct dio_status *status)
{
	const struct sx_text source = { file, "", 0 };
	char *bytes = c->tools->may_goto ? NULL : sx_dialect_may_goto(text, &size);
	int ret = step(c, SX_STEP_OBJECT, &source, c->tools->may_goto ? text : bytes, size, output,
		       DIO_E_INSTRUMENT, status);

	free(bytes);
	return ret;
}
