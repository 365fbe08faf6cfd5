// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each way a write is refused: what its writer and its reader are told, that
 * it is counted, and that the old value stays.  Then what calls say at run
 * time of arguments that the verifier can't judge.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "st.h"
#include "st_raw.h"

#define N(array)	(sizeof(array) / sizeof((array)[0]))
#define RIGHTS		(SAFEX_APP_READ | SAFEX_APP_WRITE | SAFEX_EXT_READ | SAFEX_EXT_WRITE)
#define PERIOD		(100 * ST_MS)
#define FAULT		"refused: the manager has no working guard"
#define OLD		40	/* what is in every attribute before */

enum { OUTPUT, MAPPED, TARGET, CONTRACT_PERIOD, SHARE, SECRET, SLOTS };

/* Values that the guard takes as orders; others it says of itself. */
enum { FALLBACK = 20, SPIN, THROW, MAPS };

struct st_guarded {
	int manager, cls, fd;
	uint32_t guard;
	const struct safex_page *page;
	struct st_raw guard_raw;
};

static const struct {
	const char *name;
	uint32_t slot;
	int32_t value;
	uint32_t verdict;
	const char *text;	/* of the record, after name and value */
} st_writes[] = {
	{ "output", OUTPUT, 1, SAFEX_GUARD_RANGE, "refused: out of range" },
	{ "output", OUTPUT, 2, SAFEX_GUARD_STEP, "refused: step too large" },
	{ "output", OUTPUT, 3, SAFEX_GUARD_RATE, "refused: too soon after the last write" },
	{ "output", OUTPUT, 4, SAFEX_GUARD_CONTRACT, "refused: outside the contract" },
	{ "output", OUTPUT, 5, SAFEX_GUARD_SUM, "refused: more than the host has" },
	{ "output", OUTPUT, 6, SAFEX_GUARD_UNSAFE,
	  "not safe now: its fallback holds, if it has one" },
	{ "output", OUTPUT, 7, SAFEX_GUARD_RIGHTS, "refused: no right to write it" },
	{ "output", OUTPUT, 8, SAFEX_GUARD_FAULT, FAULT },
	{ "output", OUTPUT, 9, SAFEX_GUARD_FAULT, FAULT },
	{ "output", OUTPUT, -1, SAFEX_GUARD_FAULT, FAULT },
	{ "output", OUTPUT, SPIN, SAFEX_GUARD_FAULT, FAULT },
	{ "output", OUTPUT, THROW, SAFEX_GUARD_FAULT, FAULT },
	{ "output", OUTPUT, MAPS, SAFEX_GUARD_FAULT, FAULT },
	{ "output", OUTPUT, MAPS + 1, SAFEX_GUARD_FAULT, FAULT },
	{ "output", OUTPUT, MAPS + 2, SAFEX_GUARD_FAULT, FAULT },
	{ "output", OUTPUT, MAPS + 3, SAFEX_GUARD_FAULT, FAULT },
	{ "target", TARGET, 0, SAFEX_GUARD_CONTRACT, "refused: outside the contract" },
	{ "period", CONTRACT_PERIOD, 0, SAFEX_GUARD_CONTRACT,
	  "refused: outside the contract" },
	{ "share", SHARE, PERIOD, SAFEX_GUARD_SUM, "refused: more than the host has" },
	{ "secret", SECRET, 0, SAFEX_GUARD_RIGHTS, "refused: no right to write it" },
	{ "?", SLOTS, 0, SAFEX_GUARD_RIGHTS, "refused: no right to write it" },
	{ "?", 63, 0, SAFEX_GUARD_RIGHTS, "refused: no right to write it" },
};

static int st_loaded(const struct st_code *c, uint32_t kind)
{
	char log[4096];
	int fd = st_raw_load(c, kind, log, sizeof(log));

	if (fd < 0)
		st_note("load: %d: %s", fd, log);
	return fd;
}

static int st_bound(struct st_raw *r, const struct st_code *c, uint32_t kind,
		    uint32_t id)
{
	int fd = st_loaded(c, kind), ret = fd < 0 ? fd : st_raw_bind(r, fd, kind, id);

	if (fd >= 0)
		close(fd);
	return ret;
}

/* Behind a case of the guard below: it is the order that comes in R8. */
static unsigned int st_order(struct st_code *c, int32_t order)
{
	JMPI(c, BPF_JNE, 8, order, 0);
	return c->n - 1;
}

static void st_order_end(struct st_code *c, unsigned int jump)
{
	c->insn[jump].off = c->n - jump - 1;
}

