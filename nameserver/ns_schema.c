/* SPDX-License-Identifier: GPL-2.0-only */
#include "ns_schema.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* 3: requests know the boot that they were made in; all else is as in 2. */
#define ROW_VERSION	3u
#define ROW_OLDEST	2u
#define ROW_HEAD	4u	/* bytes of the version */

typedef unsigned long long ull;

_Static_assert(NS_VERSIONS_MAX == NS_X_VERSIONS, "one limit in rows and in memory");

void ns_key_app(uint64_t cd, char key[NS_KEY_MAX])
{
	snprintf(key, NS_KEY_MAX, NS_PREFIX_APPS "%016llx", (ull)cd);
}

void ns_key_objects_of(uint64_t cd, char prefix[NS_KEY_MAX])
{
	snprintf(prefix, NS_KEY_MAX, NS_PREFIX_OBJECTS "%016llx/", (ull)cd);
}

void ns_key_object(const struct ns_id *id, char key[NS_KEY_MAX])
{
	struct ns_wire_id w;

	ns_id_to_store(id, &w);
	if (id->kind == SAFEX_KIND_MANAGER)
		snprintf(key, NS_KEY_MAX, NS_PREFIX_MANAGERS "%s", w.name);
	else if (id->kind == SAFEX_KIND_CLASS)
		snprintf(key, NS_KEY_MAX, NS_PREFIX_OBJECTS "%016llx/class/%s", (ull)id->cd, w.name);
	else if (id->kind == SAFEX_KIND_CHANNEL)
		snprintf(key, NS_KEY_MAX, NS_PREFIX_OBJECTS "%016llx/channel/%s/%s", (ull)id->cd,
			 w.name, w.second);
	else	/* one name space: an extension's name is unique in its application */
		snprintf(key, NS_KEY_MAX, NS_PREFIX_OBJECTS "%016llx/extension/%s", (ull)id->cd,
			 w.name);
}

void ns_key_source(const uint8_t digest[SHA256_DIGEST_LENGTH], char key[NS_KEY_MAX])
{
	int n = snprintf(key, NS_KEY_MAX, NS_PREFIX_SOURCES);

	for (int i = 0; i < SHA256_DIGEST_LENGTH; i++)
		n += snprintf(key + n, NS_KEY_MAX - n, "%02x", digest[i]);
}

void ns_key_request(uid_t uid, uint64_t request, char key[NS_KEY_MAX])
{
	snprintf(key, NS_KEY_MAX, NS_PREFIX_REQUESTS "%u/%016llx", uid, (ull)request);
}

/* The f: behind all rows of earlier releases, whose keys begin with the time. */
void ns_key_audit(uint64_t revision, unsigned int n, char key[NS_KEY_MAX])
{
	snprintf(key, NS_KEY_MAX, NS_PREFIX_AUDIT "f%015llx/%08x", (ull)revision, n);
}

/* 0 and the version, or -errno. */
static int row_version(const struct ns_value *v, uint32_t *version)
{
	if (v->size < ROW_HEAD || v->size > NS_VALUE_MAX)
		return -EBADMSG;
	memcpy(version, v->data, ROW_HEAD);
	*version = ntohl(*version);
	return *version < ROW_OLDEST || *version > ROW_VERSION ? -EPROTONOSUPPORT : 0;
}

int ns_row_decode(const struct ns_value *v, xdrproc_t proc, void *row)
{
	uint32_t version;
	XDR x;
	int err = row_version(v, &version);

	if (err)
		return err;
	xdrmem_create(&x, (char *)v->data + ROW_HEAD, v->size - ROW_HEAD, XDR_DECODE);
	if (!proc(&x, row) || xdr_getpos(&x) != v->size - ROW_HEAD) {
		xdr_free(proc, row);
		err = -EBADMSG;
	}
	xdr_destroy(&x);
	return err;
}

/* The strings go over to *row. */
static int request_from_2(const struct ns_value *v, ns_x_request *row)
{
	ns_x_request_2 old = { 0 };
	char *boot;
	int err = ns_row_decode(v, (xdrproc_t)xdr_ns_x_request_2, &old);

	if (err)
		return err;
	boot = strdup("");
	if (!boot) {
		xdr_free((xdrproc_t)xdr_ns_x_request_2, (char *)&old);
		return -ENOMEM;
	}
	*row = (ns_x_request){ .verb = old.verb, .key = old.key, .time = old.time,
			       .number = old.number, .boot = boot };
	return 0;
}

int ns_request_decode(const struct ns_value *v, ns_x_request *row)
{
	uint32_t version;
	int err = row_version(v, &version);

	if (err)
		return err;
	return version == 2 ? request_from_2(v, row) :
			      ns_row_decode(v, (xdrproc_t)xdr_ns_x_request, row);
}

