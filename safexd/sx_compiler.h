/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * clang in its sandbox, step by step. It takes longer to load than to compile,
 * so it can be started before there is anything to compile.
 */
#ifndef SX_COMPILER_H
#define SX_COMPILER_H

#include <stdbool.h>
#include "sx_pipeline.h"
#include "sx_sandbox.h"

#define SX_ARGV	96	/* room for the arguments of a step */

/* Each reads stdin and writes stdout. */
enum sx_step {
	SX_STEP_ASSEMBLY,	/* C -> assembly */
	SX_STEP_IR,		/* C -> LLVM IR, no pass run yet */
	SX_STEP_FROM_IR,	/* that -> assembly */
	SX_STEP_OBJECT,		/* assembly -> object */
	SX_STEP_PREPROCESS,	/* C -> C without macros and conditions */
	SX_STEPS
};

/* Of one program: each run is used once; for a step that has none, one is started. */
struct sx_compiler {
	const struct sx_tools *tools;
	struct sx_sandbox ready[SX_STEPS];
};

/* Of one job. */
struct sx_compilers {
	struct sx_compiler program, guard;
};

/* Nothing is started. tools are borrowed. */
void sx_compilers_init(struct sx_compilers *compilers, const struct sx_tools *tools);
/*
 * What the role needs and is not there: a manager has a guard too. They load
 * side by side; what cannot be started says so at its step.
 */
void sx_compilers_start(struct sx_compilers *compilers, enum safex_kind role);
/* All that was started has begun to read, or will not any more. */
bool sx_compilers_loaded(const struct sx_compilers *compilers);
/* What was not used; nothing is left of it. */
void sx_compilers_drop(struct sx_compilers *compilers);

/* Arguments of clang, with a NULL behind; paths are those inside the sandbox. */
void sx_compiler_argv(enum sx_step step, const char *cpu, const char *argv[SX_ARGV]);

/* One step, as sx_sandbox_finish(). */
int sx_compiler_run(struct sx_compiler *compiler, enum sx_step step, const char *text, size_t size,
		    struct sx_output *output);

#endif
