// SPDX-License-Identifier: GPL-2.0-only
/*
 * Thousands of generated programs: each is refused with a reason, or runs
 * within its reservation and is gone again without a trace.  Batches of them
 * run at once, as monitors, handlers, service managers and guards.
 *
 * In the environment: SAFEX_SEED repeats a run, SAFEX_CASES is how many (2000),
 * SAFEX_CASE only the one with this number, which is shown.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "st.h"
#include "st_gen.h"

#define MANAGERS	4	/* of a batch */
#define MONITORS	10	/* of a manager */
#define HANDLERS	4
#define EXTS		(MONITORS + HANDLERS)
#define CASES		(EXTS + 2)	/* and its own program and its guard */
#define BATCH		(MANAGERS * CASES)
#define RUNS		3
#define TICK		(10 * ST_MS)
#define OWN_BUDGET	(5 * ST_US)
#define LATE		(20 * ST_US)
#define PATIENCE	400	/* looks, 5 ms each */

static const uint64_t st_budgets[] = { 2 * ST_US, 5 * ST_US, 10 * ST_US, 20 * ST_US };

enum st_outcome { ST_NONE, ST_REFUSED, ST_UNBOUND, ST_RAN };

struct st_case {
	uint32_t number, kind, id;
	enum st_sort sort;
	const char *flaw;
	uint64_t budget;
	int program;
	struct st_raw raw;
	enum st_outcome outcome;
	struct safex_stat stat;
};

struct st_place {
	int manager, cls, fd, ticker, channels[HANDLERS + MONITORS];
	uint32_t guard;
	struct st_raw raw;	/* of the ticker */
	struct st_case cases[CASES];
};

/* What came of all of them. */
struct st_tally {
	unsigned int made[ST_SORTS], refused[ST_SORTS], ran[ST_SORTS];
	unsigned int ran_as[SAFEX_KIND_HANDLER + 1];
	unsigned int unbound, silent, idle, late, wrong;
	unsigned int aborted, threw, returned;
	uint64_t latest;
};

static struct st_tally st_tally;
static uint64_t st_seed;
static long st_only = -1;
static int st_statics, st_ticker_program;
static pid_t st_process;

static void st_complain(const struct st_case *c, const char *what)
{
	st_note("case %u (%s%s%s): %s", c->number,
		c->sort == ST_VALID ? "valid" : c->sort == ST_MUTATED ? "mutated" :
		"broken: ", c->sort == ST_BROKEN && c->flaw ? c->flaw : "", "", what);
}

static void st_show(const struct st_made *m, int ret, const char *log)
{
	unsigned int i;

	st_note("kind %u, flaw %s: load %d: %s", m->kind,
		m->flaw ? m->flaw : "none", ret, log);
	for (i = 0; i < m->code.n; i++) {
		const struct bpf_insn *in = &m->code.insn[i];

		st_note("%4u: %02x r%u r%u %+d %d", i, in->code, in->dst_reg,
			in->src_reg, in->off, in->imm);
	}
}

/* A monitor that raises an event for the handlers each time. */
static int st_ticker(void)
{
	static struct st_code c;
	char log[512];

	c.n = 0;
	LDX(&c, BPF_DW, 1, 1, 0);
	MOVI(&c, 2, 7);
	MOVI(&c, 3, 8);
	st_emit_call(&c, "safex_raise_event");
	MOVI(&c, 0, 0);
	EXIT(&c);
	return st_raw_load(&c, SAFEX_KIND_MONITOR, log, sizeof(log));
}

static int st_place_ext(struct st_place *p, uint32_t kind, uint64_t budget,
			uint64_t writes)
{
	struct safex_ext_create e = {
		.name = "generated", .kind = kind, .class_id = p->cls,
		.period = kind == SAFEX_KIND_MONITOR ? 2 * TICK : 0,
		.budget = budget, .read_mask = 7, .write_mask = writes,
	};

	return st_ext(&e);
}

