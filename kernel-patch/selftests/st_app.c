// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an application has of its class: the values that it may read, writes
 * that are its own time and no more of the manager's than it has a part in, and
 * word that the class is gone.
 */
#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>
#include "st.h"

#define WRITES	20000
#define WRITERS	16
#define PASSES	20	/* of the manager, while they write */

enum { OPEN, SECRET, SLOTS };

struct st_app {
	int manager, cls, fd;
	uint32_t guard;
	struct st_program *judge;
	volatile struct safex_page *page;
};

static void st_app_create(struct st_app *a, uint64_t period, uint64_t budget)
{
	struct safex_manager_create *m = st_manager_args("app");
	struct safex_class_create *c;

	m->period = period;
	m->budget = budget;
	st_attr(m->attrs, OPEN, "open", 5, SAFEX_APP_READ | SAFEX_APP_WRITE, 0);
	st_attr(m->attrs, SECRET, "secret", 7, SAFEX_APP_WRITE | SAFEX_EXT_READ, 0);
	m->n_attrs = SLOTS;
	a->manager = st_manager(m);
	a->guard = m->guard;
	c = st_class_args(a->manager, m);
	c->pidfd = st_pidfd(getpid());
	a->cls = st_class(c);
	close(c->pidfd);
	a->fd = st_object(SAFEX_IOC_CLASS_FD, SAFEX_KIND_CLASS, a->cls);
	a->page = mmap(NULL, sizeof(*a->page), PROT_READ, MAP_SHARED, a->fd, 0);
	st_is(st_attach(&a->judge, "time.bpf.o", "guard_ops", a->guard), 0,
	      "app: guard attaches");
}

static void st_app_destroy(struct st_app *a)
{
	st_is(a->page->state, 0, "app: the class is there");
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, a->cls);
	st_is(a->page->state, SAFEX_PAGE_DEAD, "app: that it was destroyed is on its page");
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MANAGER, a->manager);
	st_detach(a->judge);
	munmap((void *)a->page, sizeof(*a->page));
	close(a->fd);
}

static void st_app_hidden(void)
{
	struct st_app a;
	uint32_t verdict;

	st_app_create(&a, 10 * ST_MS, 50 * ST_US);
	st_is(a.page->value[OPEN], 5, "app: what it may read is on its page");
	st_is(a.page->value[SECRET], 0, "app: what it may not read is not");
	st_set(a.fd, OPEN, 6, &verdict);
	st_is(a.page->value[OPEN], 6, "app: nor after a write of the one");
	st_is(st_set(a.fd, SECRET, 8, &verdict) ? -1 : (int)verdict, SAFEX_GUARD_OK,
	      "app: what it may write, it may without reading it");
	st_is(a.page->value[SECRET], 0, "app: nor after a write of the other");
	st_app_destroy(&a);
}

/*
 * As fast as it can.  Each write is a run of the guard; how long they may take
 * in sum is known: the manager's budget per tick, and 16 of them at once.
 */
static void st_app_writes(void)
{
	struct safex_stat cls, guard, before;
	int i, again = 0, other = 0;
	struct st_app a;
	uint32_t verdict;

	st_app_create(&a, 1000 * ST_MS, 20 * ST_US);
	for (i = 0; i < WRITES; i++) {
		int ret = st_set(a.fd, OPEN, i, &verdict);

		again += ret == -EAGAIN;
		other += ret && ret != -EAGAIN;
	}
	st_stat(SAFEX_KIND_GUARD, a.guard, &guard);
	st_stat(SAFEX_KIND_CLASS, a.cls, &cls);
	st_note("%d writes, %llu judged in %llu ns", WRITES, guard.runs, guard.time_sum);
	st_ok(guard.runs >= 16 && guard.runs + again + other == WRITES && !other,
	      "app: a write is judged, or to be made again");
	st_ok(again > WRITES / 2, "app: more than its part is not judged");
	st_is(cls.charged, 0, "app: its writes are not charged once more");
	before = guard;
	while (st_set(a.fd, OPEN, i, &verdict) == -EAGAIN)
		usleep(10000);
	st_stat(SAFEX_KIND_GUARD, a.guard, &guard);
	st_is(guard.runs - before.runs, 1, "app: later it is");
	st_app_destroy(&a);
}

struct st_writers {
	int fd;
	volatile bool over;
};

/* Of a descriptor of its own, as often as it can. */
static void *st_writer(void *arg)
{
	struct st_writers *w = arg;
	int fd = dup(w->fd);
	uint32_t verdict;

	while (!w->over)
		st_set(fd, OPEN, 7, &verdict);
	close(fd);
	return NULL;
}

static bool st_app_has_passed(void *arg)
{
	struct safex_stat *before = arg, now = { 0 };

	return !st_stat(SAFEX_KIND_MANAGER, before->object.id, &now) &&
	       now.runs >= before->runs + PASSES;
}

/*
 * Together they may take what one of them may: the manager's budget in each of its
 * ticks, and 16 of them at once.  One that is judged when that is spent is the last.
 */
static void st_app_crowd(void)
{
	const uint64_t period = 20 * ST_MS, budget = 100 * ST_US;
	struct safex_stat before, guard;
	pthread_t threads[WRITERS];
	struct st_writers w = { 0 };
	struct st_program *passes;
	struct st_app a;
	int64_t begin;
	int i;

	st_app_create(&a, period, budget);
	st_is(st_attach(&passes, "attach.bpf.o", "count_ops", a.manager), 0,
	      "app: a manager attaches");
	w.fd = a.fd;
	st_stat(SAFEX_KIND_MANAGER, a.manager, &before);
	begin = st_ns();
	for (i = 0; i < WRITERS; i++)
		pthread_create(&threads[i], NULL, st_writer, &w);
	st_ok(st_wait(st_app_has_passed, &before), "app: its passes go on while many write");
	w.over = true;
	for (i = 0; i < WRITERS; i++)
		pthread_join(threads[i], NULL);
	st_stat(SAFEX_KIND_GUARD, a.guard, &guard);
	st_ok(guard.runs > WRITERS && guard.time_sum <=
	      ((st_ns() - begin) / period + 18) * budget,
	      "app: who writes at once has no more: %llu judged in %llu ns",
	      (unsigned long long)guard.runs, (unsigned long long)guard.time_sum);
	st_app_destroy(&a);
	st_detach(passes);
}

void st_test_app(void)
{
	st_app_hidden();
	st_app_writes();
	st_app_crowd();
	st_is(st_count(), 0, "app: nothing is left");
}
