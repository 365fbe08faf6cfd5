/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include "sx_elf.h"
#include "t_objects.h"
#include "t_pipeline.h"

static const char monitor[] =
	"#include <safex/extension.h>\n"
	"static s64 n, table[] = { 1, 2, 3, 4 };\n"
	"void monitor(void) { raise_event(\"E\", table[get_attribute(\"windows\") & 3]++ / n++); }\n";

const uint8_t *t_object(size_t *size)
{
	static struct sx_result r;

	if (!r.program.data && t_run(SAFEX_KIND_MONITOR, monitor, &r))
		fail_msg("%s", r.status.message);
	*size = r.program.size;
	return r.program.data;
}

/* A copy that is being spoilt, and where its parts are. */
struct copy {
	uint8_t *data;
	size_t size;
	struct sx_elf elf;
};

static unsigned int section(const struct copy *c, const char *name)
{
	for (unsigned int i = 1; i < c->elf.n; i++)
		if (!strcmp(c->elf.section[i].name, name))
			return i;
	fail_msg("object has no section %s", name);
	return 0;
}

static uint8_t *at(const struct copy *c, const char *name)
{
	return c->data + c->elf.section[section(c, name)].offset;
}

static Elf64_Shdr *header(const struct copy *c, const char *name)
{
	return (Elf64_Shdr *)(c->data + ((Elf64_Ehdr *)c->data)->e_shoff) + section(c, name);
}

/* Entry of the symbol table: the first that `is` true of. */
static Elf64_Sym *symbol(const struct copy *c, int type, bool defined)
{
	Elf64_Sym *s = (Elf64_Sym *)at(c, ".symtab") + 1;

	while (ELF64_ST_TYPE(s->st_info) != type || !s->st_shndx == defined)
		s++;
	return s;
}

/* Within a section, a text for another of the same length. */
static void replace(const struct copy *c, const char *where, const char *from, const char *to)
{
	const struct sx_elf_section *s = &c->elf.section[section(c, where)];
	uint8_t *found = memmem(c->data + s->offset, s->size, from, strlen(from));

	assert_non_null(found);
	memcpy(found, to, strlen(to));
}

#define PROGRAM "struct_ops/monitor"
#define OPS ".struct_ops.link"
#define SPOIL(name, action) static void name(struct copy *c) { action; }
#define EHDR ((Elf64_Ehdr *)c->data)

SPOIL(not_elf, c->data[0] = 0)
SPOIL(machine, EHDR->e_machine = EM_X86_64)
SPOIL(short_header, c->size = 40)
SPOIL(cut, c->size -= 64)
SPOIL(no_sections, EHDR->e_shoff = ~63ull)
SPOIL(names, EHDR->e_shstrndx = (Elf64_Half)section(c, ".symtab"))
SPOIL(name_outside, header(c, "license")->sh_name = 1 << 30)
SPOIL(section_outside, header(c, "license")->sh_offset = ~0ull)
SPOIL(link_outside, header(c, "license")->sh_link = 99)
SPOIL(symbols, header(c, ".symtab")->sh_entsize = 23)
SPOIL(odd_section, header(c, "license")->sh_name++)
SPOIL(other_role, replace(c, c->elf.section[EHDR->e_shstrndx].name, "ops/monitor", "ops/handler"))
SPOIL(executable, header(c, "license")->sh_flags |= SHF_EXECINSTR)
SPOIL(twice, header(c, ".BTF.ext")->sh_name = header(c, ".BTF")->sh_name)
SPOIL(code, header(c, ".text")->sh_size = 8)
SPOIL(variables, header(c, ".bss")->sh_size = 65536)
SPOIL(missing, header(c, "license")->sh_name = header(c, ".data")->sh_name)
SPOIL(license, memcpy(at(c, "license"), "MIT", 4))
SPOIL(ops_size, header(c, OPS)->sh_size = 16)
SPOIL(ops_value, at(c, OPS)[0] = 1)
SPOIL(instructions, header(c, PROGRAM)->sh_size -= 1)
SPOIL(symbol_nowhere, symbol(c, STT_FUNC, true)->st_shndx = 999)
SPOIL(symbol_beyond, symbol(c, STT_FUNC, true)->st_value = 1 << 20)
SPOIL(weak, symbol(c, STT_FUNC, true)->st_info = ELF64_ST_INFO(STB_WEAK, STT_FUNC))
SPOIL(tls, symbol(c, STT_FUNC, true)->st_info = ELF64_ST_INFO(STB_GLOBAL, STT_TLS))
SPOIL(managers_call, replace(c, ".strtab", "safex_raise_event", "safex_cpu_windows"))
SPOIL(helper_call, replace(c, ".strtab", "safex_raise_event", "bpf_probe_read_ke"))
SPOIL(function, symbol(c, STT_FUNC, true)->st_shndx = (Elf64_Half)section(c, ".data");
      symbol(c, STT_FUNC, true)->st_size = 0)
