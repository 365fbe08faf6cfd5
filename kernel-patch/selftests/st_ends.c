// SPDX-License-Identifier: GPL-2.0-only
/*
 * Contracts of processes that sleep, work, exit, exec and are killed: whatever
 * a contract ends with, the scheduler's own sum of bandwidth is afterwards what
 * it was before.  LONG in the environment: thousands of them.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "dio_spin.h"
#include "st_bandwidth.h"
#include "st_promise.h"

#define PERIOD		(100 * ST_MS)
#define TARGET		(10 * ST_MS)
#define AT_ONCE		16
#define AT_ONCE_LONG	200
#define ROUNDS		24	/* of each kind */
#define ROUNDS_LONG	300

static bool st_long(void)
{
	const char *given = getenv("LONG");

	return given && *given;
}

static void st_given_back(const char *name, const struct st_bandwidth *bw)
{
	struct st_bandwidth was = *bw, now;
	bool back = st_wait(st_is_bandwidth, &was);

	st_bandwidth(&now);
	st_ok(back, "ends: %s: bandwidth is %lld, was %lld; of the runqueues %lld, was %lld; "
	      "active %lld, was %lld", name, now.total, was.total, now.this_bw, was.this_bw,
	      now.running, was.running);
}

/* What a child does; go becomes readable when it is to do it. */
static void st_sleep(int go)
{
	char c;

	while (read(go, &c, 1) < 0)
		;
}

static void st_work(int go)
{
	(void)go;
	dio_spin_forever();
}

static void st_alternate(int go)
{
	struct timespec from, now, nap = { .tv_nsec = 3 * ST_MS };

	(void)go;
	for (;;) {
		nanosleep(&nap, NULL);
		clock_gettime(CLOCK_MONOTONIC, &from);
		do
			clock_gettime(CLOCK_MONOTONIC, &now);
		while ((now.tv_sec - from.tv_sec) * ST_S + now.tv_nsec -
		       from.tv_nsec < 2 * ST_MS);
	}
}

/* While it gets its reservation, one time or another. */
static void st_exit_soon(int go)
{
	struct timespec nap = { .tv_nsec = getpid() * 97 % 12000 * ST_US };

	(void)go;
	nanosleep(&nap, NULL);
}

static void st_exec(int go)
{
	st_sleep(go);
	execlp("sleep", "sleep", "1000", NULL);
}

static void *st_exec_now(void *arg)
{
	st_exec(*(int *)arg);
	return NULL;
}

/* The first thread is gone with it, and its reservation; this one takes its place. */
static void st_exec_by_thread(int go)
{
	struct timespec nap = { .tv_nsec = ST_MS };
	pthread_t thread;

	/* It may be given its reservation just now, and clone() be refused. */
	while (pthread_create(&thread, NULL, st_exec_now, &go))
		nanosleep(&nap, NULL);
	pthread_join(thread, NULL);
}

static void *st_go_on(void *unused)
{
	for (;;)
		pause();
	return unused;
}

/* The process goes on without its first thread. */
static void st_main_ends(int go)
{
	struct timespec nap = { .tv_nsec = ST_MS };
	pthread_t thread;

	while (pthread_create(&thread, NULL, st_go_on, NULL))
		nanosleep(&nap, NULL);
	st_sleep(go);
	pthread_exit(NULL);
}

struct st_ending {
	const char *name;
	void (*child)(int go);
	enum { DESTROYED, TOLD, LEFT, KILLED, ITSELF } by;
	bool stays;		/* the process does */
};

static const struct st_ending st_endings[] = {
	{ "destroyed, asleep", st_sleep, DESTROYED, true },
	{ "destroyed, at work", st_work, DESTROYED, true },
	{ "destroyed, now and then asleep", st_alternate, DESTROYED, true },
	{ "exits", st_sleep, TOLD, false },
	{ "exits while it gets its reservation", st_exit_soon, ITSELF, false },
	{ "killed, asleep", st_sleep, KILLED, false },
	{ "killed, at work", st_work, KILLED, false },
	{ "execs", st_exec, TOLD, true },
	{ "execs from another thread", st_exec_by_thread, TOLD, true },
};

struct st_life {
	pid_t pid;
	int go;			/* written to, tells the child to go on */
	int cls;
};

