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
#include "st_promise.h"

#define ROUNDS		30
#define TARGET		(40 * ST_MS)
#define PERIOD		(50 * ST_MS)

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
static void st_killed(const struct st_promise *p)
{
	int i, cls, kept = 0, destroyed = 0;

	for (i = 0; i < ROUNDS; i++) {
		pid_t pid = st_hog(0);

		cls = st_promise_class(p, pid, TARGET, PERIOD);
		kept += st_wait(st_is_deadline, &pid);
		st_kill(pid);
		destroyed += !st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, cls);
	}
	st_is(kept, ROUNDS, "lifetime: killed with a reservation, room for the next");
	st_is(destroyed, ROUNDS, "lifetime: class of a dead process goes");
}

/* Policy, priority and nice value come back as they were. */
static void st_restored(const struct st_promise *p)
{
	struct sched_param now = { 0 };
	pid_t pid = st_hog(7);
	int cls;

	st_ok(st_wait(st_is_fifo, &pid), "lifetime: process is FIFO 7");
	cls = st_promise_class(p, pid, TARGET, PERIOD);
	st_ok(st_wait(st_is_deadline, &pid), "lifetime: FIFO process is reserved");
	st_ok(st_wait(st_is_windowed, &cls), "lifetime: its periods are judged");
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, cls);
	sched_getparam(pid, &now);
	st_ok(sched_getscheduler(pid) == SCHED_FIFO && now.sched_priority == 7,
	      "lifetime: it is FIFO again");
	st_kill(pid);
}

/* A stopped process wants nothing: its periods are kept. */
static void st_stopped(const struct st_promise *p)
{
	struct safex_stat before, after;
	pid_t pid = st_hog(0);
	int cls = st_promise_class(p, pid, TARGET, PERIOD);

	st_ok(st_wait(st_is_windowed, &cls), "lifetime: running is judged");
	kill(pid, SIGSTOP);
	usleep(120000);
	st_stat(SAFEX_KIND_CLASS, cls, &before);
	usleep(300000);
	st_stat(SAFEX_KIND_CLASS, cls, &after);
	st_ok(after.windows > before.windows, "lifetime: stopped, too");
	st_is(after.violations, before.violations,
	      "lifetime: and misses nothing");
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

static void st_readonly(const struct st_promise *p)
{
	struct safex_object o = { 0 };
	int fd = open(SAFEX_DEVICE, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int n = 0;

	while (!ioctl(fd, SAFEX_IOC_NEXT, &o))
		n++;
	st_ok(n == (int)st_count() && n > 0, "lifetime: a reader may list");
	o.kind = SAFEX_KIND_MANAGER;
	o.id = p->args.id;
	st_ok(ioctl(fd, SAFEX_IOC_DESTROY, &o) < 0 && errno == EBADF,
	      "lifetime: but not destroy");
	st_ok(ioctl(fd, _IO('x', 0x7f), 0) < 0 && errno == ENOTTY,
	      "lifetime: unknown request");
	close(fd);
}

void st_test_lifetime(void)
{
	struct sched_param above = { .sched_priority = 50 };
	struct st_promise p;

	st_promise_begin(&p, "lifetime", 10 * ST_MS, 50 * ST_US);
	sched_setscheduler(0, SCHED_FIFO, &above);
	st_killed(&p);
	st_restored(&p);
	st_stopped(&p);
	st_unwritable();
	st_readonly(&p);
	sched_setscheduler(0, SCHED_OTHER, &(struct sched_param){ 0 });
	st_promise_end(&p, "lifetime");
}
