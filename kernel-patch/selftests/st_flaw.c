// SPDX-License-Identifier: GPL-2.0-only
/*
 * Flaws of generated programs: each alone is a reason to refuse one.
 */
#include "st.h"
#include "st_gen.h"

static void st_no_value(struct st_gen *g)
{
	HELPER(g->c, 5);
	MOV(g->c, 0, 1 + st_pick(g, 5));
}

static void st_moved_context(struct st_gen *g)
{
	MOV(g->c, 1, 6);
	st_emit(g->c, BPF_ALU64 | BPF_ADD | BPF_X, 1, 8, 0, 0);
	MOVI(g->c, 3, 1);
	st_gen_call(g);
}

static void st_number_as_context(struct st_gen *g)
{
	MOV(g->c, 1, 8);
	MOVI(g->c, 3, 1);
	st_gen_call(g);
}

static void st_stack_as_context(struct st_gen *g)
{
	MOV(g->c, 1, 10);
	ALUI(g->c, BPF_ADD, 1, -64);
	MOVI(g->c, 3, 1);
	st_gen_call(g);
}

static void st_others_call(struct st_gen *g)
{
	MOV(g->c, 1, 6);
	MOVI(g->c, 2, 1);
	MOVI(g->c, 3, 1);
	st_emit_call(g->c, g->kind == SAFEX_KIND_GUARD && st_pick(g, 2) ?
		     "safex_raise_event" : "safex_cpu_reserve");
}

/* Before and behind what is there to be set; a guard reads values only. */
static void st_write_context(struct st_gen *g)
{
	if (st_pick(g, 2))
		STX(g->c, BPF_DW, 6, 8 * st_pick(g, 4), 8);
	else if (g->kind == SAFEX_KIND_GUARD)
		STX(g->c, BPF_DW, 6, ST_GUARD_ATTR + 8 * st_pick(g, SAFEX_ATTRS_MAX), 8);
	else
		STX(g->c, BPF_DW, 6, SAFEX_CTX_LINE + 4 * SAFEX_ATTRS_MAX, 8);
}

static void st_beyond_context(struct st_gen *g)
{
	LDX(g->c, BPF_DW, 0, 6, 816 + 8 * st_pick(g, 100));
}

static void st_beyond_stack(struct st_gen *g)
{
	STX(g->c, BPF_DW, 10, st_pick(g, 2) ? 8 * (int)st_pick(g, 9) :
					      -520 - 8 * (int)st_pick(g, 9), 8);
}

static void st_beyond_statics(struct st_gen *g)
{
	st_emit_value(g->c, 1, g->statics, 0);
	LDX(g->c, BPF_DW, 0, 1, ST_GEN_STATICS - st_pick(g, 8));
}

static void st_any_index(struct st_gen *g)
{
	st_emit_value(g->c, 1, g->statics, 0);
	st_emit(g->c, BPF_ALU64 | BPF_ADD | BPF_X, 1, 8, 0, 0);
	LDX(g->c, BPF_DW, 0, 1, 0);
}

static void st_far_jump(struct st_gen *g)
{
	JMPI(g->c, BPF_JEQ, 8, 1, st_pick(g, 2) ? 20000 : -20000);
}

static void st_jump_between(struct st_gen *g)
{
	JMPI(g->c, BPF_JEQ, 8, 1, 1);
	st_emit_value(g->c, 1, g->statics, 0);
}

static void st_bare_loop(struct st_gen *g)
{
	MOV(g->c, 0, 8);
	JMPI(g->c, BPF_JEQ, 0, st_pick(g, 100), -2);
	JMPI(g->c, BPF_JA, 0, 0, -3);
}

static void st_helper(struct st_gen *g)
{
	static const uint8_t some[] = { 4, 6, 14, 35, 109, 113, 115, 181, 195 };

	MOVI(g->c, 1, 1);
	MOVI(g->c, 2, 1);
	MOVI(g->c, 3, 0);
	MOVI(g->c, 4, 0);
	HELPER(g->c, some[st_pick(g, sizeof(some))]);
}

