// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processes that make objects, attach programs and take all of it away in any
 * order, while the programs run, others look, and each of them may be killed
 * at any moment.  Whatever they leave behind can be removed, and then nothing
 * of it is alive.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "st.h"

#define RIGHTS	(SAFEX_EXT_READ | SAFEX_EXT_WRITE | SAFEX_APP_WRITE)
#define WORKERS	3
#define SECONDS	8
#define MAKERS	2			/* the others only look */
#define LISTING	"/sys/kernel/debug/safex"

struct st_made {
	uint32_t kind, id;
};

static const struct {
	const char *object, *map;
} st_any[] = {
	{ "flow.bpf.o", "monitor_ops" }, { "time.bpf.o", "monitor_ops" },
	{ "bad.bpf.o", "spin_ops" }, { "bad.bpf.o", "divide_ops" },
};

static int *st_rounds;			/* shared, of all makers */

static int st_stress_class(const struct safex_manager_create *m)
{
	struct safex_class_create *c = st_class_args(m->id, m);
	int ret;

	c->pidfd = rand() & 1 ? st_pidfd(getpid()) : -1;
	ret = st_class(c);
	if (c->pidfd >= 0)
		close(c->pidfd);
	return ret;
}

/* Not always, for loading takes longest by far. */
static void st_stress_attach(struct st_program **program, const char *object,
			     const char *map, uint32_t id)
{
	*program = NULL;
	if (rand() & 1)
		st_attach(program, object, map, id);
}

/* A manager with a class, a monitor, a handler and a channel, and programs. */
static void st_stress_make(struct st_made *made, struct st_program **programs)
{
	struct safex_manager_create *m = st_manager_args("stress");
	int pick = rand() % 4, cls, monitor, handler;
	const uint32_t kinds[] = {
		SAFEX_KIND_CHANNEL, SAFEX_KIND_HANDLER, SAFEX_KIND_MONITOR,
		SAFEX_KIND_CLASS, SAFEX_KIND_MANAGER,
	};
	int i;

	m->period = ST_MS;
	m->budget = 3 * ST_US;
	st_attr(m->attrs, 0, "target", 5 * ST_MS, RIGHTS, SAFEX_ROLE_TARGET);
	st_attr(m->attrs, 1, "period", 100 * ST_MS, RIGHTS, SAFEX_ROLE_PERIOD);
	st_attr(m->attrs, 2, "seen", -1, SAFEX_MGR_WRITE, 0);
	st_attr(m->attrs, 3, "least", 0, RIGHTS, 0);
	m->n_attrs = 4;
	made[4].id = st_manager(m);
	cls = st_stress_class(m);
	monitor = st_monitor(cls, 5 * ST_US, 1, 2);
	handler = st_handler(cls, 5 * ST_US, 1, 2);
	made[0].id = st_channel(monitor, handler);
	made[1].id = handler;
	made[2].id = monitor;
	made[3].id = cls;
	for (i = 0; i < 5; i++)
		made[i].kind = kinds[i];
	st_stress_attach(&programs[0], "reserve.bpf.o", "manager_ops", m->id);
	st_stress_attach(&programs[1], "time.bpf.o", "guard_ops", m->guard);
	st_stress_attach(&programs[2], st_any[pick].object, st_any[pick].map,
			 monitor);
	st_stress_attach(&programs[3], "time.bpf.o", "handler_ops", handler);
	st_object(SAFEX_IOC_ACTIVATE, SAFEX_KIND_HANDLER, handler);
	st_object(SAFEX_IOC_ACTIVATE, SAFEX_KIND_MONITOR, monitor);
}

/* In any order, programs among them; what is still in use says so. */
static void st_stress_unmake(struct st_made *made, struct st_program **programs)
{
	int left = 5, i;

	for (i = 0; i < 4; i++)
		left += !!programs[i];
	while (left) {
		i = rand() % 9;
		if (i < 5 && made[i].id &&
		    st_object(SAFEX_IOC_DESTROY, made[i].kind, made[i].id) != -EBUSY) {
			made[i].id = 0;
			left--;
		} else if (i >= 5 && programs[i - 5]) {
			st_detach(programs[i - 5]);
			programs[i - 5] = NULL;
			left--;
		}
	}
}

/* The class may be destroyed while its page is read and written to. */
static void st_stress_use(int cls)
{
	int fd = st_object(SAFEX_IOC_CLASS_FD, SAFEX_KIND_CLASS, cls), i;
	volatile struct safex_page *page =
		mmap(NULL, sizeof(*page), PROT_READ, MAP_SHARED, fd, 0);
	uint32_t verdict;

	for (i = 0; i < rand() % 50 && page != MAP_FAILED; i++)
		st_set(fd, 3, page->revision, &verdict);
	if (rand() & 1)
		close(fd);		/* the mapping stays */
	else if (page != MAP_FAILED)
		munmap((void *)page, sizeof(*page));
}

