// SPDX-License-Identifier: GPL-2.0-only
/*
 * The grammar.  In a function R6 is the context, R7 the share (a manager's
 * main function), R8 and R9 are numbers; the frame holds VARS variables, then
 * what expressions and loops need.  Variables are made unknown to the
 * verifier, as the code generator does, so that loops end for it.
 */
#include <string.h>
#include "st.h"
#include "st_gen.h"

#define VARS		8
#define VAR(i)		(-8 * (int)((i) + 1))
#define TEMP(depth)	(-72 - 8 * (int)(depth))	/* 6 of them */
#define COUNT(depth)	(-120 - 8 * (int)(depth))	/* 4 */
#define KEY		(-160)
#define EXPRESSION	4
#define BLOCKS		4
#define LOOPS		3

/* Offsets in both contexts, as are those of <linux/safex.h>. */
#define CTX_NOW		16

#define RET(kind, line)	SAFEX_RET(kind, line)

uint64_t st_next_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dull;
}

uint64_t st_spread(uint64_t seed, uint64_t number)
{
	uint64_t z = seed + (number + 1) * 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return (z ^ (z >> 31)) | 1;
}

uint32_t st_pick(struct st_gen *g, uint32_t n)
{
	return (st_next_random(&g->random) >> 32) % n;
}

static unsigned int st_jump(struct st_gen *g, uint8_t code, uint8_t dst,
			    uint8_t src, int32_t imm)
{
	st_emit(g->c, code, dst, src, 0, imm);
	return g->c->n - 1;
}

/* The jump leads to what comes next. */
static void st_land(struct st_gen *g, unsigned int jump)
{
	g->c->insn[jump].off = g->c->n - jump - 1;
}

static void st_fix(struct st_gen *g, unsigned int from)
{
	for (; from < g->c->n; from++)
		g->fixed[from] = true;
}

/* What the verifier knew of reg, it knows no more.  Changes R5. */
static void st_hide(struct st_gen *g, uint8_t reg)
{
	LDX(g->c, BPF_DW, 5, 6, SAFEX_CTX_ZERO);
	st_emit(g->c, BPF_ALU64 | BPF_ADD | BPF_X, reg, 5, 0, 0);
}

static void st_throw(struct st_gen *g, uint32_t cookie)
{
	MOVI(g->c, 1, cookie);
	st_emit_call(g->c, "bpf_throw");
}

static int32_t st_constant(struct st_gen *g)
{
	static const int32_t some[] = {
		0, 1, -1, 2, 7, 10, 63, 64, 100, 1000, INT32_MAX, INT32_MIN,
	};
	uint32_t n = st_pick(g, 16);

	return n < sizeof(some) / sizeof(some[0]) ? some[n] :
	       (int32_t)st_next_random(&g->random);
}

/* Mostly one of those there are. */
static uint32_t st_slot(struct st_gen *g)
{
	return st_pick(g, 8) ? st_pick(g, 3) : st_pick(g, SAFEX_ATTRS_MAX);
}

static void st_share_call(struct st_gen *g)
{
	static const char * const calls[] = {
		"safex_cpu_used", "safex_cpu_windows", "safex_cpu_violations",
		"safex_cpu_window", "safex_cpu_reserve", "safex_cpu_current",
		"safex_cpu_rest", "safex_next_tick",
	};
	uint32_t n = st_pick(g, 8);

	MOV(g->c, 1, 7);
	MOVI(g->c, 2, n == 3 ? st_pick(g, 20) : 20000 * st_pick(g, 40));
	MOVI(g->c, 3, 1000000 * st_pick(g, 120));
	st_emit_call(g->c, calls[n]);
}

static void st_read_call(struct st_gen *g)
{
	if (g->kind == SAFEX_KIND_MANAGER && !g->inner && st_pick(g, 2)) {
		st_share_call(g);
		return;
	}
	LDX(g->c, BPF_DW, 0, 6, 8 * st_slot(g) +
	    (g->kind == SAFEX_KIND_GUARD ? ST_GUARD_ATTR : SAFEX_CTX_ATTR));
}

