/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs from a grammar.  What comes out depends on the arguments alone.
 */
#ifndef _ST_GEN_H
#define _ST_GEN_H

#include "st_raw.h"

enum st_sort {
	ST_VALID,	/* as the code generator would make it */
	ST_BROKEN,	/* with one flaw that can't be missed */
	ST_MUTATED,	/* valid, then some bits changed */
	ST_SORTS
};

#define ST_GEN_STATICS	64	/* bytes of the array that programs use */

struct st_made {
	enum st_sort sort;
	const char *flaw;	/* of a broken one */
	uint32_t kind;		/* of the object it is loaded for */
	uint32_t bind;		/* kind it is bound as: another is a flaw */
	struct st_code code;
};

/* kind: enum safex_kind.  statics: an array of ST_GEN_STATICS bytes. */
void st_generate(struct st_made *m, uint32_t kind, uint64_t seed, int statics);

/* The next of a sequence; state must not be 0. */
uint64_t st_next_random(uint64_t *state);
/* A start that differs in all bits from its neighbours'; never 0. */
uint64_t st_spread(uint64_t seed, uint64_t number);

/* Inside: what the grammar and its flaws share. */
struct st_gen {
	struct st_code *c;
	uint64_t random;
	uint32_t kind;
	int statics;
	bool inner;		/* a static function: no capability but ctx */
	unsigned int depth;	/* of blocks */
	unsigned int loops;	/* around this statement */
	unsigned int room;	/* statements left */
	unsigned int n_expired, n_bound, n_calls;
	unsigned int expired[16], bound[16], calls[4];	/* jumps to be set */
	bool fixed[ST_CODE_MAX];	/* mutation leaves these alone */
};

uint32_t st_pick(struct st_gen *g, uint32_t n);
/* One that can't be missed, where the code is reached; its name. */
const char *st_flaw(struct st_gen *g);
/* One of the calls a program of this kind is for, or what a guard does, with R1 as it is. */
void st_gen_call(struct st_gen *g);

#endif
