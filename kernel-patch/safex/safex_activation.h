/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One activation: its program is called within its reservation, and its time
 * is charged.  What comes of it is the caller's: a commit if it returned 0,
 * safex_run_failed() if not.  Inline, for a call costs as much as a part of
 * it.  Under manager->lock, between safex_budget_begin() and _finish().
 */
#ifndef _SAFEX_ACTIVATION_H
#define _SAFEX_ACTIVATION_H

#include <linux/filter.h>
#include "safex_time.h"
#include "safex_trace.h"

int safex_act_timed(struct safex_time *t, struct safex_activation *act,
		    const struct safex_program *program, u64 budget);

/*
 * Returns what the program did; *charged grows by the ns that it took, within its
 * budget: what interrupts took beyond it is no service to its class.
 */
static __always_inline int safex_act_run(struct safex_time *t,
					 struct safex_activation *act,
					 struct safex_account *account,
					 const struct safex_program *program,
					 u64 budget, u64 *charged)
{
	u64 start, ns;
	int ret;

	trace_safex_begin(act, budget);
	if (likely(program->ends)) {
		start = t->last;
		act->ctx.now = start;
		ret = bpf_prog_run(program->direct, act->args);
	} else {
		ret = safex_act_timed(t, act, program, budget);
		start = act->ctx.now;
	}
	ns = safex_time_lap(t, start);
	trace_safex_end(act, ret, ns);
	safex_account_run(account, ns, !ret);
	*charged += min(ns, budget);
	return ret;
}

#endif
