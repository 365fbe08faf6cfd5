/* SPDX-License-Identifier: GPL-2.0-only */
#include <elf.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "sx_elf.h"
#include "t_bpf.h"

struct machine {
	struct t_bpf *t;
	struct bpf_insn *code;
	size_t n;
	uint64_t r[11];
	uint8_t stack[512];
	bool failed;
};

static int name_index(const struct t_bpf *t, const char *name)
{
	for (int i = 0; t->names[i]; i++)
		if (!strcmp(t->names[i], name))
			return i;
	return -1;
}

/* Sections of variables follow each other in t->data. */
static uint64_t data_at(struct t_bpf *t, const struct sx_elf *e, unsigned int section)
{
	uint64_t at = 0;

	for (unsigned int i = 1; i < section; i++)
		if (!strcmp(e->section[i].name, ".bss") || !strcmp(e->section[i].name, ".data") ||
		    !strncmp(e->section[i].name, ".rodata", 7))
			at += (e->section[i].size + 7) & ~7ull;
	return (uint64_t)(uintptr_t)t->data + at;
}

static void load_constants(struct t_bpf *t, const struct sx_elf *e)
{
	for (unsigned int i = 1; i < e->n; i++)
		if (!strncmp(e->section[i].name, ".rodata", 7))
			memcpy((void *)(uintptr_t)data_at(t, e, i), e->section[i].data, e->section[i].size);
}

static void relocate(struct machine *m, const struct sx_elf *e, const struct sx_elf_section *rel)
{
	for (size_t i = 0; i < rel->size / rel->entsize; i++) {
		struct sx_elf_reloc r;
		struct sx_elf_symbol s;
		struct bpf_insn *insn;

		sx_elf_reloc(rel, i, &r);
		insn = &m->code[r.offset / 8];
		if (sx_elf_symbol(e, r.symbol, &s)) {
			m->failed = true;
		} else if (r.type == 10) {
			insn->imm = name_index(m->t, s.name);
		} else {
			uint64_t at = data_at(m->t, e, s.section) + s.value + (uint32_t)insn->imm;

			insn[0].imm = (int32_t)at;
			insn[1].imm = (int32_t)(at >> 32);
		}
	}
}

static uint64_t shifted(uint64_t v, uint64_t n, uint8_t op, bool wide)
{
	n &= wide ? 63 : 31;
	if (op == BPF_LSH)
		return v << n;
	if (op == BPF_RSH)
		return (wide ? v : (uint32_t)v) >> n;
	return wide ? (uint64_t)((int64_t)v >> n) : (uint64_t)((int32_t)v >> n);
}

static uint64_t divided(uint64_t a, uint64_t b, bool mod, bool sign, bool wide)
{
	if (!wide) {
		a = sign ? (uint64_t)(int64_t)(int32_t)a : (uint32_t)a;
		b = sign ? (uint64_t)(int64_t)(int32_t)b : (uint32_t)b;
	}
	if (!b)
		return mod ? a : 0;
	if (sign && (int64_t)b == -1)
		return mod ? 0 : -a;
	if (sign)
		return mod ? (uint64_t)((int64_t)a % (int64_t)b) : (uint64_t)((int64_t)a / (int64_t)b);
	return mod ? a % b : a / b;
}

static uint64_t extended(uint64_t v, int bits)
{
	return bits == 8 ? (uint64_t)(int8_t)v : bits == 16 ? (uint64_t)(int16_t)v :
	       bits == 32 ? (uint64_t)(int32_t)v : v;
}

static void alu(struct machine *m, const struct bpf_insn *i)
{
	bool wide = BPF_CLASS(i->code) == BPF_ALU64;
	uint64_t *d = &m->r[i->dst_reg], s = i->code & BPF_X ? m->r[i->src_reg] : (uint64_t)i->imm;
	uint8_t op = BPF_OP(i->code);

	switch (op) {
	case BPF_ADD: *d += s; break;
	case BPF_SUB: *d -= s; break;
	case BPF_MUL: *d *= s; break;
	case BPF_DIV:
	case BPF_MOD: *d = divided(*d, s, op == BPF_MOD, i->off == 1, wide); break;
	case BPF_OR: *d |= s; break;
	case BPF_AND: *d &= s; break;
	case BPF_XOR: *d ^= s; break;
	case BPF_NEG: *d = -*d; break;
	case BPF_MOV: *d = extended(s, i->off); break;
	case BPF_LSH:
	case BPF_RSH:
	case BPF_ARSH: *d = shifted(*d, s, op, wide); break;
	default: m->failed = true;
	}
	if (!wide)
		*d = (uint32_t)*d;
}

static bool taken(struct machine *m, const struct bpf_insn *i)
{
	uint64_t a = m->r[i->dst_reg], b = i->code & BPF_X ? m->r[i->src_reg] : (uint64_t)i->imm;
	int64_t x = (int64_t)a, y = (int64_t)b;

	if (BPF_CLASS(i->code) == BPF_JMP32) {
		a = (uint32_t)a;
		b = (uint32_t)b;
		x = (int32_t)a;
		y = (int32_t)b;
	}
	switch (BPF_OP(i->code)) {
	case BPF_JEQ: return a == b;
	case BPF_JNE: return a != b;
	case BPF_JGT: return a > b;
	case BPF_JGE: return a >= b;
	case BPF_JLT: return a < b;
	case BPF_JLE: return a <= b;
	case BPF_JSET: return a & b;
	case BPF_JSGT: return x > y;
	case BPF_JSGE: return x >= y;
	case BPF_JSLT: return x < y;
	case BPF_JSLE: return x <= y;
	default: m->failed = true; return false;
	}
}