static void st_live(struct st_life *life, const struct st_ending *ending)
{
	int go[2];

	life->pid = -1;
	if (pipe(go))
		return;
	life->pid = fork();
	if (!life->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(go[1]);
		ending->child(go[0]);
		_exit(0);
	}
	close(go[0]);
	life->go = go[1];
}

static void st_tell(const struct st_life *life)
{
	if (write(life->go, "", 1) != 1)
		st_note("process %d is not told", life->pid);
}

static bool st_has_execed(void *arg)
{
	char path[32], name[16] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/comm", *(pid_t *)arg);
	f = fopen(path, "re");
	if (f && !fgets(name, sizeof(name), f))
		*name = '\0';
	if (f)
		fclose(f);
	return !strcmp(name, "sleep\n");
}

/* Returns whether its contract was in force before. */
static bool st_end(struct st_life *life, const struct st_ending *ending)
{
	bool kept = ending->by == ITSELF || st_wait(st_is_deadline, &life->pid);

	if (ending->by == KILLED)
		kill(life->pid, SIGKILL);
	if (ending->by == TOLD || ending->by == LEFT)
		st_tell(life);
	if (!ending->stays)
		waitpid(life->pid, NULL, 0);
	else if (ending->by == TOLD)
		kept &= st_wait(st_has_execed, &life->pid);
	return kept;
}

/* The class goes first: what is to be given back is given back by safex. */
static void st_bury(const struct st_life *life, const struct st_ending *ending)
{
	if (life->cls > 0)
		st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, life->cls);
	if (ending->stays)
		st_kill(life->pid);
	close(life->go);
}

static void st_one_after_another(const struct st_promise *p,
				 const struct st_ending *ending,
				 const struct st_bandwidth *bw)
{
	int i, kept = 0, rounds = st_long() ? ROUNDS_LONG : ROUNDS;
	struct safex_record r;
	struct st_life life;

	for (i = 0; i < rounds && kept == i; i++) {
		st_live(&life, ending);
		life.cls = st_promise_class(p, life.pid, TARGET, PERIOD);
		kept += st_end(&life, ending);
		st_bury(&life, ending);
	}
	if (!st_ok(kept == rounds, "ends: %s: %d of %d contracts were in force",
		   ending->name, kept, rounds) &&
	    st_record(p->args.id, SAFEX_END_FAULT, &r))
		st_note("record: %s", r.message);
	st_given_back(ending->name, bw);
}

/* They share what there is, and end in all ways. */
static void st_all_at_once(const struct st_promise *p, int n,
			   const struct st_bandwidth *bw)
{
	static struct st_life lives[AT_ONCE_LONG];
	int i, kept = 0, kinds = sizeof(st_endings) / sizeof(st_endings[0]);

	for (i = 0; i < n; i++) {
		st_live(&lives[i], &st_endings[i % kinds]);
		lives[i].cls = st_promise_class(p, lives[i].pid,
						PERIOD * 9 / 10 / n, PERIOD);
	}
	for (i = 0; i < n; i++)
		kept += st_end(&lives[i], &st_endings[i % kinds]);
	for (i = 0; i < n; i++)
		st_bury(&lives[i], &st_endings[i % kinds]);
	st_ok(kept == n, "ends: at once: %d of %d contracts were in force", kept, n);
	st_given_back("at once", bw);
}

/* What the process or others do to a contract is told, and each period counts. */
static void st_lost(const struct st_promise *p, const struct st_ending *ending,
		    int why)
{
	struct safex_stat before, after;
	struct safex_record r;
	struct st_life life;
	bool kept;

	st_live(&life, ending);
	life.cls = st_promise_class(p, life.pid, TARGET, PERIOD);
	st_stat(SAFEX_KIND_CLASS, life.cls, &before);
	st_is(before.contract, SAFEX_CONTRACT_IN_FORCE, "lost: was in force");
	st_forget_records();	/* on a slow machine, of endings that took long */
	kept = before.active && st_end(&life, ending);
	if (why == -ECANCELED)
		sched_setscheduler(life.pid, SCHED_OTHER, &(struct sched_param){ 0 });
	st_ok(kept && st_wait(st_is_lost, &life.cls), "lost: %s: is not in force",
	      ending->name);
	st_ok(st_record(p->args.id, SAFEX_END_FAULT, &r) && r.code == why,
	      "lost: %s: %s", ending->name, r.message);
	st_stat(SAFEX_KIND_CLASS, life.cls, &before);
	st_ok(before.contract == SAFEX_CONTRACT_LOST && before.reason == why,
	      "lost: so says its state: %u, %d", before.contract, before.reason);
	usleep(3 * PERIOD / ST_US);
	st_stat(SAFEX_KIND_CLASS, life.cls, &after);
	st_ok(after.violations > before.violations,
	      "lost: its periods are violated: %llu of %llu, then %llu of %llu",
	      before.violations, before.windows, after.violations, after.windows);
	/* Of a thread that has ended it is its last. */
	if (ending->by != LEFT)
		st_ok(!st_is_deadline(&life.pid), "lost: its policy stays what it is");
	st_bury(&life, ending);
}

