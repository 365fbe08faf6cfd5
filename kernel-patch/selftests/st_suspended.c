// SPDX-License-Identifier: GPL-2.0-only
/*
 * A contract whose manager has given up a part of the reservation and does not
 * get it back is suspended, its page says why, and it is in force again when the
 * scheduler has what it takes, though others ask for changes all the time.
 */
#include <errno.h>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>
#include "st_bandwidth.h"
#include "st_promise.h"

#define PERIOD		(100 * ST_MS)
#define TARGET		(40 * ST_MS)	/* half of it in every second period */
/* What is refused is tried again each 50 ms: it asks for a change more often. */
#define OFTEN		(40 * ST_MS)
#define FOLLOWS		8
#define TAKEN_AWAY	20

/* Of all CPUs together, when nobody has a reservation: kernels differ in that. */
static int64_t st_room;

static void st_measure_room(void)
{
	pid_t pid = st_napper(50 * ST_MS, ST_MS);

	for (st_room = PERIOD; st_room > ST_MS && st_deadline(pid, st_room, PERIOD);)
		st_room -= ST_MS;
	st_kill(pid);
	st_ok(st_wait(st_is_given_back, NULL), "suspended: there are %lld us",
	      (long long)(st_room / ST_US));
}

/* As much as fits beside a half, and not beside the whole. */
static bool st_takes(void *pid)
{
	return !st_deadline(*(pid_t *)pid, st_room - TARGET * 3 / 4, PERIOD);
}

static bool st_is_suspended(void *page)
{
	return ((volatile struct safex_page *)page)->contract == SAFEX_CONTRACT_SUSPENDED;
}

static bool st_is_in_force(void *page)
{
	return ((volatile struct safex_page *)page)->contract == SAFEX_CONTRACT_IN_FORCE;
}

static void st_suspend(const struct st_promise *p, int cls, struct safex_page *page)
{
	pid_t other = st_napper(50 * ST_MS, ST_MS);
	struct safex_record r;
	struct safex_stat s = { 0 }, later = { 0 };

	st_ok(st_is_in_force(page) && !page->reason, "suspended: it is in force");
	st_is(st_deadline(other, st_room - TARGET / 2, PERIOD), -EBUSY, "suspended: no room for two");
	st_ok(st_wait(st_takes, &other), "suspended: another takes what it gives up");
	st_ok(st_wait(st_is_suspended, page), "suspended: it does not get it back");
	st_is(page->reason, -EBUSY, "suspended: and says why");
	st_stat(SAFEX_KIND_CLASS, cls, &s);
	st_ok(s.contract == SAFEX_CONTRACT_SUSPENDED && s.reason == -EBUSY && s.active,
	      "suspended: so do its statistics");
	st_ok(st_record(p->args.id, SAFEX_END_FAULT, &r) && r.code == -EBUSY,
	      "suspended: and a record: %s", r.message);
	usleep(4 * PERIOD / ST_US);
	st_stat(SAFEX_KIND_CLASS, cls, &later);
	st_ok(later.violations >= s.violations + 2, "suspended: its periods are violated: %llu",
	      (unsigned long long)(later.violations - s.violations));
	st_kill(other);
	st_ok(st_wait(st_is_in_force, page), "suspended: in force again");
	st_is(page->reason, 0, "suspended: without a reason");
}

/* What an ended one keeps to the end of its period is waited for, and not longer. */
static bool st_follows(const struct st_promise *p)
{
	pid_t before = st_hog(0), after = st_hog(0);
	int first, second;

	first = st_promise_class(p, before, PERIOD / 2, PERIOD);
	usleep(2 * PERIOD / ST_US);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, first);
	second = st_promise_class(p, after, PERIOD / 2, PERIOD);
	if (first <= 0 || second <= 0)
		st_note("suspended: one follows the other: %d, %d", first, second);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, second);
	st_kill(before);
	st_kill(after);
	return first > 0 && second > 0;
}

/* What safex's thread has more, while one waits for it, leaves no room for them. */
static void st_follow(const struct st_promise *p)
{
	int i, follow = 0;

	for (i = 0; i < FOLLOWS; i++)
		follow += st_follows(p);
	st_ok(follow == FOLLOWS, "suspended: one follows the other: %d of %d times",
	      follow, FOLLOWS);
}

/*
 * Others give a process that sleeps another policy at any moment of a change of its
 * reservation: the scheduler must not count what it had for ever.
 */
static void st_take_away(const struct st_promise *p)
{
	int i, cls, lost = 0;
	pid_t pid;

	for (i = 0; i < TAKEN_AWAY; i++) {
		pid = st_napper(10 * ST_S, 50 * ST_US);
		cls = st_promise_class(p, pid, ST_MS, OFTEN);
		usleep(OFTEN / ST_US + i * 977 * ST_US % OFTEN / ST_US);
		sched_setscheduler(pid, SCHED_OTHER, &(struct sched_param){ 0 });
		lost += cls > 0 && st_wait(st_is_lost, &cls);
		st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, cls);
		st_kill(pid);
	}
	st_ok(lost == TAKEN_AWAY, "suspended: taken away amid changes: %d of %d are lost",
	      lost, TAKEN_AWAY);
	st_forget_records();
}

void st_test_suspended(void)
{
	pid_t pid = st_napper(50 * ST_MS, ST_MS), restless = st_hog(0);
	int cpus = sysconf(_SC_NPROCESSORS_ONLN), was = 0, cls, fd, often;
	struct safex_page *page;
	struct st_promise p;

	st_promise_begin(&p, "suspended", 10 * ST_MS, 50 * ST_US);
	st_detach(p.program);
	st_is(st_attach(&p.program, "reserve.bpf.o", "swing_ops", p.args.id), 0,
	      "suspended: its manager attaches");
	st_ok(st_wait(st_is_given_back, NULL), "suspended: nothing is reserved");
	st_is(st_rt_runtime(950000 / cpus, &was), 0, "suspended: all CPUs have as much as one");
	st_measure_room();
	often = st_promise_class(&p, restless, ST_MS, OFTEN);
	st_ok(often > 0, "suspended: another changes all the time");
	st_follow(&p);
	st_take_away(&p);
	cls = st_promise_class(&p, pid, TARGET, PERIOD);
	fd = st_object(SAFEX_IOC_CLASS_FD, SAFEX_KIND_CLASS, cls);
	page = mmap(NULL, sizeof(*page), PROT_READ, MAP_SHARED, fd, 0);
	if (st_ok(page != MAP_FAILED, "suspended: it has a page"))
		st_suspend(&p, cls, page);
	munmap(page, sizeof(*page));
	close(fd);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, cls);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, often);
	st_ok(st_wait(st_is_given_back, NULL), "suspended: all is given back");
	st_is(st_rt_runtime(was, NULL), 0, "suspended: they have what they had");
	st_promise_end(&p, "suspended");
	st_kill(pid);
	st_kill(restless);
}
