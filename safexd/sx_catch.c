/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Exceptions that the source catches.  Its entry begins by asking for one
 * (SAFEX_CATCH in exception.h) and is told that there is none; whatever raises
 * one later goes back there, and is the answer.  That happens once in an
 * activation: an exception while one is caught ends it, as all do in a program
 * that catches none.
 */
#include "sx_pass.h"
#include "sx_refusals.h"

#define BACK	".Lsafex_caught"	/* to ask again */
#define CATCH	".Lsafex_catch"
#define UNCAUGHT ".Lsafex_uncaught"

/* Nothing of the program may be in a register yet: it would not be there the next time. */
static bool is_first(const struct sx_pass *p, size_t i)
{
	while (i-- > 0)
		if (p->a->lines[i].kind == SX_LINE_INSN && p->a->lines[i].section == SX_SEC_PROGRAM)
			return false;
	return true;
}

int sx_catch_begin(struct sx_pass *p, size_t i)
{
	const struct sx_line *l = &p->a->lines[i];

	if (!is_first(p, i))
		return sx_pass_fail(p, l->source, SX_REFUSED_CAUGHT);
	fprintf(p->out, "\tr0 = 0\n\t*(u64 *)(r10 - %d) = r0\n\t*(u64 *)(r10 - %d) = r0\n",
		p->plan.caught, p->plan.cause);
	fprintf(p->out, BACK ":\n\tr%d = *(u64 *)(r10 - %d)\n", l->insn.dst, p->plan.cause);
	return 0;
}

/* What has no time left has none to catch anything. */
static bool can_catch(const struct sx_pass *p, enum safex_end kind)
{
	return p->plan.catches && kind != SAFEX_END_BUDGET && kind != SAFEX_END_LOOP;
}

void sx_catch_exit(struct sx_pass *p, const struct sx_stub *stub)
{
	fprintf(p->out, "\tr0 = %d\n\t%s\n", SAFEX_RET(stub->kind, stub->line),
		can_catch(p, stub->kind) ? "goto " CATCH : "exit");
}

/* Nothing goes where nothing is raised, and the verifier takes no such code. */
static bool is_raised(const struct sx_pass *p)
{
	for (size_t i = 0; i < p->n_stubs; i++)
		if (can_catch(p, p->stubs[i].kind))
			return true;
	return false;
}

/*
 * It jumps back, and the kernel takes no program in which anything does without
 * a look at the time; here it is what keeps an end of the budget from being
 * caught late.
 */
static void put_back(const struct sx_pass *p)
{
	if (p->timed)
		fprintf(p->out, "\tmay_goto " UNCAUGHT "\n");
	else
		sx_check_expired(p, 1, UNCAUGHT);
	fprintf(p->out, "\tgoto " BACK "\n" UNCAUGHT ":\n\texit\n");
}

/*
 * The verifier need not follow the source for each cause: it knows of it only
 * that it is not 0.
 */
void sx_catch_end(struct sx_pass *p)
{
	if (!is_raised(p))
		return;
	fprintf(p->out, CATCH ":\n\tr1 = *(u64 *)(r10 - %d)\n\tif r1 != 0 goto " UNCAUGHT "\n"
		"\tr1 = 1\n\t*(u64 *)(r10 - %d) = r1\n", p->plan.caught, p->plan.caught);
	sx_check_unknown_zero(p, 1);
	fprintf(p->out, "\tr0 += r1\n\tw0 = w0\n\tif w0 == 0 goto " UNCAUGHT "\n"
		"\t*(u64 *)(r10 - %d) = r0\n", p->plan.cause);
	put_back(p);
}
