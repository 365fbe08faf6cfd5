// SPDX-License-Identifier: GPL-2.0-only
/*
 * Giving a reservation back takes safex's thread.  Here it gets no CPU for a
 * while: who asks meanwhile has an answer at once.
 */
#include <pthread.h>
#include <sched.h>
#include "st_promise.h"

#define TARGET	(10 * ST_MS)
#define PERIOD	(100 * ST_MS)

struct st_ending_class {
	int cls;
	volatile bool ends, has_ended;
};

static void *st_destroy(void *arg)
{
	struct st_ending_class *c = arg;

	c->ends = true;
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, c->cls);
	c->has_ended = true;
	return NULL;
}

static bool st_has_ended(void *arg)
{
	return ((struct st_ending_class *)arg)->has_ended;
}

static bool st_ends(void *arg)
{
	return ((struct st_ending_class *)arg)->ends;
}

/* Behind all that runs with a priority. */
static int st_starve(pid_t thread)
{
	return sched_setscheduler(thread, SCHED_IDLE, &(struct sched_param){ 0 });
}

/* We and the thread that destroys go before the hog, the module's thread does not. */
static void st_ask_meanwhile(struct st_ending_class *c, pid_t module)
{
	struct sched_param first = { .sched_priority = 20 }, none = { 0 };
	struct safex_info info;
	pthread_t thread;
	pid_t hog;

	st_is(sched_setscheduler(0, SCHED_FIFO, &first), 0, "waits: we are first");
	hog = st_hog(10);
	st_is(st_starve(module), 0, "waits: safex's thread gets no CPU");
	pthread_create(&thread, NULL, st_destroy, c);
	st_ok(st_wait(st_ends, c), "waits: a class is being destroyed");
	st_info(&info);
	st_ok(!c->has_ended, "waits: who asks has an answer before it has gone");
	st_kill(hog);
	sched_setscheduler(0, SCHED_OTHER, &none);
	st_is(st_deadline(module, 50 * ST_US, 5 * ST_MS), 0,
	      "waits: safex's thread has its reservation again");
	st_ok(st_wait(st_has_ended, c), "waits: the class goes");
	pthread_join(thread, NULL);
}

void st_test_waits(void)
{
	struct st_ending_class c = { 0 };
	pid_t napper = st_napper(5 * ST_MS, 2 * ST_MS), module = st_thread();
	struct st_promise p;

	if (!st_ok(module > 0, "waits: there is a thread"))
		return;
	st_promise_begin(&p, "waits", 10 * ST_MS, 50 * ST_US);
	c.cls = st_promise_class(&p, napper, TARGET, PERIOD);
	st_ok(c.cls > 0, "waits: there is a class");
	st_ask_meanwhile(&c, module);
	st_kill(napper);
	st_promise_end(&p, "waits");
}