static void st_place_class(struct st_place *p, bool with_process)
{
	struct safex_manager_create *m = st_manager_args("programs");
	struct safex_class_create *c;

	m->period = TICK;
	m->budget = OWN_BUDGET;
	st_attr(m->attrs, 0, "a", 1, SAFEX_RIGHTS_ALL, 0);
	st_attr(m->attrs, 1, "b", 2, SAFEX_RIGHTS_ALL, 0);
	st_attr(m->attrs, 2, "c", 3, SAFEX_EXT_READ | SAFEX_MGR_WRITE, 0);
	st_attr(m->attrs, 3, "secret", 4, SAFEX_APP_READ, 0);
	st_attr(m->attrs, 4, "target", ST_MS, 0, SAFEX_ROLE_TARGET);
	st_attr(m->attrs, 5, "period", 100 * ST_MS, 0, SAFEX_ROLE_PERIOD);
	st_attr(m->attrs, 6, "share", ST_MS, SAFEX_EXT_READ, SAFEX_ROLE_SHARE);
	m->n_attrs = 7;
	p->manager = st_manager(m);
	p->guard = m->guard;
	c = st_class_args(p->manager, m);
	if (with_process)
		c->pidfd = st_pidfd(st_process);
	p->cls = st_class(c);
	if (with_process)
		close(c->pidfd);
	p->fd = st_object(SAFEX_IOC_CLASS_FD, SAFEX_KIND_CLASS, p->cls);
}

static uint32_t st_kind_of(unsigned int i)
{
	return i < MONITORS ? SAFEX_KIND_MONITOR :
	       i < EXTS ? SAFEX_KIND_HANDLER :
	       i == EXTS ? SAFEX_KIND_MANAGER : SAFEX_KIND_GUARD;
}

/* All handlers have the ticker's events, and each those of one monitor. */
static bool st_place_create(struct st_place *p, uint32_t number, bool with_process)
{
	unsigned int i;

	memset(p, 0, sizeof(*p));
	st_place_class(p, with_process);
	p->ticker = st_place_ext(p, SAFEX_KIND_MONITOR, 2 * ST_US, 0);
	for (i = 0; i < CASES; i++) {
		struct st_case *c = &p->cases[i];

		c->number = number + i;
		c->kind = st_kind_of(i);
		c->budget = i < EXTS ? st_budgets[i % 4] : OWN_BUDGET;
		c->program = -1;
		c->id = i > EXTS ? (int)p->guard : i == EXTS ? p->manager :
			st_place_ext(p, c->kind, c->budget, 3);
	}
	for (i = 0; i < HANDLERS; i++) {
		p->channels[i] = st_channel(p->ticker, p->cases[MONITORS + i].id);
		p->channels[HANDLERS + i] = st_channel(p->cases[i].id,
						       p->cases[MONITORS + i].id);
		if (p->channels[i] <= 0 || p->channels[HANDLERS + i] <= 0)
			return false;
	}
	return p->fd >= 0 && p->cases[EXTS - 1].id < INT32_MAX &&
	       !st_raw_bind(&p->raw, st_ticker_program, SAFEX_KIND_MONITOR, p->ticker) &&
	       !st_object(SAFEX_IOC_ACTIVATE, SAFEX_KIND_MONITOR, p->ticker);
}

static void st_place_destroy(struct st_place *p)
{
	unsigned int i;

	for (i = 0; i < CASES; i++)
		if (p->cases[i].outcome == ST_RAN)
			st_raw_unbind(&p->cases[i].raw);
	st_raw_unbind(&p->raw);
	for (i = 0; i < 2 * HANDLERS; i++)
		st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CHANNEL, p->channels[i]);
	for (i = 0; i < EXTS; i++)
		st_object(SAFEX_IOC_DESTROY, p->cases[i].kind, p->cases[i].id);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MONITOR, p->ticker);
	close(p->fd);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, p->cls);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MANAGER, p->manager);
}

