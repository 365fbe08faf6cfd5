/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints, events/safex.  id is that of the object whose program it is;
 * times in ns.  They are handed what is at hand where nobody listens.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM safex

#if !defined(_SAFEX_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _SAFEX_TRACE_H

#include <linux/tracepoint.h>
#include "safex_internal.h"

/* An activation begins: of cd's monitor or handler id, or manager id for it. */
TRACE_EVENT(safex_begin,
	TP_PROTO(const struct safex_activation *act, u64 budget),
	TP_ARGS(act, budget),
	TP_STRUCT__entry(
		__field(u32, id)
		__field(u64, cd)
		__field(u64, budget)
	),
	TP_fast_assign(
		__entry->id = safex_act_id(act);
		__entry->cd = act->cls->cd;
		__entry->budget = budget;
	),
	TP_printk("id=%u cd=0x%llx budget=%llu", __entry->id, __entry->cd,
		  __entry->budget)
);

/* And ends; kind is enum safex_end. */
TRACE_EVENT(safex_end,
	TP_PROTO(const struct safex_activation *act, int ret, u64 ns),
	TP_ARGS(act, ret, ns),
	TP_STRUCT__entry(
		__field(u32, id)
		__field(u32, kind)
		__field(u64, cd)
		__field(u64, ns)
	),
	TP_fast_assign(
		__entry->id = safex_act_id(act);
		__entry->kind = safex_end_of(ret);
		__entry->cd = act->cls->cd;
		__entry->ns = ns;
	),
	TP_printk("id=%u cd=0x%llx kind=%u ns=%llu", __entry->id, __entry->cd,
		  __entry->kind, __entry->ns)
);

/* A reservation has ended, in hard irq: what runs is to stop. */
TRACE_EVENT(safex_abort,
	TP_PROTO(u64 late),
	TP_ARGS(late),
	TP_STRUCT__entry(
		__field(u64, late)
	),
	TP_fast_assign(
		__entry->late = late;
	),
	TP_printk("late=%llu", __entry->late)
);

/* Verdict (enum safex_verdict) of the guard of class id's manager. */
TRACE_EVENT(safex_guard,
	TP_PROTO(const struct safex_class *cls, u32 slot, s64 value, u32 verdict),
	TP_ARGS(cls, slot, value, verdict),
	TP_STRUCT__entry(
		__field(u32, id)
		__field(u32, slot)
		__field(u64, cd)
		__field(s64, value)
		__field(u32, verdict)
	),
	TP_fast_assign(
		__entry->id = cls->obj.id;
		__entry->slot = slot;
		__entry->cd = cls->cd;
		__entry->value = value;
		__entry->verdict = verdict;
	),
	TP_printk("id=%u cd=0x%llx slot=%u value=%lld verdict=%u", __entry->id,
		  __entry->cd, __entry->slot, __entry->value, __entry->verdict)
);

/* A manager asks for a reservation for class id. */
TRACE_EVENT(safex_reserve,
	TP_PROTO(u32 id, u64 cd, u64 runtime, u64 period, int ret),
	TP_ARGS(id, cd, runtime, period, ret),
	TP_STRUCT__entry(
		__field(u32, id)
		__field(int, ret)
		__field(u64, cd)
		__field(u64, runtime)
		__field(u64, period)
	),
	TP_fast_assign(
		__entry->id = id;
		__entry->ret = ret;
		__entry->cd = cd;
		__entry->runtime = runtime;
		__entry->period = period;
	),
	TP_printk("id=%u cd=0x%llx runtime=%llu period=%llu ret=%d", __entry->id,
		  __entry->cd, __entry->runtime, __entry->period, __entry->ret)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE safex_trace
#include <trace/define_trace.h>