static void st_stress_maker(void)
{
	struct st_program *programs[4];
	struct st_made made[5];

	for (;;) {
		st_stress_make(made, programs);
		st_stress_use(made[3].id);
		poll(NULL, 0, rand() % 20);
		st_stress_unmake(made, programs);
		__atomic_fetch_add(st_rounds, 1, __ATOMIC_RELAXED);
	}
}

/* Everything that reads, and removal of a module that is in use. */
static void st_stress_looker(void)
{
	struct safex_record r;
	struct safex_stat s;

	for (;;) {
		struct safex_object o = { 0 };
		int fd = open(SAFEX_DEVICE, O_RDONLY | O_NONBLOCK);

		while (!ioctl(fd, SAFEX_IOC_NEXT, &o))
			st_stat(o.kind, o.id, &s);
		while (read(fd, &r, sizeof(r)) > 0)
			;
		close(fd);
		st_line(LISTING, "no such", "line");
		if (!syscall(SYS_delete_module, "safex", O_NONBLOCK))
			_exit(3);
		poll(NULL, 0, 1);
	}
}

static pid_t st_stress_fork(int worker)
{
	unsigned int seed = rand();
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	srand(seed);
	fclose(stderr);			/* libbpf's word on what was destroyed */
	st_dev = open(SAFEX_DEVICE, O_RDWR | O_CLOEXEC);
	if (worker < MAKERS)
		st_stress_maker();
	st_stress_looker();
	_exit(0);
}

/* The newest first: nothing of it is part of what was made later. */
static int st_stress_clear(uint32_t keep)
{
	struct safex_object o = { 0 }, all[4096];
	int n = 0, left = 0;

	while (n < 4096 && !ioctl(st_dev, SAFEX_IOC_NEXT, &o))
		all[n++] = o;
	while (n--)
		if (all[n].kind != SAFEX_KIND_GUARD && all[n].id != keep)
			left += !!st_object(SAFEX_IOC_DESTROY, all[n].kind,
					    all[n].id);
	return left;
}

static bool st_none_alive(void *unused)
{
	(void)unused;
	return st_line(LISTING, "objects=0 alive=0", "");
}

/*
 * Kills one of them every few ms, and clears up after it now and then.  On a
 * slow machine until some of them have come to their end.
 */
static int st_stress_run(pid_t *pid, int64_t ms, uint32_t keep)
{
	int killed = 0, unclear = 0, i, status;
	int64_t most = -10 * ms;

	while (ms > 0 || (*st_rounds < SECONDS && ms > most)) {
		int pause = 5 + rand() % 600;

		poll(NULL, 0, pause);
		ms -= pause;
		i = rand() % WORKERS;
		kill(pid[i], SIGKILL);
		waitpid(pid[i], &status, 0);
		unclear += !WIFSIGNALED(status);
		killed++;
		pid[i] = st_stress_fork(i);
		if (killed % 10)
			continue;
		for (i = 0; i < WORKERS; i++)
			st_kill(pid[i]);
		unclear += st_stress_clear(keep);
		for (i = 0; i < WORKERS; i++)
			pid[i] = st_stress_fork(i);
	}
	st_note("%d killed, %d rounds were completed", killed, *st_rounds);
	return unclear;
}

void st_test_stress(void)
{
	const char *given = getenv("SAFEX_SEED");
	unsigned int seed = given ? atoi(given) : time(NULL);
	struct safex_manager_create *m = st_manager_args("keeper");
	pid_t pid[WORKERS];
	uint32_t keep;
	int i;

	st_rounds = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	st_note("seed %u", seed);
	srand(seed);
	keep = st_manager(m);
	for (i = 0; i < WORKERS; i++)
		pid[i] = st_stress_fork(i);
	st_is(st_stress_run(pid, SECONDS * 1000, keep), 0,
	      "stress: nobody ends by himself, all can be removed");
	for (i = 0; i < WORKERS; i++)
		st_kill(pid[i]);
	st_ok(*st_rounds >= SECONDS, "stress: some live long enough");
	st_is(st_stress_clear(0), 0, "stress: the rest can be removed");
	st_is(st_count(), 0, "stress: nothing is left");
	st_ok(st_wait(st_none_alive, NULL), "stress: nothing is alive");
}
