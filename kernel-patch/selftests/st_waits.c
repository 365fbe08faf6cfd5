// SPDX-License-Identifier: GPL-2.0-only
/*
 * Making a reservation and giving it back take safex's thread.  Here it gets no CPU
 * for a while: who asks meanwhile has an answer at once.
 */
#include <pthread.h>
#include <sched.h>
#include "st_promise.h"

#define TARGET	(10 * ST_MS)
#define PERIOD	(100 * ST_MS)

/* A class that is made for pid, or goes: what needs safex's thread. */
struct st_need {
	const struct st_promise *promise;
	const char *what;
	pid_t pid;
	int cls;		/* 0: is made */
	volatile bool begun, over;
};

static void *st_meet(void *arg)
{
	struct st_need *n = arg;

	n->begun = true;
	if (n->cls)
		st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, n->cls);
	else
		n->cls = st_promise_class(n->promise, n->pid, TARGET, PERIOD);
	n->over = true;
	return NULL;
}

static bool st_is_over(void *arg)
{
	return ((struct st_need *)arg)->over;
}

static bool st_has_begun(void *arg)
{
	return ((struct st_need *)arg)->begun;
}

/* Behind all that runs with a priority. */
static int st_starve(pid_t thread)
{
	return sched_setscheduler(thread, SCHED_IDLE, &(struct sched_param){ 0 });
}

/* We and the thread that is ours go before the hog, the module's thread does not. */
static void st_ask_meanwhile(struct st_need *n, pid_t module)
{
	struct sched_param first = { .sched_priority = 20 }, none = { 0 };
	struct safex_info info;
	pthread_t thread;
	pid_t hog;

	st_is(sched_setscheduler(0, SCHED_FIFO, &first), 0, "waits: we are first");
	hog = st_hog(10);
	st_is(st_starve(module), 0, "waits: safex's thread gets no CPU");
	pthread_create(&thread, NULL, st_meet, n);
	st_ok(st_wait(st_has_begun, n), "waits: a class %s", n->what);
	st_info(&info);
	st_ok(!n->over, "waits: who asks has an answer before that is done");
	st_kill(hog);
	sched_setscheduler(0, SCHED_OTHER, &none);
	st_is(st_deadline(module, 50 * ST_US, 5 * ST_MS), 0,
	      "waits: safex's thread has its reservation again");
	st_ok(st_wait(st_is_over, n) && n->cls > 0, "waits: it %s", n->what);
	pthread_join(thread, NULL);
}

void st_test_waits(void)
{
	pid_t napper = st_napper(5 * ST_MS, 2 * ST_MS), module = st_thread();
	struct st_promise p;
	struct st_need made = { .promise = &p, .what = "is made", .pid = napper };
	struct st_need goes = { .promise = &p, .what = "goes", .pid = napper };

	if (!st_ok(module > 0, "waits: there is a thread"))
		return;
	st_promise_begin(&p, "waits", 10 * ST_MS, 50 * ST_US);
	st_ask_meanwhile(&made, module);
	goes.cls = made.cls;
	st_ask_meanwhile(&goes, module);
	st_kill(napper);
	st_promise_end(&p, "waits");
}