/* Accepts, and maps what it must not: a slot that is none, or the contract's. */
static void st_make_maps(struct st_code *c)
{
	static const int32_t slots[] = { SLOTS, INT32_MAX, TARGET, CONTRACT_PERIOD };
	unsigned int jump;
	size_t i;

	for (i = 0; i < N(slots); i++) {
		jump = st_order(c, MAPS + i);
		MOVI(c, 3, slots[i] + 1u);
		STX(c, BPF_W, 6, ST_GUARD_MAPS, 3);
		MOVI(c, 0, SAFEX_GUARD_OK);
		EXIT(c);
		st_order_end(c, jump);
	}
}

static void st_make_guard(struct st_code *c)
{
	unsigned int jump;

	c->n = 0;
	LDX(c, BPF_DW, 6, 1, 0);
	LDX(c, BPF_W, 1, 6, 4);		/* slot */
	MOVI(c, 0, 0);
	JMPI(c, BPF_JEQ, 1, OUTPUT, 1);
	EXIT(c);
	LDX(c, BPF_DW, 8, 6, 32);	/* value */
	jump = st_order(c, FALLBACK);
	MOVI(c, 3, -1);
	STX(c, BPF_DW, 6, ST_GUARD_MAPPED, 3);
	MOVI(c, 3, 1 + MAPPED);
	STX(c, BPF_W, 6, ST_GUARD_MAPS, 3);
	MOVI(c, 0, SAFEX_GUARD_UNSAFE);
	EXIT(c);
	st_order_end(c, jump);
	st_make_maps(c);
	jump = st_order(c, SPIN);
	st_emit(c, ST_MAY_GOTO, 0, 0, 3, 0);
	LDX(c, BPF_W, 0, 6, 0);		/* expired */
	JMPI(c, BPF_JNE, 0, 0, 1);
	JMPI(c, BPF_JA, 0, 0, -4);
	MOVI(c, 0, SAFEX_RET(SAFEX_END_BUDGET, 9));
	EXIT(c);
	st_order_end(c, jump);
	jump = st_order(c, THROW);
	MOVI(c, 1, SAFEX_RET(SAFEX_END_THROWN, 9));
	st_emit_call(c, "bpf_throw");
	st_order_end(c, jump);
	MOV(c, 0, 8);
	EXIT(c);
}

static void st_make_writer(struct st_code *c, uint32_t slot, int32_t value)
{
	c->n = 0;
	LDX(c, BPF_DW, 1, 1, 0);
	MOVI(c, 3, value);
	st_emit_set(c, 1, slot, 3, 2);
	MOVI(c, 0, 0);
	EXIT(c);
}

static void st_guarded_create(struct st_guarded *g)
{
	struct safex_manager_create *m = st_manager_args("guarded");

	m->budget = 10 * ST_US;
	st_attr(m->attrs, OUTPUT, "output", OLD, RIGHTS, 0);
	st_attr(m->attrs, MAPPED, "mapped", OLD, SAFEX_APP_READ | SAFEX_EXT_READ, 0);
	st_attr(m->attrs, TARGET, "target", OLD, RIGHTS, SAFEX_ROLE_TARGET);
	st_attr(m->attrs, CONTRACT_PERIOD, "period", PERIOD, RIGHTS, SAFEX_ROLE_PERIOD);
	st_attr(m->attrs, SHARE, "share", OLD, RIGHTS, SAFEX_ROLE_SHARE);
	st_attr(m->attrs, SECRET, "secret", OLD, SAFEX_APP_READ, 0);
	m->n_attrs = SLOTS;
	g->manager = st_manager(m);
	g->guard = m->guard;
	g->cls = st_class(st_class_args(g->manager, m));
	g->fd = st_object(SAFEX_IOC_CLASS_FD, SAFEX_KIND_CLASS, g->cls);
	g->page = mmap(NULL, sizeof(*g->page), PROT_READ, MAP_SHARED, g->fd, 0);
}

static bool st_unchanged(const struct st_guarded *g)
{
	uint32_t i;

	for (i = 0; i < SLOTS; i++)
		if (g->page->value[i] != (i == CONTRACT_PERIOD ? PERIOD : OLD))
			return false;
	return true;
}

/* A monitor of its own, whose first record can't be one of another's many. */
static int st_writer(struct st_guarded *g, struct st_raw *r, uint32_t slot,
		     int32_t value)
{
	static struct st_code c;
	int id = st_monitor(g->cls, 10 * ST_US, 0, 0x1d);

	st_make_writer(&c, slot, value);
	st_bound(r, &c, SAFEX_KIND_MONITOR, id);
	st_object(SAFEX_IOC_ACTIVATE, SAFEX_KIND_MONITOR, id);
	return id;
}

