/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include "dio_name.h"
#include "sx_declare.h"
#include "sx_expr.h"
#include "sx_refusals.h"

/* So that share * 1000000 cannot overflow. */
#define TIME_MAX	1000000000000LL

struct checker {
	const struct sx_declared *all;
	unsigned int slot;
	const char *file;
	struct dio_status *status;
};

static int wrong(const struct checker *c, const char *what, const char *detail)
{
	const struct safex_declaration *d = &c->all->d[c->slot];
	char shown[SAFEX_DECLARE_NAME];
	size_t n = 0;

	for (; n + 1 < sizeof(shown) && d->name[n]; n++)
		shown[n] = d->name[n] >= ' ' && d->name[n] <= '~' ? d->name[n] : '?';
	shown[n] = '\0';
	dio_status_set(c->status, DIO_E_GUARD, "%s:%u: " SX_REFUSED_DECLARATION, c->file, d->line,
		       shown, what, *detail ? ": " : "", detail);
	return -EINVAL;
}

static int find(const struct sx_declared *all, const char *name)
{
	for (unsigned int i = 0; i < all->n; i++)
		if (!strcmp(all->d[i].name, name))
			return (int)i;
	return -1;
}

int sx_declare_role(const struct sx_declared *all, unsigned int role)
{
	for (unsigned int i = 0; i < all->n; i++)
		if (all->d[i].role == role)
			return (int)i;
	return -1;
}

#define TEXT(field, name)                                                                         \
	{                                                                                          \
		name, offsetof(struct safex_declaration, field),                                   \
			sizeof(((struct safex_declaration *)0)->field)                             \
	}

static const struct {
	const char *name;
	size_t at, size;		/* in a declaration; with the NUL */
} texts[] = {
	TEXT(name, "its name"), TEXT(unit, ".unit"), TEXT(initial, ".initial"),
	TEXT(maps_to, ".maps_to"), TEXT(map, ".map"), TEXT(safe_when, ".safe_when"),
	TEXT(otherwise, ".otherwise"),
};

/* A text that fills its field has lost its end. */
static int check_ends(const struct checker *c)
{
	const char *d = (const char *)&c->all->d[c->slot];
	char what[64];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (memchr(d + texts[i].at, 0, texts[i].size))
			continue;
		snprintf(what, sizeof(what), SX_REFUSED_DECLARED_LONG, texts[i].name,
			 texts[i].size - 1);
		return wrong(c, what, "");
	}
	return 0;
}

/* As everywhere; and in expressions what begins with a digit is a number. */
static bool name_valid(const char *name)
{
	return dio_name_part_valid(name) && (*name < '0' || *name > '9');
}

static int check_name(const struct checker *c)
{
	const struct safex_declaration *d = &c->all->d[c->slot];

	if (!name_valid(d->name))
		return wrong(c, SX_REFUSED_DECLARED_NAME, "");
	if (find(c->all, d->name) != (int)c->slot)
		return wrong(c, SX_REFUSED_DECLARED_TWICE, "");
	return 0;
}

static int check_numbers(const struct checker *c)
{
	const struct safex_declaration *d = &c->all->d[c->slot];
	char range[48];
	bool writable = d->rights & (SAFEX_APP_WRITE | SAFEX_EXT_WRITE);

	if (d->rights & ~SAFEX_RIGHTS_ALL)
		return wrong(c, SX_REFUSED_RIGHTS, "");
	if (d->role > SAFEX_ROLE_SHARE)
		return wrong(c, SX_REFUSED_ROLE_UNKNOWN, "");
	if (d->role && sx_declare_role(c->all, d->role) != (int)c->slot)
		return wrong(c, SX_REFUSED_ROLE_TWICE,
			     c->all->d[sx_declare_role(c->all, d->role)].name);
	snprintf(range, sizeof(range), "%lld > %lld", d->minimum, d->maximum);
	if (d->minimum > d->maximum)
		return wrong(c, SX_REFUSED_RANGE, range);
	if (d->step < 0 || d->rate < 0)
		return wrong(c, d->step < 0 ? SX_REFUSED_STEP : SX_REFUSED_RATE, "");
	if ((writable || d->role) && d->minimum == d->maximum)
		return wrong(c, SX_REFUSED_NO_RANGE, "");
	if (d->role && (d->minimum < 0 || d->maximum > TIME_MAX))
		return wrong(c, SX_REFUSED_TIME_RANGE, "");
	if ((d->role == SAFEX_ROLE_SHARE || d->role == SAFEX_ROLE_TARGET) &&
	    sx_declare_role(c->all, SAFEX_ROLE_PERIOD) < 0)
		return wrong(c, SX_REFUSED_NO_PERIOD, "");
	return 0;
}

