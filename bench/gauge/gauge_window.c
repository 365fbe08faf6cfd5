// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counts the periods in which a task got less CPU time than its target,
 * without exception, in a hard interrupt at the end of each.  A window is one
 * period of the task's deadline reservation; the first begins with the next
 * of these, and the others follow it on the clock.
 */
#include <linux/hrtimer.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/sched/deadline.h>
#include <linux/sched/task.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include "gauge.h"

#define GAUGE_TASKS	8

struct gauge_window {
	struct hrtimer timer;
	struct task_struct *task;
	u64 target, period;		/* ns */
	u32 count;			/* to be judged in all */
	u32 windows, below;		/* judged, with less than target */
	u64 start;			/* ns of CPU when this one began */
	u64 least, sum;			/* ns in one, in all */
	u32 worst;			/* which one that was, from 0 */
	bool begun;
};

static struct gauge_window gauge_windows[GAUGE_TASKS];
static u32 gauge_tasks;

/* sum_exec_runtime is as old as the last tick. */
static u64 gauge_cpu_time(const struct task_struct *p)
{
	u64 ns = READ_ONCE(p->se.sum_exec_runtime);

	if (READ_ONCE(p->on_cpu))
		ns += local_clock() - READ_ONCE(p->se.exec_start);
	return ns;
}

static void gauge_window_judge(struct gauge_window *w, u64 used)
{
	if (used < w->least) {
		w->least = used;
		w->worst = w->windows;
	}
	w->windows++;
	w->sum += used;
	if (used < w->target)
		w->below++;
}

static enum hrtimer_restart gauge_window_tick(struct hrtimer *timer)
{
	struct gauge_window *w = container_of(timer, struct gauge_window, timer);
	u64 now = gauge_cpu_time(w->task);

	if (w->begun)
		gauge_window_judge(w, now - w->start);
	w->begun = true;
	w->start = now;
	if (w->windows >= w->count)
		return HRTIMER_NORESTART;
	hrtimer_add_expires_ns(timer, w->period);
	return HRTIMER_RESTART;
}

/* ns until the task's next period of its reservation begins */
static u64 gauge_window_wait(const struct gauge_window *w)
{
	s64 left = READ_ONCE(w->task->dl.deadline) - local_clock();

	return left > 0 ? left : left + w->period;
}

/*
 * Without interrupts: whoever ran between the look at the clock and the start
 * of the timer would shift all windows by the time that it took.
 */
static void gauge_window_start(struct gauge_window *w)
{
	unsigned long flags;

	local_irq_save(flags);
	hrtimer_start(&w->timer, ns_to_ktime(gauge_window_wait(w)),
		      HRTIMER_MODE_REL_HARD);
	local_irq_restore(flags);
}

/* "PID TARGET PERIOD COUNT"; the task has a reservation already. */
int gauge_window_add(char *text)
{
	struct gauge_window *w = &gauge_windows[gauge_tasks];
	struct pid *pid;
	int id;

	if (gauge_tasks == GAUGE_TASKS)
		return -ENOSPC;
	if (sscanf(text, "%d %llu %llu %u", &id, &w->target, &w->period,
		   &w->count) != 4)
		return -EINVAL;
	pid = find_get_pid(id);
	w->task = pid ? get_pid_task(pid, PIDTYPE_TGID) : NULL;
	put_pid(pid);
	if (!w->task)
		return -ESRCH;
	if (w->task->policy != SCHED_DEADLINE) {
		put_task_struct(w->task);
		return -EINVAL;
	}
	w->least = U64_MAX;
	hrtimer_setup(&w->timer, gauge_window_tick, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_HARD);
	gauge_tasks++;
	gauge_window_start(w);
	return 0;
}

int gauge_windows_show(struct seq_file *file, void *unused)
{
	u32 i;

	for (i = 0; i < gauge_tasks; i++) {
		struct gauge_window *w = &gauge_windows[i];

		seq_printf(file,
			   "pid=%d target=%llu period=%llu windows=%u below=%u least=%llu in=%u mean=%llu\n",
			   w->task->pid, w->target, w->period, w->windows,
			   w->below, w->windows ? w->least : 0, w->worst,
			   w->windows ? w->sum / w->windows : 0);
	}
	return 0;
}

void gauge_window_exit(void)
{
	u32 i;

	for (i = 0; i < gauge_tasks; i++) {
		hrtimer_cancel(&gauge_windows[i].timer);
		put_task_struct(gauge_windows[i].task);
	}
}