static bool st_is_in_force(void *cls)
{
	struct safex_stat s;

	return !st_stat(SAFEX_KIND_CLASS, *(int *)cls, &s) &&
	       s.contract == SAFEX_CONTRACT_IN_FORCE && s.violations;
}

/* As it does after an exec from the main thread; what it had of CPU goes on. */
static void st_followed(const struct st_promise *p)
{
	static const struct st_ending execs = { "followed", st_exec_by_thread, TOLD, true };
	struct safex_stat before, after;
	struct st_life life;

	st_live(&life, &execs);
	life.cls = st_promise_class(p, life.pid, TARGET, PERIOD);
	st_stat(SAFEX_KIND_CLASS, life.cls, &before);
	st_ok(st_end(&life, &execs), "followed: exec from another thread");
	st_ok(st_wait(st_is_in_force, &life.cls) && st_is_deadline(&life.pid),
	      "followed: the contract goes on");
	st_stat(SAFEX_KIND_CLASS, life.cls, &after);
	st_ok(after.violations > before.violations, "followed: the period without it is missed");
	st_ok(after.cpu_used >= before.cpu_used && after.cpu_used < ST_S,
	      "followed: CPU time goes on: %llu, %llu ns", before.cpu_used, after.cpu_used);
	usleep(3 * PERIOD / ST_US);
	before = after;
	st_stat(SAFEX_KIND_CLASS, life.cls, &after);
	st_ok(after.windows > before.windows && after.violations == before.violations,
	      "followed: and no more than that");
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, life.cls);
	life.cls = 0;
	st_ok(!st_is_deadline(&life.pid), "followed: its policy is given back");
	st_bury(&life, &execs);
}

/* What it was given by others since stays when the class goes. */
static void st_lost_for_another(const struct st_promise *p)
{
	static const struct st_ending asleep = { "a policy since", st_sleep, DESTROYED, true };
	struct st_life life;

	st_live(&life, &asleep);
	life.cls = st_promise_class(p, life.pid, TARGET, PERIOD);
	st_ok(st_end(&life, &asleep), "lost: it has a contract");
	sched_setscheduler(life.pid, SCHED_OTHER, &(struct sched_param){ 0 });
	st_ok(st_wait(st_is_lost, &life.cls), "lost: and then has not");
	st_is(st_deadline(life.pid, TARGET, PERIOD), 0, "lost: others reserve for it");
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, life.cls);
	life.cls = 0;
	st_ok(st_is_deadline(&life.pid), "lost: what others reserved stays");
	st_bury(&life, &asleep);
}

/* Until it is seen: a change that its manager makes just then takes its place. */
static bool st_is_lost_to_less(void *life)
{
	struct st_life *l = life;

	st_deadline(l->pid, TARGET / 4, 4 * PERIOD);
	return st_is_lost(&l->cls);
}

/* The policy is still the same, but that is not what was promised. */
static void st_lost_to_another(const struct st_promise *p)
{
	static const struct st_ending working = { "another reservation", st_work, DESTROYED, true };
	struct safex_stat before, after;
	struct st_life life;

	st_live(&life, &working);
	life.cls = st_promise_class(p, life.pid, TARGET, PERIOD);
	st_ok(st_end(&life, &working), "lost: it works with a contract");
	st_is(st_deadline(life.pid, TARGET / 4, 4 * PERIOD), 0,
	      "lost: others make less of its reservation");
	st_ok(st_wait(st_is_lost_to_less, &life), "lost: which is not its contract");
	st_stat(SAFEX_KIND_CLASS, life.cls, &before);
	usleep(16 * PERIOD / ST_US);
	st_stat(SAFEX_KIND_CLASS, life.cls, &after);
	st_ok(after.violations >= before.violations + 12,
	      "lost: and its periods are violated: %llu of %llu",
	      after.violations - before.violations, after.windows - before.windows);
	st_bury(&life, &working);
}

