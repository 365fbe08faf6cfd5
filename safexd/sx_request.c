/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <string.h>

#include "safexd_rpc.h"
#include "sx_pipeline.h"
#include "sx_refusals.h"
#include "sx_request.h"

#define MS			1000000ull
#define PERIOD_DEFAULT		(10 * MS)	/* of a manager's tick */
#define PERIOD_MIN		MS
#define PERIOD_MAX		(10000 * MS)
#define PROBATION_DEFAULT	(5000 * MS)
#define PROBATION_MAX	(600000 * MS)
#define BUDGET_DEFAULT		50000ull	/* of one activation */
#define BUDGET_MIN		1000ull
#define BUDGET_MAX		(10 * MS)
#define APP_RIGHTS	(SAFEX_APP_READ | SAFEX_APP_WRITE | \
			 SAFEX_EXT_READ | SAFEX_EXT_WRITE)

static int is_extension(uint32_t kind)
{
	return kind == SAFEX_KIND_MONITOR || kind == SAFEX_KIND_HANDLER ||
	       kind == SAFEX_KIND_CHANNEL;
}

int sx_key_same(const struct sx_key *a, const struct sx_key *b)
{
	return a->kind == b->kind && a->cd == b->cd &&
	       !strcmp(a->name, b->name) && !strcmp(a->second, b->second);
}

void sx_key_manager(const char *name, char *out)
{
	snprintf(out, DIO_NAME_MAX, "%.*s", (int)strcspn(name, "/"), name);
}

const char *sx_kind_text(uint32_t kind)
{
	static const char *const text[] = {
		[SAFEX_KIND_NONE] = "object",
		[SAFEX_KIND_MANAGER] = "service manager",
		[SAFEX_KIND_GUARD] = "guard",
		[SAFEX_KIND_CLASS] = "attribute class",
		[SAFEX_KIND_MONITOR] = "monitor",
		[SAFEX_KIND_HANDLER] = "handler",
		[SAFEX_KIND_CHANNEL] = "event channel",
	};

	return kind < sizeof(text) / sizeof(text[0]) ? text[kind] : "object";
}

enum dio_error sx_kind_missing(uint32_t kind)
{
	switch (kind) {
	case SAFEX_KIND_MANAGER:
		return DIO_E_NO_MANAGER;
	case SAFEX_KIND_CLASS:
		return DIO_E_NO_CLASS;
	case SAFEX_KIND_HANDLER:
		return DIO_E_NO_HANDLER;
	default:
		return DIO_E_NO_MONITOR;
	}
}

/* Canonical: without the host, which is this one. */
static enum dio_error parse_name(const char *x, int extension, char *out,
				 struct dio_status *st)
{
	struct dio_name name;

	if (dio_name_parse(x, extension, &name))
		return dio_status_set(st, DIO_E_INVALID, SX_REFUSED_NAME_FORM, x,
				      extension ? "[host/]manager/extension" : "[host/]manager");
	if (extension)
		snprintf(out, SAFEX_NAME_MAX, "%s/%s", name.manager, name.extension);
	else
		snprintf(out, SAFEX_NAME_MAX, "%s", name.manager);
	return DIO_E_OK;
}

enum dio_error sx_key_parse(const struct dio_x_key *x, struct sx_key *key,
			    struct dio_status *st)
{
	memset(key, 0, sizeof(*key));
	key->kind = x->kind;
	key->cd = x->cd;
	if (x->kind != SAFEX_KIND_MANAGER && x->kind != SAFEX_KIND_CLASS &&
	    !is_extension(x->kind))
		return dio_status_set(st, DIO_E_INVALID, "%u is no kind of object", x->kind);
	if (!x->cd != (x->kind == SAFEX_KIND_MANAGER))
		return dio_status_set(st, DIO_E_INVALID, "%s a class descriptor",
				      x->cd ? "a service manager has not" : "this needs");
	if (parse_name(x->name, is_extension(x->kind), key->name, st))
		return st->code;
	if (x->kind == SAFEX_KIND_CHANNEL)
		return parse_name(x->second, 1, key->second, st);
	if (x->second[0])
		return dio_status_set(st, DIO_E_INVALID, SX_REFUSED_CHANNEL_NAME);
	return dio_status_set(st, DIO_E_OK, "%s", "");
}

static enum dio_error check_range(const char *what, uint64_t ns, uint64_t low,
				  uint64_t high, struct dio_status *st)
{
	if (ns >= low && ns <= high)
		return DIO_E_OK;
	return dio_status_set(st, DIO_E_RANGE, SX_REFUSED_ASKED_TIME, what, (unsigned long long)ns,
			      (unsigned long long)low, (unsigned long long)high);
}

static enum dio_error parse_times(const struct dio_x_spec *x, struct sx_spec *spec,
				  struct dio_status *st)
{
	int has_period = spec->key.kind == SAFEX_KIND_MANAGER ||
			 spec->key.kind == SAFEX_KIND_MONITOR;

	spec->period = x->period;
	if (!spec->period && spec->key.kind == SAFEX_KIND_MANAGER)
		spec->period = PERIOD_DEFAULT;
	spec->budget = x->budget ? x->budget : BUDGET_DEFAULT;
	if (has_period && check_range("period", spec->period, PERIOD_MIN, PERIOD_MAX, st))
		return st->code;
	if (!has_period && x->period)
		return dio_status_set(st, DIO_E_INVALID, SX_REFUSED_HANDLER_PERIOD);
	if (has_period && spec->budget > spec->period)
		return check_range("budget", spec->budget, BUDGET_MIN, spec->period, st);
	return check_range("budget", spec->budget, BUDGET_MIN, BUDGET_MAX, st);
}

