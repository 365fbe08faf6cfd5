/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * BPF assembly text as clang prints it, taken apart line by line.  What is not
 * understood is refused: nothing passes this stage unread, whatever an author
 * has put into inline assembly.
 */
#ifndef SX_ASM_H
#define SX_ASM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "dio_error.h"
#include "sx_text.h"

#define SX_ASM_MAX	(8 * 1024 * 1024)	/* bytes of assembly */
#define SX_INSNS_MAX	16384			/* of one program: jumps reach all of it */
#define SX_CALLS_MAX	512			/* of one program: the kernel counts 64 for each */

enum sx_op {
	SX_OP_MOVE,		/* dst = src, and sign-extending forms */
	SX_OP_MOVE_IMM,		/* dst = imm */
	SX_OP_ADDRESS,		/* dst = symbol ll, dst = imm ll */
	SX_OP_ALU,		/* dst op= src or imm, dst = -dst, byte swaps */
	SX_OP_DIVIDE,		/* /= %= s/= s%= */
	SX_OP_LOAD,
	SX_OP_STORE,
	SX_OP_STORE_IMM,
	SX_OP_JUMP,		/* goto, conditional or not */
	SX_OP_CALL,
	SX_OP_EXIT,
	SX_OP_MARKER,		/* not yet an instruction: sx_names.c */
};

enum sx_marker {
	SX_MARK_SELF,		/* dst = safex_self */
	SX_MARK_SHARE,		/* dst = safex_share */
	SX_MARK_READ,		/* dst = safex_read STRING: value */
	SX_MARK_WRITE,		/* dst = safex_write src STRING: sets it to src; both change */
	SX_MARK_THROW,		/* safex_throw */
	SX_MARK_CAUSE,		/* dst = safex_cause: 0, or the exception there is to catch */
	SX_MARK_CHECK,		/* the compiler's own check has failed; imm: enum safex_end */
};

#define SX_NO_REG	(-1)

struct sx_insn {
	enum sx_op op;
	enum sx_marker marker;
	bool w;			/* 32-bit form */
	int dst, src;		/* register number, or SX_NO_REG */
	int64_t imm;		/* also offset of a load or store */
	int width;		/* bytes loaded or stored */
	char name[64];		/* label of a jump, symbol of a call, address or marker */
};

/* COMMON: a static variable without a value; `text` is its name, insn.imm its size. */
enum sx_line_kind { SX_LINE_LABEL, SX_LINE_DIRECTIVE, SX_LINE_INSN, SX_LINE_COMMON };

enum sx_section {
	SX_SEC_NONE, SX_SEC_PROGRAM, SX_SEC_OPS, SX_SEC_LICENSE, SX_SEC_DATA,
	SX_SEC_STRINGS, SX_SEC_ATTR, SX_SEC_BTF, SX_SEC_DEBUG,
};

struct sx_line {
	enum sx_line_kind kind;
	enum sx_section section;
	unsigned int source;	/* line of the author's file, 0: not known */
	const char *text;	/* without comment and surrounding blanks */
	struct sx_insn insn;
};

struct sx_asm {
	char *copy;		/* what `text` points into */
	struct sx_line *lines;
	size_t n;
	size_t *labels;		/* indices of the lines that define a name, by name */
	size_t n_labels;
};

/*
 * Takes apart `size` bytes of text. source: what it was compiled of, with the name
 * that .file directives have. 0, or -errno with status set. Release in both cases.
 */
int sx_asm_parse(struct sx_asm *a, const char *text, size_t size, const struct sx_text *source,
		 struct dio_status *status);
void sx_asm_release(struct sx_asm *a);

/* One instruction; text is lower level of the above. 0 or -EINVAL: not understood. */
int sx_insn_parse(const char *text, struct sx_insn *insn);

/* Does control never come to what follows? */
bool sx_insn_ends(const struct sx_insn *insn);

/* Index of the line of a label or static variable, or -ENOENT. */
long sx_asm_label(const struct sx_asm *a, const char *name);

/* The string at a label, at most size-1 bytes. 0, -ENOENT, -ENAMETOOLONG, -EINVAL (a NUL in it). */
int sx_asm_string(const struct sx_asm *a, const char *label, char *buf, size_t size);

/* All bytes of a section of plain data. Their number, -EINVAL (form) or -E2BIG. */
long sx_asm_bytes(const struct sx_asm *a, enum sx_section section, void *buf, size_t size);

#endif
