/* SPDX-License-Identifier: GPL-2.0-only */
#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include "sx_elf.h"

#define NUMBER_(n) #n
#define NUMBER(n) NUMBER_(n)

#ifndef EM_BPF
#define EM_BPF 247
#endif

static bool inside(uint64_t offset, uint64_t size, uint64_t whole)
{
	return offset <= whole && size <= whole - offset;
}

/* A string that ends within its table. */
static const char *string(const struct sx_elf_section *table, uint32_t at)
{
	if (!table->data || at >= table->size ||
	    !memchr(table->data + at, '\0', table->size - at))
		return NULL;
	return (const char *)table->data + at;
}

static const char *check_header(const Elf64_Ehdr *h, size_t size)
{
	if (memcmp(h->e_ident, ELFMAG, SELFMAG) || h->e_ident[EI_CLASS] != ELFCLASS64 ||
	    h->e_ident[EI_DATA] != ELFDATA2LSB || h->e_ident[EI_VERSION] != EV_CURRENT)
		return "not a 64-bit little-endian ELF file";
	if (h->e_type != ET_REL || h->e_machine != EM_BPF || h->e_version != EV_CURRENT ||
	    h->e_phnum)
		return "not a relocatable object for BPF";
	if (h->e_shentsize != sizeof(Elf64_Shdr) || h->e_shnum < 2 || h->e_shnum > SX_ELF_SECTIONS ||
	    h->e_shstrndx >= h->e_shnum ||
	    !inside(h->e_shoff, (uint64_t)h->e_shnum * sizeof(Elf64_Shdr), size))
		return "section table is not in the file";
	return NULL;
}

static const char *read_section(struct sx_elf *e, const Elf64_Ehdr *h, unsigned int i)
{
	struct sx_elf_section *s = &e->section[i];
	Elf64_Shdr sh;

	memcpy(&sh, e->data + h->e_shoff + i * sizeof(sh), sizeof(sh));
	if (sh.sh_type != SHT_NOBITS && sh.sh_type != SHT_NULL &&
	    !inside(sh.sh_offset, sh.sh_size, e->size))
		return "section is not in the file";
	if (sh.sh_link >= h->e_shnum)
		return "section links to none";
	*s = (struct sx_elf_section){
		.type = sh.sh_type, .flags = sh.sh_flags, .size = sh.sh_size, .link = sh.sh_link,
		.info = sh.sh_info, .entsize = sh.sh_entsize, .offset = sh.sh_offset,
	};
	if (sh.sh_type != SHT_NOBITS && sh.sh_type != SHT_NULL)
		s->data = e->data + sh.sh_offset;
	return NULL;
}

static const char *name_sections(struct sx_elf *e, const Elf64_Ehdr *h)
{
	const struct sx_elf_section *names = &e->section[h->e_shstrndx];
	Elf64_Shdr sh;

	if (names->type != SHT_STRTAB)
		return "sections have no names";
	for (unsigned int i = 0; i < e->n; i++) {
		memcpy(&sh, e->data + h->e_shoff + i * sizeof(sh), sizeof(sh));
		e->section[i].name = string(names, sh.sh_name);
		if (!e->section[i].name)
			return "name of a section is not in the file";
	}
	return NULL;
}

static const char *find_symbols(struct sx_elf *e)
{
	for (unsigned int i = 1; i < e->n; i++) {
		const struct sx_elf_section *s = &e->section[i];

		if (s->type != SHT_SYMTAB)
			continue;
		if (s->size / sizeof(Elf64_Sym) > SX_ELF_SYMBOLS)
			return "more than " NUMBER(SX_ELF_SYMBOLS) " symbols";
		if (e->symtab || s->entsize != sizeof(Elf64_Sym) || s->size % s->entsize ||
		    e->section[s->link].type != SHT_STRTAB)
			return "symbol table is malformed";
		e->symtab = i;
		e->n_symbols = (unsigned int)(s->size / s->entsize);
	}
	return NULL;
}

int sx_elf_open(struct sx_elf *e, const void *data, size_t size, const char **why)
{
	Elf64_Ehdr h;

	*e = (struct sx_elf){ .data = data, .size = size };
	*why = "shorter than its header";
	if (size < sizeof(h))
		return -EINVAL;
	memcpy(&h, data, sizeof(h));
	*why = check_header(&h, size);
	if (!*why)
		e->n = h.e_shnum;
	for (unsigned int i = 0; i < e->n && !*why; i++)
		*why = read_section(e, &h, i);
	if (!*why)
		*why = name_sections(e, &h);
	if (!*why)
		*why = find_symbols(e);
	return *why ? -EINVAL : 0;
}

int sx_elf_symbol(const struct sx_elf *e, unsigned int i, struct sx_elf_symbol *symbol)
{
	const struct sx_elf_section *table = &e->section[e->symtab];
	Elf64_Sym s;

	memcpy(&s, table->data + i * sizeof(s), sizeof(s));
	*symbol = (struct sx_elf_symbol){
		.name = string(&e->section[table->link], s.st_name),
		.type = ELF64_ST_TYPE(s.st_info), .bind = ELF64_ST_BIND(s.st_info),
		.section = s.st_shndx, .value = s.st_value, .size = s.st_size,
	};
	if (!symbol->name || (s.st_shndx >= e->n && s.st_shndx != SHN_ABS))
		return -EINVAL;
	if (s.st_shndx && s.st_shndx != SHN_ABS &&
	    !inside(s.st_value, s.st_size, e->section[s.st_shndx].size))
		return -EINVAL;
	return 0;
}

void sx_elf_reloc(const struct sx_elf_section *rel, size_t i, struct sx_elf_reloc *reloc)
{
	Elf64_Rel r;

	memcpy(&r, rel->data + i * sizeof(r), sizeof(r));
	*reloc = (struct sx_elf_reloc){ r.r_offset, (uint32_t)ELF64_R_TYPE(r.r_info),
					(uint32_t)ELF64_R_SYM(r.r_info) };
}
