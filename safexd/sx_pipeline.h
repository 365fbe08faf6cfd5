/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From source to guarded object: the stages of safexd, in order.
 *
 *	admit -> compile -> instrument -> assemble -> guard -> audit
 *
 * A job without a role ends with the second, which looks only for the role.
 * Runs in a disposable worker process, blocking; the front reads its result
 * from a socket.  Nothing here is privileged and nothing touches the kernel.
 */
#ifndef SX_PIPELINE_H
#define SX_PIPELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/safex.h>
#include "dio_error.h"

#define SX_SOURCE_MAX	(256 * 1024)
#define SX_OBJECT_MAX	(256 * 1024)
#define SX_DIGEST	32
#define SX_EXPRESSION	160		/* bytes with the NUL, as in safex/declare.h */

/* Also `stage` of an exit record; SAFEX_STAGE_KERNEL is the one after LOAD. */
enum sx_stage {
	SX_STAGE_NONE, SX_STAGE_ADMIT, SX_STAGE_COMPILE, SX_STAGE_INSTRUMENT,
	SX_STAGE_GUARD, SX_STAGE_AUDIT, SX_STAGE_LOAD, SX_STAGE_KERNEL,
};

/* Everything is borrowed. attrs: layout of the class, for a monitor or handler. */
struct sx_job {
	enum safex_kind		 role;		/* MANAGER, MONITOR or HANDLER; NONE: only to see which */
	const char		*file;		/* for diagnostics only, never opened */
	const void		*source;
	size_t			 length;
	const struct safex_attr	*attrs;
	unsigned int		 n_attrs;
	bool			 explain;	/* the result's texts for people are wanted */
};

struct sx_compilers;	/* see sx_compiler.h */

/* Of one run of the compiler. */
struct sx_limits {
	unsigned int wall_ms, cpu_s;
	size_t memory;			/* bytes of address space */
	size_t out, err;		/* bytes that it may write to stdout, stderr */
};

/* Where the tools are; found once by sx_tools_find(). */
struct sx_tools {
	char clang[128];		/* "" : none that will do */
	char resource[128];		/* its own headers */
	char bwrap[128];
	char sdk[128];			/* directory that holds safex/extension.h */
	char version[128];		/* of the compiler: part of the digest */
	char cpu[8];			/* newest instruction set that it knows */
	bool divides, may_goto;		/* it divides signed and counts bits; its assembler, may_goto */
	uint8_t stages[SX_DIGEST];	/* of the program that runs them: part of it, too */
	char libraries[4096];		/* what the compiler loads: paths, a NUL after each */
	const char *missing;		/* after a failure of sx_tools_find(): what, else NULL */
	struct sx_limits limits;
	bool timed_loops;		/* for a kernel with SAFEX_FEATURE_MAY_GOTO */
};

struct sx_object {
	uint8_t	*data;			/* malloc'ed, the result's */
	size_t	 size;
};

struct sx_result {
	struct dio_status status;	/* why it failed, with file and line; warnings of the compiler */
	enum sx_stage	 stage;		/* that failed, or the last */
	uint32_t	 ms[SX_STAGE_KERNEL];	/* wall time of each */
	enum safex_kind	 role;		/* of a job without one: that which the source defines */
	struct sx_object program;
	struct sx_object guard;		/* of a manager */
	char		*listing;	/* with job->explain, else NULL: see sx_explain_program() */
	char		*rules;		/* the same, of a manager: its guard as C */
	struct safex_attr attrs[SAFEX_ATTRS_MAX];	/* a manager's declarations */
	unsigned int	 n_attrs;
	char		 initial[SAFEX_ATTRS_MAX][SX_EXPRESSION];	/* see sx_initial_values() */
	uint64_t	 read_mask, write_mask;	/* slots that the program names */
	uint8_t		 layout[SX_DIGEST];	/* of its variables, see sx_variables.h */
	uint8_t		 digest[SX_DIGEST];	/* of source, headers, compiler, layout */
};

/*
 * 0 or -errno (-ENOENT: no compiler or sandbox; fails closed). Runs each
 * compiler that it considers: takes part of a second. DIONISYS_CLANG: path of
 * the only one to consider.
 */
int sx_tools_find(struct sx_tools *tools);
/* The compiler and how it is used, in one line for people. */
void sx_tools_print(const struct sx_tools *tools, char *buf, size_t size);

/* Monotonic. */
uint64_t sx_now_ms(void);

/* Of this process's own program file. 0 or -errno. */
int sx_program_digest(uint8_t digest[SX_DIGEST]);

/* 0, or -errno with result->status set. The result is always to be released. */
int sx_pipeline_run(const struct sx_tools *tools, const struct sx_job *job,
		    struct sx_result *result);
/* The same with compilers that may be started already; what remains of them is the caller's. */
int sx_pipeline_run_with(struct sx_compilers *compilers, const struct sx_job *job,
			 struct sx_result *result);
void sx_result_release(struct sx_result *result);

/*
 * Values of a new class: of each declared attribute that is not in `given`
 * (one bit per slot), from the manager's `initial` expression; those may name
 * attributes before and after. 0, or the slot that has none: -EDOM (division by
 * zero), -EINVAL (it needs itself).
 */
int sx_initial_values(const char initial[][SX_EXPRESSION], struct safex_attr *attrs,
		      unsigned int n_attrs, uint64_t given, unsigned int *slot);

/* The cache key, without compiling. */
void sx_pipeline_digest(const struct sx_tools *tools, const struct sx_job *job,
			uint8_t digest[SX_DIGEST]);

#endif
