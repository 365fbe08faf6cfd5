// SPDX-License-Identifier: GPL-2.0-only
/*
 * What passes take from the contract whose process they interrupt.
 *
 * Where the kernel does not account interrupts apart, the time of a pass is
 * charged to the task that it interrupts, as CPU time and against its
 * reservation.  The scheduler's part can't be given back; but what others took
 * is no service, and a window in which the process got less for it is missed.
 */
#include <linux/completion.h>
#include <linux/hashtable.h>
#include <linux/irqflags.h>
#include <linux/kernel_stat.h>
#include <linux/rculist.h>
#include <linux/sched.h>
#include "safex_time.h"

#define SAFEX_PROBE_NS	(20 * NSEC_PER_USEC)
#define SAFEX_PROBES	3

bool safex_taken_counts = true;

struct safex_probe {
	struct hrtimer timer;
	struct completion done;
};

/* By task.  Changed by safex's thread, read in passes under RCU. */
static DEFINE_HASHTABLE(safex_takens, 8);

/* safex's thread: its reservation is in force. */
void safex_taken_add(struct safex_cpu *cpu)
{
	hash_add_rcu(safex_takens, &cpu->takens, (unsigned long)cpu->task);
}

/* Ditto; its class is freed after a grace period. */
void safex_taken_del(struct safex_cpu *cpu)
{
	hash_del_rcu(&cpu->takens);
}

/* A pass begins, and has interrupted a task with a reservation. */
void safex_taken_begin(struct safex_time *t)
{
	struct safex_cpu *cpu;

	hash_for_each_possible_rcu(safex_takens, cpu, takens,
				   (unsigned long)current)
		if (cpu->task == current)
			smp_store_release(&t->from, cpu); /* after its begin */
}

/* The pass of t->from ends; a window's interrupt sees all of it once. */
void safex_taken_end(struct safex_time *t)
{
	struct safex_cpu *cpu = t->from;
	unsigned long flags;

	local_irq_save(flags);
	WRITE_ONCE(cpu->taken, cpu->taken + safex_clock(t) - t->ns);
	smp_store_release(&t->from, NULL); /* after what it took */
	local_irq_restore(flags);
}

/*
 * ns so far, with those of a pass that goes on.  Of one that ends meanwhile on
 * another CPU it may be too much, never too little: what has been seen stays.
 */
u64 safex_taken(const struct safex_cpu *cpu)
{
	const struct safex_time *t = per_cpu_ptr(&safex_times, task_cpu(cpu->task));
	/* before what it took */
	const struct safex_cpu *from = smp_load_acquire(&t->from);
	u64 taken = READ_ONCE(cpu->taken);

	if (from == cpu)
		taken += safex_clock(t) - t->ns;
	return taken;
}

static enum hrtimer_restart safex_probe_fire(struct hrtimer *timer)
{
	struct safex_probe *probe = container_of(timer, struct safex_probe, timer);
	u64 end = ktime_get_ns() + SAFEX_PROBE_NS;

	while (ktime_get_ns() < end)
		cpu_relax();
	complete(&probe->done);
	return HRTIMER_NORESTART;
}

/* ns that the kernel has counted for interrupts of this CPU, while one took 20 us. */
static u64 safex_probe_run(void)
{
	struct safex_probe probe;
	u64 *counted, before;

	migrate_disable();
	counted = &kcpustat_this_cpu->cpustat[CPUTIME_IRQ];
	before = READ_ONCE(*counted);
	init_completion(&probe.done);
	hrtimer_setup_on_stack(&probe.timer, safex_probe_fire, CLOCK_MONOTONIC,
			       HRTIMER_MODE_REL_PINNED_HARD);
	hrtimer_start(&probe.timer, 0, HRTIMER_MODE_REL_PINNED_HARD);
	wait_for_completion(&probe.done);
	hrtimer_cancel(&probe.timer);
	destroy_hrtimer_on_stack(&probe.timer);
	before = READ_ONCE(*counted) - before;
	migrate_enable();
	return before;
}

/*
 * May sleep.  No kernel tells a module: one that can account interrupts apart
 * leaves it with "tsc=noirqtime", and when its cycle counter becomes unstable.  One
 * that does not counts whole ticks, and hardly ever one for an interrupt.
 */
void safex_taken_measure(void)
{
	bool apart = false;
	u64 ns;
	int i;

	if (!IS_ENABLED(CONFIG_IRQ_TIME_ACCOUNTING))
		return;
	for (i = 0; i < SAFEX_PROBES && !apart; i++) {
		ns = safex_probe_run();
		apart = ns >= SAFEX_PROBE_NS && ns < TICK_NSEC;
	}
	WRITE_ONCE(safex_taken_counts, !apart);
}