static int check_text(const struct checker *c, const char *text, const char *field, bool initial)
{
	struct sx_expr e;
	char why[SX_EXPR_WHY], what[32];

	if (!*text)
		return 0;
	snprintf(what, sizeof(what), ".%s", field);
	if (sx_expr_parse(&e, text, c->all->attrs, c->all->n, why, sizeof(why)))
		return wrong(c, what, why);
	if (initial && e.uses_write)
		return wrong(c, what, SX_REFUSED_NOT_YET);
	return 0;
}

static int check_mapped(const struct checker *c, const struct safex_declaration *to)
{
	if (to->minimum == to->maximum)
		return wrong(c, SX_REFUSED_MAPPED_RANGE, to->name);
	return 0;
}

static int check_texts(const struct checker *c)
{
	const struct safex_declaration *d = &c->all->d[c->slot];

	if (check_text(c, d->initial, "initial", true) || check_text(c, d->map, "map", false) ||
	    check_text(c, d->safe_when, "safe_when", false) ||
	    check_text(c, d->otherwise, "otherwise", false))
		return -EINVAL;
	if (!*d->maps_to != !*d->map)
		return wrong(c, SX_REFUSED_MAPPED_HALF, "");
	if (*d->otherwise && (!*d->safe_when || !*d->maps_to))
		return wrong(c, SX_REFUSED_OTHERWISE, "");
	if (*d->maps_to && (find(c->all, d->maps_to) < 0 || !strcmp(d->maps_to, d->name)))
		return wrong(c, SX_REFUSED_MAPPED_TO, d->maps_to);
	return *d->maps_to ? check_mapped(c, &c->all->d[find(c->all, d->maps_to)]) : 0;
}

static void to_attrs(struct sx_declared *out)
{
	for (unsigned int i = 0; i < out->n; i++) {
		struct safex_attr *a = &out->attrs[i];

		memcpy(a->name, out->d[i].name, sizeof(a->name));
		a->rights = out->d[i].rights;
		a->role = out->d[i].role;
	}
}

int sx_declare_read(const struct sx_asm *a, const char *file, struct sx_declared *out,
		    struct dio_status *status)
{
	struct checker c = { out, 0, file, status };
	long size;
	int ret = 0;

	memset(out, 0, sizeof(*out));
	size = sx_asm_bytes(a, SX_SEC_ATTR, out->d, sizeof(out->d));
	if (size == -E2BIG) {
		dio_status_set(status, DIO_E_GUARD, "%s: " SX_REFUSED_DECLARED_MANY, file,
			       SAFEX_ATTRS_MAX);
		return -EINVAL;
	}
	if (size < 0 || size % (long)sizeof(out->d[0])) {
		dio_status_set(status, DIO_E_GUARD, "%s: " SX_REFUSED_UNREADABLE, file);
		return -EINVAL;
	}
	out->n = (unsigned int)(size / (long)sizeof(out->d[0]));
	for (; c.slot < out->n; c.slot++)
		if (check_ends(&c))
			return -EINVAL;
	to_attrs(out);
	for (c.slot = 0; c.slot < out->n && !ret; c.slot++) {
		ret = check_name(&c);
		if (!ret)
			ret = check_numbers(&c);
		if (!ret)
			ret = check_texts(&c);
	}
	return ret;
}
