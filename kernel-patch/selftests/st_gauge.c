// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include "st.h"
#include "st_gauge.h"

#define ROUNDS_MAX	4096

static FILE *st_gauge_open(const char *file, const char *mode)
{
	char path[80];

	snprintf(path, sizeof(path), "/sys/kernel/debug/gauge/%s", file);
	return fopen(path, mode);
}

FILE *st_gauge_read(const char *file)
{
	return st_gauge_open(file, "re");
}

int st_gauge_write(const char *file, const char *text)
{
	FILE *f = st_gauge_open(file, "we");
	int ret = f && fputs(text, f) >= 0 ? 0 : -errno;

	if (f && fclose(f))
		ret = -errno;
	return ret;
}

void st_figure(const char *name, double value, const char *unit, const char *how)
{
	printf("figure %s %.1f %s %s\n", name, value, unit, how);
}

static int st_compare(const void *a, const void *b)
{
	unsigned long x = *(const unsigned long *)a;
	unsigned long y = *(const unsigned long *)b;

	return (x > y) - (x < y);
}

struct st_rounds st_rounds_of(FILE *f)
{
	static unsigned long ticks[ROUNDS_MAX];
	struct st_rounds r = { 0 };

	while (f && r.n < ROUNDS_MAX && fscanf(f, "%lu", &ticks[r.n]) == 1)
		r.n++;
	if (!r.n)
		return r;
	qsort(ticks, r.n, sizeof(ticks[0]), st_compare);
	r.usual = ticks[r.n / 2];
	r.least = ticks[0];
	r.most = ticks[r.n - 1];
	return r;
}

struct st_rounds st_rounds_timer(const char *function, int seconds)
{
	struct timespec t = { .tv_sec = seconds };
	struct st_rounds r = { 0 };
	FILE *f;

	if (st_gauge_write("round", function))
		return r;
	nanosleep(&t, NULL);
	f = st_gauge_read("round");
	r = st_rounds_of(f);
	if (f)
		fclose(f);
	st_note("%s: %lu calls, median %lu, least %lu, most %lu", function, r.n,
		r.usual, r.least, r.most);
	return r;
}
