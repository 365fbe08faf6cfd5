/* SPDX-License-Identifier: GPL-2.0-only */
/* Sections, symbols, relocations, types and calls of an object against what is allowed. */
#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "sx_audit.h"
#include "sx_btf.h"
#include "sx_elf.h"
#include "sx_kfuncs.h"
#include "sx_refusals.h"
#include "sx_says.h"

enum what {
	IS_NONE, IS_PROGRAM, IS_OPS, IS_LICENSE, IS_DATA, IS_CONSTANT, IS_BTF, IS_BTF_EXT,
	IS_ATTR, IS_TABLE, IS_REL, IS_EMPTY,
};

/* Types of relocation for BPF. */
enum { R_64 = 1, R_ABS64 = 2, R_ABS32 = 3, R_NODYLD32 = 4, R_CALL = 10 };

struct audit {
	struct sx_elf elf;
	enum what what[SX_ELF_SECTIONS];
	unsigned int program, ops, license, btf, btf_ext;
	uint64_t data;			/* bytes of variables */
	enum safex_kind role;
	struct dio_status *status;
};

static const struct {
	enum safex_kind role;
	const char *section, *type;
	uint64_t member, size;		/* of the function in the struct, of the struct */
} shapes[] = {
	{ SAFEX_KIND_MANAGER, "struct_ops/manager", "safex_manager_ops", 8, 16 },
	{ SAFEX_KIND_GUARD, "struct_ops/guard", "safex_guard_ops", 8, 16 },
	{ SAFEX_KIND_MONITOR, "struct_ops/monitor", "safex_extension_ops", 8, 24 },
	{ SAFEX_KIND_HANDLER, "struct_ops/handler", "safex_extension_ops", 16, 24 },
};

static int shape_of(enum safex_kind role)
{
	for (unsigned int i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		if (shapes[i].role == role)
			return (int)i;
	return -1;
}

static int refuse(const struct audit *a, const char *what, const char *name)
{
	char shown[48];
	size_t n = 0;

	for (; name[n] && n + 1 < sizeof(shown); n++)
		shown[n] = name[n] >= ' ' && name[n] <= '~' ? name[n] : '?';
	shown[n] = '\0';
	dio_status_set(a->status, DIO_E_AUDIT, SX_REFUSED_OBJECT, what,
		       n ? ": " : "", shown);
	return -EACCES;
}

static const struct {
	const char *name;
	bool prefix;
	enum what what;
	uint32_t type;
	uint64_t flags;			/* that it may have */
} sections[] = {
	{ ".struct_ops.link", false, IS_OPS, SHT_PROGBITS, SHF_WRITE | SHF_ALLOC },
	{ "license", false, IS_LICENSE, SHT_PROGBITS, SHF_WRITE | SHF_ALLOC },
	{ ".bss", false, IS_DATA, SHT_NOBITS, SHF_WRITE | SHF_ALLOC },
	{ ".data", false, IS_DATA, SHT_PROGBITS, SHF_WRITE | SHF_ALLOC },
	{ ".rodata", true, IS_CONSTANT, SHT_PROGBITS, SHF_ALLOC | SHF_MERGE | SHF_STRINGS },
	{ ".safex.attr", false, IS_ATTR, SHT_PROGBITS, SHF_ALLOC },
	{ ".BTF", false, IS_BTF, SHT_PROGBITS, 0 },
	{ ".BTF.ext", false, IS_BTF_EXT, SHT_PROGBITS, 0 },
	{ ".symtab", false, IS_TABLE, SHT_SYMTAB, 0 },
	{ ".strtab", false, IS_TABLE, SHT_STRTAB, 0 },
	{ ".shstrtab", false, IS_TABLE, SHT_STRTAB, 0 },
	{ ".text", false, IS_EMPTY, SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR },
	{ ".rel", true, IS_REL, SHT_REL, SHF_INFO_LINK },
};

static enum what classify(const struct audit *a, const struct sx_elf_section *s)
{
	if (!strcmp(s->name, shapes[shape_of(a->role)].section))
		return s->type == SHT_PROGBITS && s->flags == (SHF_ALLOC | SHF_EXECINSTR) ?
			       IS_PROGRAM : IS_NONE;
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		if (sections[i].prefix ?
			    strncmp(s->name, sections[i].name, strlen(sections[i].name)) :
			    strcmp(s->name, sections[i].name))
			continue;
		return s->type == sections[i].type && !(s->flags & ~sections[i].flags) ?
			       sections[i].what : IS_NONE;
	}
	return IS_NONE;
}

