/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Many clients of eight users deploy at once, while one application has
 * its contract: each is served, at once or after it was told to come again, no
 * answer takes as long as a call may, and the application feels nothing. Every
 * second client speaks for itself and sees each answer; for the others the
 * library comes again.
 */
#include "dio_spin.h"
#include "vt.h"

#include <dio_error.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CLIENTS_MAX	200
#define USERS		8
#define SOURCES		20	/* that differ */
#define FIRST_UID	2000
#define BULK		"bulk"	/* manager of their classes */
#define TRIES		60
#define ANSWER_MS	25000	/* the longest wait for one: well before the deadline of 30 s */

/* What came of one client, written by it. */
struct client {
	int ready, served, code;
	unsigned int busy, without_time;	/* answers, and those that told no time */
	int64_t longest;		/* ms for an answer; by the library, for a call */
	char text[200];
};

static struct client *clients;
static int n_clients;
static struct vt_answer last;

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ll + t.tv_nsec / 1000000;
}

static void pause_ms(unsigned int ms)
{
	const struct timespec t = { ms / 1000, ms % 1000 * 1000000l };

	nanosleep(&t, NULL);
}

static int try_once(struct client *c, int (*call)(int n), int n)
{
	int64_t begin = now_ms(), ms;
	int failed = call(n);

	ms = now_ms() - begin;
	if (ms > c->longest)
		c->longest = ms;
	return failed;
}

/* As often as the answer is to come again; the last answer's number. */
static int try_until_served(struct client *c, int (*call)(int n), int n)
{
	int i;

	for (i = 0; i < TRIES; i++) {
		if (!try_once(c, call, n))
			return 0;
		if (last.code != DIO_E_BUSY)
			return last.code;
		c->busy++;
		if (!last.retry_ms) {
			c->without_time++;
			snprintf(c->text, sizeof(c->text), "%s", last.text);
		}
		pause_ms(last.retry_ms ? last.retry_ms : 1000);
	}
	return DIO_E_BUSY;
}

static DClass_descr_t descriptor;
static pid_t process;		/* of the client's contract */

static bool by_library(int n)
{
	return n / USERS % 2;
}

/* failed: of a call of the library. */
static int answer_of(int failed)
{
	last = (struct vt_answer){ .code = failed ? DError() : 0, .retry_ms = failed ? DRetryAfter() : 0 };
	snprintf(last.text, sizeof(last.text), "%s", failed ? DErrorText() : "");
	return last.code;
}

static int init(int n)
{
	if (!by_library(n))
		return vt_raw_init(&descriptor, &last);
	descriptor = DinitApp();
	return answer_of(!descriptor);
}

static int class(int n)
{
	DOptions_t o = { .size = sizeof(o), .pid = process };
	DAttr_t attrs[] = { { .name = "target_cpu", .value = 100000 },
			    { .name = "period", .value = 1000 * VT_MS }, { .name = NULL } };

	if (!by_library(n))
		return vt_raw_class(descriptor, BULK, attrs, &o, &last);
	return answer_of(DxCreateAttrClass(descriptor, BULK, attrs, &o));
}

static int monitor(int n)
{
	DOptions_t o = { .size = sizeof(o), .period_ns = 1000 * VT_MS, .budget_ns = 20000 };
	char file[64];

	snprintf(file, sizeof(file), "/tmp/overload-%d.c", n % SOURCES);
	if (!by_library(n))
		return vt_raw_monitor(descriptor, BULK "/one", file, &o, &last);
	return answer_of(DxCreateMonitor(descriptor, BULK "/one", file, &o));
}

/* Does nothing but have a contract. */
static pid_t sleeper(void)
{
	pid_t pid = fork();

	if (!pid)
		for (;;)
			pause();
	return pid;
}

static void deploy(struct client *c, int n)
{
	c->code = try_until_served(c, init, n);
	if (!c->code)
		c->code = try_until_served(c, class, n);
	if (!c->code)
		c->code = try_until_served(c, monitor, n);
	c->served = !c->code;
	if (c->code)
		snprintf(c->text, sizeof(c->text), "%s", last.text);
}

/* start: ends when all begin; its objects end with it. */
static void client(int n, int start)
{
	uid_t uid = FIRST_UID + n % USERS;
	char byte;

	if (setgid(uid) || setuid(uid))
		_exit(1);
	process = sleeper();
	clients[n].ready = 1;
	if (!read(start, &byte, 1))
		deploy(&clients[n], n);
	kill(process, SIGKILL);
	_exit(0);
}

static int write_sources(void)
{
	char file[64];
	FILE *f;
	int i;

	for (i = 0; i < SOURCES; i++) {
		snprintf(file, sizeof(file), "/tmp/overload-%d.c", i);
		f = fopen(file, "we");
		if (!f)
			return -1;
		fprintf(f, "#include <safex/extension.h>\nvoid monitor(void)\n{\n"
			"\tif (get_attribute(\"windows\") < 0)\n\t\tsafex_throw();\n"
			"\traise_event(\"Seen\", %d);\n}\n", i);
		if (fclose(f))
			return -1;
	}
	return 0;
}

