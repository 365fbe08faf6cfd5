// SPDX-License-Identifier: GPL-2.0-only
/*
 * The process of a class, and what CPU time it has had at any moment.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/pid.h>
#include <linux/sched/clock.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include "safex_internal.h"

/*
 * The main thread of the process, with a reference.  pidfd_pid() is not for
 * modules; every inode of pidfs carries its struct pid the same way.
 */
struct task_struct *safex_task_of(int pidfd)
{
	struct task_struct *task;
	struct inode *inode;
	struct file *file = fget(pidfd);

	if (!file)
		return ERR_PTR(-EBADF);
	inode = file_inode(file);
	if (inode->i_sb->s_magic != PID_FS_MAGIC || !inode->i_private) {
		fput(file);
		return ERR_PTR(-EBADF);
	}
	task = get_pid_task(inode->i_private, PIDTYPE_TGID);
	fput(file);
	if (!task)
		return ERR_PTR(-ESRCH);
	if (task->flags & (PF_KTHREAD | PF_EXITING)) {
		put_task_struct(task);
		return ERR_PTR(-ESRCH);
	}
	return task;
}

/* Whether its process does, in case that the main thread has ended. */
bool safex_task_lives_on(const struct task_struct *p)
{
	return atomic_read(&p->signal->live);
}

/*
 * Any context: whether another thread has called exec, and has become or will become
 * the main thread, with all that the process is known by.
 */
bool safex_task_execs(const struct safex_cpu *cpu)
{
	const struct task_struct *task = READ_ONCE(cpu->task), *now;
	bool execs;

	rcu_read_lock();
	now = pid_task(cpu->pid, PIDTYPE_TGID);
	execs = now && (now != task || READ_ONCE(now->signal->group_exec_task));
	if (now && !execs) {
		smp_rmb();	/* who is no more on its way may be there since */
		now = pid_task(cpu->pid, PIDTYPE_TGID);
		execs = now && now != task;
	}
	rcu_read_unlock();
	return execs;
}

/*
 * Where the kernel accounts what interrupts and a hypervisor take, exec_start is
 * behind the clock by all of that since boot, and does not say how old a sum is.
 */
static bool safex_start_is_behind(void)
{
	return IS_ENABLED(CONFIG_IRQ_TIME_ACCOUNTING) ||
	       IS_ENABLED(CONFIG_PARAVIRT_TIME_ACCOUNTING);
}

/* ns by which what safex_cpu_seen() says now may be less than it is. */
u64 safex_cpu_behind(const struct safex_cpu *cpu)
{
	if (!safex_start_is_behind() || !READ_ONCE(cpu->task->on_cpu) ||
	    safex_features() & SAFEX_FEATURE_EXACT_CPU)
		return 0;
	return TICK_NSEC;
}

/*
 * Without an exact figure: sum_exec_runtime is as old as the last tick;
 * exec_start says how old.  The two are not read at once, hence the second
 * look.
 */
static u64 safex_task_time(struct task_struct *p)
{
	u64 sum, start, now;
	bool running;

	if (safex_direct_time(p, &sum))
		return sum;
	do {
		sum = READ_ONCE(p->se.sum_exec_runtime);
		start = READ_ONCE(p->se.exec_start);
		smp_rmb();	/* both before the clock */
		running = READ_ONCE(p->on_cpu);
		now = local_clock();
		smp_rmb();	/* and once more after it */
	} while (sum != READ_ONCE(p->se.sum_exec_runtime) ||
		 start != READ_ONCE(p->se.exec_start));
	if (running && now > start && !safex_start_is_behind())
		sum += now - start;
	return sum;
}

/*
 * With the time of its extensions, which its contract pays for, and without that
 * of passes which was charged to it.  Never goes back, although the clocks of two
 * CPUs may differ a little.  Under cpu->lock.
 */
u64 safex_cpu_seen(struct safex_cpu *cpu)
{
	u64 ns = safex_task_time(cpu->task) + READ_ONCE(cpu->charged);

	if (safex_takes())
		ns -= safex_taken(cpu);
	cpu->seen = max(cpu->seen, ns);
	return cpu->seen;
}

/* ns since it joined; any context */
u64 safex_cpu_time(struct safex_cpu *cpu)
{
	unsigned long flags;
	u64 ns;

	if (!cpu->task)
		return 0;
	raw_spin_lock_irqsave(&cpu->lock, flags);
	ns = safex_cpu_seen(cpu) - cpu->base;
	raw_spin_unlock_irqrestore(&cpu->lock, flags);
	return ns;
}

/* Takes over the reference to task, which may be NULL. */
void safex_cpu_init(struct safex_cpu *cpu, struct task_struct *task)
{
	raw_spin_lock_init(&cpu->lock);
	INIT_LIST_HEAD(&cpu->queued);
	INIT_LIST_HEAD(&cpu->reserved);
	safex_window_init(cpu);
	cpu->task = task;
	cpu->asked = SAFEX_ASKED_NONE;
	if (!task)
		return;
	cpu->pid = get_task_pid(task, PIDTYPE_TGID);
	cpu->base = safex_cpu_seen(cpu);
}

/*
 * safex's thread, which takes over the reference to task: the main thread is this
 * one now.  The one before has run for the last time: others may still look at it,
 * but no pass takes anything from it any more.
 */
void safex_cpu_follow(struct safex_cpu *cpu, struct task_struct *task)
{
	struct task_struct *former = cpu->task;
	unsigned long flags;
	u64 before, now;

	raw_spin_lock_irqsave(&cpu->lock, flags);
	before = safex_cpu_seen(cpu);
	WRITE_ONCE(cpu->task, task);
	WRITE_ONCE(cpu->taken, 0);
	cpu->seen = 0;
	now = safex_cpu_seen(cpu);
	cpu->base += now - before;
	cpu->begin.ns += now - before;
	raw_spin_unlock_irqrestore(&cpu->lock, flags);
	if (cpu->former) {
		cond_synchronize_rcu(cpu->former_rcu);
		put_task_struct(cpu->former);
	}
	cpu->former = former;
	cpu->former_rcu = get_state_synchronize_rcu();
}

/* Process context, after the reservation was given back. */
void safex_cpu_exit(struct safex_cpu *cpu)
{
	hrtimer_cancel(&cpu->window);
}

/* Any context: nobody looks at its process any more. */
void safex_cpu_release(struct safex_cpu *cpu)
{
	if (cpu->former)
		put_task_struct(cpu->former);
	if (cpu->task)
		put_task_struct(cpu->task);
	put_pid(cpu->pid);
}
