/* SPDX-License-Identifier: GPL-2.0-only */
#include "ns_object.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

_Static_assert(SAFEX_ATTRS_MAX == DIO_X_ATTRS, "one limit on wire and in kernel");
_Static_assert(SAFEX_ATTR_NAME_MAX == DIO_X_PART + 1, "one limit on wire and in kernel");
_Static_assert(DIO_PATH_MAX == DIO_X_NAME + 1, "one limit on wire and in memory");

static bool kind_has_extension(enum safex_kind kind)
{
	return kind == SAFEX_KIND_MONITOR || kind == SAFEX_KIND_HANDLER ||
	       kind == SAFEX_KIND_CHANNEL;
}

int ns_id_from_wire(const dio_x_key *x, struct ns_id *out)
{
	struct ns_id id = { .kind = x->kind, .cd = x->cd };
	int err;

	if (ns_kind_order(id.kind) < 0 || (id.kind == SAFEX_KIND_MANAGER) != (x->cd == 0))
		return -EINVAL;
	err = dio_name_parse(x->name, kind_has_extension(id.kind), &id.name);
	if (!err && id.kind == SAFEX_KIND_CHANNEL)
		err = dio_name_parse(x->second, true, &id.second);
	else if (!err && x->second[0])
		err = -EINVAL;
	if (!err)
		*out = id;
	return err;
}

/* Parts are valid, so the longest path fits: 3 * 31 bytes and two slashes. */
static void format_name(const struct dio_name *n, const char *without_host, char out[DIO_PATH_MAX])
{
	bool bare = !without_host || !strcmp(n->host, without_host);

	snprintf(out, DIO_PATH_MAX, "%s%s%s%s%s", bare ? "" : n->host, bare ? "" : "/", n->manager,
		 n->extension[0] ? "/" : "", n->extension);
}

static void id_to_wire(const struct ns_id *id, const char *without_host, struct ns_wire_id *out)
{
	format_name(&id->name, without_host, out->name);
	out->second[0] = '\0';
	if (id->kind == SAFEX_KIND_CHANNEL)
		format_name(&id->second, without_host, out->second);
	out->x = (dio_x_key){
		.kind = id->kind, .cd = id->cd, .name = out->name, .second = out->second,
	};
}

void ns_id_to_host(const struct ns_id *id, struct ns_wire_id *out)
{
	id_to_wire(id, NULL, out);
}

void ns_id_to_client(const struct ns_id *id, struct ns_wire_id *out)
{
	id_to_wire(id, DIO_LOCALHOST, out);
}

void ns_id_to_store(const struct ns_id *id, struct ns_wire_id *out)
{
	id_to_wire(id, "", out);
}

const char *ns_kind_text(enum safex_kind kind)
{
	switch (kind) {
	case SAFEX_KIND_MANAGER:
		return "manager";
	case SAFEX_KIND_CLASS:
		return "class";
	case SAFEX_KIND_MONITOR:
		return "monitor";
	case SAFEX_KIND_HANDLER:
		return "handler";
	case SAFEX_KIND_CHANNEL:
		return "channel";
	default:
		return "object";
	}
}

const char *ns_id_text(const struct ns_id *id, char text[NS_TEXT_MAX])
{
	struct ns_wire_id w;
	int n;

	ns_id_to_client(id, &w);
	n = snprintf(text, NS_TEXT_MAX, "%s %s%s%s", ns_kind_text(id->kind), w.name,
		     w.second[0] ? " -> " : "", w.second);
	if (id->cd && n > 0 && n < NS_TEXT_MAX)
		snprintf(text + n, NS_TEXT_MAX - n, " of %016llx", (unsigned long long)id->cd);
	return text;
}

static int order_of_places(const struct dio_name *a, const struct dio_name *b)
{
	int d = strcmp(a->manager, b->manager);

	return d ? d : strcmp(a->extension, b->extension);
}

int ns_id_order(const struct ns_id *a, const struct ns_id *b)
{
	int d;

	if (a->cd != b->cd)
		return a->cd < b->cd ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	d = order_of_places(&a->name, &b->name);
	return d ? d : order_of_places(&a->second, &b->second);
}