/* Generated, loaded, bound and activated, as far as it comes. */
static void st_case_start(struct st_case *c)
{
	static struct st_made m;
	char log[4096];
	int ret;

	st_generate(&m, c->kind, st_spread(st_seed, c->number), st_statics);
	c->sort = m.sort;
	c->flaw = m.sort == ST_BROKEN && !m.flaw ? "bound as another kind" : m.flaw;
	c->program = st_raw_load(&m.code, c->kind, log, sizeof(log));
	if (st_only >= 0)
		st_show(&m, c->program, log);
	if (c->program < 0) {
		c->outcome = ST_REFUSED;
		st_tally.silent += !*log;
		if (c->sort == ST_VALID || !*log)
			st_complain(c, *log ? log : strerror(-c->program));
		return;
	}
	ret = st_raw_bind(&c->raw, c->program, m.bind, c->id);
	close(c->program);
	c->outcome = ret ? ST_UNBOUND : ST_RAN;
	if (!ret && c->kind >= SAFEX_KIND_MONITOR)
		st_object(SAFEX_IOC_ACTIVATE, c->kind, c->id);
	if (ret && c->sort == ST_VALID)
		st_complain(c, strerror(-ret));
}

/* Ran often enough, or so badly that it was removed. */
static bool st_case_over(struct st_case *c)
{
	if (c->outcome != ST_RAN)
		return true;
	if (st_stat(c->kind, c->id, &c->stat))
		return false;
	return c->stat.runs >= RUNS || (c->stat.runs && !c->stat.active);
}

static bool st_places_over(struct st_place *places)
{
	unsigned int i, n;
	bool over = true;

	for (n = 0; n < MANAGERS; n++)
		for (i = 0; i < CASES; i++)
			over &= st_case_over(&places[n].cases[i]);
	return over;
}

/* Guards run when the application writes. */
static void st_places_run(struct st_place *places)
{
	struct timespec nap = { .tv_nsec = 5 * ST_MS };
	unsigned int n, look;
	uint32_t verdict;

	for (look = 0; look < PATIENCE && !st_places_over(places); look++) {
		for (n = 0; n < MANAGERS && look < RUNS; n++)
			st_set(places[n].fd, look & 1, look, &verdict);
		nanosleep(&nap, NULL);
	}
}

static void st_judge_ran(const struct st_case *c, bool exact)
{
	const struct safex_stat *s = &c->stat;
	uint64_t late = s->time_max > c->budget ? s->time_max - c->budget : 0;

	st_tally.ran[c->sort]++;
	st_tally.ran_as[c->kind]++;
	st_tally.aborted += s->aborts > 0;
	st_tally.threw += s->exceptions > 0;
	st_tally.returned += s->runs > s->aborts + s->exceptions;
	if (late > st_tally.latest)
		st_tally.latest = late;
	if (!s->runs) {
		st_tally.idle++;
		st_complain(c, "has not run");
	}
	if (exact && late > LATE) {
		st_tally.late++;
		st_complain(c, "ran past its reservation");
		st_note("%llu ns of %llu", s->time_max, (unsigned long long)c->budget);
	}
	if (c->sort == ST_BROKEN) {
		st_tally.wrong++;
		st_complain(c, "was accepted");
	}
}

static void st_judge_case(const struct st_case *c, bool exact)
{
	if (c->outcome == ST_NONE)
		return;
	st_tally.made[c->sort]++;
	if (c->outcome == ST_RAN) {
		st_judge_ran(c, exact);
		return;
	}
	st_tally.refused[c->sort]++;
	st_tally.unbound += c->outcome == ST_UNBOUND;
}

static bool st_batch(uint32_t first, bool exact)
{
	static struct st_place places[MANAGERS];
	unsigned int n, i;
	bool ok = true;

	for (n = 0; n < MANAGERS; n++)
		ok &= st_place_create(&places[n], first + n * CASES, !n);
	for (n = 0; n < MANAGERS; n++)
		for (i = 0; i < CASES; i++)
			if (st_only < 0 || st_only == places[n].cases[i].number)
				st_case_start(&places[n].cases[i]);
	st_places_run(places);
	for (n = 0; n < MANAGERS; n++) {
		for (i = 0; i < CASES; i++)
			st_judge_case(&places[n].cases[i], exact);
		st_place_destroy(&places[n]);
	}
	return ok && !st_count();
}

