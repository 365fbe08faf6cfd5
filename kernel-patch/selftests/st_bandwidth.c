// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "st_bandwidth.h"

/* As bpf/bandwidth.bpf.c has it. */
struct st_runqueue {
	uint64_t this_bw, running_bw;
};

static long long st_began = -1;

static long long st_total_bw(void)
{
	FILE *f = fopen("/sys/kernel/debug/sched/debug", "re");
	long long bw = -1;
	char line[256];

	while (f && bw < 0 && fgets(line, sizeof(line), f))
		if (strstr(line, "dl_bw->total_bw"))
			sscanf(strchr(line, ':'), ": %lld", &bw);
	if (f)
		fclose(f);
	return bw;
}

void st_bandwidth_begin(void)
{
	st_began = st_total_bw();
}

bool st_is_given_back(void *unused)
{
	(void)unused;
	return st_began >= 0 && st_total_bw() == st_began;
}

/* Loaded once, and there until the process ends; -1 if that fails. */
static int st_reader(void)
{
	static struct bpf_object *object;

	if (!object) {
		object = bpf_object__open_file("bandwidth.bpf.o", NULL);
		if (!object || bpf_object__load(object))
			return -1;
	}
	return bpf_program__fd(bpf_object__find_program_by_name(object, "st_read_runqueue"));
}

/* Adds what the runqueue of this CPU has; false if it can't be told. */
static bool st_add_runqueue(int reader, int cpu, struct st_bandwidth *bw)
{
	struct st_runqueue of = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &of, .ctx_size_in = sizeof(of));
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	if (sched_setaffinity(0, sizeof(one), &one) || bpf_prog_test_run_opts(reader, &opts))
		return false;
	bw->this_bw += (long long)of.this_bw;
	bw->running += (long long)of.running_bw;
	return true;
}

void st_bandwidth(struct st_bandwidth *bw)
{
	int reader = st_reader(), cpu, cpus = (int)sysconf(_SC_NPROCESSORS_ONLN);
	bool told = reader >= 0;
	cpu_set_t all;

	*bw = (struct st_bandwidth){ .total = st_total_bw() };
	sched_getaffinity(0, sizeof(all), &all);
	for (cpu = 0; cpu < cpus && told; cpu++)
		told = st_add_runqueue(reader, cpu, bw);
	sched_setaffinity(0, sizeof(all), &all);
	if (!told)
		bw->this_bw = bw->running = -1;
}

bool st_is_bandwidth(void *bw)
{
	const struct st_bandwidth *was = bw;
	struct st_bandwidth now;

	st_bandwidth(&now);
	return now.total == was->total && now.this_bw == was->this_bw &&
		now.running <= was->running;
}

int st_bandwidth_show(void)
{
	struct st_bandwidth bw;

	st_bandwidth(&bw);
	printf("%lld %lld\n", bw.total, bw.this_bw);
	return bw.total < 0 || bw.this_bw < 0;
}
