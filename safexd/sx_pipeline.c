/* SPDX-License-Identifier: GPL-2.0-only */
/* The stages, in order. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "sx_admit.h"
#include "sx_audit.h"
#include "sx_compile.h"
#include "sx_declare.h"
#include "sx_explain.h"
#include "sx_frame.h"
#include "sx_guard.h"
#include "sx_instrument.h"
#include "sx_names.h"
#include "sx_refusals.h"
#include "sx_shown.h"
#include "sx_source.h"
#include "sx_variables.h"

#define FILE_MAX	128	/* as the compiler is told */
#define SHOWN_MAX	512

struct work {
	struct sx_compilers *compilers;
	struct sx_job job;
	struct sx_result *result;
	char file[FILE_MAX], shown[SHOWN_MAX];
	struct sx_output compiled;
	struct sx_declared declared;
};

static int admit(struct work *w)
{
	return sx_admit(&w->job, w->file, &w->result->status);
}

static struct sx_text source_of(const struct work *w)
{
	return (struct sx_text){ w->file, w->job.source, w->job.length };
}

/* As the compiler sees it: what a condition leaves out is not there, what a macro makes is. */
static int see_role(struct work *w)
{
	struct sx_result *r = w->result;
	const struct sx_text source = source_of(w);
	int ret = sx_preprocess(&w->compilers->program, &source, &w->compiled, &r->status);
	unsigned int roles = ret ? 0 : sx_source_roles(w->compiled.out, w->compiled.out_size);

	if (ret)
		return ret;
	if (roles && !(roles & (roles - 1))) {
		r->role = (enum safex_kind)__builtin_ctz(roles);
		return 0;
	}
	dio_status_set(&r->status, DIO_E_INVALID, "%s " SX_REFUSED_ROLES,
		       w->file, roles ? "more than one" : "none",
		       roles ? ": say which is meant" : "");
	return -EINVAL;
}

/* All that this job needs loads while the first of them works. */
static int compile(struct work *w)
{
	const struct sx_text source = source_of(w);

	if (!w->job.role)
		return see_role(w);
	sx_compilers_start(w->compilers, w->job.role);
	return sx_compile(&w->compilers->program, w->job.role, &source, &w->compiled,
			  &w->result->status);
}

/* A manager's layout is what it declares itself. */
static int declarations(struct work *w, const struct sx_asm *a)
{
	struct sx_result *r = w->result;
	int ret = sx_declare_read(a, w->file, &w->declared, &r->status);

	if (ret)
		return ret;
	r->n_attrs = w->declared.n;
	memcpy(r->attrs, w->declared.attrs, sizeof(r->attrs));
	for (unsigned int i = 0; i < r->n_attrs; i++)
		memcpy(r->initial[i], w->declared.d[i].initial, SX_EXPRESSION);
	w->job.attrs = r->attrs;
	w->job.n_attrs = r->n_attrs;
	return 0;
}

static void explain(struct work *w, const struct sx_asm *a, const struct sx_checked *checked)
{
	const struct sx_text source = { w->shown, w->job.source, w->job.length };
	size_t size;
	FILE *f = open_memstream(&w->result->listing, &size);

	if (!f)
		return;
	sx_explain_program(f, &source, a, checked);
	fclose(f);
}

/* Assembly with its checks -> object, which becomes the result's. */
static int assemble(struct work *w, struct sx_compiler *compiler, enum safex_kind role,
		    const struct sx_asm *a, struct sx_object *object)
{
	const struct sx_text source = source_of(w);
	struct dio_status *status = &w->result->status;
	struct sx_checked checked = { 0 };
	struct sx_output o = { 0 };
	int ret;

	ret = sx_shape_check(a, role, &source, status);
	if (!ret)
		ret = sx_instrument(a, role, compiler->tools->timed_loops, w->file, &checked, status);
	if (!ret && w->job.explain && role != SAFEX_KIND_GUARD)
		explain(w, a, &checked);
	if (!ret)
		ret = sx_assemble(compiler, w->file, checked.text, checked.size, &o, status);
	sx_checked_release(&checked);
	if (!ret) {
		char *fitting = realloc(o.out, o.out_size);

		*object = (struct sx_object){ (uint8_t *)(fitting ? fitting : o.out), o.out_size };
		o.out = NULL;
	}
	sx_output_release(&o);
	return ret;
}

static int instrument(struct work *w)
{
	const struct sx_text source = { w->file, w->job.source, w->job.length };
	struct sx_result *r = w->result;
	struct sx_asm a;
	int ret;

	ret = sx_asm_parse(&a, w->compiled.out, w->compiled.out_size, &source, &r->status);
	if (!ret)
		ret = sx_variables_fit(&a, &source, &r->status);
	if (!ret && w->job.role == SAFEX_KIND_MANAGER)
		ret = declarations(w, &a);
	if (!ret)
		ret = sx_names_resolve(&a, &w->job, &r->read_mask, &r->write_mask, &r->status);
	if (!ret)
		ret = assemble(w, &w->compilers->program, w->job.role, &a, &r->program);
	sx_asm_release(&a);
	return ret;
}

