// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sum over the host when two managers judge at once: two processes, on two
 * CPUs if there are so many, each raise and lower the share of a class of
 * their own, and look whether both ever had more than there is.
 */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "st.h"

#define PERIOD	(100 * ST_MS)
#define TARGET	(10 * ST_MS)
#define HIGH	(60 * ST_MS)
#define CAP	(93 * ST_MS)
#define ROUNDS	5000

struct st_side {
	int manager, cls, fd;
	const struct safex_page *page;
	struct st_program *guard;
};

static void st_side_create(struct st_side *s, const char *name)
{
	struct safex_manager_create *m = st_manager_args(name);

	m->period = 20 * ST_MS;		/* 5 % of a CPU for writes */
	m->budget = ST_MS;
	st_attr(m->attrs, 0, "target", TARGET, SAFEX_APP_READ, SAFEX_ROLE_TARGET);
	st_attr(m->attrs, 1, "period", PERIOD, SAFEX_APP_READ, SAFEX_ROLE_PERIOD);
	st_attr(m->attrs, 2, "share", TARGET, SAFEX_APP_READ | SAFEX_APP_WRITE, SAFEX_ROLE_SHARE);
	m->n_attrs = 3;
	s->manager = st_manager(m);
	s->cls = st_class(st_class_args(s->manager, m));
	s->fd = st_object(SAFEX_IOC_CLASS_FD, SAFEX_KIND_CLASS, s->cls);
	s->page = mmap(NULL, sizeof(*s->page), PROT_READ, MAP_SHARED, s->fd, 0);
	st_is(st_attach(&s->guard, "time.bpf.o", "guard_ops", m->guard), 0,
	      "sum: guard attaches");
}

static void st_side_destroy(struct st_side *s)
{
	munmap((void *)s->page, sizeof(*s->page));
	close(s->fd);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, s->cls);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MANAGER, s->manager);
	st_detach(s->guard);
}

static int64_t st_share(const struct st_side *s)
{
	return __atomic_load_n(&s->page->value[2], __ATOMIC_ACQUIRE);
}

/* As soon as the class may write again. */
static uint32_t st_side_set(const struct st_side *s, int64_t value)
{
	uint32_t verdict;

	while (st_set(s->fd, 2, value, &verdict) == -EAGAIN)
		poll(NULL, 0, 1);
	return verdict;
}

/*
 * Exit code: 1 if it saw too much, 2 if it was refused for another reason. It goes
 * on until it got once: the other may stand still with its share for all rounds of
 * this one.
 */
static int st_side_run(const struct st_side *own, const struct st_side *other,
		       int cpu)
{
	uint32_t verdict, got = 0, refused = 0, i;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
	for (i = 0; i < ROUNDS || !got; i++) {
		verdict = st_side_set(own, HIGH);
		got += verdict == SAFEX_GUARD_OK;
		refused += verdict == SAFEX_GUARD_SUM;
		if (st_share(own) + st_share(other) > CAP)
			return 1;
		st_side_set(own, TARGET);
	}
	return got + refused == i ? 0 : 2;
}

void st_test_sum(void)
{
	int cpus = sysconf(_SC_NPROCESSORS_ONLN), i, status;
	struct st_side side[2];
	uint32_t verdict;
	pid_t pid[2];

	st_side_create(&side[0], "left");
	st_side_create(&side[1], "right");
	st_set(side[0].fd, 2, HIGH, &verdict);
	st_is(verdict, SAFEX_GUARD_OK, "sum: there is enough for one");
	st_set(side[1].fd, 2, HIGH, &verdict);
	st_is(verdict, SAFEX_GUARD_SUM, "sum: not for both");
	for (i = 0; i < 2; i++) {
		pid[i] = fork();
		if (!pid[i])
			_exit(st_side_run(&side[i], &side[!i], i % cpus));
	}
	for (i = 0; i < 2; i++) {
		waitpid(pid[i], &status, 0);
		st_ok(!status, "sum: never more than there is (%d CPUs)", cpus);
	}
	for (i = 0; i < 2; i++)
		st_side_destroy(&side[i]);
	st_is(st_count(), 0, "sum: nothing is left");
}
