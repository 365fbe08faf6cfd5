// SPDX-License-Identifier: GPL-2.0-only
/*
 * What programs may call; safex_ops.h says what each does.  All run in softirq
 * under manager->lock.  The pointers are trusted: the verifier has proved that
 * they are what the program was handed, so they lead to the rest of the
 * activation.
 */
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/module.h>
#include "safex_internal.h"
#include "safex_trace.h"

static struct safex_activation *safex_act_of(struct safex_ctx *ctx)
{
	return container_of(ctx, struct safex_activation, ctx);
}

static struct safex_class *safex_share_class(struct safex_share *share)
{
	return container_of(share, struct safex_class, share);
}

__bpf_kfunc_start_defs();

__bpf_kfunc int safex_raise_event(struct safex_ctx *ctx, u32 event, s64 value)
{
	struct safex_activation *act = safex_act_of(ctx);

	if (!act->raises)
		return -EPERM;
	if (act->n_events == SAFEX_STAGED_EVENTS)
		return -ENOSPC;
	act->events[act->n_events].event = event;
	act->events[act->n_events++].value = value;
	return 0;
}

__bpf_kfunc int safex_catch(struct safex_ctx *ctx)
{
	struct safex_activation *act = safex_act_of(ctx);

	safex_act_drop(act);
	safex_act_account(act)->caught++;
	return 0;
}

__bpf_kfunc u64 safex_cpu_used(struct safex_share *share)
{
	return safex_cpu_time(&safex_share_class(share)->cpu);
}

__bpf_kfunc u64 safex_cpu_window(struct safex_share *share, u32 back)
{
	return safex_window_used(&safex_share_class(share)->cpu, back);
}

__bpf_kfunc u64 safex_cpu_windows(struct safex_share *share)
{
	return READ_ONCE(safex_share_class(share)->cpu.complete);
}

__bpf_kfunc u64 safex_cpu_current(struct safex_share *share)
{
	return safex_window_current(&safex_share_class(share)->cpu);
}

__bpf_kfunc u64 safex_cpu_rest(struct safex_share *share)
{
	return safex_window_rest(&safex_share_class(share)->cpu);
}

__bpf_kfunc int safex_next_tick(struct safex_share *share, u64 ns)
{
	safex_early_ask(safex_share_class(share), ns);
	return 0;
}

__bpf_kfunc u64 safex_cpu_violations(struct safex_share *share)
{
	return READ_ONCE(safex_share_class(share)->cpu.violations);
}

__bpf_kfunc int safex_cpu_reserve(struct safex_share *share, u64 runtime,
				  u64 period)
{
	struct safex_class *cls = safex_share_class(share);
	int ret = safex_dl_reserve(cls, runtime, period);

	trace_safex_reserve(cls->obj.id, cls->cd, runtime, period, ret);
	return ret;
}

__bpf_kfunc_end_defs();

/* safex_names.c has them too. */
BTF_KFUNCS_START(safex_kfunc_ids)
BTF_ID_FLAGS(func, safex_raise_event, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, safex_catch, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, safex_cpu_used, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, safex_cpu_window, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, safex_cpu_windows, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, safex_cpu_current, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, safex_cpu_rest, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, safex_next_tick, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, safex_cpu_violations, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, safex_cpu_reserve, KF_TRUSTED_ARGS)
BTF_KFUNCS_END(safex_kfunc_ids)

static const struct btf_kfunc_id_set safex_kfunc_set = {
	.owner = THIS_MODULE,
	.set = &safex_kfunc_ids,
};

int safex_kfunc_init(void)
{
	return register_btf_kfunc_id_set(BPF_PROG_TYPE_STRUCT_OPS,
					 &safex_kfunc_set);
}