/* The guard is a program of its own and never sees what the author wrote. */
static int guard(struct work *w)
{
	struct sx_result *r = w->result;
	struct sx_output o = { 0 };
	struct sx_text text = { .file = w->file };
	struct sx_asm a = { 0 };
	char *source;
	int ret;

	if (w->job.role != SAFEX_KIND_MANAGER)
		return 0;
	text.at = source = sx_guard_source(&w->declared, &text.length);
	if (!source) {
		dio_status_set(&r->status, DIO_E_NO_MEMORY, "%s: out of memory", w->file);
		return -ENOMEM;
	}
	ret = sx_compile(&w->compilers->guard, SAFEX_KIND_GUARD, &text, &o, &r->status);
	if (!ret)
		ret = sx_asm_parse(&a, o.out, o.out_size, &text, &r->status);
	if (!ret)
		ret = assemble(w, &w->compilers->guard, SAFEX_KIND_GUARD, &a, &r->guard);
	sx_asm_release(&a);
	sx_output_release(&o);
	if (w->job.explain)
		r->rules = source;
	else
		free(source);
	if (ret && r->status.code != DIO_E_INTERNAL && r->status.code != DIO_E_NO_MEMORY)
		r->status.code = DIO_E_GUARD;
	return ret;
}

static int audit(struct work *w)
{
	struct sx_result *r = w->result;
	int ret = sx_audit(r->program.data, r->program.size, w->job.role, &r->status);

	if (!ret && w->job.role == SAFEX_KIND_MANAGER)
		ret = sx_audit(r->guard.data, r->guard.size, SAFEX_KIND_GUARD, &r->status);
	if (!ret)
		sx_variables_digest(r->program.data, r->program.size, r->layout);
	return ret;
}

static const struct {
	enum sx_stage stage;
	int (*run)(struct work *w);
} stages[] = {
	{ SX_STAGE_ADMIT, admit },
	{ SX_STAGE_COMPILE, compile },
	{ SX_STAGE_INSTRUMENT, instrument },
	{ SX_STAGE_GUARD, guard },
	{ SX_STAGE_AUDIT, audit },
};

uint64_t sx_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* Of what compiles; what a later stage refuses has its reason first. */
static void add_warnings(struct work *w)
{
	const struct sx_text source = source_of(w);
	struct sx_result *r = w->result;
	size_t used = strlen(r->status.message), room = sizeof(r->status.message) - used;

	if (!w->job.role || r->stage < SX_STAGE_COMPILE || (r->stage == SX_STAGE_COMPILE && r->status.code))
		return;
	sx_compile_warnings(&w->compiled, &source, r->status.message + used + !!used, room - !!used);
	if (used && r->status.message[used + 1])
		r->status.message[used] = '\n';
}

/* What is said in the end. */
static void complete(struct work *w)
{
	const struct sx_text source = source_of(w);
	struct dio_status *st = &w->result->status;

	sx_frame_name(&w->compilers->program, w->job.role, &source, st);
	add_warnings(w);
	if (strcmp(w->file, w->shown))
		sx_shown_replace(st->message, sizeof(st->message), w->file, w->shown);
}

/* Editors of some systems begin UTF-8 with its byte order mark, which is no part of line 1. */
static void skip_mark(struct sx_job *job)
{
	static const char mark[] = "\xef\xbb\xbf";

	if (job->length < strlen(mark) || memcmp(job->source, mark, strlen(mark)))
		return;
	job->source = (const char *)job->source + strlen(mark);
	job->length -= strlen(mark);
}

int sx_pipeline_run_with(struct sx_compilers *compilers, const struct sx_job *job,
			 struct sx_result *result)
{
	struct work *w = calloc(1, sizeof(*w));
	int ret = 0;

	memset(result, 0, sizeof(*result));
	if (!w) {
		dio_status_set(&result->status, DIO_E_NO_MEMORY, "out of memory");
		return -ENOMEM;
	}
	w->compilers = compilers;
	w->job = *job;
	w->result = result;
	sx_compile_file(job->file, w->file, sizeof(w->file));
	sx_shown_file(job->file, w->shown, sizeof(w->shown));
	w->job.file = w->file;
	skip_mark(&w->job);
	for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]) && !ret; i++) {
		uint64_t begin = sx_now_ms();

		if (!job->role && stages[i].stage > SX_STAGE_COMPILE)
			break;

		result->stage = stages[i].stage;
		ret = stages[i].run(w);
		result->ms[result->stage] = (uint32_t)(sx_now_ms() - begin);
	}
	complete(w);
	/* Nobody is handed what was refused. */
	if (ret)
		sx_result_release(result);
	else
		sx_pipeline_digest(compilers->program.tools, job, result->digest);
	sx_output_release(&w->compiled);
	free(w);
	return ret;
}

int sx_pipeline_run(const struct sx_tools *tools, const struct sx_job *job,
		    struct sx_result *result)
{
	struct sx_compilers compilers;
	int ret;

	sx_compilers_init(&compilers, tools);
	ret = sx_pipeline_run_with(&compilers, job, result);
	sx_compilers_drop(&compilers);
	return ret;
}

void sx_result_release(struct sx_result *result)
{
	free(result->program.data);
	free(result->guard.data);
	free(result->listing);
	free(result->rules);
	result->program = result->guard = (struct sx_object){ 0 };
	result->listing = result->rules = NULL;
}