static void st_report_tally(void)
{
	const struct st_tally *t = &st_tally;

	st_note("valid:   %5u made, %5u ran, %5u refused", t->made[ST_VALID],
		t->ran[ST_VALID], t->refused[ST_VALID]);
	st_note("broken:  %5u made, %5u ran, %5u refused", t->made[ST_BROKEN],
		t->ran[ST_BROKEN], t->refused[ST_BROKEN]);
	st_note("mutated: %5u made, %5u ran, %5u refused", t->made[ST_MUTATED],
		t->ran[ST_MUTATED], t->refused[ST_MUTATED]);
	st_note("ran: %u managers, %u guards, %u monitors, %u handlers; %u returned, "
		"%u threw, %u were aborted, at most %llu ns late",
		t->ran_as[SAFEX_KIND_MANAGER], t->ran_as[SAFEX_KIND_GUARD],
		t->ran_as[SAFEX_KIND_MONITOR], t->ran_as[SAFEX_KIND_HANDLER],
		t->returned, t->threw, t->aborted, (unsigned long long)t->latest);
	st_note("refused: %u by the verifier, %u when bound",
		t->refused[0] + t->refused[1] + t->refused[2] - t->unbound, t->unbound);
}

/* Shares that keep the generator honest: it must make some of everything. */
static void st_judge_tally(unsigned int n)
{
	const struct st_tally *t = &st_tally;

	st_is(t->made[0] + t->made[1] + t->made[2], n, "programs: all were tried");
	st_is(t->wrong, 0, "programs: broken ones are refused");
	st_is(t->silent, 0, "programs: a refusal has a reason");
	st_is(t->idle, 0, "programs: what is accepted runs");
	st_is(t->late, 0, "programs: none runs past its reservation");
	if (n < 1000)
		return;
	st_ok(t->ran[ST_VALID] * 100 >= t->made[ST_VALID] * 98,
	      "programs: 98 %% of the valid ones run");
	st_ok(t->ran[ST_MUTATED] * 25 >= t->made[ST_MUTATED] &&
	      t->refused[ST_MUTATED] * 10 >= t->made[ST_MUTATED],
	      "programs: mutated ones are of both kinds");
	st_ok(t->made[ST_VALID] * 5 >= n * 2 && t->made[ST_BROKEN] * 5 >= n &&
	      t->made[ST_MUTATED] * 10 >= n, "programs: all sorts are made");
	st_ok(t->ran_as[SAFEX_KIND_MANAGER] * 50 >= n &&
	      t->ran_as[SAFEX_KIND_GUARD] * 50 >= n &&
	      t->ran_as[SAFEX_KIND_HANDLER] * 10 >= n &&
	      t->ran_as[SAFEX_KIND_MONITOR] * 4 >= n, "programs: all roles run");
	st_ok(t->returned * 8 >= n && t->threw * 20 >= n && t->aborted * 20 >= n,
	      "programs: some return, some throw, some are aborted");
}

static long st_environment(const char *name, long otherwise)
{
	const char *given = getenv(name);

	return given ? strtol(given, NULL, 0) : otherwise;
}

/* exact: times are judged. */
void st_test_programs(bool exact)
{
	uint32_t n = st_environment("SAFEX_CASES", 2000), first = 0;
	bool clean = true;

	st_seed = st_environment("SAFEX_SEED", time(NULL));
	st_only = st_environment("SAFEX_CASE", -1);
	st_note("seed %llu", (unsigned long long)st_seed);
	if (!st_ok(st_raw_init(), "programs: the module has types"))
		return;
	st_statics = st_raw_array(ST_GEN_STATICS);
	st_ticker_program = st_ticker();
	st_process = st_napper(50 * ST_MS, ST_MS);
	if (st_only >= 0) {
		first = st_only - st_only % BATCH;
		n = 1;
	}
	n = st_only >= 0 ? 1 : (n + BATCH - 1) / BATCH * BATCH;
	while (clean && st_tally.made[0] + st_tally.made[1] + st_tally.made[2] < n) {
		clean = st_batch(first, exact);
		first += BATCH;
	}
	st_ok(clean, "programs: nothing is left of any");
	st_report_tally();
	st_judge_tally(n);
	st_kill(st_process);
	close(st_ticker_program);
	close(st_statics);
}
