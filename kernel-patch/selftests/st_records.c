// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records: none is lost but what is counted, and nobody waits who does not want
 * to.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>
#include "st.h"

#define CROWD	8	/* monitors of one application */
#define SHARE	32	/* records of it in a second, beside the first of each */

struct st_told {
	struct safex_manager_create m;
	int cls;
};

static void st_told_create(struct st_told *t)
{
	struct safex_manager_create *m = st_manager_args("told");

	m->budget = ST_US;
	st_attr(m->attrs, 0, "a", 0, SAFEX_EXT_READ | SAFEX_EXT_WRITE, 0);
	st_attr(m->attrs, 1, "b", 0, SAFEX_EXT_READ | SAFEX_EXT_WRITE, 0);
	m->n_attrs = 2;
	st_manager(m);
	t->m = *m;
	t->cls = st_class(st_class_args(m->id, m));
}

static void st_told_destroy(struct st_told *t)
{
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, t->cls);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MANAGER, t->m.id);
}

/* Repetitions are not told at once; when something else comes they are. */
static void st_told_repeated(struct st_told *t)
{
	int id = st_monitor(t->cls, 50 * ST_US, 0, 0), before = 0;
	struct safex_record r = { 0 };
	struct st_program *p;

	st_is(st_attach(&p, "records.bpf.o", "thrice_ops", id), 0,
	      "records: one that ends badly attaches");
	st_object(SAFEX_IOC_ACTIVATE, SAFEX_KIND_MONITOR, id);
	while (st_record(id, SAFEX_END_THROWN, &r) && r.code == 5)
		before += r.count;
	st_is(before, 3, "records: all repetitions are counted");
	st_ok(r.code == 7 && r.count == 1, "records: and so is what came then");
	st_detach(p);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MONITOR, id);
}

/* 16 events in each tick, of which it may take one or two. */
static void st_told_dropped(struct st_told *t)
{
	int monitor = st_monitor(t->cls, 50 * ST_US, 0, 0);
	int handler = st_handler(t->cls, ST_US, 0, 0);
	int channel = st_channel(monitor, handler);
	struct st_program *raises, *handles;
	struct safex_record r = { 0 };

	st_is(st_attach(&raises, "time.bpf.o", "monitor_ops", monitor) |
	      st_attach(&handles, "time.bpf.o", "outlier_ops", handler), 0,
	      "records: a slow handler attaches");
	st_object(SAFEX_IOC_ACTIVATE, SAFEX_KIND_HANDLER, handler);
	st_object(SAFEX_IOC_ACTIVATE, SAFEX_KIND_MONITOR, monitor);
	st_ok(st_record(handler, SAFEX_END_DROPPED, &r) && r.cd == 42 &&
	      strstr(r.message, "faster than it may take them"),
	      "records: dropped events are told: %s", r.message);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CHANNEL, channel);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MONITOR, monitor);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_HANDLER, handler);
	st_detach(raises);
	st_detach(handles);
}

static bool st_has_run(void *id)
{
	struct safex_stat s = { 0 };

	return !st_stat(SAFEX_KIND_MONITOR, *(int *)id, &s) && s.runs >= 200;
}

/* Those of one second, the most that there were. */
static int st_most_records(uint64_t cd)
{
	int fd = open(SAFEX_DEVICE, O_RDONLY | O_CLOEXEC | O_NONBLOCK), n = 0, first = 0, most = 0;
	static uint64_t at[256];
	struct safex_record r;

	while (n < 256 && read(fd, &r, sizeof(r)) == sizeof(r)) {
		if (r.cd != cd || r.kind != SAFEX_END_THROWN)
			continue;
		at[n++] = r.time;
		while (r.time - at[first] >= ST_S)
			first++;
		if (n - first > most)
			most = n - first;
	}
	close(fd);
	return most;
}

/* Each has its own account, and would be told of eight times in a second. */
static void st_told_crowd(struct st_told *t)
{
	struct st_program *p[CROWD];
	int id[CROWD], i, most;

	for (i = 0; i < CROWD; i++) {
		id[i] = st_monitor(t->cls, 50 * ST_US, 0, 0);
		st_is(st_attach(&p[i], "records.bpf.o", "noise_ops", id[i]), 0,
		      "records: one of a crowd attaches");
	}
	for (i = 0; i < CROWD; i++)
		st_object(SAFEX_IOC_ACTIVATE, SAFEX_KIND_MONITOR, id[i]);
	st_ok(st_wait(st_has_run, &id[CROWD - 1]), "records: they run");
	for (i = 0; i < CROWD; i++) {
		st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MONITOR, id[i]);
		st_detach(p[i]);
	}
	most = st_most_records(42);
	st_ok(most >= SHARE && most <= SHARE + CROWD,
	      "records: %d of one application in a second", most);
}

/* Whether a process waits in read(). */
static bool st_waits(void *arg)
{
	char path[40], line[64] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/syscall", *(pid_t *)arg);
	f = fopen(path, "re");
	if (!f)
		return false;
	if (!fgets(line, sizeof(line), f))
		line[0] = '\0';
	fclose(f);
	return !strncmp(line, "0 ", 2);
}

static void st_alarm(int unused)
{
	(void)unused;
}

/* Another process reads from the same descriptor, and waits for a record. */
static void st_told_nobody_waits(void)
{
	struct sigaction act = { .sa_handler = st_alarm };
	int fd = open(SAFEX_DEVICE, O_RDONLY | O_CLOEXEC | O_NONBLOCK), error;
	struct safex_record r;
	pid_t pid;

	while (read(fd, &r, sizeof(r)) > 0)
		;
	fcntl(fd, F_SETFL, O_RDONLY);
	pid = fork();
	if (!pid)
		_exit(read(fd, &r, sizeof(r)) != sizeof(r));
	st_ok(st_wait(st_waits, &pid), "records: one reader waits");
	fcntl(fd, F_SETFL, O_RDONLY | O_NONBLOCK);
	sigaction(SIGALRM, &act, NULL);
	alarm(2);
	error = read(fd, &r, sizeof(r)) < 0 ? errno : 0;
	alarm(0);
	st_is(error, EAGAIN, "records: one that does not want to does not");
	st_kill(pid);
	close(fd);
}

void st_test_records(void)
{
	struct st_told t;

	st_told_create(&t);
	st_told_repeated(&t);
	st_told_dropped(&t);
	st_told_crowd(&t);
	st_told_destroy(&t);
	st_told_nobody_waits();
	st_is(st_count(), 0, "records: nothing is left");
}