void ns_row_put(struct ns_txn *t, const char *key, xdrproc_t proc, void *row)
{
	uint32_t version = htonl(ROW_VERSION);
	u_long size = xdr_sizeof(proc, row) + ROW_HEAD;
	char *buf = malloc(size);
	XDR x;

	if (buf) {
		memcpy(buf, &version, ROW_HEAD);
		xdrmem_create(&x, buf + ROW_HEAD, size - ROW_HEAD, XDR_ENCODE);
		if (proc(&x, row))
			ns_txn_put(t, key, buf, size);
		else
			t->err = -EINVAL;	/* a bound of ns_rows.x */
		xdr_destroy(&x);
	} else {
		t->err = -ENOMEM;
	}
	free(buf);
}

static void process_to_row(struct ns_process *p, ns_x_process *out)
{
	*out = (ns_x_process){ .pid = p->pid, .id = p->id, .boot = p->boot };
}

static void process_from_row(const ns_x_process *x, struct ns_process *out)
{
	*out = (struct ns_process){ .pid = x->pid, .id = x->id };
	strncpy(out->boot, x->boot, sizeof(out->boot) - 1);
}

int ns_app_decode(const struct ns_value *v, struct ns_app *out)
{
	ns_x_app x = { 0 };
	int err = ns_row_decode(v, (xdrproc_t)xdr_ns_x_app, &x);

	if (err)
		return err;
	*out = (struct ns_app){
		.cd = x.cd, .uid = x.uid, .ending = x.ending,
		.created = x.created, .revision = v->revision,
	};
	strncpy(out->name, x.name, sizeof(out->name) - 1);
	process_from_row(&x.process, &out->process);
	xdr_free((xdrproc_t)xdr_ns_x_app, (char *)&x);
	return 0;
}

void ns_app_put(struct ns_txn *t, const struct ns_app *app)
{
	struct ns_app a = *app;
	ns_x_app x = {
		.cd = a.cd, .uid = a.uid, .ending = a.ending, .name = a.name, .created = a.created,
	};
	char key[NS_KEY_MAX];

	process_to_row(&a.process, &x.process);
	ns_key_app(a.cd, key);
	ns_row_put(t, key, (xdrproc_t)xdr_ns_x_app, &x);
}

static void versions_to_row(const struct ns_object *o, ns_x_version *out)
{
	for (unsigned int i = 0; i < o->n_versions; i++) {
		const struct ns_version_of *v = &o->versions[i];

		out[i] = (ns_x_version){
			.number = v->number, .state = v->state, .cause = v->cause, .kept = v->kept,
			.period = v->period, .budget = v->budget, .created = v->created,
			.file = (char *)v->file,
			.digest = { SHA256_DIGEST_LENGTH, (char *)v->digest },
		};
	}
}

static int versions_from_row(const ns_x_object *x, struct ns_object *o)
{
	o->version = x->wanted;
	o->probation = x->probation;
	o->n_versions = x->versions.versions_len;
	for (unsigned int i = 0; i < o->n_versions; i++) {
		const ns_x_version *v = &x->versions.versions_val[i];

		if (v->digest.digest_len != SHA256_DIGEST_LENGTH)
			return -EBADMSG;
		o->versions[i] = (struct ns_version_of){
			.number = v->number, .state = v->state, .cause = v->cause, .kept = v->kept,
			.period = v->period, .budget = v->budget, .created = v->created,
		};
		strncpy(o->versions[i].file, v->file, sizeof(o->versions[i].file) - 1);
		memcpy(o->versions[i].digest, v->digest.digest_val, SHA256_DIGEST_LENGTH);
	}
	return 0;
}

static int object_from_row(const ns_x_object *x, struct ns_object *o)
{
	int err = ns_id_from_wire(&x->key, &o->id);

	if (err || x->state < NS_PREPARING || x->state > NS_LOST ||
	    (x->digest.digest_len && x->digest.digest_len != SHA256_DIGEST_LENGTH))
		return -EBADMSG;
	o->state = x->state;
	o->uid = x->uid;
	o->period = x->period;
	o->budget = x->budget;
	o->created = x->created;
	process_from_row(&x->process, &o->process);
	strncpy(o->file, x->file, sizeof(o->file) - 1);
	o->has_source = x->digest.digest_len != 0;
	if (o->has_source)
		memcpy(o->digest, x->digest.digest_val, sizeof(o->digest));
	err = ns_attrs_from_wire(x->given.given_val, x->given.given_len, &o->given);
	if (!err)
		err = ns_attrs_from_wire(x->layout.layout_val, x->layout.layout_len, &o->layout);
	if (!err)
		err = versions_from_row(x, o);
	return err ? -EBADMSG : 0;
}

int ns_object_decode(const struct ns_value *v, struct ns_object *out)
{
	ns_x_object x = { 0 };
	int err = ns_row_decode(v, (xdrproc_t)xdr_ns_x_object, &x);

	if (err)
		return err;
	memset(out, 0, sizeof(*out));
	err = object_from_row(&x, out);
	out->revision = v->revision;
	xdr_free((xdrproc_t)xdr_ns_x_object, (char *)&x);
	return err;
}

