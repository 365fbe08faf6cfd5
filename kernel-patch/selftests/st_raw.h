/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs put together of single instructions: no compiler, no libbpf object,
 * so thousands can be loaded, also such as no compiler makes.  All calls return
 * a descriptor or -errno.
 */
#ifndef _ST_RAW_H
#define _ST_RAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/bpf.h>

/* Newer than Debian 12's <linux/bpf.h>. */
#define ST_MAY_GOTO	0xe5	/* BPF_JMP | BPF_JCOND: to off, if time is up */

#define ST_CODE_MAX	4096

struct st_code {
	unsigned int n;
	struct bpf_insn insn[ST_CODE_MAX];
};

/* Kinds of objects (enum safex_kind) whose programs these are. */
struct st_raw {
	int map, link;		/* link -1: it could not be bound */
};

/* Reads the module's types, once.  False: not there. */
bool st_raw_init(void);
/* For another module of that name. */
void st_raw_forget(void);
/* Appends; what does not fit is dropped. */
void st_emit(struct st_code *c, uint8_t code, uint8_t dst, uint8_t src,
	     int16_t off, int32_t imm);
/* A call of one of safex's functions, or of bpf_throw. */
void st_emit_call(struct st_code *c, const char *kfunc);
/* A call of another module's function; 0 or -errno.  One module for all programs. */
int st_emit_foreign(struct st_code *c, const char *module, const char *kfunc);
/* Sets a slot to what is in value, in the context that is in ctx; changes temp. */
void st_emit_set(struct st_code *c, uint8_t ctx, uint32_t slot, uint8_t value,
		 uint8_t temp);
/* The address of byte off of a map's only value. */
void st_emit_value(struct st_code *c, uint8_t dst, int map, int32_t off);
/* An array of one value of size bytes. */
int st_raw_array(uint32_t size);
/* What the verifier says goes to log, without its statistics. */
int st_raw_load(const struct st_code *c, uint32_t kind, char *log, size_t size);
/* Binds to an object; 0 or -errno.  The program's descriptor stays the caller's. */
int st_raw_bind(struct st_raw *r, int program, uint32_t kind, uint32_t id);
void st_raw_unbind(struct st_raw *r);

/* Bytes of a guard's context, see safex_ops.h. */
#define ST_GUARD_MAPS	64
#define ST_GUARD_MAPPED	72
#define ST_GUARD_ATTR	80

/* Shorthand: dst op= src or imm, 64 bits. */
#define MOV(c, dst, src)	st_emit(c, BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0)
#define MOVI(c, dst, imm)	st_emit(c, BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, imm)
#define ALUI(c, op, dst, imm)	st_emit(c, BPF_ALU64 | (op) | BPF_K, dst, 0, 0, imm)
#define LDX(c, size, dst, src, off) \
	st_emit(c, BPF_LDX | BPF_MEM | (size), dst, src, off, 0)
#define STX(c, size, dst, off, src) \
	st_emit(c, BPF_STX | BPF_MEM | (size), dst, src, off, 0)
#define JMPI(c, op, dst, imm, off) \
	st_emit(c, BPF_JMP | (op) | BPF_K, dst, 0, off, imm)
#define HELPER(c, id)		st_emit(c, BPF_JMP | BPF_CALL, 0, 0, 0, id)
#define EXIT(c)			st_emit(c, BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

#endif