static void st_writer_end(struct st_raw *r, int id)
{
	st_raw_unbind(r);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MONITOR, id);
}

/* Written by a monitor: one record, to the letter, and the old value. */
static void st_refused_write(struct st_guarded *g, size_t i)
{
	struct safex_record rec = { 0 };
	struct safex_stat s;
	struct st_raw r;
	char want[SAFEX_MESSAGE_MAX];
	int id = st_writer(g, &r, st_writes[i].slot, st_writes[i].value);

	snprintf(want, sizeof(want), "write of %s = %d %s", st_writes[i].name,
		 st_writes[i].value, st_writes[i].text);
	st_ok(st_record(id, SAFEX_END_GUARD, &rec) && !strcmp(rec.message, want) &&
	      rec.code == (int)st_writes[i].verdict && rec.count == 1 &&
	      rec.cd == 42, "guard: slot %u: %s", st_writes[i].slot, want);
	if (strcmp(rec.message, want))
		st_note("record: %s", rec.message);
	st_stat(SAFEX_KIND_MONITOR, id, &s);
	st_ok(s.runs && s.refused + 1 >= s.runs && s.refused <= s.runs &&
	      !s.exceptions && st_unchanged(g), "guard: counted, the old value stays");
	st_writer_end(&r, id);
}

/* The same by the application: its verdict, and the old value. */
static void st_refused_setting(struct st_guarded *g, size_t i)
{
	uint32_t verdict = 0;
	int ret = st_set(g->fd, st_writes[i].slot, st_writes[i].value, &verdict);

	if (st_writes[i].slot >= SLOTS)
		return;
	st_ok(!ret && verdict == st_writes[i].verdict && st_unchanged(g),
	      "guard: application's write of %s = %d is refused with %u",
	      st_writes[i].name, st_writes[i].value, st_writes[i].verdict);
}

/* Repetitions are told once a second, with their number. */
static void st_refused_again(struct st_guarded *g)
{
	struct safex_record first = { 0 }, second = { 0 };
	struct safex_stat s;
	struct st_raw r;
	int id = st_writer(g, &r, OUTPUT, 1);

	st_ok(st_record(id, SAFEX_END_GUARD, &first) &&
	      st_record(id, SAFEX_END_GUARD, &second), "guard: refused again");
	st_stat(SAFEX_KIND_MONITOR, id, &s);
	st_ok(second.time - first.time >= (uint64_t)ST_S && second.count > 50 &&
	      s.refused >= first.count + second.count &&
	      s.refused <= first.count + second.count + 10,
	      "guard: a record a second, with the number of refusals");
	st_note("%u refusals in the second record, %llu in all", second.count,
		s.refused);
	st_writer_end(&r, id);
}

/* "Not safe" with something mapped is how a contract is kept: told, not counted. */
static void st_fallback(struct st_guarded *g)
{
	struct safex_record rec = { 0 };
	struct safex_stat s;
	struct st_raw r;
	int id = st_writer(g, &r, OUTPUT, FALLBACK);

	st_ok(st_record(id, SAFEX_END_GUARD, &rec) && rec.code == SAFEX_GUARD_UNSAFE,
	      "guard: a fallback is told");
	st_stat(SAFEX_KIND_MONITOR, id, &s);
	st_is(s.refused, 0, "guard: and is no refusal");
	st_ok(g->page->value[MAPPED] == -1 && g->page->value[OUTPUT] == OLD,
	      "guard: what it maps is written, the value is not");
	st_writer_end(&r, id);
}

/* No guard, no write: before there is one, and after it has gone. */
static void st_unguarded(struct st_guarded *g)
{
	struct safex_record rec = { 0 };
	uint32_t verdict = 0;
	struct st_raw r;
	int id = st_writer(g, &r, OUTPUT, 10);

	st_ok(st_record(id, SAFEX_END_GUARD, &rec) && !strcmp(rec.message,
	      "write of output = 10 refused: the manager has no working guard"),
	      "guard: without one: %s", rec.message);
	st_writer_end(&r, id);
	st_set(g->fd, OUTPUT, 10, &verdict);
	st_ok(verdict == SAFEX_GUARD_FAULT && g->page->value[OUTPUT] == OLD,
	      "guard: without one no write of the application");
}