static void st_all_lost(const struct st_promise *p)
{
	static const struct st_ending asleep = { "another policy", st_sleep, DESTROYED, true };
	static const struct st_ending working = { "another policy at work", st_work, DESTROYED, true };
	static const struct st_ending ends = { "main thread ends", st_main_ends, LEFT, true };

	st_lost(p, &asleep, -ECANCELED);
	st_lost(p, &working, -ECANCELED);
	st_lost(p, &ends, -ESRCH);
	st_lost_for_another(p);
	st_lost_to_another(p);
	st_followed(p);
}

/* What is given back is what it would have without a contract, not what it had. */
static void st_as_it_was(const struct st_promise *p)
{
	static const struct st_ending working = { "as it was", st_work, DESTROYED, true };
	struct st_life life;

	st_live(&life, &working);
	st_is(st_usual(life.pid, 3, 5 * ST_MS), 0, "as it was: it has its own time slice");
	life.cls = st_promise_class(p, life.pid, TARGET, PERIOD);
	st_ok(st_end(&life, &working), "as it was: it has a contract");
	setpriority(PRIO_PROCESS, life.pid, 7);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, life.cls);
	life.cls = 0;
	st_is(getpriority(PRIO_PROCESS, life.pid), 7, "as it was: and is as nice as it was told");
	st_is(st_slice(life.pid), 5 * ST_MS, "as it was: and has its own time slice");
	st_bury(&life, &working);
}

/* The bandwidth of one contract more than this, and of nothing that moves just now. */
static bool st_is_counted(void *without)
{
	const struct st_bandwidth *bw = without;
	long long promised = (TARGET << 20) / PERIOD;
	struct st_bandwidth now;

	st_bandwidth(&now);
	return now.total >= bw->total + promised && now.this_bw >= bw->this_bw + promised &&
	       now.running >= bw->running + promised;
}

/* The figures that are to be the same afterwards are others meanwhile. */
static void st_counted(const struct st_promise *p, struct st_bandwidth *bw)
{
	static const struct st_ending working = { "counted", st_work, DESTROYED, true };
	struct st_bandwidth now;
	struct st_life life;

	st_live(&life, &working);
	life.cls = st_promise_class(p, life.pid, TARGET, PERIOD);
	st_ok(st_end(&life, &working), "counted: it has a contract");
	st_ok(st_wait(st_is_counted, bw), "counted: its bandwidth is seen");
	st_bandwidth(&now);
	st_note("bandwidth is %lld; of the runqueues %lld; active %lld", now.total,
		now.this_bw, now.running);
	st_bury(&life, &working);
	st_given_back("counted", bw);
}

void st_test_ends(void)
{
	struct st_bandwidth bw;
	struct st_promise p;
	int cap;
	size_t i;

	st_bandwidth(&bw);
	st_ok(bw.total >= 0 && bw.this_bw >= 0, "ends: the scheduler tells its bandwidth");
	st_promise_begin(&p, "ends", 10 * ST_MS, 50 * ST_US);
	st_counted(&p, &bw);
	for (i = 0; i < sizeof(st_endings) / sizeof(st_endings[0]); i++)
		st_one_after_another(&p, &st_endings[i], &bw);
	st_all_lost(&p);
	st_as_it_was(&p);
	st_given_back("lost", &bw);
	st_promise_end(&p, "ends");
	/* So many programs may be due at once, and have 6 % of a CPU beside 91 %. */
	cap = st_parameter("pass_cap_us", 20000);
	st_promise_begin(&p, "many", 100 * ST_MS, 30 * ST_US);
	st_all_at_once(&p, st_long() ? AT_ONCE_LONG : AT_ONCE, &bw);
	st_promise_end(&p, "many");
	st_parameter("pass_cap_us", cap);
}