static int once(const struct audit *a, unsigned int *slot, unsigned int i)
{
	if (*slot)
		return refuse(a, "section is there twice", a->elf.section[i].name);
	*slot = i;
	return 0;
}

static int check_section(struct audit *a, unsigned int i)
{
	const struct sx_elf_section *s = &a->elf.section[i];

	a->what[i] = classify(a, s);
	switch (a->what[i]) {
	case IS_NONE:
		return refuse(a, "section", s->name);
	case IS_PROGRAM:
		return once(a, &a->program, i);
	case IS_OPS:
		return once(a, &a->ops, i);
	case IS_LICENSE:
		return once(a, &a->license, i);
	case IS_BTF:
		return once(a, &a->btf, i);
	case IS_BTF_EXT:
		return once(a, &a->btf_ext, i);
	case IS_EMPTY:
		return s->size ? refuse(a, "code outside its section", s->name) : 0;
	case IS_ATTR:
		return a->role == SAFEX_KIND_MANAGER ? 0 : refuse(a, "section", s->name);
	case IS_DATA:
	case IS_CONSTANT:
		if (s->size > SX_AUDIT_DATA_MAX || (a->data += s->size) > SX_AUDIT_DATA_MAX)
			return refuse(a, "more than 64 KiB of variables", s->name);
		return 0;
	default:
		return 0;
	}
}

static int check_sections(struct audit *a)
{
	const struct sx_elf_section *s = a->elf.section;
	int shape = shape_of(a->role), ret = 0;

	for (unsigned int i = 1; i < a->elf.n && !ret; i++)
		ret = check_section(a, i);
	if (ret)
		return ret;
	if (!a->program || !a->ops || !a->license || !a->btf || !a->btf_ext || !a->elf.symtab)
		return refuse(a, "a section is missing", "");
	if (s[a->license].size != 4 || memcmp(s[a->license].data, "GPL", 4))
		return refuse(a, "license is not GPL", "");
	if (s[a->ops].size != shapes[shape].size)
		return refuse(a, "struct_ops variable has another size", "");
	for (uint64_t i = 0; i < s[a->ops].size; i++)
		if (s[a->ops].data[i])
			return refuse(a, "struct_ops variable has values", "");
	if (!s[a->program].size || s[a->program].size % 8)
		return refuse(a, "program is not made of instructions", "");
	return 0;
}

static int check_symbol(const struct audit *a, unsigned int i)
{
	struct sx_elf_symbol s;

	if (sx_elf_symbol(&a->elf, i, &s))
		return refuse(a, "a symbol is malformed", "");
	if (s.type == STT_FILE)
		return s.section == SHN_ABS ? 0 : refuse(a, "a symbol is malformed", s.name);
	if (s.section == SHN_ABS || s.bind > STB_GLOBAL)
		return refuse(a, "symbol", s.name);
	if (!s.section)
		return sx_kfunc_allowed(a->role, s.name) && s.type == STT_NOTYPE ? 0 :
			       refuse(a, "call", s.name);
	if (s.type == STT_FUNC && s.section != a->program)
		return refuse(a, "function outside its section", s.name);
	return s.type <= STT_SECTION ? 0 : refuse(a, "symbol", s.name);
}

