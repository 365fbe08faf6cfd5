/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How objects are keys and values in the store.
 *
 *	app/CD					application
 *	manager/HOST/MANAGER			object
 *	object/CD/class/HOST/MANAGER		object
 *	object/CD/extension/HOST/MANAGER/NAME	object: monitor or handler
 *	object/CD/channel/MONITOR/HANDLER	object; ends are HOST/MANAGER/NAME
 *	source/DIGEST				text of an extension
 *	request/UID/REQUEST			what a request did
 *	audit/TIME/N				who asked for what, and the outcome
 *
 * CD, REQUEST, TIME are 16 hexadecimal digits.  A value is a version and XDR
 * (ns_rows.x).  One of an earlier version that is known is decoded as what it
 * means in this one, and has it when it is next written; any other version is
 * -EPROTONOSUPPORT, a damaged value -EBADMSG.
 */
#ifndef NS_SCHEMA_H
#define NS_SCHEMA_H

#include "ns_object.h"
#include "ns_rows.h"
#include "ns_store.h"

#define NS_PREFIX_APPS		"app/"
#define NS_PREFIX_MANAGERS	"manager/"
#define NS_PREFIX_OBJECTS	"object/"
#define NS_PREFIX_SOURCES	"source/"
#define NS_PREFIX_REQUESTS	"request/"
#define NS_PREFIX_AUDIT		"audit/"

void ns_key_app(uint64_t cd, char key[NS_KEY_MAX]);
void ns_key_object(const struct ns_id *id, char key[NS_KEY_MAX]);
void ns_key_objects_of(uint64_t cd, char prefix[NS_KEY_MAX]);
void ns_key_source(const uint8_t digest[SHA256_DIGEST_LENGTH], char key[NS_KEY_MAX]);
void ns_key_request(uid_t uid, uint64_t request, char key[NS_KEY_MAX]);
/* Sorted as they were written, whatever the clock said: by the store's revision, then n, which grows. */
void ns_key_audit(uint64_t revision, unsigned int n, char key[NS_KEY_MAX]);

int ns_app_decode(const struct ns_value *v, struct ns_app *out);
void ns_app_put(struct ns_txn *t, const struct ns_app *app);

int ns_object_decode(const struct ns_value *v, struct ns_object *out);
void ns_object_put(struct ns_txn *t, const struct ns_object *o);

/* For rows that live only as their XDR structure; decoded ones: xdr_free(). */
int ns_row_decode(const struct ns_value *v, xdrproc_t proc, void *row);
int ns_request_decode(const struct ns_value *v, ns_x_request *row);
void ns_row_put(struct ns_txn *t, const char *key, xdrproc_t proc, void *row);

/* 0, -ENOENT, -EIO, -ENOMEM, -EBADMSG, -EPROTONOSUPPORT. */
int ns_app_get(struct ns_store *s, uint64_t cd, struct ns_app *out);
int ns_object_is(struct ns_store *s, const struct ns_id *id);	/* whether there is a row */
int ns_object_get(struct ns_store *s, const struct ns_id *id, struct ns_object *out);
/* Text of the object's source, empty if it has none; xdr_free() it. */
int ns_source_get(struct ns_store *s, const struct ns_object *o, ns_x_source *out);

/*
 * Objects in an array of its own, the caller's to free(). cd 0: of all, with
 * managers; else of one application, without. 0 or -errno.
 */
int ns_objects_list(struct ns_store *s, uint64_t cd, struct ns_object **out, size_t *n);
int ns_apps_list(struct ns_store *s, struct ns_app **out, size_t *n);

#endif
