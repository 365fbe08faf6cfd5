/* SPDX-License-Identifier: GPL-2.0-only */
#include "watch.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#define SECONDS_MAX	3600
#define POLL_MS		20	/* between looks at files of applications that start */
#define HEAD_START	INT64_C(100000000)	/* ns for the sampler to be there */

struct options {
	int seconds, patience, deadline_ms;
	const char *gate, *out, *manager;
	bool wait_only, terminal;
};

static struct wt_run run;

static void usage(void)
{
	puts("usage: dio-watch [OPTION...] PROGRESS...\n"
	     "Starts example applications together and shows what CPU time they get.\n"
	     "PROGRESS: the file that each was given with --progress.\n"
	     "  --gate FILE      made and locked by dio-watch until all are ready\n"
	     "  --seconds N      length of the run (default 30)\n"
	     "  --out DIR        gets cpu.csv, summary.csv, extensions.csv\n"
	     "  --manager NAME   of the CPU time (default cpu)\n"
	     "  --patience N     s until all must be ready (default 300)\n"
	     "  --terminal       redraws in place\n"
	     "  --wait           only waits until all are ready");
}

static const struct option longs[] = {
	{ "gate", required_argument, NULL, 'g' },     { "seconds", required_argument, NULL, 's' },
	{ "out", required_argument, NULL, 'o' },      { "manager", required_argument, NULL, 'm' },
	{ "patience", required_argument, NULL, 'p' }, { "terminal", no_argument, NULL, 't' },
	{ "wait", no_argument, NULL, 'w' },	      { "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static int number(const char *option, const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (end != text && !*end && n >= 1 && n <= SECONDS_MAX)
		return (int)n;
	fprintf(stderr, "--%s takes a number from 1 to %d, not \"%.40s\"\n", option, SECONDS_MAX,
		text);
	exit(2);
}

static void take(int c, struct options *o)
{
	switch (c) {
	case 'g':
		o->gate = optarg;
		break;
	case 's':
		o->seconds = number("seconds", optarg);
		break;
	case 'p':
		o->patience = number("patience", optarg);
		break;
	case 'o':
		o->out = optarg;
		break;
	case 'm':
		o->manager = optarg;
		break;
	case 't':
		o->terminal = true;
		break;
	case 'w':
		o->wait_only = true;
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
	if (argc - optind < 1 || argc - optind > WT_TASKS_MAX) {
		fprintf(stderr, "1 to %d progress files are needed (--help tells more)\n",
			WT_TASKS_MAX);
		exit(2);
	}
}

/* Locked before it has its name: whoever sees it has to wait. */
static int make_gate(const char *file)
{
	char path[PATH_MAX];
	int fd;

	if (snprintf(path, sizeof(path), "%s.new", file) >= (int)sizeof(path))
		return -1;
	fd = open(path, O_RDONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 && rename(path, file) == 0)
		return fd;
	fprintf(stderr, "dio-watch: cannot make the gate %s: %s\n", file, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

static void sleep_ms(int ms)
{
	wt_sleep_until(wt_now() + ms * INT64_C(1000000));
}

static const struct ex_progress *wait_for_file(const char *file, int64_t until)
{
	const struct ex_progress *p;

	while (!(p = ex_progress_open(file)) && errno == EAGAIN && wt_now() < until)
		sleep_ms(POLL_MS);
	if (!p)
		fprintf(stderr, "dio-watch: %s: %s\n", file,
			errno == EAGAIN ? "nothing came there in time" : strerror(errno));
	return p;
}

/* 0 when it waits for the start. */
static int wait_for_ready(const struct ex_progress *p, int64_t until)
{
	while (p->state < EX_READY && wt_now() < until)
		sleep_ms(POLL_MS);
	if (p->state == EX_READY || p->state == EX_RUNNING)
		return 0;
	fprintf(stderr, "dio-watch: %.15s %s\n", p->name,
		p->state == EX_DONE ? "ended before the start" : "is not ready in time");
	return -1;
}

static int wait_for_all(char **files, int n, int patience)
{
	int64_t until = wt_now() + patience * WT_NS_PER_S;
	int i, err;

	for (i = 0; i < n; i++) {
		struct wt_task *task = &run.tasks[i];

		task->progress = wait_for_file(files[i], until);
		if (!task->progress || wait_for_ready(task->progress, until))
			return -1;
		err = clock_getcpuclockid(task->progress->pid, &task->clock);
		if (err) {
			fprintf(stderr, "dio-watch: process %d of %.15s: %s\n", task->progress->pid,
				task->progress->name, strerror(err));
			return -1;
		}
	}
	run.n_tasks = (unsigned int)n;
	return 0;
}

/*
 * Above the disturbance, so that the table goes on during its bursts. Without
 * the right it still measures, only later.
 */
static void rise(void)
{
	const struct sched_param param = { .sched_priority = 97 };

	if (sched_setscheduler(0, SCHED_FIFO, &param))
		fprintf(stderr, "dio-watch: no real-time priority: %s\n", strerror(errno));
}

static int prepare(const struct options *o)
{
	run.seconds = o->seconds;
	run.manager = o->manager;
	run.samples = calloc((size_t)o->seconds * WT_PER_S + 1, sizeof(*run.samples));
	if (!run.samples) {
		fprintf(stderr, "dio-watch: out of memory\n");
		return -1;
	}
	DSetDeadline(o->deadline_ms);
	if (wt_kernel_attach(&run))
		return -1;
	rise();
	/* Page faults would count as time of the applications' periods. */
	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		fprintf(stderr, "dio-watch: memory is not locked: %s\n", strerror(errno));
	return 0;
}

static int watch(const struct options *o, int gate)
{
	int s;

	run.start = wt_now() + HEAD_START;
	if (wt_sampler_start(&run))
		return 1;
	wt_sleep_until(run.start);
	run.own_before = wt_own_cpu();
	if (gate >= 0)
		close(gate);
	for (s = 0; s < o->seconds; s++) {
		/* Half a step later the sample of that moment has been taken. */
		wt_sleep_until(run.start + (s + 1) * WT_NS_PER_S + WT_STEP / 2);
		while (run.n_samples < (size_t)(s + 1) * WT_PER_S + 1)
			sleep_ms(1);
		wt_table_second(&run, s, o->terminal);
	}
	wt_sampler_wait(&run);
	if (run.dionisys && wt_kernel_refresh(&run)) {
		fprintf(stderr, "dio-watch: no counts at the end: %s\n", DErrorText());
		return 1;
	}
	wt_table_end(&run);
	return o->out && wt_csv_write(&run, o->out) ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct options o = { .seconds = 30, .patience = 300, .deadline_ms = 5000, .manager = "cpu" };
	int gate = -1;

	parse(argc, argv, &o);
	if (o.gate && !o.wait_only) {
		gate = make_gate(o.gate);
		if (gate < 0)
			return 1;
	}
	if (wait_for_all(argv + optind, argc - optind, o.patience))
		return 1;
	if (o.wait_only)
		return 0;
	if (prepare(&o))
		return 1;
	return watch(&o, gate);
}