bool ns_id_equal_at_host(const struct ns_id *a, const struct ns_id *b)
{
	return !ns_id_order(a, b);
}

bool ns_id_equal(const struct ns_id *a, const struct ns_id *b)
{
	return ns_id_equal_at_host(a, b) && !strcmp(a->name.host, b->name.host) &&
	       !strcmp(a->second.host, b->second.host);
}

bool ns_id_parent(const struct ns_id *id, struct ns_id *parent)
{
	if (id->kind == SAFEX_KIND_MANAGER || id->kind == SAFEX_KIND_CHANNEL)
		return false;
	*parent = (struct ns_id){ .kind = SAFEX_KIND_MANAGER, .name = id->name };
	if (id->kind != SAFEX_KIND_CLASS) {
		parent->kind = SAFEX_KIND_CLASS;
		parent->cd = id->cd;
	}
	memset(parent->name.extension, 0, sizeof(parent->name.extension));
	return true;
}

unsigned int ns_id_needed(const struct ns_id *id, struct ns_id needed[2])
{
	if (id->kind == SAFEX_KIND_MANAGER)
		return 0;
	if (ns_id_parent(id, &needed[0]))
		return 1;
	needed[0] = (struct ns_id){ .kind = SAFEX_KIND_MONITOR, .cd = id->cd, .name = id->name };
	needed[1] = (struct ns_id){ .kind = SAFEX_KIND_HANDLER, .cd = id->cd, .name = id->second };
	return 2;
}

bool ns_id_needs(const struct ns_id *id, const struct ns_id *on)
{
	struct ns_id needed[2];
	unsigned int n = ns_id_needed(id, needed);

	while (n--)
		if (ns_id_equal(&needed[n], on))
			return true;
	return false;
}

int ns_kind_order(enum safex_kind kind)
{
	switch (kind) {
	case SAFEX_KIND_MANAGER:
		return 0;
	case SAFEX_KIND_CLASS:
		return 1;
	case SAFEX_KIND_MONITOR:
	case SAFEX_KIND_HANDLER:
		return 2;
	case SAFEX_KIND_CHANNEL:
		return 3;
	default:
		return -EINVAL;
	}
}

bool ns_objects_at(const struct ns_object *o, size_t n, const char *host)
{
	while (n--)
		if (!strcmp(o[n].id.name.host, host))
			return true;
	return false;
}

int ns_attrs_from_wire(const dio_x_attr *attr, unsigned int n, struct ns_attrs *out)
{
	unsigned int i;

	if (n > SAFEX_ATTRS_MAX)
		return -EINVAL;
	memset(out, 0, sizeof(*out));
	for (i = 0; i < n; i++) {
		struct safex_attr *a = &out->attr[i];

		if (!dio_name_part_valid(attr[i].name))
			return -EINVAL;
		strcpy(a->name, attr[i].name);
		a->value = attr[i].value;
		a->rights = attr[i].rights;
		a->role = attr[i].role;
	}
	out->n = n;
	return 0;
}

dio_x_status ns_status_to_wire(const struct dio_status *st)
{
	return (dio_x_status){ .code = st->code, .message = (char *)st->message,
			       .retry_ms = st->retry_ms };
}

void ns_attrs_to_wire(struct ns_attrs *in, dio_x_attr out[SAFEX_ATTRS_MAX])
{
	unsigned int i;

	for (i = 0; i < in->n; i++)
		out[i] = (dio_x_attr){
			.name = in->attr[i].name,
			.value = in->attr[i].value,
			.rights = in->attr[i].rights,
			.role = in->attr[i].role,
		};
}

void ns_name_print(const char *from, char to[DIO_NAME_MAX])
{
	size_t i;

	for (i = 0; from[i] && i < DIO_NAME_MAX - 1; i++)
		to[i] = from[i] > 0x20 && from[i] < 0x7f ? from[i] : '_';
	to[i] = '\0';
}