static enum dio_error parse_source(const struct dio_x_spec *x, struct sx_spec *spec,
				   struct dio_status *st)
{
	if (!x->source.source_len)
		return dio_status_set(st, DIO_E_INVALID, "%.200s: " SX_REFUSED_SOURCE_EMPTY, x->file);
	if (x->source.source_len > SX_SOURCE_MAX)
		return dio_status_set(st, DIO_E_TOO_BIG, "%.200s: " SX_REFUSED_SOURCE_LARGE,
				      x->file, x->source.source_len, SX_SOURCE_MAX);
	if (is_extension(spec->key.kind))
		spec->version = x->number ? x->number : 1;
	spec->probation = x->probation ? x->probation : PROBATION_DEFAULT;
	if (check_range("probation", spec->probation, MS, PROBATION_MAX, st))
		return st->code;
	snprintf(spec->file, sizeof(spec->file), "%s", x->file);
	spec->source = x->source.source_val;
	spec->length = x->source.source_len;
	return parse_times(x, spec, st);
}

static enum dio_error parse_attr(const struct dio_x_attr *x, struct safex_attr *attr,
				 struct dio_status *st)
{
	if (!dio_name_part_valid(x->name))
		return dio_status_set(st, DIO_E_INVALID, SX_REFUSED_ASKED_NAME, x->name);
	if (x->rights & ~APP_RIGHTS)
		return dio_status_set(st, DIO_E_INVALID, SX_REFUSED_ASKED_RIGHTS, x->name,
				      x->rights);
	if (x->role)
		return dio_status_set(st, DIO_E_INVALID, SX_REFUSED_ASKED_ROLE, x->name);
	snprintf(attr->name, sizeof(attr->name), "%s", x->name);
	attr->value = x->value;
	attr->rights = x->rights;
	return DIO_E_OK;
}

static enum dio_error parse_class(const struct dio_x_spec *x, struct sx_spec *spec,
				  struct dio_status *st)
{
	if (x->pid < 0)
		return dio_status_set(st, DIO_E_INVALID, SX_REFUSED_ASKED_PROCESS, x->pid);
	if (x->attrs.attrs_len > SAFEX_ATTRS_MAX)
		return dio_status_set(st, DIO_E_TOO_BIG, SX_REFUSED_ASKED_MANY, x->attrs.attrs_len,
				      SAFEX_ATTRS_MAX);
	spec->pid = x->pid;
	spec->n_attrs = x->attrs.attrs_len;
	for (unsigned int i = 0; i < spec->n_attrs; i++) {
		if (parse_attr(&x->attrs.attrs_val[i], &spec->attrs[i], st))
			return st->code;
		for (unsigned int j = 0; j < i; j++) {
			if (!strcmp(spec->attrs[i].name, spec->attrs[j].name))
				return dio_status_set(st, DIO_E_INVALID, SX_REFUSED_ASKED_TWICE,
						      spec->attrs[i].name);
		}
	}
	return DIO_E_OK;
}

enum dio_error sx_spec_parse(const struct sx_prepare_args *x, struct sx_spec *spec,
			     struct dio_status *st)
{
	memset(spec, 0, sizeof(*spec));
	spec->request = x->request;
	spec->uid = x->uid;
	spec->process = x->process;
	spec->own = x->own;
	if (!x->request)
		return dio_status_set(st, DIO_E_INVALID, "a request has a number that is not 0");
	if (sx_key_parse(&x->spec.key, &spec->key, st))
		return st->code;
	if (spec->key.kind == SAFEX_KIND_CHANNEL)
		return DIO_E_OK;
	if (spec->key.kind == SAFEX_KIND_CLASS)
		return parse_class(&x->spec, spec, st);
	return parse_source(&x->spec, spec, st);
}

static enum dio_error check_part(const char *what, const char *part, struct dio_status *st)
{
	if (dio_name_part_valid(part))
		return DIO_E_OK;
	return dio_status_set(st, DIO_E_INVALID, "\"%.31s\" is no name of %s", part, what);
}

static enum dio_error check_key(const struct dio_x_check *x, struct sx_key *key,
				struct dio_status *st)
{
	const char *name = x->name;

	key->cd = x->cd;
	if (name[0] && check_part("an object", name, st))
		return st->code;
	if (key->kind == SAFEX_KIND_MANAGER) {
		snprintf(key->name, sizeof(key->name), "%s", name);
		return !x->cd ? DIO_E_OK : dio_status_set(st, DIO_E_INVALID,
							  "a service manager has not a class descriptor");
	}
	if (check_part("a service manager", x->manager, st))
		return st->code;
	snprintf(key->name, sizeof(key->name), "%s%s%s", x->manager, name[0] ? "/" : "", name);
	return DIO_E_OK;
}

enum dio_error sx_check_parse(const struct dio_x_check *x, uid_t uid, uint64_t tick,
			      struct sx_spec *spec, struct dio_status *st)
{
	struct dio_x_spec asked = {
		.period = x->period, .budget = x->budget, .file = x->file,
		.source = { x->source.source_len, x->source.source_val },
	};

	memset(spec, 0, sizeof(*spec));
	spec->uid = uid;
	spec->key.kind = x->kind;
	if (x->kind != SAFEX_KIND_MANAGER && x->kind != SAFEX_KIND_MONITOR && x->kind != SAFEX_KIND_HANDLER)
		return dio_status_set(st, DIO_E_INVALID, "%u is no kind of object with a source", x->kind);
	if (check_key(x, &spec->key, st))
		return st->code;
	if (!x->period && spec->key.kind == SAFEX_KIND_MONITOR)
		asked.period = tick ? tick : PERIOD_DEFAULT;
	return parse_source(&asked, spec, st);
}