static void st_leaf(struct st_gen *g)
{
	switch (st_pick(g, 8)) {
	case 0:
	case 1:
		MOVI(g->c, 0, st_constant(g));
		break;
	case 2:
		MOV(g->c, 0, 8 + st_pick(g, 2));
		break;
	case 3:
		LDX(g->c, BPF_DW, 0, 10, VAR(st_pick(g, VARS)));
		break;
	case 4:
		st_emit_value(g->c, 1, g->statics, 0);
		LDX(g->c, BPF_DW, 0, 1, 8 * st_pick(g, ST_GEN_STATICS / 8));
		break;
	case 5:
		LDX(g->c, BPF_DW, 0, 6, SAFEX_CTX_ZERO + 8 * st_pick(g, 3));
		break;
	case 6:
		HELPER(g->c, 5);	/* ktime_get_ns */
		break;
	default:
		st_read_call(g);
	}
}

/* R0 = R1 / R0 and its like, with the check before it. */
static void st_divide(struct st_gen *g, uint8_t width, int16_t temp)
{
	uint8_t op = st_pick(g, 2) ? BPF_DIV : BPF_MOD;
	unsigned int jump;

	st_hide(g, 0);
	jump = st_jump(g, (width == BPF_ALU ? BPF_JMP32 : BPF_JMP) | BPF_JNE | BPF_K,
		       0, 0, 0);
	st_throw(g, RET(SAFEX_END_DIVISION, 10));
	st_land(g, jump);
	LDX(g->c, BPF_DW, 1, 10, temp);
	st_emit(g->c, width | op | BPF_X, 1, 0, st_pick(g, 2), 0);
}

static void st_expression(struct st_gen *g, unsigned int depth)
{
	static const uint8_t simple[] = {
		BPF_ADD, BPF_SUB, BPF_MUL, BPF_AND, BPF_OR, BPF_XOR,
	};
	static const uint8_t shifts[] = { BPF_LSH, BPF_RSH, BPF_ARSH };
	uint8_t width = st_pick(g, 3) ? BPF_ALU64 : BPF_ALU;
	uint32_t what = st_pick(g, 10);

	if (!depth || !st_pick(g, 3)) {
		st_leaf(g);
		return;
	}
	st_expression(g, depth - 1);
	STX(g->c, BPF_DW, 10, TEMP(depth), 0);
	st_expression(g, depth - 1);
	if (what == 0) {
		st_divide(g, width, TEMP(depth));
	} else if (what == 1) {
		ALUI(g->c, BPF_AND, 0, width == BPF_ALU ? 31 : 63);
		LDX(g->c, BPF_DW, 1, 10, TEMP(depth));
		st_emit(g->c, width | shifts[st_pick(g, 3)] | BPF_X, 1, 0, 0, 0);
	} else {
		LDX(g->c, BPF_DW, 1, 10, TEMP(depth));
		st_emit(g->c, width | simple[st_pick(g, 6)] | BPF_X, 1, 0, 0, 0);
	}
	MOV(g->c, 0, 1);
}

/* A jump that is taken if a condition does not hold. */
static unsigned int st_unless(struct st_gen *g)
{
	static const uint8_t ops[] = {
		BPF_JEQ, BPF_JNE, BPF_JGT, BPF_JGE, BPF_JLT, BPF_JLE,
		BPF_JSGT, BPF_JSGE, BPF_JSLT, BPF_JSLE, BPF_JSET,
	};
	uint8_t code = st_pick(g, 4) ? BPF_JMP : BPF_JMP32;

	st_expression(g, st_pick(g, EXPRESSION));
	st_hide(g, 0);
	code |= ops[st_pick(g, sizeof(ops))];
	if (st_pick(g, 2))
		return st_jump(g, code | BPF_X, 0, 9, 0);
	return st_jump(g, code | BPF_K, 0, 0, st_constant(g));
}

static void st_block(struct st_gen *g, unsigned int n);