SPOIL(rel_entries, header(c, ".rel" PROGRAM)->sh_entsize = 24)
SPOIL(rel_target, header(c, ".rel" PROGRAM)->sh_info = 0)
SPOIL(rel_type, at(c, ".rel" PROGRAM)[8] = 3)
SPOIL(rel_offset, at(c, ".rel" PROGRAM)[0] |= 4)
SPOIL(rel_symbol, at(c, ".rel" PROGRAM)[13] = 0x7f)
SPOIL(rel_member, at(c, ".rel" OPS)[0] = 16)
SPOIL(unbound, header(c, ".rel" OPS)->sh_size = 0)
SPOIL(btf_magic, at(c, ".BTF")[0] ^= 1)
SPOIL(btf_short, header(c, ".BTF")->sh_size = 20; header(c, ".rel.BTF")->sh_size = 0)
SPOIL(btf_parts, at(c, ".BTF")[15] = 0x7f)
SPOIL(btf_kind, at(c, ".BTF")[24 + 7] = 31)
SPOIL(btf_type, replace(c, ".BTF", "safex_extension_ops", "safex_extension_opt"))
SPOIL(btf_section, replace(c, ".BTF", OPS, ".struct_ops.lunk"))
SPOIL(ext_magic, at(c, ".BTF.ext")[0] ^= 1)
SPOIL(ext_short, header(c, ".BTF.ext")->sh_size = 20; header(c, ".rel.BTF.ext")->sh_size = 0)
SPOIL(ext_parts, at(c, ".BTF.ext")[15] = 0x7f)
SPOIL(ext_core, at(c, ".BTF.ext")[28] = 8)

static const struct {
	void (*spoil)(struct copy *c);
	const char *words;
} all[] = {
	{ not_elf, "not a 64-bit little-endian ELF file" }, { machine, "not a relocatable object for BPF" },
	{ short_header, "shorter than its header" }, { cut, "not in the file" },
	{ no_sections, "section table is not in the file" }, { names, "sections have no names" },
	{ name_outside, "name of a section is not in the file" },
	{ section_outside, "section is not in the file" }, { link_outside, "section links to none" },
	{ symbols, "symbol table is malformed" }, { odd_section, "section: icense" },
	{ other_role, "section: struct_ops/handler" }, { executable, "section: license" },
	{ twice, "section is there twice: .BTF" }, { code, "code outside its section: .text" },
	{ variables, "more than 64 KiB of variables" }, { missing, "a section is missing" },
	{ license, "license is not GPL" }, { ops_size, "struct_ops variable has another size" },
	{ ops_value, "struct_ops variable has values" },
	{ instructions, "program is not made of instructions" },
	{ symbol_nowhere, "a symbol is malformed" }, { symbol_beyond, "a symbol is malformed" },
	{ weak, "symbol: safex_entry" }, { tls, "symbol: safex_entry" },
	{ managers_call, "call: safex_cpu_windows" }, { helper_call, "call: bpf_probe_read_ke" },
	{ function, "function outside its section: safex_entry" },
	{ rel_entries, "relocations are malformed" }, { rel_target, "relocations are malformed" },
	{ rel_type, "relocation: .relstruct_ops/monitor" },
	{ rel_offset, "relocation: .relstruct_ops/monitor" },
	{ rel_symbol, "relocation: .relstruct_ops/monitor" },
	{ rel_member, "relocation: .rel.struct_ops.link" },
	{ unbound, "struct_ops variable names no program" }, { btf_magic, ".BTF has another format" },
	{ btf_short, ".BTF is shorter than its header" }, { btf_parts, "parts of .BTF are not in it" },
	{ btf_kind, "a type in .BTF is malformed" }, { btf_type, "struct_ops variable has another type" },
	{ btf_section, "struct_ops variable has no type" },
	{ ext_magic, ".BTF.ext has another format" }, { ext_short, ".BTF.ext is shorter" },
	{ ext_parts, "parts of .BTF.ext are not in it" }, { ext_core, "relocations by type are not allowed" },
};

unsigned int t_bad_objects(void (*each)(const uint8_t *data, size_t size, const char *words))
{
	unsigned int n = sizeof(all) / sizeof(all[0]);
	struct copy c;
	const char *why;

	for (unsigned int i = 0; i < n; i++) {
		const uint8_t *good = t_object(&c.size);
		uint8_t *exact;

		c.data = malloc(c.size);
		memcpy(c.data, good, c.size);
		assert_int_equal(sx_elf_open(&c.elf, c.data, c.size, &why), 0);
		all[i].spoil(&c);
		exact = malloc(c.size);
		memcpy(exact, c.data, c.size);
		each(exact, c.size, all[i].words);
		free(exact);
		free(c.data);
	}
	return n;
}
