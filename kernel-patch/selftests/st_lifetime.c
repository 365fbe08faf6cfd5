// SPDX-License-Identifier: GPL-2.0-only
/*
 * Objects, descriptors and processes that go in an awkward order.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include "st.h"

#define ROUNDS		30
#define POLICY_DEADLINE	6	/* SCHED_DEADLINE, of the kernel's headers */

static struct safex_manager_create *st_life_manager(void)
{
	struct safex_manager_create *m = st_manager_args("lifetime");

	st_attr(m->attrs, 0, "target", 0, SAFEX_APP_READ, SAFEX_ROLE_TARGET);
	st_attr(m->attrs, 1, "period", 0, SAFEX_APP_READ, SAFEX_ROLE_PERIOD);
	st_attr(m->attrs, 2, "seen", 0, SAFEX_MGR_WRITE, 0);
	st_attr(m->attrs, 3, "least", 0, SAFEX_MGR_WRITE, 0);
	m->n_attrs = 4;
	st_manager(m);
	return m;
}

static int st_life_class(const struct safex_manager_create *m, pid_t pid)
{
	struct safex_class_create *c = st_class_args(m->id, m);
	int id;

	c->pidfd = st_pidfd(pid);
	c->attrs[0].value = 40 * ST_MS;
	c->attrs[1].value = 50 * ST_MS;
	c->attrs[2].value = -1;
	id = st_class(c);
	close(c->pidfd);
	return id;
}

static bool st_is_deadline(void *arg)
{
	int policy = sched_getscheduler(*(pid_t *)arg);

	return (policy & ~SCHED_RESET_ON_FORK) == POLICY_DEADLINE;
}

static bool st_is_fifo(void *arg)
{
	return sched_getscheduler(*(pid_t *)arg) == SCHED_FIFO;
}

static bool st_is_windowed(void *arg)
{
	struct safex_stat s;

	return !st_stat(SAFEX_KIND_CLASS, *(int *)arg, &s) && s.windows >= 2;
}

/* 80 % of a CPU, again and again: a reservation that leaks is soon noticed. */
static void st_killed(const struct safex_manager_create *m)
{
	int i, cls, kept = 0, destroyed = 0;

	for (i = 0; i < ROUNDS; i++) {
		pid_t pid = st_hog(0);

		cls = st_life_class(m, pid);
		kept += st_wait(st_is_deadline, &pid);
		st_kill(pid);
		destroyed += !st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, cls);
	}
	st_is(kept, ROUNDS, "lifetime: killed with a reservation, room for the next");
	st_is(destroyed, ROUNDS, "lifetime: class of a dead process goes");
}

/* Policy, priority and nice value come back as they were. */
static void st_restored(const struct safex_manager_create *m)
{
	struct sched_param now = { 0 };
	pid_t pid = st_hog(7);
	int cls;

	st_ok(st_wait(st_is_fifo, &pid), "lifetime: process is FIFO 7");
	cls = st_life_class(m, pid);
	st_ok(st_wait(st_is_deadline, &pid), "lifetime: FIFO process is reserved");
	st_ok(st_wait(st_is_windowed, &cls), "lifetime: its periods are judged");
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, cls);
	sched_getparam(pid, &now);
	st_ok(sched_getscheduler(pid) == SCHED_FIFO && now.sched_priority == 7,
	      "lifetime: it is FIFO again");
	st_kill(pid);
}

/* A stopped process wants nothing: its periods pass unjudged. */
static void st_stopped(const struct safex_manager_create *m)
{
	struct safex_stat before, after;
	pid_t pid = st_hog(0);
	int cls = st_life_class(m, pid);

	st_ok(st_wait(st_is_windowed, &cls), "lifetime: running is judged");
	kill(pid, SIGSTOP);
	usleep(120000);
	st_stat(SAFEX_KIND_CLASS, cls, &before);
	usleep(300000);
	st_stat(SAFEX_KIND_CLASS, cls, &after);
	st_is(after.windows, before.windows, "lifetime: stopped is not");
	st_is(after.violations, before.violations,
	      "lifetime: and violates nothing");
	kill(pid, SIGCONT);
	st_kill(pid);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, cls);
}

/* An object whose id can't be handed out must not stay. */
static void st_unwritable(void)
{
	struct safex_manager_create *m = st_manager_args("unwritable");
	void *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint32_t before = st_count();

	memcpy(page, m, sizeof(*m));
	mprotect(page, 8192, PROT_READ);
	st_ok(ioctl(st_dev, SAFEX_IOC_MANAGER, page) < 0 && errno == EFAULT,
	      "lifetime: answer can't be written");
	st_is(st_count(), before, "lifetime: the object is gone again");
	st_ok(ioctl(st_dev, SAFEX_IOC_MANAGER, NULL) < 0 && errno == EFAULT,
	      "lifetime: no argument");
	munmap(page, 8192);
}

static void st_readonly(const struct safex_manager_create *m)
{
	struct safex_object o = { 0 };
	int fd = open(SAFEX_DEVICE, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int n = 0;

	while (!ioctl(fd, SAFEX_IOC_NEXT, &o))
		n++;
	st_ok(n == (int)st_count() && n > 0, "lifetime: a reader may list");
	o.kind = SAFEX_KIND_MANAGER;
	o.id = m->id;
	st_ok(ioctl(fd, SAFEX_IOC_DESTROY, &o) < 0 && errno == EBADF,
	      "lifetime: but not destroy");
	st_ok(ioctl(fd, _IO('x', 0x7f), 0) < 0 && errno == ENOTTY,
	      "lifetime: unknown request");
	close(fd);
}

void st_test_lifetime(void)
{
	struct sched_param above = { .sched_priority = 50 };
	struct safex_manager_create *m = st_life_manager();
	struct safex_manager_create own = *m;
	struct st_program *prog;

	sched_setscheduler(0, SCHED_FIFO, &above);
	st_is(st_attach(&prog, "reserve.bpf.o", "manager_ops", own.id), 0,
	      "lifetime: manager attaches");
	st_killed(&own);
	st_restored(&own);
	st_stopped(&own);
	st_unwritable();
	st_readonly(&own);
	sched_setscheduler(0, SCHED_OTHER, &(struct sched_param){ 0 });
	st_is(st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MANAGER, own.id), 0,
	      "lifetime: manager goes with its program attached");
	st_detach(prog);
	st_is(st_count(), 0, "lifetime: nothing is left");
}