static void st_assign(struct st_gen *g)
{
	st_expression(g, st_pick(g, EXPRESSION + 1));
	st_hide(g, 0);
	switch (st_pick(g, 5)) {
	case 0:
		MOV(g->c, 8, 0);
		break;
	case 1:
		MOV(g->c, 9, 0);
		break;
	case 2:
		st_emit_value(g->c, 1, g->statics, 0);
		STX(g->c, BPF_DW, 1, 8 * st_pick(g, ST_GEN_STATICS / 8), 0);
		break;
	case 3:
		st_emit_value(g->c, 1, g->statics, 8 * st_pick(g, ST_GEN_STATICS / 8));
		st_emit(g->c, BPF_STX | BPF_ATOMIC | BPF_DW, 1, 0, 0, BPF_ADD);
		break;
	default:
		STX(g->c, BPF_DW, 10, VAR(st_pick(g, VARS)), 0);
	}
}

void st_gen_call(struct st_gen *g)
{
	if (g->kind == SAFEX_KIND_GUARD) {
		STX(g->c, BPF_DW, 1, ST_GUARD_MAPPED, 3);
		st_emit(g->c, BPF_ST | BPF_MEM | BPF_W, 1, 0, ST_GUARD_MAPS,
			st_pick(g, 80));
		return;
	}
	MOVI(g->c, 2, st_slot(g));
	st_emit_call(g->c, st_pick(g, 4) ? "safex_raise_event" : "safex_catch");
}

static void st_act(struct st_gen *g)
{
	st_expression(g, st_pick(g, EXPRESSION));
	MOV(g->c, 3, 0);
	MOV(g->c, 1, 6);
	if (g->kind != SAFEX_KIND_GUARD && st_pick(g, 3))
		st_emit_set(g->c, 1, st_slot(g), 3, 4);
	else
		st_gen_call(g);
}

static void st_index(struct st_gen *g)
{
	static const uint8_t sizes[] = { BPF_B, BPF_H, BPF_W, BPF_DW };
	uint8_t size = sizes[st_pick(g, 4)];

	st_expression(g, 2);
	ALUI(g->c, BPF_AND, 0, ST_GEN_STATICS / 8 - 1);
	ALUI(g->c, BPF_LSH, 0, 3);
	st_emit_value(g->c, 1, g->statics, 0);
	st_emit(g->c, BPF_ALU64 | BPF_ADD | BPF_X, 1, 0, 0, 0);
	if (st_pick(g, 2)) {
		STX(g->c, size, 1, 0, 8);
		return;
	}
	LDX(g->c, size, 0, 1, 0);
	st_hide(g, 0);
	STX(g->c, BPF_DW, 10, VAR(st_pick(g, VARS)), 0);
}

static void st_if(struct st_gen *g)
{
	unsigned int otherwise = st_unless(g), end;

	st_block(g, 1 + st_pick(g, 2));
	if (st_pick(g, 2)) {
		st_land(g, otherwise);
		return;
	}
	end = st_jump(g, BPF_JMP | BPF_JA, 0, 0, 0);
	st_land(g, otherwise);
	st_block(g, 1);
	st_land(g, end);
}

static void st_switch(struct st_gen *g)
{
	unsigned int ends[4], n = 2 + st_pick(g, 3), i, next;

	st_expression(g, 1);
	st_hide(g, 0);
	STX(g->c, BPF_DW, 10, TEMP(0), 0);
	for (i = 0; i < n; i++) {
		LDX(g->c, BPF_DW, 0, 10, TEMP(0));
		next = st_jump(g, BPF_JMP | BPF_JNE | BPF_K, 0, 0, i);
		st_block(g, 1);
		ends[i] = st_jump(g, BPF_JMP | BPF_JA, 0, 0, 0);
		st_land(g, next);
	}
	for (i = 0; i < n; i++)
		st_land(g, ends[i]);
}

/* What the code generator puts at a back edge. */
static void st_back_edge_check(struct st_gen *g)
{
	unsigned int from = g->c->n;

	g->bound[g->n_bound++] = st_jump(g, ST_MAY_GOTO, 0, 0, 0);
	LDX(g->c, BPF_W, 0, 6, SAFEX_CTX_EXPIRED);
	g->expired[g->n_expired++] =
		st_jump(g, BPF_JMP | BPF_JNE | BPF_K, 0, 0, 0);
	st_fix(g, from);
}

