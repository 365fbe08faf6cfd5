/* SPDX-License-Identifier: GPL-2.0-only */
#include "ctl_hosts.h"

#include <stdio.h>
#include <dionisys.h>

#include "ctl.h"
#include "dio_clock.h"

#define HOSTS_MAX	64
#define WAIT_S		60	/* unless told otherwise */
#define PAUSE_MS	100

static DHost_t hosts[HOSTS_MAX];

/* How many, or -1: DError() says why. */
static int fetch(void)
{
	size_t n;

	if (DHosts(hosts, HOSTS_MAX, &n))
		return -1;
	return n < HOSTS_MAX ? (int)n : HOSTS_MAX;
}

static void print(FILE *f, const DHost_t *h)
{
	fprintf(f, "host %s: ", h->name);
	if (h->state == DHOST_READY)
		fprintf(f, "safexd answers\n");
	else if (h->state == DHOST_DRIVEN)
		fprintf(f, "safexd is not ready (%s)\n", h->why);
	else
		fprintf(f, "safexd does not answer (%s)\n", h->why);
}

/* Those that answer only if all. 0 or CTL_UNKNOWN. */
static int print_all(FILE *f, int n, bool all)
{
	int code = 0;

	for (int i = 0; i < n; i++) {
		if (hosts[i].state != DHOST_READY)
			code = CTL_UNKNOWN;
		if (all || hosts[i].state != DHOST_READY)
			print(f, &hosts[i]);
	}
	return code;
}

int ctl_hosts_print(bool all)
{
	int n = fetch();

	return n < 0 ? ctl_say() : print_all(stdout, n, all);
}

static bool are_ready(int n)
{
	for (int i = 0; i < n; i++)
		if (hosts[i].state != DHOST_READY)
			return false;
	return n >= 0;
}

int ctl_wait(char **args)
{
	uint64_t seconds = args[0] ? ctl_number("SECONDS", args[0]) : WAIT_S;
	int64_t end = dio_now_ms() + (int64_t)(seconds < INT32_MAX ? seconds : INT32_MAX) * 1000, left;
	int n;

	/* Each call at least has the time to be answered once. */
	for (;;) {
		left = end - dio_now_ms();
		DSetDeadline(left < 1000 ? 1000 : left < INT32_MAX ? (int)left : INT32_MAX);
		n = fetch();
		if (are_ready(n))
			return print_all(stdout, n, true);
		if (dio_now_ms() >= end)
			break;
		ctl_pause(PAUSE_MS);
	}
	if (n < 0)
		ctl_say();
	else
		print_all(stderr, n, false);
	return CTL_UNKNOWN;
}