static void call(struct machine *m, const struct bpf_insn *i)
{
	if (i->imm < 0) {
		m->failed = true;
		return;
	}
	m->r[0] = m->t->call(m->t->arg, (unsigned int)i->imm, m->r);
	/* What a call may leave in these is nothing to rely on. */
	for (int r = 1; r < 6; r++)
		m->r[r] = 0xdeadbeefdeadbeefull;
}

/* Whether may_goto jumps. */
static bool loop_ends(struct t_bpf *t)
{
	if (t->timed)
		return *t->expired;
	if (!t->may_goto)
		return true;
	t->may_goto--;
	return false;
}

/* Moves *pc. True at the exit. */
static bool jump(struct machine *m, const struct bpf_insn *i, size_t *pc)
{
	if (i->code == (BPF_JMP | BPF_EXIT))
		return true;
	if (i->code == (BPF_JMP | BPF_CALL))
		call(m, i);
	else if (i->code == (BPF_JMP | 0xe0 | BPF_K | 0)) {	/* may_goto */
		if (loop_ends(m->t))
			*pc += (size_t)(long)i->off;
	} else if (i->code == (BPF_JMP | BPF_JA))
		*pc += (size_t)(long)i->off;
	else if (i->code == (BPF_JMP32 | BPF_JA))
		*pc += (size_t)(long)i->imm;
	else if (taken(m, i))
		*pc += (size_t)(long)i->off;
	return false;
}

static size_t width(uint8_t code)
{
	switch (BPF_SIZE(code)) {
	case BPF_B: return 1;
	case BPF_H: return 2;
	case BPF_W: return 4;
	default: return 8;
	}
}

static void load(struct machine *m, const struct bpf_insn *i)
{
	uint64_t v = 0;

	memcpy(&v, (void *)(uintptr_t)(m->r[i->src_reg] + (uint64_t)(int64_t)i->off), width(i->code));
	if (BPF_MODE(i->code) == 0x80)		/* sign-extending */
		v = extended(v, (int)width(i->code) * 8);
	else if (BPF_MODE(i->code) != BPF_MEM)
		m->failed = true;
	m->r[i->dst_reg] = v;
}

static void store(struct machine *m, const struct bpf_insn *i)
{
	uint64_t v = BPF_CLASS(i->code) == BPF_STX ? m->r[i->src_reg] : (uint64_t)i->imm;

	memcpy((void *)(uintptr_t)(m->r[i->dst_reg] + (uint64_t)(int64_t)i->off), &v, width(i->code));
}

static int64_t interpret(struct machine *m)
{
	struct t_bpf *t = m->t;

	for (size_t pc = 0; pc < m->n && !m->failed && t->steps < t->steps_max; pc++) {
		const struct bpf_insn *i = &m->code[pc];

		if (++t->steps == t->expire_at)
			*t->expired = 1;
		switch (BPF_CLASS(i->code)) {
		case BPF_ALU:
		case BPF_ALU64:
			alu(m, i);
			break;
		case BPF_JMP:
		case BPF_JMP32:
			if (jump(m, i, &pc))
				return (int32_t)m->r[0];
			break;
		case BPF_LDX:
			load(m, i);
			break;
		case BPF_ST:
		case BPF_STX:
			store(m, i);
			break;
		default:
			if (i->code != (BPF_LD | BPF_IMM | BPF_DW))
				return -1;
			m->r[i->dst_reg] = (uint32_t)i->imm | (uint64_t)(uint32_t)i[1].imm << 32;
			pc++;
		}
	}
	return -1;
}

int64_t t_bpf_run(struct t_bpf *t, const void *elf, size_t size, const uint64_t *args)
{
	struct machine m = { .t = t };
	struct sx_elf e;
	const char *why;
	int64_t ret = -1;
	unsigned int program = 0;

	if (sx_elf_open(&e, elf, size, &why))
		return -1;
	for (unsigned int i = 1; i < e.n; i++)
		if (!strncmp(e.section[i].name, "struct_ops/", 11))
			program = i;
	m.n = e.section[program].size / 8;
	m.code = malloc(e.section[program].size);
	memcpy(m.code, e.section[program].data, e.section[program].size);
	for (unsigned int i = 1; i < e.n; i++)
		if (e.section[i].type == SHT_REL && e.section[i].info == program)
			relocate(&m, &e, &e.section[i]);
	m.r[1] = (uint64_t)(uintptr_t)args;
	m.r[10] = (uint64_t)(uintptr_t)(m.stack + sizeof(m.stack));
	memset(m.stack, 0xa5, sizeof(m.stack));
	load_constants(t, &e);
	if (program)
		ret = interpret(&m);
	free(m.code);
	return ret;
}
