// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random requests with half-sensible arguments, from two processes at once.
 * Whatever is answered, the kernel goes on and everything can be destroyed.
 * SAFEX_SEED in the environment repeats a run's arguments.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "st.h"

#define REQUESTS	4000
#define IDS		24	/* of the newest objects, and some that are gone */

static const unsigned long st_requests[] = {
	SAFEX_IOC_INFO, SAFEX_IOC_NEXT, SAFEX_IOC_STAT, SAFEX_IOC_MANAGER,
	SAFEX_IOC_CLASS, SAFEX_IOC_EXT, SAFEX_IOC_CHANNEL, SAFEX_IOC_ACTIVATE,
	SAFEX_IOC_DESTROY, SAFEX_IOC_CLASS_FD, SAFEX_IOC_CLASS_SET,
};

static uint32_t st_top;		/* highest id known */

static uint32_t st_id(void)
{
	return st_top > IDS ? st_top - random() % IDS : random() % IDS;
}

static void st_noise(void *arg, size_t size)
{
	unsigned char *bytes = arg;
	int n = random() % 4;

	while (n--)
		bytes[random() % size] = random();
}

static void st_learn(uint32_t id)
{
	if (id > st_top)
		st_top = id;
}

static void st_make_manager(void)
{
	struct safex_manager_create *m = st_manager_args("random");

	m->budget = random() % 2 ? 2 * ST_US : random() % (20 * ST_MS);
	st_attr(m->attrs, 0, "t", 0, 31, SAFEX_ROLE_TARGET);
	st_attr(m->attrs, 1, "p", 0, 31, SAFEX_ROLE_PERIOD);
	m->n_attrs = 2;
	if (random() % 4 == 0)
		st_noise(m, sizeof(*m));
	if (st_manager(m) > 0)
		st_learn(m->guard);
}

static void st_make_class(void)
{
	struct safex_manager_create *m = st_manager_args("random");
	struct safex_class_create *c;

	st_attr(m->attrs, 0, "t", random() % ST_MS, 0, 0);
	st_attr(m->attrs, 1, "p", random() % (1000 * ST_MS), 0, 0);
	m->n_attrs = 2;
	c = st_class_args(st_id(), m);
	c->pidfd = random() % 2 ? -1 : random() % 8;
	if (random() % 4 == 0)
		st_noise(c, sizeof(*c));
	if (st_class(c) > 0)
		st_learn(c->id);
}

static void st_make_ext(void)
{
	int id = random() % 2 ? st_monitor(st_id(), 2 * ST_US, 3, 3) :
				st_handler(st_id(), 2 * ST_US, 3, 1);

	if (id > 0)
		st_learn(id);
}

static void st_make_channel(void)
{
	int id = st_channel(st_id(), st_id());

	if (id > 0)
		st_learn(id);
}

/* A small request; sizes differ, the buffer is large enough for all. */
static void st_other(unsigned long request)
{
	uint32_t words[2048] = { random() % 8, st_id() };
	int ret;

	if (random() % 4 == 0)
		st_noise(words, sizeof(words));
	ret = ioctl(st_dev, request, words);
	if (request == SAFEX_IOC_CLASS_FD && ret >= 0) {
		struct safex_set set = { .slot = random() % 3, .value = 1 };

		ioctl(ret, SAFEX_IOC_CLASS_SET, &set);
		munmap(mmap(NULL, 4096, PROT_READ, MAP_SHARED, ret, 0), 4096);
		close(ret);
	}
}

static void st_random_run(unsigned int seed)
{
	int i;

	srandom(seed);
	for (i = 0; i < REQUESTS; i++) {
		unsigned long request = st_requests[random() %
			(sizeof(st_requests) / sizeof(st_requests[0]))];

		if (request == SAFEX_IOC_MANAGER)
			st_make_manager();
		else if (request == SAFEX_IOC_CLASS)
			st_make_class();
		else if (request == SAFEX_IOC_EXT)
			st_make_ext();
		else if (request == SAFEX_IOC_CHANNEL)
			st_make_channel();
		else
			st_other(request);
	}
}

/* Children first: as often as there are layers, and once more. */
static void st_destroy_all(void)
{
	int round;

	for (round = 0; round < 5; round++) {
		struct safex_object o = { 0 };

		while (!ioctl(st_dev, SAFEX_IOC_NEXT, &o))
			st_object(SAFEX_IOC_DESTROY, o.kind, o.id);
	}
}

void st_test_random(void)
{
	const char *given = getenv("SAFEX_SEED");
	unsigned int seed = given ? strtol(given, NULL, 0) : time(NULL);
	int status = -1;
	pid_t pid;

	st_note("seed %u", seed);
	pid = fork();
	if (!pid) {
		st_random_run(seed + 1);
		_exit(0);
	}
	st_random_run(seed);
	waitpid(pid, &status, 0);
	st_is(status, 0, "random: both processes end");
	st_note("%u objects are left, ids up to %u", st_count(), st_top);
	st_ok(st_top > 100, "random: some requests were good");
	st_destroy_all();
	st_is(st_count(), 0, "random: everything can be destroyed");
}
