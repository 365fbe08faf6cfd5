/* SPDX-License-Identifier: GPL-2.0-only */
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sha2.h>
#include "sx_audit.h"
#include "sx_btf.h"
#include "sx_elf.h"
#include "sx_refusals.h"
#include "sx_source.h"
#include "sx_variables.h"

#define VARIABLES_MAX	1024

struct variable {
	char section;
	struct sx_elf_symbol symbol;
};

struct room {
	const char *name;
	int n;				/* characters of the name */
	unsigned long long size;
};

/* What takes room by this line: ".size name, 16", or a variable without a value. */
static struct room room_of(const struct sx_line *l)
{
	const char *p = l->text + strcspn(l->text, " \t");
	struct room r;

	if (l->kind == SX_LINE_COMMON)
		return (struct room){ l->text, (int)strlen(l->text), (unsigned long long)l->insn.imm };
	if (l->kind != SX_LINE_DIRECTIVE || strncmp(l->text, ".size", 5) ||
	    (l->section != SX_SEC_DATA && l->section != SX_SEC_STRINGS))
		return (struct room){ NULL, 0, 0 };
	r.name = p + strspn(p, " \t");
	r.n = (int)strcspn(r.name, ", \t");
	p = r.name + r.n;
	r.size = strtoull(p + strspn(p, ", \t"), NULL, 10);
	return r;
}

static int too_large(const struct room *r, unsigned long long all, const struct sx_text *source,
		     struct dio_status *status)
{
	char buf[SX_SOURCE_NAME], place[16] = "";
	const char *own = sx_source_name(r->name, (size_t)r->n, buf);
	unsigned int line = sx_source_symbol(source->at, source->length, r->name, (size_t)r->n);

	if (line)
		snprintf(place, sizeof(place), ":%u", line);
	dio_status_set(status, DIO_E_TOO_BIG, "%s%s: " SX_REFUSED_VARIABLES, source->file, place,
		       all, SX_AUDIT_DATA_MAX, own, r->size);
	return -EFBIG;
}

int sx_variables_fit(const struct sx_asm *a, const struct sx_text *source, struct dio_status *status)
{
	struct room largest = { "", 0, 0 };
	unsigned long long all = 0;

	for (size_t i = 0; i < a->n; i++) {
		struct room r = room_of(&a->lines[i]);

		all += r.size;
		if (r.size > largest.size)
			largest = r;
	}
	return all > SX_AUDIT_DATA_MAX ? too_large(&largest, all, source, status) : 0;
}

static void put(void *sum, const void *data, size_t size)
{
	SHA256Update(sum, data, size);
}

/* 'd', 'b', or 0 for another section. */
static char section_of(const struct sx_elf *e, unsigned int i)
{
	if (!i || i >= e->n)
		return 0;
	return !strcmp(e->section[i].name, ".data") ? 'd' :
	       !strcmp(e->section[i].name, ".bss") ? 'b' : 0;
}

static int by_place(const void *a, const void *b)
{
	const struct variable *x = a, *y = b;

	if (x->section != y->section)
		return x->section - y->section;
	return x->symbol.value < y->symbol.value ? -1 : x->symbol.value > y->symbol.value;
}

/* Their number, or -1: too many, or malformed. */
static int places(const struct sx_elf *e, struct variable *v)
{
	int n = 0;

	for (unsigned int i = 1; i < e->n_symbols; i++) {
		struct sx_elf_symbol s;

		if (sx_elf_symbol(e, i, &s))
			return -1;
		if (s.type != STT_OBJECT || !section_of(e, s.section))
			continue;
		if (n == VARIABLES_MAX)
			return -1;
		v[n].section = section_of(e, s.section);
		v[n++].symbol = s;
	}
	qsort(v, n, sizeof(*v), by_place);
	return n;
}

static int put_places(const struct sx_elf *e, SHA2_CTX *sum)
{
	struct variable *v = calloc(VARIABLES_MAX, sizeof(*v));
	int n = v ? places(e, v) : -1;

	for (int i = 0; i < n; i++) {
		put(sum, &v[i].section, 1);
		put(sum, v[i].symbol.name, strlen(v[i].symbol.name) + 1);
		put(sum, &v[i].symbol.value, sizeof(v[i].symbol.value));
		put(sum, &v[i].symbol.size, sizeof(v[i].symbol.size));
	}
	free(v);
	return n;
}

static int put_types(const struct sx_elf *e, SHA2_CTX *sum)
{
	for (unsigned int i = 1; i < e->n; i++) {
		const struct sx_elf_section *s = &e->section[i];

		if (!strcmp(s->name, ".BTF"))
			return sx_btf_variables(s->data, s->size, ".data", put, sum) ||
			       sx_btf_variables(s->data, s->size, ".bss", put, sum);
	}
	return 1;
}

void sx_variables_digest(const void *elf, size_t size, uint8_t digest[SX_DIGEST])
{
	struct sx_elf *e = calloc(1, sizeof(*e));
	const char *why;
	SHA2_CTX sum;

	memset(digest, 0, SX_DIGEST);
	SHA256Init(&sum);
	if (e && !sx_elf_open(e, elf, size, &why) && put_places(e, &sum) > 0 &&
	    !put_types(e, &sum))
		SHA256Final(digest, &sum);
	free(e);
}

bool sx_variables_agree(const uint8_t a[SX_DIGEST], const uint8_t b[SX_DIGEST])
{
	static const uint8_t none[SX_DIGEST];

	return !memcmp(a, b, SX_DIGEST) && memcmp(a, none, SX_DIGEST);
}