/* In the program: calls of what is not defined here, addresses of variables. */
static bool program_reloc(const struct audit *a, const struct sx_elf_reloc *r,
			  const struct sx_elf_symbol *s)
{
	enum what to = a->what[s->section];

	if (r->offset % 8)
		return false;
	if (r->type == R_CALL)
		return !s->section;
	return r->type == R_64 && (to == IS_DATA || to == IS_CONSTANT || to == IS_ATTR) &&
	       r->offset + 16 <= a->elf.section[a->program].size;
}

static bool reloc_fits(const struct audit *a, unsigned int target, const struct sx_elf_reloc *r,
		       const struct sx_elf_symbol *s)
{
	switch (a->what[target]) {
	case IS_PROGRAM:
		return program_reloc(a, r, s);
	case IS_OPS:
		return r->type == R_ABS64 && s->section == a->program && !s->value &&
		       r->offset == shapes[shape_of(a->role)].member;
	case IS_DATA:
	case IS_CONSTANT:
		return r->type == R_ABS64 &&
		       (a->what[s->section] == IS_DATA || a->what[s->section] == IS_CONSTANT);
	case IS_BTF:
	case IS_BTF_EXT:
		return r->type == R_ABS32 || r->type == R_NODYLD32;
	default:
		return false;
	}
}

static int check_relocs(const struct audit *a, unsigned int i, unsigned int *bound)
{
	const struct sx_elf_section *rel = &a->elf.section[i], *target;
	struct sx_elf_symbol s;
	struct sx_elf_reloc r;

	if (rel->entsize != sizeof(Elf64_Rel) || rel->size % rel->entsize ||
	    rel->link != a->elf.symtab || !rel->info || rel->info >= a->elf.n)
		return refuse(a, "relocations are malformed", rel->name);
	target = &a->elf.section[rel->info];
	for (size_t n = 0; n < rel->size / rel->entsize; n++) {
		sx_elf_reloc(rel, n, &r);
		if (r.symbol >= a->elf.n_symbols || sx_elf_symbol(&a->elf, r.symbol, &s) ||
		    s.section >= a->elf.n || r.offset > target->size || target->size - r.offset < 4 ||
		    !reloc_fits(a, rel->info, &r, &s))
			return refuse(a, "relocation", rel->name);
		*bound += rel->info == a->ops;
	}
	return 0;
}

static int check_types(const struct audit *a)
{
	const struct sx_sentence *letters = sx_says(SX_SAYS_NAME);
	const struct sx_elf_section *s = a->elf.section;
	const char *why = sx_btf_check(s[a->btf].data, s[a->btf].size, ".struct_ops.link",
				       shapes[shape_of(a->role)].type);

	if (!why)
		why = sx_btf_ext_check(s[a->btf_ext].data, s[a->btf_ext].size);
	return why ? refuse(a, why, why == letters->what ? letters->advice : "") : 0;
}

static int run(struct audit *a)
{
	unsigned int bound = 0;
	int ret = check_sections(a);

	for (unsigned int i = 1; i < a->elf.n_symbols && !ret; i++)
		ret = check_symbol(a, i);
	for (unsigned int i = 1; i < a->elf.n && !ret; i++)
		if (a->what[i] == IS_REL)
			ret = check_relocs(a, i, &bound);
	if (!ret && bound != 1)
		ret = refuse(a, "struct_ops variable names no program", "");
	return ret ? ret : check_types(a);
}

int sx_audit(const void *elf, size_t size, enum safex_kind role, struct dio_status *status)
{
	struct audit *a = calloc(1, sizeof(*a));
	const char *why;
	int ret;

	if (!a) {
		dio_status_set(status, DIO_E_NO_MEMORY, "out of memory");
		return -ENOMEM;
	}
	a->role = role;
	a->status = status;
	if (shape_of(role) < 0)
		ret = refuse(a, "not a role of a program", "");
	else if (!elf || size > SX_AUDIT_OBJECT_MAX)
		ret = refuse(a, "larger than 256 KiB", "");
	else if (sx_elf_open(&a->elf, elf, size, &why))
		ret = refuse(a, why, "");
	else
		ret = run(a);
	free(a);
	return ret;
}