/* Bounded: less than 64 rounds, of unknown number. */
static void st_loop(struct st_gen *g, bool endless)
{
	int count = COUNT(g->loops);
	unsigned int top, from;

	if (g->n_bound == sizeof(g->bound) / sizeof(g->bound[0]))
		return;
	LDX(g->c, BPF_DW, 0, 10, VAR(st_pick(g, VARS)));
	STX(g->c, BPF_DW, 10, count, 0);
	top = g->c->n;
	st_back_edge_check(g);
	g->loops++;
	st_block(g, 1 + st_pick(g, 3));
	g->loops--;
	from = g->c->n;
	if (endless) {
		st_emit(g->c, BPF_JMP | BPF_JA, 0, 0, top - g->c->n - 1, 0);
	} else {
		LDX(g->c, BPF_DW, 0, 10, count);
		ALUI(g->c, BPF_ADD, 0, -1);
		ALUI(g->c, BPF_AND, 0, 63);
		STX(g->c, BPF_DW, 10, count, 0);
		JMPI(g->c, BPF_JNE, 0, 0, top - g->c->n - 1);
	}
	st_fix(g, from);
}

/* What ends the function or never ends is behind a condition. */
static void st_end_early(struct st_gen *g)
{
	static const uint32_t ends[] = {
		0, 0, RET(SAFEX_END_THROWN, 20), RET(SAFEX_END_BOUNDS, 21),
		RET(SAFEX_END_SHIFT, 22), 5,
		0xffffffff,
	};
	unsigned int jump = st_unless(g);

	switch (st_pick(g, 4)) {
	case 0:
		st_throw(g, RET(SAFEX_END_THROWN, 30 + st_pick(g, 100)));
		break;
	case 1:
		if (g->loops < LOOPS) {
			st_loop(g, true);
			break;
		}
		/* fall through */
	default:
		MOVI(g->c, 0, ends[st_pick(g, 7)]);
		EXIT(g->c);
	}
	st_land(g, jump);
}

static void st_call_static(struct st_gen *g)
{
	if (g->inner || g->n_calls == sizeof(g->calls) / sizeof(g->calls[0])) {
		st_assign(g);
		return;
	}
	MOV(g->c, 1, 6);
	MOV(g->c, 2, 8);
	g->calls[g->n_calls++] = st_jump(g, BPF_JMP | BPF_CALL, 0,
					 BPF_PSEUDO_CALL, 0);
	st_hide(g, 0);
	STX(g->c, BPF_DW, 10, VAR(st_pick(g, VARS)), 0);
}

static void st_map_call(struct st_gen *g)
{
	unsigned int jump;

	st_emit(g->c, BPF_ST | BPF_MEM | BPF_W, 10, 0, KEY, st_pick(g, 2));
	st_emit(g->c, BPF_LD | BPF_IMM | BPF_DW, 1, BPF_PSEUDO_MAP_FD, 0,
		g->statics);
	st_emit(g->c, 0, 0, 0, 0, 0);
	MOV(g->c, 2, 10);
	ALUI(g->c, BPF_ADD, 2, KEY);
	HELPER(g->c, 1);		/* map_lookup_elem */
	jump = st_jump(g, BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 0);
	LDX(g->c, BPF_DW, 0, 0, 8 * st_pick(g, ST_GEN_STATICS / 8));
	st_hide(g, 0);
	MOV(g->c, 9, 0);
	st_land(g, jump);
}

static void st_statement(struct st_gen *g)
{
	uint32_t what = st_pick(g, 16);

	if (g->depth >= BLOCKS)
		what %= 8;
	if (what < 3)
		st_assign(g);
	else if (what < 6)
		st_act(g);
	else if (what < 7)
		st_index(g);
	else if (what < 8)
		st_map_call(g);
	else if (what < 10)
		st_if(g);
	else if (what < 11)
		st_switch(g);
	else if (what < 13 && g->loops < LOOPS)
		st_loop(g, false);
	else if (what < 14)
		st_call_static(g);
	else
		st_end_early(g);
}

