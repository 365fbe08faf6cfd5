/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <linux/btf.h>
#include <stdbool.h>
#include <string.h>
#include "sx_btf.h"
#include "sx_says.h"

#define TYPES_MAX	4096
#define DEPTH_MAX	32	/* of a variable's type */
#define DESCRIBED_MAX	65536	/* types in all, the same one again counts */

struct btf {
	const uint8_t *types, *strings;
	uint32_t types_size, strings_size;
	uint32_t at[TYPES_MAX + 1];	/* of each type, by id; 0 is void */
	unsigned int n;
};

static bool inside(uint32_t offset, uint32_t size, size_t whole)
{
	return offset <= whole && size <= whole - offset;
}

static const char *name(const struct btf *b, uint32_t at)
{
	return at < b->strings_size ? (const char *)b->strings + at : NULL;
}

/* Bytes that follow the common part of a type; -1: kind is not known. */
static long tail(const struct btf_type *t)
{
	unsigned int n = BTF_INFO_VLEN(t->info);

	switch (BTF_INFO_KIND(t->info)) {
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
		return 4;
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return (long)(n * sizeof(struct btf_member));
	case BTF_KIND_ENUM:
		return (long)(n * sizeof(struct btf_enum));
	case BTF_KIND_ENUM64:
		return (long)(n * sizeof(struct btf_enum64));
	case BTF_KIND_FUNC_PROTO:
		return (long)(n * sizeof(struct btf_param));
	case BTF_KIND_DATASEC:
		return (long)(n * sizeof(struct btf_var_secinfo));
	case BTF_KIND_PTR:
	case BTF_KIND_FWD:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_FUNC:
	case BTF_KIND_FLOAT:
	case BTF_KIND_TYPE_TAG:
		return 0;
	default:
		return -1;
	}
}

/* The kernel takes no other names of types, members and variables. */
static bool is_ascii(const struct btf *b, uint32_t at)
{
	const char *text = name(b, at);

	while (text && *text && (unsigned char)*text < 0x80)
		text++;
	return !text || !*text;
}

/* Names of a type whose header and tail are at p; each member begins with its own. */
static bool names_are_ascii(const struct btf *b, const uint8_t *p, const struct btf_type *t)
{
	unsigned int kind = BTF_INFO_KIND(t->info), n = BTF_INFO_VLEN(t->info);
	uint32_t at;

	if (!is_ascii(b, t->name_off))
		return false;
	if (kind != BTF_KIND_STRUCT && kind != BTF_KIND_UNION && kind != BTF_KIND_ENUM &&
	    kind != BTF_KIND_ENUM64 && kind != BTF_KIND_FUNC_PROTO)
		return true;
	for (unsigned int i = 0; i < n; i++) {
		memcpy(&at, p + sizeof(*t) + i * ((size_t)tail(t) / n), sizeof(at));
		if (!is_ascii(b, at))
			return false;
	}
	return true;
}

static const char *read_types(struct btf *b)
{
	uint32_t at = 0;
	struct btf_type t;

	while (at < b->types_size) {
		if (!inside(at, sizeof(t), b->types_size) || b->n == TYPES_MAX)
			return "types run out of .BTF";
		memcpy(&t, b->types + at, sizeof(t));
		if (tail(&t) < 0 || !name(b, t.name_off) ||
		    !inside(at + (uint32_t)sizeof(t), (uint32_t)tail(&t), b->types_size))
			return "a type in .BTF is malformed";
		if (!names_are_ascii(b, b->types + at, &t))
			return sx_says(SX_SAYS_NAME)->what;
		b->at[++b->n] = at;
		at += (uint32_t)sizeof(t) + (uint32_t)tail(&t);
	}
	return NULL;
}

static const char *open_btf(struct btf *b, const uint8_t *data, size_t size)
{
	struct btf_header h;

	if (size < sizeof(h))
		return ".BTF is shorter than its header";
	memcpy(&h, data, sizeof(h));
	if (h.magic != BTF_MAGIC || h.version != BTF_VERSION || h.hdr_len != sizeof(h))
		return ".BTF has another format";
	size -= sizeof(h);
	data += sizeof(h);
	if (!inside(h.type_off, h.type_len, size) || !inside(h.str_off, h.str_len, size) ||
	    h.type_off % 4 || !h.str_len || data[h.str_off] ||
	    data[h.str_off + h.str_len - 1])
		return "parts of .BTF are not in it";
	b->types = data + h.type_off;
	b->types_size = h.type_len;
	b->strings = data + h.str_off;
	b->strings_size = h.str_len;
	return read_types(b);
}

/* The type with an id, which may be 0 or wild. */
static bool type(const struct btf *b, uint32_t id, struct btf_type *t)
{
	if (!id || id > b->n)
		return false;
	memcpy(t, b->types + b->at[id], sizeof(*t));
	return true;
}

static bool is_kind(const struct btf *b, uint32_t id, struct btf_type *t, unsigned int kind)
{
	return type(b, id, t) && BTF_INFO_KIND(t->info) == kind;
}

static bool variable_is(const struct btf *b, uint32_t section, const char *want)
{
	struct btf_var_secinfo info;
	struct btf_type t;

	memcpy(&info, b->types + b->at[section] + sizeof(t), sizeof(info));
	return is_kind(b, info.type, &t, BTF_KIND_VAR) && is_kind(b, t.type, &t, BTF_KIND_STRUCT) &&
	       !strcmp(name(b, t.name_off), want);
}