/* What it may not read is 0; what is no slot, and what it has, too. */
static void st_unreadable(struct st_guarded *g)
{
	static const uint32_t slots[] = { OUTPUT, SECRET, SLOTS, 63 };
	static struct st_code c;
	struct safex_record rec;
	struct safex_stat s;
	struct st_raw r;
	size_t i;
	int id;

	for (i = 0; i < N(slots); i++) {
		c.n = 0;
		LDX(&c, BPF_DW, 6, 1, 0);
		LDX(&c, BPF_DW, 0, 6, SAFEX_CTX_ATTR + 8 * slots[i]);
		JMPI(&c, BPF_JNE, 0, 0, 1);
		MOVI(&c, 0, SAFEX_RET(SAFEX_END_THROWN, 7));
		EXIT(&c);
		id = st_monitor(g->cls, 10 * ST_US, 1 << MAPPED, 1);
		st_is(st_bound(&r, &c, SAFEX_KIND_MONITOR, id), 0, "unreadable: loads");
		st_object(SAFEX_IOC_ACTIVATE, SAFEX_KIND_MONITOR, id);
		memset(&rec, 0, sizeof(rec));
		st_ok(st_record(id, SAFEX_END_THROWN, &rec) && rec.line == 7,
		      "unreadable: slot %u is 0", slots[i]);
		st_stat(SAFEX_KIND_MONITOR, id, &s);
		st_is(s.exceptions, s.runs, "unreadable: always");
		st_writer_end(&r, id);
	}
}

/* Calls of a manager's program, and what each answers. */
static const struct st_answer {
	const char *name, *call;
	bool share;		/* its first argument, or the context */
	int64_t a, b;
	int64_t answer;
	bool process;		/* of a class that has one */
} st_answers[] = {
	{ "raise: by a manager", "safex_raise_event", false, 1, 1, -EPERM, false },
	{ "window: of no process", "safex_cpu_window", true, 0, 0, 0, false },
	{ "window: before those kept", "safex_cpu_window", true, 8, 0, 0, true },
	{ "window: number that is all bits", "safex_cpu_window", true, -1, 0, 0, true },
	{ "current: of no process", "safex_cpu_current", true, 0, 0, 0, false },
	{ "rest: of no process", "safex_cpu_rest", true, 0, 0, 0, false },
	{ "next tick: now", "safex_next_tick", true, 0, 0, 0, false },
	{ "next tick: all bits", "safex_next_tick", true, -1, 0, 0, true },
	{ "used: of no process", "safex_cpu_used", true, 0, 0, 0, false },
	{ "windows: of no process", "safex_cpu_windows", true, 0, 0, 0, false },
	{ "violations: of no process", "safex_cpu_violations", true, 0, 0, 0, false },
	{ "reserve: no process", "safex_cpu_reserve", true, ST_MS, PERIOD, -ESRCH, false },
	{ "reserve: runtime of 0", "safex_cpu_reserve", true, 0, PERIOD, -EINVAL, true },
	{ "reserve: runtime below 10 us", "safex_cpu_reserve", true, 9999, PERIOD, -EINVAL, true },
	{ "reserve: runtime above period", "safex_cpu_reserve", true, PERIOD + 1, PERIOD, -EINVAL, true },
	{ "reserve: period of 0", "safex_cpu_reserve", true, ST_MS, 0, -EINVAL, true },
	{ "reserve: all bits", "safex_cpu_reserve", true, -1, -1, -EINVAL, true },
};

#define ANSWER(i)	(3 + (i))	/* slot it is written to */

static void st_wide(struct st_code *c, uint8_t reg, int64_t value)
{
	st_emit(c, BPF_LD | BPF_IMM | BPF_DW, reg, 0, 0, value);
	st_emit(c, 0, 0, 0, 0, value >> 32);
}

static void st_make_asker(struct st_code *c, const struct safex_page *page)
{
	size_t i;

	(void)page;
	c->n = 0;
	LDX(c, BPF_DW, 6, 1, 0);
	LDX(c, BPF_DW, 7, 1, 8);
	for (i = 0; i < N(st_answers); i++) {
		MOV(c, 1, st_answers[i].share ? 7 : 6);
		st_wide(c, 2, st_answers[i].a);
		st_wide(c, 3, st_answers[i].b);
		st_emit_call(c, st_answers[i].call);
		if (strstr(st_answers[i].call, "raise") ||
		    strstr(st_answers[i].call, "reserve")) {
			ALUI(c, BPF_LSH, 0, 32);
			ALUI(c, BPF_ARSH, 0, 32);
		}
		st_emit_set(c, 6, ANSWER(i), 0, 1);
	}
	/* And what it has no right to set: the contract, another's, no slot. */
	MOVI(c, 0, 77);
	st_emit_set(c, 6, 0, 0, 1);
	st_emit_set(c, 6, 2, 0, 1);
	st_emit_set(c, 6, 63, 0, 1);
	MOVI(c, 0, 0);
	EXIT(c);
}

