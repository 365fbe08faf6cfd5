/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dio-disturbance: in its bursts takes every cycle that it can get, with a
 * real-time priority above all that is not reserved.
 */
#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "ex_app.h"
#include "mmpp.h"

#define NS_PER_S	INT64_C(1000000000)
#define BURSTS_MAX	1024

struct options {
	uint64_t seed;
	double gap, burst;		/* means, s */
	int policy, priority, seconds;
	int dry_run;
	const char *gate, *progress;
};

static struct mmpp_burst bursts[BURSTS_MAX];
static volatile sig_atomic_t stopped;

static void stop(int signo)
{
	(void)signo;
	stopped = 1;
}

static void usage(void)
{
	puts("usage: dio-disturbance [OPTION...]\n"
	     "Bursts of work at a real-time priority, at moments that the seed fixes.\n"
	     "  --seed N        of the random numbers (default 1)\n"
	     "  --seconds N     ends after N s (default 30)\n"
	     "  --gap S         mean of the exponential gaps, seconds (default 10)\n"
	     "  --burst S       mean of the geometric bursts, seconds (default 3)\n"
	     "  --policy P      fifo (default) or rr\n"
	     "  --priority N    real-time priority (default 96)\n"
	     "  --gate FILE     starts when nobody holds an exclusive lock on FILE\n"
	     "  --progress FILE shows itself there (for dio-watch)\n"
	     "  --dry-run       prints the schedule and ends");
}

static const struct option longs[] = {
	{ "seed", required_argument, NULL, 's' },
	{ "seconds", required_argument, NULL, 'n' },
	{ "gap", required_argument, NULL, 'a' },
	{ "burst", required_argument, NULL, 'b' },
	{ "policy", required_argument, NULL, 'p' },
	{ "priority", required_argument, NULL, 'P' },
	{ "gate", required_argument, NULL, 'g' },
	{ "progress", required_argument, NULL, 'r' },
	{ "dry-run", no_argument, NULL, 'd' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static double number(const char *option, const char *text, double least, double most)
{
	char *end;
	double x;

	errno = 0;
	x = strtod(text, &end);
	if (!errno && end != text && !*end && x >= least && x <= most)
		return x;
	fprintf(stderr, "--%s takes a number from %g to %g, not \"%.40s\"\n", option, least, most,
		text);
	exit(2);
}

static int policy_of(const char *text)
{
	if (!strcmp(text, "fifo"))
		return SCHED_FIFO;
	if (!strcmp(text, "rr"))
		return SCHED_RR;
	fprintf(stderr, "--policy takes fifo or rr, not \"%.40s\"\n", text);
	exit(2);
}

static void take(int c, struct options *o)
{
	switch (c) {
	case 's':
		o->seed = (uint64_t)number("seed", optarg, 0, 9007199254740992.0);
		break;
	case 'n':
		o->seconds = (int)number("seconds", optarg, 1, EX_SECONDS_MAX);
		break;
	case 'a':
		o->gap = number("gap", optarg, 0.001, EX_SECONDS_MAX);
		break;
	case 'b':
		o->burst = number("burst", optarg, 0.01, EX_SECONDS_MAX);
		break;
	case 'p':
		o->policy = policy_of(optarg);
		break;
	case 'P':
		o->priority = (int)number("priority", optarg, 1, 99);
		break;
	case 'g':
		o->gate = optarg;
		break;
	case 'r':
		o->progress = optarg;
		break;
	case 'd':
		o->dry_run = 1;
		break;
	case 'h':
		usage();
		exit(0);
	default:
		exit(2);
	}
}

static void parse(int argc, char **argv, struct options *o)
{
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1)
		take(c, o);
	if (optind < argc) {
		fprintf(stderr, "%.40s: no such argument (--help tells more)\n", argv[optind]);
		exit(2);
	}
}

static void print_schedule(const struct options *o, size_t n)
{
	size_t i;

	printf("disturbance: seed %llu, %zu bursts in %d s\n", (unsigned long long)o->seed, n,
	       o->seconds);
	for (i = 0; i < n; i++)
		printf("  burst from %7.3f s to %7.3f s\n", (double)bursts[i].start / 1e9,
		       (double)bursts[i].end / 1e9);
	fflush(stdout);
}

static int become_real_time(const struct options *o)
{
	const struct sched_param param = { .sched_priority = o->priority };

	if (sched_setscheduler(0, o->policy, &param) == 0)
		return 0;
	fprintf(stderr, "no right to real-time priority %d: %s (root has it)\n", o->priority,
		strerror(errno));
	return -1;
}

static struct ex_progress *show(const struct options *o)
{
	struct ex_progress *p = ex_progress_create(o->progress);

	if (!p) {
		fprintf(stderr, "cannot show progress in %s: %s\n", o->progress, strerror(errno));
		return NULL;
	}
	p->pid = getpid();
	strcpy(p->name, "disturbance");
	p->state = EX_READY;
	__atomic_store_n(&p->magic, EX_PROGRESS_MAGIC, __ATOMIC_RELEASE);
	return p;
}

static void sleep_until(int64_t at)
{
	const struct timespec t = { at / NS_PER_S, at % NS_PER_S };

	while (!stopped && clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
		;
}

static void spin_until(int64_t at)
{
	while (!stopped && ex_now() < at)
		;
}

static void disturb(size_t n, int64_t seconds)
{
	int64_t start = ex_now();
	size_t i;

	for (i = 0; i < n && !stopped; i++) {
		sleep_until(start + bursts[i].start);
		spin_until(start + bursts[i].end);
	}
	sleep_until(start + seconds * NS_PER_S);
}

int main(int argc, char **argv)
{
	struct options o = { .seed = 1, .gap = 10, .burst = 3, .policy = SCHED_FIFO,
			     .priority = 96, .seconds = 30 };
	struct sigaction action = { .sa_handler = stop };
	struct ex_progress *progress;
	struct mmpp m;
	size_t n;

	parse(argc, argv, &o);
	mmpp_init(&m, o.seed, (int64_t)(o.gap * 1e9), (int64_t)(o.burst * 1e9));
	n = mmpp_schedule(&m, o.seconds * NS_PER_S, bursts, BURSTS_MAX);
	print_schedule(&o, n);
	if (o.dry_run)
		return 0;
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	progress = show(&o);
	if (!progress || become_real_time(&o) || (o.gate && ex_gate_wait(o.gate)))
		return 1;
	progress->state = EX_RUNNING;
	disturb(n, o.seconds);
	progress->state = EX_DONE;
	ex_progress_unmap(progress);
	return 0;
}
