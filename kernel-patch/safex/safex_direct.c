// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a kernel with patches/ can do and others can't.  Its headers say so
 * when this is built, its symbols once more where it is loaded; without them
 * the longer ways stay: a thread, and a computed time.
 */
#define pr_fmt(fmt) "safex: " fmt

#include <linux/bpf.h>
#include <linux/module.h>
#include <linux/sched/cputime.h>
#include <linux/sched/deadline.h>
#include "safex_internal.h"

#ifdef sched_dl_set_runtime
#define safex_find_set_runtime() symbol_get(sched_dl_set_runtime)
#else
#define safex_find_set_runtime() NULL
#endif

static bool usual;
module_param(usual, bool, 0444);
MODULE_PARM_DESC(usual, "Do without what patches to the kernel add");

static int (*safex_set_runtime)(struct task_struct *p, u64 runtime);
static unsigned long long (*safex_runtime_of)(struct task_struct *p);
static bool safex_finds_programs;

u64 safex_features(void)
{
	u64 features = 0;

	if (safex_set_runtime)
		features |= SAFEX_FEATURE_DL_DIRECT;
	if (safex_runtime_of)
		features |= SAFEX_FEATURE_EXACT_CPU;
	if (!safex_takes())
		features |= SAFEX_FEATURE_IRQ_APART;
#ifdef bpf_may_goto_flag
	features |= SAFEX_FEATURE_MAY_GOTO;
#endif
	if (safex_finds_programs)
		features |= SAFEX_FEATURE_CALL_DIRECT;
	return features;
}

/* Any context.  -EOPNOTSUPP, or as sched_dl_set_runtime() says. */
int safex_direct_runtime(struct task_struct *p, u64 runtime)
{
	return safex_set_runtime ? safex_set_runtime(p, runtime) : -EOPNOTSUPP;
}

/* Any context.  False: there is no exact figure. */
bool safex_direct_time(struct task_struct *p, u64 *ns)
{
	if (!safex_runtime_of)
		return false;
	*ns = safex_runtime_of(p);
	return true;
}

/* The kernel proper is never unloaded: nothing to give back. */
void safex_direct_init(void)
{
	u64 features;

	if (!usual) {
		safex_set_runtime = safex_find_set_runtime();
		safex_runtime_of = symbol_get(task_sched_runtime);
		safex_finds_programs = safex_program_init();
	}
	safex_taken_measure();
	features = safex_features();
	pr_info("reservations change %s, CPU time is %s, loops end %s, programs are called %s, at %s cost\n",
		features & SAFEX_FEATURE_DL_DIRECT ? "at once" : "by a thread",
		features & SAFEX_FEATURE_EXACT_CPU ? "exact" : "computed",
		features & SAFEX_FEATURE_MAY_GOTO ? "by may_goto" : "by checks",
		features & SAFEX_FEATURE_CALL_DIRECT ? "directly" : "by trampolines",
		features & SAFEX_FEATURE_IRQ_APART ?
			"their own" : "an interrupted task's");
}
