/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The border for what an application asks for: names, ranges, and that a
 * field which a kind has not is empty.  Lengths were bounded by the XDR.
 */
#include "ns_internal.h"

#include <errno.h>
#include <string.h>

#define PERIOD_MIN	1000000ull	/* ns; the kernel's own limits */
#define PERIOD_MAX	10000000000ull
#define OWN_RIGHTS	(SAFEX_APP_READ | SAFEX_APP_WRITE | SAFEX_EXT_READ | SAFEX_EXT_WRITE)

typedef unsigned long long ull;

enum dio_error ns_check_key(const dio_x_key *key, struct ns_id *id, struct dio_status *status)
{
	const char *form = "[host/]manager";
	int err = ns_id_from_wire(key, id);

	if (!err)
		return DIO_E_OK;
	if (ns_kind_order(key->kind) < 0)
		return dio_status_set(status, DIO_E_INVALID, "kind %u of object is not known",
				      key->kind);
	if (err == -ENAMETOOLONG)
		return dio_status_set(status, DIO_E_TOO_BIG,
				      "name \"%s%s%s\": a part has more than %d bytes", key->name,
				      key->second[0] ? "\" or \"" : "", key->second, DIO_X_PART);
	if ((key->kind == SAFEX_KIND_MANAGER) != (key->cd == 0))
		return dio_status_set(status, DIO_E_INVALID, key->cd ?
				      "a service manager has no class descriptor" :
				      "class descriptor 0 is none: DinitApp() gives one");
	if (key->kind > SAFEX_KIND_CLASS)
		form = "[host/]manager/extension";
	return dio_status_set(status, DIO_E_INVALID, "name \"%s%s%s\" is not %s with parts of"
			      " letters, digits, '_', '.' and '-'", key->name,
			      key->second[0] ? "\" or \"" : "", key->second, form);
}

static bool is_extension(enum safex_kind kind)
{
	return kind == SAFEX_KIND_MONITOR || kind == SAFEX_KIND_HANDLER;
}

static enum dio_error check_times(const dio_x_spec *s, struct dio_status *st)
{
	bool periodic = s->key.kind == SAFEX_KIND_MANAGER || s->key.kind == SAFEX_KIND_MONITOR;
	ull period = s->period, budget = s->budget;

	if (!periodic && period)
		return dio_status_set(st, DIO_E_INVALID, "a %s has no period",
				      ns_kind_text(s->key.kind));
	if (periodic && !period)
		return dio_status_set(st, DIO_E_INVALID, "period 0: it must be from %llu ns to %llu ns",
				      PERIOD_MIN, PERIOD_MAX);
	if (periodic && (period < PERIOD_MIN || period > PERIOD_MAX))
		return dio_status_set(st, DIO_E_RANGE,
				      "period %llu ns: it must be from %llu ns to %llu ns",
				      period, PERIOD_MIN, PERIOD_MAX);
	if (budget && !periodic && !is_extension(s->key.kind))
		return dio_status_set(st, DIO_E_INVALID, "a %s has no budget",
				      ns_kind_text(s->key.kind));
	if (budget > (periodic ? period : PERIOD_MAX))
		return dio_status_set(st, DIO_E_RANGE, "budget %llu ns: it must be at most %s %llu ns",
				      budget, periodic ? "the period," : "", periodic ? period : PERIOD_MAX);
	return DIO_E_OK;
}

/* The name stands in diagnostics and #line directives. */
static bool printable(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f || *s == '"' || *s == '\\')
			return false;
	return true;
}

static enum dio_error check_source(const dio_x_spec *s, struct dio_status *st)
{
	bool wanted = s->key.kind == SAFEX_KIND_MANAGER || is_extension(s->key.kind);

	if (!wanted && (s->source.source_len || s->file[0]))
		return dio_status_set(st, DIO_E_INVALID, "a %s has no source",
				      ns_kind_text(s->key.kind));
	if (wanted && !s->source.source_len)
		return dio_status_set(st, DIO_E_INVALID, "source \"%s\" is empty", s->file);
	if (!printable(s->file))
		return dio_status_set(st, DIO_E_INVALID,
				      "name of the source file has control characters, '\"' or '\\'");
	return DIO_E_OK;
}

static enum dio_error check_attr(const dio_x_attr *all, unsigned int at, struct dio_status *st)
{
	const dio_x_attr *a = &all[at];
	unsigned int i;

	if (!dio_name_part_valid(a->name))
		return dio_status_set(st, DIO_E_INVALID, "attribute \"%s\": a name has 1 to %d letters,"
				      " digits, '_', '.' and '-'", a->name, DIO_X_PART);
	if (a->rights & ~OWN_RIGHTS)
		return dio_status_set(st, DIO_E_INVALID, "attribute %s: rights 0x%x: only 0x%x are known",
				      a->name, a->rights, OWN_RIGHTS);
	if (a->role)
		return dio_status_set(st, DIO_E_INVALID,
				      "attribute %s: only a service manager gives roles", a->name);
	for (i = 0; i < at; i++)
		if (!strcmp(all[i].name, a->name))
			return dio_status_set(st, DIO_E_INVALID, "attribute %s is given twice",
					      a->name);
	return DIO_E_OK;
}

static enum dio_error check_class(const dio_x_spec *s, struct dio_status *st)
{
	unsigned int i;
	enum dio_error code = DIO_E_OK;

	if (s->key.kind != SAFEX_KIND_CLASS && (s->attrs.attrs_len || s->pid))
		return dio_status_set(st, DIO_E_INVALID, "a %s has no attributes and no process",
				      ns_kind_text(s->key.kind));
	if (s->pid < 0)
		return dio_status_set(st, DIO_E_INVALID, "process %d: a pid is positive", s->pid);
	for (i = 0; !code && i < s->attrs.attrs_len; i++)
		code = check_attr(s->attrs.attrs_val, i, st);
	return code;
}

enum dio_error ns_check_spec(const dio_x_spec *spec, struct dio_status *st)
{
	enum dio_error code = check_times(spec, st);

	if (!code)
		code = check_source(spec, st);
	if (!code)
		code = check_class(spec, st);
	return code;
}