static int st_asked_class(struct safex_manager_create *m, pid_t pid)
{
	struct safex_class_create *c = st_class_args(m->id, m);

	if (pid)
		c->pidfd = st_pidfd(pid);
	st_class(c);
	if (pid)
		close(c->pidfd);
	return c->id;
}

static bool st_asked(void *arg)
{
	const struct safex_page *page = arg;

	return page->value[ANSWER(N(st_answers) - 1)] != 999;
}

static void st_judge_answers(int cls, bool process)
{
	int fd = st_object(SAFEX_IOC_CLASS_FD, SAFEX_KIND_CLASS, cls);
	struct safex_page *page = mmap(NULL, sizeof(*page), PROT_READ, MAP_SHARED,
				       fd, 0);
	size_t i;

	st_ok(st_wait(st_asked, page), "answers: the manager's program has run");
	for (i = 0; i < N(st_answers); i++)
		if (st_answers[i].process == process)
			st_is(page->value[ANSWER(i)], st_answers[i].answer,
			      st_answers[i].name);
	st_ok(page->value[0] == ST_MS && !page->value[2],
	      "answers: what is not the manager's to set stays");
	munmap(page, sizeof(*page));
	close(fd);
}

static void st_ask(void)
{
	static struct safex_manager_create m;
	static struct st_code c;
	pid_t pid = st_napper(50 * ST_MS, ST_MS);
	struct safex_record rec = { 0 };
	struct safex_stat s = { 0 };
	int without, with;
	struct st_raw r;
	size_t i;

	m = *st_manager_args("asked");
	st_attr(m.attrs, 0, "target", ST_MS, SAFEX_APP_READ | SAFEX_MGR_WRITE, SAFEX_ROLE_TARGET);
	st_attr(m.attrs, 1, "period", PERIOD, SAFEX_MGR_WRITE, SAFEX_ROLE_PERIOD);
	st_attr(m.attrs, 2, "other", 0, SAFEX_APP_READ | SAFEX_EXT_WRITE, 0);
	for (i = 0; i < N(st_answers); i++) {
		char name[16];

		snprintf(name, sizeof(name), "answer%zu", i);
		st_attr(m.attrs, ANSWER(i), name, 999, SAFEX_APP_READ | SAFEX_MGR_WRITE, 0);
	}
	m.n_attrs = ANSWER(N(st_answers));
	st_manager(&m);
	without = st_asked_class(&m, 0);
	with = st_asked_class(&m, pid);
	st_make_asker(&c, NULL);
	st_is(st_bound(&r, &c, SAFEX_KIND_MANAGER, m.id), 0, "answers: program loads");
	st_judge_answers(without, false);
	st_judge_answers(with, true);
	st_stat(SAFEX_KIND_MANAGER, m.id, &s);
	st_raw_unbind(&r);
	st_ok(s.refused >= 3 && !(s.refused % 3), "answers: and is counted: %llu",
	      s.refused);
	st_ok(st_record(m.id, SAFEX_END_GUARD, &rec) && !strcmp(rec.message,
	      "write of target = 77 refused: no right to write it"),
	      "answers: and told: %s", rec.message);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, without);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, with);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MANAGER, m.id);
	st_kill(pid);
}

void st_test_guard(void)
{
	struct st_guarded g;
	static struct st_code c;
	size_t i;

	if (!st_ok(st_raw_init(), "guard: the module has types"))
		return;
	st_guarded_create(&g);
	st_unguarded(&g);
	st_make_guard(&c);
	st_is(st_bound(&g.guard_raw, &c, SAFEX_KIND_GUARD, g.guard), 0,
	      "guard: one is there");
	for (i = 0; i < N(st_writes); i++) {
		st_refused_write(&g, i);
		st_refused_setting(&g, i);
	}
	st_unreadable(&g);
	st_refused_again(&g);
	st_fallback(&g);
	st_raw_unbind(&g.guard_raw);
	munmap((void *)g.page, sizeof(*g.page));
	close(g.fd);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, g.cls);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MANAGER, g.manager);
	st_ask();
	st_is(st_count(), 0, "guard: nothing is left");
}
