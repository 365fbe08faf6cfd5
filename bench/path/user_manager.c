/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * usage: user-manager stat|schedstat ROUNDS PID...
 *
 * The user-level manager of the paper's section 4 at its best: descriptors of
 * /proc/PID/stat (or schedstat) are kept open, and in each round, every 10 ms,
 * the CPU time of each process is read, its allocation computed by the PID
 * function of examples/pid, and the process stopped or continued.  Prints the
 * TSC ticks of each round: from its wake-up to when it sleeps again, without
 * the timer and the switches that bring it there.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#define APPS_MAX	8
#define ROUNDS_MAX	4096
#define TICK		10000000l	/* ns */
#define TARGET		2000000l	/* ns of CPU in each tick, of each process */
#define PRIORITY	97

struct app {
	pid_t pid;
	int fd;
	int64_t used;		/* ns, when last seen */
	int64_t e_last, u_last;
};

static struct app apps[APPS_MAX];
static int n_apps;
static int use_schedstat;
static uint64_t taken[ROUNDS_MAX];

/* utime and stime are the 14th and 15th field; the name may have blanks. */
static int64_t time_in_stat(const char *text)
{
	static long tick;
	const char *p = strrchr(text, ')');
	char *end;
	int64_t sum;
	int i;

	tick = tick ? tick : 1000000000 / sysconf(_SC_CLK_TCK);
	for (i = 0; p && i < 12; i++)
		p = strchr(p + 1, ' ');
	if (!p)
		return -1;
	sum = strtoll(p, &end, 10);
	return (sum + strtoll(end, NULL, 10)) * tick;
}

static int64_t cpu_time(const struct app *app)
{
	char text[512];
	ssize_t n = pread(app->fd, text, sizeof(text) - 1, 0);

	if (n <= 0)
		return -1;
	text[n] = '\0';
	return use_schedstat ? strtoll(text, NULL, 10) : time_in_stat(text);
}

/* u[n] = 1.4 e[n] - 1.3 e[n-1] + u[n-1] */
static int64_t adjustment(struct app *app, int64_t e)
{
	int64_t u = (14 * e - 13 * app->e_last) / 10 + app->u_last;

	if (u > TICK - TARGET)
		u = TICK - TARGET;
	if (u < -TARGET)
		u = -TARGET;
	app->e_last = e;
	app->u_last = u;
	return u;
}

static int manage(struct app *app)
{
	int64_t used = cpu_time(app), u;

	if (used < 0)
		return -1;
	u = adjustment(app, TARGET - (used - app->used));
	app->used = used;
	return kill(app->pid, TARGET + u > 0 ? SIGCONT : SIGSTOP);
}

static int open_app(struct app *app, const char *pid)
{
	char path[64];

	app->pid = atoi(pid);
	snprintf(path, sizeof(path), "/proc/%d/%s", app->pid, use_schedstat ? "schedstat" : "stat");
	app->fd = open(path, O_RDONLY | O_CLOEXEC);
	return app->fd < 0 || kill(app->pid, 0) ? -1 : 0;
}

static void sleep_until(struct timespec *t)
{
	t->tv_nsec += TICK;
	if (t->tv_nsec >= 1000000000) {
		t->tv_nsec -= 1000000000;
		t->tv_sec++;
	}
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, t, NULL) == EINTR)
		;
}

static int run(int rounds)
{
	struct timespec t;
	int i, a;

	clock_gettime(CLOCK_MONOTONIC, &t);
	for (i = 0; i < rounds; i++) {
		uint64_t begin;

		sleep_until(&t);
		begin = __rdtsc();
		for (a = 0; a < n_apps; a++)
			if (manage(&apps[a]))
				return -1;
		taken[i] = __rdtsc() - begin;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct sched_param above = { .sched_priority = PRIORITY };
	int rounds = argc > 2 ? atoi(argv[2]) : 0, i;

	if (argc < 4 || rounds < 1 || rounds > ROUNDS_MAX || argc - 3 > APPS_MAX) {
		fputs("usage: user-manager stat|schedstat ROUNDS PID...\n", stderr);
		return 2;
	}
	use_schedstat = !strcmp(argv[1], "schedstat");
	for (; n_apps < argc - 3; n_apps++) {
		if (open_app(&apps[n_apps], argv[3 + n_apps])) {
			fprintf(stderr, "user-manager: %s: %s\n", argv[3 + n_apps], strerror(errno));
			return 1;
		}
	}
	if (sched_setscheduler(0, SCHED_FIFO, &above) || run(rounds)) {
		perror("user-manager");
		return 1;
	}
	for (i = 0; i < rounds; i++)
		printf("%llu\n", (unsigned long long)taken[i]);
	return 0;
}
