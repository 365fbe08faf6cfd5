// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads what the runqueues count of the deadline tasks' bandwidth, which no file
 * of the kernel tells.
 */
#include "safex.bpf.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct sched_dl_entity {
	__u64 dl_bw;
	unsigned int dl_non_contending : 1;
	unsigned int dl_server_active : 1;
};

struct dl_rq {
	__u64 running_bw;
	__u64 this_bw;
};

struct rq {
	struct dl_rq dl;
	struct sched_dl_entity fair_server;
};

struct cfs_rq {
	const struct rq *rq;
};

struct sched_entity {
	struct cfs_rq *cfs_rq;
};

struct task_struct {
	struct sched_entity se;
};
#pragma clang attribute pop

#include <bpf/bpf_core_read.h>

/* As struct st_runqueue of st_bandwidth.c. */
struct st_runqueue {
	__u64 this_bw, running_bw;
};

/* The fair server of a CPU is active whenever an ordinary task is: it is left out. */
static __u64 st_fair(const struct rq *rq)
{
	if (!BPF_CORE_READ_BITFIELD(rq, fair_server.dl_server_active) &&
	    !BPF_CORE_READ_BITFIELD(rq, fair_server.dl_non_contending))
		return 0;
	return rq->fair_server.dl_bw;
}

/* Of the CPU on which it runs: "runqueues" is a symbol in some kernels only. */
SEC("syscall")
int st_read_runqueue(struct st_runqueue *of)
{
	const struct task_struct *self = (void *)bpf_get_current_task_btf();
	const struct rq *rq = self->se.cfs_rq->rq;

	of->this_bw = rq->dl.this_bw;
	of->running_bw = rq->dl.running_bw - st_fair(rq);
	return 0;
}
