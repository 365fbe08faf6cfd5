/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The nameserver's decisions, without transport: what ns_rpc.c calls.
 *
 * Arguments are borrowed until the answer, which comes exactly once, before
 * the call returns or later.  What an answer points to is valid until it
 * returns.
 */
#ifndef NS_CORE_H
#define NS_CORE_H

#include "dio_error.h"
#include "dionisys_rpc.h"
#include "ns_authz.h"
#include "ns_object.h"
#include "ns_store.h"

struct event_base;
struct ns;
struct ns_link_ops;

/*
 * layout: of a class, else empty but for kept of a new version. cd: of a new
 * application, number of a new version, else 0.
 */
typedef void ns_answer(void *arg, const struct dio_status *status, uint64_t cd,
		       struct ns_attrs *layout);
typedef void ns_listed(void *arg, dio_x_list_result *result);
typedef void ns_listed_page(void *arg, ns_list_page_result *result);
typedef void ns_checked(void *arg, dio_x_check_result *result);
typedef void ns_recorded(void *arg, dio_x_records_result *result);
typedef void ns_hosted(void *arg, ns_hosts_result *result);

/* Owns the store from here on. NULL: out of memory. */
struct ns *ns_new(struct event_base *base, struct ns_store *store, const struct ns_policy *policy);

/*
 * Adds the safexd of a host; link is what ops->call() is called with, and the
 * nameserver's from here on, also on failure. 0, -EEXIST, -EINVAL, -ENOMEM.
 */
int ns_add_host(struct ns *ns, const char *name, const char *address,
		const struct ns_link_ops *ops, void *link);

/* Begins to drive the hosts to the state that the store wants. 0 or -errno. */
int ns_start(struct ns *ns);

/* Answers what is under way, with an error, and closes everything. */
void ns_free(struct ns *ns);

void ns_init_app(struct ns *ns, const struct ns_principal *who, const ns_init_args *args,
		 ns_answer *answer, void *arg);
/* kind: that the procedure is for. */
void ns_create(struct ns *ns, const struct ns_principal *who, enum safex_kind kind,
	       const ns_create_args *args, ns_answer *answer, void *arg);
/* A new version of a monitor or handler. */
void ns_replace(struct ns *ns, const struct ns_principal *who, const ns_create_args *args,
		ns_answer *answer, void *arg);
/* What a create would be told; changes nothing. */
void ns_check(struct ns *ns, const struct ns_principal *who, const dio_x_check *asked,
	      ns_checked *answer, void *arg);
/* At once. o: the row that has them, valid if DIO_E_OK. */
enum dio_error ns_versions(struct ns *ns, const struct ns_principal *who, const dio_x_key *key,
			   struct dio_status *status, struct ns_object *o);
void ns_destroy(struct ns *ns, const struct ns_principal *who, const ns_destroy_args *args,
		ns_answer *answer, void *arg);
void ns_end_app(struct ns *ns, const struct ns_principal *who, const ns_destroy_args *args,
		ns_answer *answer, void *arg);
/* The first, and no sign of more. */
void ns_list(struct ns *ns, const struct ns_principal *who, const ns_list_args *args,
	     ns_listed *listed, void *arg);
void ns_list_page(struct ns *ns, const struct ns_principal *who, const ns_list_page_args *args,
		  ns_listed_page *paged, void *arg);
void ns_records(struct ns *ns, const struct ns_principal *who, const dio_x_records_args *args,
		ns_recorded *recorded, void *arg);
/* Those that are ready and have not reported for a moment are asked whether they still are. */
void ns_hosts(struct ns *ns, const struct ns_principal *who, ns_hosted *hosted, void *arg);
/* At once; *address is the nameserver's. */
enum dio_error ns_locate(struct ns *ns, const struct ns_principal *who, const dio_x_key *key,
			 struct dio_status *status, const char **address);

#endif