void ns_object_put(struct ns_txn *t, const struct ns_object *object)
{
	dio_x_attr given[SAFEX_ATTRS_MAX], layout[SAFEX_ATTRS_MAX];
	ns_x_version versions[NS_VERSIONS_MAX];
	struct ns_object o = *object;
	struct ns_wire_id id;
	char key[NS_KEY_MAX];
	ns_x_object x = {
		.state = o.state, .uid = o.uid, .period = o.period, .budget = o.budget,
		.file = o.file, .created = o.created,
		.digest = { o.has_source ? SHA256_DIGEST_LENGTH : 0, (char *)o.digest },
		.given = { o.given.n, given },
		.layout = { o.layout.n, layout },
		.wanted = o.version, .probation = o.probation,
		.versions = { o.n_versions, versions },
	};

	ns_id_to_store(&o.id, &id);
	x.key = id.x;
	process_to_row(&o.process, &x.process);
	ns_attrs_to_wire(&o.given, given);
	ns_attrs_to_wire(&o.layout, layout);
	versions_to_row(&o, versions);
	ns_key_object(&o.id, key);
	ns_row_put(t, key, (xdrproc_t)xdr_ns_x_object, &x);
}

int ns_app_get(struct ns_store *s, uint64_t cd, struct ns_app *out)
{
	struct ns_value v = { 0 };
	char key[NS_KEY_MAX];
	int err;

	ns_key_app(cd, key);
	err = ns_store_get(s, key, &v);
	if (!err)
		err = ns_app_decode(&v, out);
	ns_value_free(&v);
	return err;
}

int ns_object_is(struct ns_store *s, const struct ns_id *id)
{
	struct ns_value v;
	char key[NS_KEY_MAX];
	int err;

	ns_key_object(id, key);
	err = ns_store_get(s, key, &v);
	if (!err)
		ns_value_free(&v);
	return err;
}

int ns_object_get(struct ns_store *s, const struct ns_id *id, struct ns_object *out)
{
	struct ns_value v = { 0 };
	char key[NS_KEY_MAX];
	int err;

	ns_key_object(id, key);
	err = ns_store_get(s, key, &v);
	if (!err)
		err = ns_object_decode(&v, out);
	ns_value_free(&v);
	return err;
}

int ns_source_get(struct ns_store *s, const struct ns_object *o, ns_x_source *out)
{
	struct ns_value v = { 0 };
	char key[NS_KEY_MAX];
	int err = 0;

	memset(out, 0, sizeof(*out));
	if (!o->has_source)
		return 0;
	ns_key_source(o->digest, key);
	err = ns_store_get(s, key, &v);
	if (!err)
		err = ns_row_decode(&v, (xdrproc_t)xdr_ns_x_source, out);
	ns_value_free(&v);
	return err;
}

static int append_objects(struct ns_store *s, const char *prefix, struct ns_object **out, size_t *n)
{
	struct ns_items items = { 0 };
	struct ns_object *grown;
	size_t i;
	int err = ns_store_list(s, prefix, NULL, SIZE_MAX, &items);

	if (err)
		return err;
	grown = realloc(*out, (*n + items.n + 1) * sizeof(*grown));
	if (!grown)
		err = -ENOMEM;
	else
		*out = grown;
	for (i = 0; !err && i < items.n; i++) {
		err = ns_object_decode(&items.item[i].value, &grown[*n]);
		if (!err)
			(*n)++;
	}
	ns_items_free(&items);
	return err;
}

int ns_objects_list(struct ns_store *s, uint64_t cd, struct ns_object **out, size_t *n)
{
	char prefix[NS_KEY_MAX] = NS_PREFIX_OBJECTS;
	struct ns_object *list = NULL;
	size_t count = 0;
	int err = 0;

	if (cd)
		ns_key_objects_of(cd, prefix);
	else
		err = append_objects(s, NS_PREFIX_MANAGERS, &list, &count);
	if (!err)
		err = append_objects(s, prefix, &list, &count);
	if (err) {
		free(list);
		return err;
	}
	*out = list;
	*n = count;
	return 0;
}

int ns_apps_list(struct ns_store *s, struct ns_app **out, size_t *n)
{
	struct ns_items items = { 0 };
	struct ns_app *list;
	size_t i;
	int err = ns_store_list(s, NS_PREFIX_APPS, NULL, SIZE_MAX, &items);

	if (err)
		return err;
	list = calloc(items.n + 1, sizeof(*list));
	if (!list)
		err = -ENOMEM;
	for (i = 0; !err && i < items.n; i++)
		err = ns_app_decode(&items.item[i].value, &list[i]);
	if (err) {
		free(list);
	} else {
		*out = list;
		*n = items.n;
	}
	ns_items_free(&items);
	return err;
}