const char *sx_btf_check(const uint8_t *data, size_t size, const char *section, const char *want)
{
	struct btf b = { .n = 0 };
	const char *why = open_btf(&b, data, size);
	unsigned int found = 0;
	struct btf_type t;

	for (uint32_t id = 1; id <= b.n && !why; id++) {
		if (!is_kind(&b, id, &t, BTF_KIND_DATASEC) || strcmp(name(&b, t.name_off), section))
			continue;
		found++;
		if (BTF_INFO_VLEN(t.info) != 1 || !variable_is(&b, id, want))
			why = "struct_ops variable has another type";
	}
	return why ? why : found == 1 ? NULL : "struct_ops variable has no type";
}

const char *sx_btf_ext_check(const uint8_t *data, size_t size)
{
	struct {
		uint16_t magic;
		uint8_t version, flags;
		uint32_t hdr_len, func_off, func_len, line_off, line_len, core_off, core_len;
	} h = { 0 };
	size_t rest;

	if (size < 24)
		return ".BTF.ext is shorter than its header";
	memcpy(&h, data, size < sizeof(h) ? size : sizeof(h));
	if (h.magic != BTF_MAGIC || h.version != BTF_VERSION || h.hdr_len < 24 ||
	    h.hdr_len > size || h.hdr_len > sizeof(h))
		return ".BTF.ext has another format";
	rest = size - h.hdr_len;
	if (!inside(h.func_off, h.func_len, rest) || !inside(h.line_off, h.line_len, rest))
		return "parts of .BTF.ext are not in it";
	if (h.hdr_len >= 32 && h.core_len)
		return "relocations by type are not allowed";
	return NULL;
}

/* What is said of types so far. */
struct describing {
	const struct btf *b;
	sx_btf_put *put;
	void *arg;
	unsigned int n;
};

static const char *describe(struct describing *d, uint32_t id, unsigned int depth);

static void say_text(const struct describing *d, uint32_t at)
{
	const char *text = name(d->b, at);

	d->put(d->arg, text ? text : "", (text ? strlen(text) : 0) + 1);
}

static const char *describe_members(struct describing *d, uint32_t id, const struct btf_type *t,
				    unsigned int depth)
{
	const uint8_t *at = d->b->types + d->b->at[id] + sizeof(*t);
	const char *why = NULL;
	struct btf_member m;

	for (unsigned int i = 0; i < BTF_INFO_VLEN(t->info) && !why; i++) {
		memcpy(&m, at + i * sizeof(m), sizeof(m));
		say_text(d, m.name_off);
		d->put(d->arg, &m.offset, sizeof(m.offset));
		why = describe(d, m.type, depth + 1);
	}
	return why;
}

static const char *describe_array(struct describing *d, uint32_t id, unsigned int depth)
{
	struct btf_array a;

	memcpy(&a, d->b->types + d->b->at[id] + sizeof(struct btf_type), sizeof(a));
	d->put(d->arg, &a.nelems, sizeof(a.nelems));
	return describe(d, a.type, depth + 1);
}

/* Names of types say nothing of a layout, where a pointer points to neither. */
static const char *describe(struct describing *d, uint32_t id, unsigned int depth)
{
	struct btf_type t;
	uint32_t kind;

	if (depth > DEPTH_MAX || d->n++ > DESCRIBED_MAX || !type(d->b, id, &t))
		return "a variable's type is malformed or too deep";
	kind = BTF_INFO_KIND(t.info);
	if (kind == BTF_KIND_TYPEDEF || kind == BTF_KIND_CONST || kind == BTF_KIND_VOLATILE ||
	    kind == BTF_KIND_RESTRICT || kind == BTF_KIND_TYPE_TAG)
		return describe(d, t.type, depth + 1);
	d->put(d->arg, &kind, sizeof(kind));
	if (kind == BTF_KIND_PTR)
		return NULL;
	if (kind == BTF_KIND_ARRAY)
		return describe_array(d, id, depth);
	d->put(d->arg, &t.size, sizeof(t.size));
	if (kind == BTF_KIND_INT)
		d->put(d->arg, d->b->types + d->b->at[id] + sizeof(t), 4);
	if (kind == BTF_KIND_STRUCT || kind == BTF_KIND_UNION)
		return describe_members(d, id, &t, depth);
	return NULL;
}

static const char *describe_section(struct describing *d, uint32_t section, unsigned int n)
{
	const uint8_t *at = d->b->types + d->b->at[section] + sizeof(struct btf_type);
	struct btf_var_secinfo info;
	const char *why = NULL;
	struct btf_type t;

	for (unsigned int i = 0; i < n && !why; i++) {
		memcpy(&info, at + i * sizeof(info), sizeof(info));
		if (!is_kind(d->b, info.type, &t, BTF_KIND_VAR))
			return "a section has more than variables";
		say_text(d, t.name_off);
		why = describe(d, t.type, 0);
	}
	return why;
}

const char *sx_btf_variables(const uint8_t *data, size_t size, const char *section,
			     sx_btf_put *put, void *arg)
{
	struct btf b = { .n = 0 };
	struct describing d = { .b = &b, .put = put, .arg = arg };
	const char *why = open_btf(&b, data, size);
	struct btf_type t;

	for (uint32_t id = 1; id <= b.n && !why; id++)
		if (is_kind(&b, id, &t, BTF_KIND_DATASEC) && !strcmp(name(&b, t.name_off), section))
			why = describe_section(&d, id, BTF_INFO_VLEN(t.info));
	return why;
}