static void st_reserved(struct st_gen *g)
{
	st_emit(g->c, BPF_ALU64 | BPF_MOV | BPF_K, 0, 1 + st_pick(g, 9), 0, 1);
}

static void st_no_opcode(struct st_gen *g)
{
	static const uint8_t some[] = { 0x8d, 0xff, 0xef, 0xf7, 0x00 };

	st_emit(g->c, some[st_pick(g, sizeof(some))], 0, 0, 0, 0);
}

static void st_by_zero(struct st_gen *g)
{
	MOV(g->c, 0, 8);
	ALUI(g->c, st_pick(g, 2) ? BPF_DIV : BPF_MOD, 0, 0);
}

static void st_far_shift(struct st_gen *g)
{
	MOV(g->c, 0, 8);
	ALUI(g->c, st_pick(g, 2) ? BPF_LSH : BPF_ARSH, 0,
	     st_pick(g, 2) ? 64 : -1);
}

static void st_kernel_call(struct st_gen *g)
{
	MOV(g->c, 1, 6);
	MOVI(g->c, 2, 1);
	st_emit_call(g->c, "bpf_rdonly_cast");
}

static void st_unknown_call(struct st_gen *g)
{
	st_emit(g->c, BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_KFUNC_CALL,
		st_pick(g, 3), st_pick(g, 2) ? 0x7fffff00 : 1 + st_pick(g, 50));
}

static void st_recursion(struct st_gen *g)
{
	MOV(g->c, 1, 6);
	MOV(g->c, 2, 8);
	st_emit(g->c, BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, -(int)g->c->n - 1);
}

static void st_no_register(struct st_gen *g)
{
	MOV(g->c, 11 + st_pick(g, 5), 8);
}

static void st_move_frame(struct st_gen *g)
{
	MOV(g->c, 10, 8);
}

static void st_through_number(struct st_gen *g)
{
	STX(g->c, BPF_DW, 8 + st_pick(g, 2), 0, 8);
}

static void st_no_map(struct st_gen *g)
{
	st_emit_value(g->c, 1, 5000 + st_pick(g, 100), 0);
}

static void st_half_value(struct st_gen *g)
{
	st_emit(g->c, BPF_LD | BPF_IMM | BPF_DW, 1, 0, 0, 1);
	MOV(g->c, 0, 8);
}

static void st_atomic_context(struct st_gen *g)
{
	st_emit(g->c, BPF_STX | BPF_ATOMIC | BPF_DW, 6, 8, 8, BPF_ADD);
}

/* A flaw of the attach, not of the program. */
static void st_nothing(struct st_gen *g)
{
	(void)g;
}

static const struct {
	const char *name;
	void (*put)(struct st_gen *g);
} st_flaws[] = {
	{ "register without a value", st_no_value },
	{ "moved context", st_moved_context },
	{ "number as context", st_number_as_context },
	{ "stack as context", st_stack_as_context },
	{ "call of another kind of program", st_others_call },
	{ "write to the context", st_write_context },
	{ "read beyond the context", st_beyond_context },
	{ "write beyond the stack", st_beyond_stack },
	{ "read beyond the statics", st_beyond_statics },
	{ "any index", st_any_index },
	{ "jump out of the program", st_far_jump },
	{ "jump into an instruction", st_jump_between },
	{ "loop without a bound", st_bare_loop },
	{ "helper that is not allowed", st_helper },
	{ "reserved field", st_reserved },
	{ "no such instruction", st_no_opcode },
	{ "division by a constant 0", st_by_zero },
	{ "shift by more than there is", st_far_shift },
	{ "call of the kernel", st_kernel_call },
	{ "call of nothing", st_unknown_call },
	{ "recursion", st_recursion },
	{ "no such register", st_no_register },
	{ "write to the frame pointer", st_move_frame },
	{ "write through a number", st_through_number },
	{ "no such map", st_no_map },
	{ "half an instruction", st_half_value },
	{ "atomic write to the context", st_atomic_context },
	{ NULL, st_nothing },
};

const char *st_flaw(struct st_gen *g)
{
	uint32_t i = st_pick(g, sizeof(st_flaws) / sizeof(st_flaws[0]));

	st_flaws[i].put(g);
	return st_flaws[i].name;
}