static void st_block(struct st_gen *g, unsigned int n)
{
	g->depth++;
	for (; n && g->room; n--) {
		g->room--;
		st_statement(g);
	}
	g->depth--;
}

/* Where the checks at back edges lead: to the end of this function. */
static void st_ends(struct st_gen *g, const unsigned int *jumps, unsigned int n,
		    uint32_t ret)
{
	unsigned int i, from = g->c->n;

	if (!n)
		return;
	for (i = 0; i < n; i++)
		st_land(g, jumps[i]);
	if (g->inner)
		st_throw(g, ret);
	MOVI(g->c, 0, ret);
	EXIT(g->c);
	st_fix(g, from);
}

static void st_finish(struct st_gen *g)
{
	MOVI(g->c, 0, 0);
	EXIT(g->c);
	st_ends(g, g->expired, g->n_expired, RET(SAFEX_END_BUDGET, 1));
	st_ends(g, g->bound, g->n_bound, RET(SAFEX_END_LOOP, 1));
	g->n_expired = 0;
	g->n_bound = 0;
}

static void st_variables(struct st_gen *g)
{
	unsigned int i;

	LDX(g->c, BPF_DW, 9, 6, CTX_NOW);
	for (i = 0; i < VARS; i++)
		STX(g->c, BPF_DW, 10, VAR(i), 8);
}

static const char *st_main(struct st_gen *g, bool flawed)
{
	const char *flaw = NULL;

	if (g->kind == SAFEX_KIND_MANAGER)
		LDX(g->c, BPF_DW, 7, 1, 8);
	LDX(g->c, BPF_DW, 6, 1, 0);
	LDX(g->c, BPF_DW, 8, 6, SAFEX_CTX_ZERO);
	st_variables(g);
	/* First: what is behind a loop without end is never looked at. */
	if (flawed)
		flaw = st_flaw(g);
	st_block(g, 2 + st_pick(g, 9));
	st_finish(g);
	return flaw;
}

static void st_static_function(struct st_gen *g, unsigned int call)
{
	g->c->insn[call].imm = g->c->n - call - 1;
	g->room = 4;
	MOV(g->c, 6, 1);
	MOV(g->c, 8, 2);
	st_variables(g);
	st_block(g, 3);
	st_finish(g);
}

/* Bits of some instructions that are no checks of a loop. */
static void st_mutate(struct st_gen *g)
{
	uint32_t n = 1 + st_pick(g, 4), at;

	while (n) {
		at = st_pick(g, g->c->n);
		if (g->fixed[at] && st_pick(g, 1000))
			continue;
		n--;
		if (!g->fixed[at])
			((uint8_t *)&g->c->insn[at])[st_pick(g, 8)] ^=
				1 << st_pick(g, 8);
	}
}

void st_generate(struct st_made *m, uint32_t kind, uint64_t seed, int statics)
{
	static struct st_gen g;
	unsigned int i;

	memset(&g, 0, sizeof(g));
	g.c = &m->code;
	g.random = seed;
	g.kind = kind;
	g.statics = statics;
	g.room = 4 + st_pick(&g, 16);
	m->code.n = 0;
	m->kind = kind;
	m->bind = kind;
	i = st_pick(&g, 10);
	m->sort = i < 5 ? ST_VALID : i < 8 ? ST_BROKEN : ST_MUTATED;
	m->flaw = st_main(&g, m->sort == ST_BROKEN);
	g.inner = true;
	for (i = 0; i < g.n_calls; i++)
		st_static_function(&g, g.calls[i]);
	if (m->sort == ST_MUTATED)
		st_mutate(&g);
	if (m->sort == ST_BROKEN && !m->flaw)
		m->bind = kind == SAFEX_KIND_MONITOR ? SAFEX_KIND_HANDLER :
						       SAFEX_KIND_MONITOR;
}