static bool all_ready(void *arg)
{
	int i, ready = 0;

	(void)arg;
	for (i = 0; i < n_clients; i++)
		ready += clients[i].ready;
	return ready == n_clients;
}

/* All at once, and until the last has ended. */
static void run_clients(void)
{
	int start[2], i;

	if (pipe(start))
		return;
	for (i = 0; i < n_clients; i++) {
		pid_t pid = fork();

		if (!pid) {
			close(start[1]);
			client(i, start[0]);
		}
	}
	close(start[0]);
	vt_result(vt_wait(all_ready, NULL), "clients-are-ready", "not all");
	close(start[1]);
	for (i = 0; i < n_clients && wait(NULL) > 0; i++)
		;
}

struct sum {
	unsigned int n, served, busy, without_time;
	const struct client *failed, *untimed;
	int64_t longest;
};

static struct sum sum_of(bool library)
{
	struct sum s = { 0 };
	int i;

	for (i = 0; i < n_clients; i++) {
		if (by_library(i) != library)
			continue;
		s.n++;
		s.served += clients[i].served;
		s.busy += clients[i].busy;
		s.without_time += clients[i].without_time;
		if (clients[i].without_time)
			s.untimed = &clients[i];
		if (clients[i].longest > s.longest)
			s.longest = clients[i].longest;
		if (!clients[i].served)
			s.failed = &clients[i];
	}
	return s;
}

static void judge_served(const char *name, const struct sum *s)
{
	printf("# %s: %u served, %u answers that it is busy, %lld ms for the longest\n", name,
	       s->served, s->busy, (long long)s->longest);
	vt_result(!s->failed, name, "%u of %u; error %d: %s", s->served, s->n,
		  s->failed ? s->failed->code : 0, s->failed ? s->failed->text : "");
}

static void judge_clients(void)
{
	struct sum raw = sum_of(false), library = sum_of(true);

	judge_served("each-is-served", &raw);
	vt_result(raw.longest <= ANSWER_MS, "answers-come-before-the-deadline", "one after %lld ms",
		  (long long)raw.longest);
	vt_result(raw.busy > 0, "some-were-told-to-come-again", "none: was that an overload?");
	vt_result(!raw.untimed, "and-when", "%u of %u without a time: %s", raw.without_time,
		  raw.busy, raw.untimed ? raw.untimed->text : "");
	judge_served("each-is-served-by-the-library", &library);
	vt_result(library.busy * 4 < raw.busy * 3, "which-comes-again-itself",
		  "applications saw %u answers that it is busy, of %u without it", library.busy,
		  raw.busy);
	vt_result(!library.untimed, "and-says-when-if-not", "%u of %u without a time: %s",
		  library.without_time, library.busy, library.untimed ? library.untimed->text : "");
}

/*
 * The application of root: its periods, of which one in a hundred may be late by
 * what the kernel does for so many new processes, and the ticks of its monitor.
 */
static void overload(DClass_descr_t cd)
{
	const volatile int64_t *violations = DAttrRef(cd, "cpu", "violations");
	long before = vt_runs("cpu/watch"), runs;
	int64_t broken = violations ? *violations : 0, begin = now_ms(), ms;

	run_clients();
	ms = now_ms() - begin;
	runs = vt_runs("cpu/watch") - before;
	judge_clients();
	broken = violations ? *violations - broken : ms;
	printf("# %lld of %lld periods broken\n", (long long)broken, (long long)ms / 100);
	vt_result(broken <= ms / 100 / 100, "contract-is-kept", "%lld of %lld periods broken",
		  (long long)broken, (long long)ms / 100);
	vt_result(runs >= ms / 10 - 2, "extensions-feel-nothing", "%ld runs in %lld ms", runs,
		  (long long)ms);
}

int vt_overload(int argc, char **argv)
{
	struct vt_contract c = { .target = 20 * VT_MS, .period = 100 * VT_MS };
	/* Once a second, for as many classes. */
	DOptions_t o = { .size = sizeof(o), .period_ns = 1000 * VT_MS, .budget_ns = 20000 };
	DClass_descr_t cd;

	n_clients = argc == 1 ? atoi(argv[0]) : 0;
	if (n_clients < 1 || n_clients > CLIENTS_MAX) {
		fprintf(stderr, "usage: vt overload CLIENTS (at most %d)\n", CLIENTS_MAX);
		return 2;
	}
	if (DxCreateSM(BULK, VT_CPU, &o)) {
		vt_say("DxCreateSM");
		return 1;
	}
	clients = mmap(NULL, n_clients * sizeof(*clients), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (clients == MAP_FAILED || write_sources())
		return 1;
	c.pid = fork();
	if (!c.pid)
		dio_spin_forever();
	cd = vt_class(&c);
	if (!cd || vt_extensions(cd))
		vt_result(false, "overload-set-up", "%s", DErrorText());
	else
		overload(cd);
	vt_result(!DendApp(cd), "application-ends", "%s", DErrorText());
	kill(c.pid, SIGKILL);
	return !vt_all_ok();
}
