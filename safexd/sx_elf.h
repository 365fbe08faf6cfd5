/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ELF64 relocatable objects for BPF, read with bounds: no offset, size, index
 * or string of the file is used before it has been checked against the file.
 */
#ifndef SX_ELF_H
#define SX_ELF_H

#include <stddef.h>
#include <stdint.h>

#define SX_ELF_SECTIONS	64	/* at most */
#define SX_ELF_SYMBOLS	8192

struct sx_elf_section {
	const char *name;	/* NUL-terminated, in the file */
	uint32_t type;
	uint64_t flags;
	const uint8_t *data;	/* NULL when it takes no room in the file */
	uint64_t size;
	uint64_t offset;	/* in the file */
	uint32_t link, info;
	uint64_t entsize;
};

struct sx_elf_symbol {
	const char *name;
	uint8_t type, bind;
	uint16_t section;	/* 0: undefined, < n of sections, or SHN_ABS */
	uint64_t value, size;
};

struct sx_elf_reloc {
	uint64_t offset;
	uint32_t type, symbol;
};

struct sx_elf {
	const uint8_t *data;
	size_t size;
	unsigned int n;
	struct sx_elf_section section[SX_ELF_SECTIONS];
	unsigned int symtab;		/* index, 0: none */
	unsigned int n_symbols;
};

/* 0, or -EINVAL and what is wrong. */
int sx_elf_open(struct sx_elf *e, const void *data, size_t size, const char **why);

/* i < n_symbols. 0, or -EINVAL. */
int sx_elf_symbol(const struct sx_elf *e, unsigned int i, struct sx_elf_symbol *symbol);

/* Entry i of a section of type REL; i < size / entsize. */
void sx_elf_reloc(const struct sx_elf_section *rel, size_t i, struct sx_elf_reloc *reloc);

#endif
