// SPDX-License-Identifier: GPL-2.0-only
/*
 * Extensions that end badly: what is left of them is a record and a count.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "st.h"

#define BUDGET	(50 * ST_US)

static const struct safex_page *st_page;
static uint32_t st_class_id;

static bool st_gone(void *arg)
{
	struct safex_stat s;

	return !st_stat(SAFEX_KIND_MONITOR, *(uint32_t *)arg, &s) && !s.active;
}

/* Runs one monitor until its record comes; returns its id. */
static uint32_t st_run(const char *map, uint32_t kind, struct st_program **p,
		       struct safex_record *r)
{
	struct safex_ext_create e = {
		.file = "bad.c", .kind = SAFEX_KIND_MONITOR,
		.class_id = st_class_id, .period = 10 * ST_MS, .budget = BUDGET,
		.read_mask = 1, .write_mask = 6,
	};
	int id;

	snprintf(e.name, sizeof(e.name), "%s", map);
	id = st_ext(&e);
	st_is(st_attach(p, "bad.bpf.o", map, id), 0, map);
	st_object(SAFEX_IOC_ACTIVATE, SAFEX_KIND_MONITOR, id);
	st_ok(st_record(id, kind, r), "bad: %s: record comes", map);
	st_note("record: line %u, code %d, %s", r->line, r->code, r->message);
	return id;
}

static void st_end(struct st_program *p, uint32_t id)
{
	st_detach(p);
	st_is(st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MONITOR, id), 0,
	      "bad: extension goes");
	st_is(st_page->value[1], 0, "bad: no trace of its writes");
}

static void st_bad_spin(void)
{
	struct safex_record r;
	struct st_program *p;
	struct safex_stat s;
	uint32_t id = st_run("spin_ops", SAFEX_END_BUDGET, &p, &r);

	st_is(r.line, 14, "bad: record has the line");
	st_ok(strstr(r.message, "50000 ns at bad.c:14"),
	      "bad: record names reservation, file and line");
	st_ok(!strcmp(r.file, "bad.c"), "bad: record has the file");
	st_ok(st_wait(st_gone, &id), "bad: repeated aborts remove it");
	st_ok(st_record(id, SAFEX_END_UNLOADED, &r), "bad: and say so");
	st_stat(SAFEX_KIND_MONITOR, id, &s);
	st_is(s.aborts, 8, "bad: aborts are counted");
	st_ok(s.time_max >= BUDGET, "bad: not before its reservation is used");
	st_note("aborted %llu times, longest run %llu ns", s.aborts, s.time_max);
	st_end(p, id);
}

static void st_bad_exceptions(void)
{
	struct safex_record r;
	struct st_program *p;
	struct safex_stat s;
	uint32_t id = st_run("divide_ops", SAFEX_END_DIVISION, &p, &r);

	st_is(r.line, 23, "bad: division: record has the line");
	st_ok(strstr(r.message, "division by zero at bad.c:23"),
	      "bad: division: record names file and line");
	st_end(p, id);
	id = st_run("peek_ops", SAFEX_END_THROWN, &p, &r);
	st_is(r.line, 29, "bad: peek: what it may not read is 0");
	st_stat(SAFEX_KIND_MONITOR, id, &s);
	st_ok(s.exceptions && s.exceptions == s.runs, "bad: peek: is counted");
	st_end(p, id);
	id = st_run("poke_ops", SAFEX_END_GUARD, &p, &r);
	st_is(r.code, SAFEX_GUARD_RIGHTS, "bad: poke: refused by right");
	st_ok(r.line == 40 && strstr(r.message, "no right to write it (bad.c:40)"),
	      "bad: poke: record names file and line");
	st_stat(SAFEX_KIND_MONITOR, id, &s);
	st_ok(s.refused && !s.exceptions, "bad: poke: goes on");
	st_end(p, id);
}

static bool st_ran(void *arg)
{
	struct safex_stat s;

	return !st_stat(SAFEX_KIND_MONITOR, *(uint32_t *)arg, &s) && s.runs > 3;
}

/* Without a guard each write is refused, which counts those that were committed. */
static void st_bad_caught(void)
{
	struct safex_record r;
	struct st_program *p;
	struct safex_stat s;
	uint32_t id = st_run("caught_ops", SAFEX_END_GUARD, &p, &r);

	st_ok(strstr(r.message, "write of c = 5"), "bad: caught: what follows is written");
	st_ok(r.line == 51 && strstr(r.message, "(bad.c:51)"),
	      "bad: caught: a refused write has its file and line");
	st_ok(st_wait(st_ran, &id), "bad: caught: it runs on");
	st_stat(SAFEX_KIND_MONITOR, id, &s);
	st_is(s.refused, s.runs, "bad: caught: what went before is not written");
	st_is(s.events, 2 * s.runs, "bad: caught: nor raised");
	st_is(s.caught, s.runs, "bad: caught: is counted");
	st_ok(!s.exceptions && !s.aborts, "bad: caught: ends well");
	st_end(p, id);
}

void st_test_bad(void)
{
	struct safex_manager_create *m = st_manager_args("bad");
	uint32_t rights = SAFEX_APP_READ | SAFEX_EXT_READ | SAFEX_EXT_WRITE;
	int fd;

	st_attr(m->attrs, 0, "a", 5, rights, 0);
	st_attr(m->attrs, 1, "b", 0, rights, 0);
	st_attr(m->attrs, 2, "c", 0, rights, 0);
	st_attr(m->attrs, 3, "d", 0, rights, 0);
	st_attr(m->attrs, 4, "e", 3, rights, 0);
	m->n_attrs = 5;
	st_manager(m);
	st_class_id = st_class(st_class_args(m->id, m));
	fd = st_object(SAFEX_IOC_CLASS_FD, SAFEX_KIND_CLASS, st_class_id);
	st_page = mmap(NULL, sizeof(*st_page), PROT_READ, MAP_SHARED, fd, 0);
	if (!st_ok(st_page != MAP_FAILED, "bad: class is created"))
		return;
	st_bad_spin();
	st_bad_exceptions();
	st_bad_caught();
	munmap((void *)st_page, sizeof(*st_page));
	close(fd);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, st_class_id);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MANAGER, m->id);
	st_is(st_count(), 0, "bad: nothing is left");
}
