/* SPDX-License-Identifier: GPL-2.0-only */
#include "ns_rpc.h"

#include "dio_process.h"
#include "ns_core.h"
#include "ns_internal.h"
#include "ns_version.h"

_Static_assert(DIO_RPC_PER_UID > NS_APPS_PER_UID, "each application of a user keeps a connection");

/* Of a peer that has ended, whose connection a child goes on with, the pid may be another's. */
static pid_t pid_of(const struct dio_rpc_peer *p)
{
	return p->pidfd < 0 || dio_process_ended(p->pidfd) ? 0 : p->pid;
}

/* Of a call that changes nothing: which of the user's processes it is does not matter. */
static struct ns_principal reader(const struct dio_rpc_call *call)
{
	const struct dio_rpc_peer *p = dio_rpc_peer(call);

	if (!p->local)
		return (struct ns_principal){ .local = false };
	return (struct ns_principal){ .local = true, .uid = p->uid, .gid = p->gid };
}

static struct ns_principal caller(const struct dio_rpc_call *call)
{
	const struct dio_rpc_peer *p = dio_rpc_peer(call);
	const struct ns *ns = dio_rpc_context(call);
	struct ns_principal who = reader(call);

	if (who.local) {
		who.makes_managers = ns->policy.managers == NS_MANAGERS_GROUP &&
				     ns->policy.gid != (gid_t)-1 &&
				     dio_rpc_peer_has_group(call, ns->policy.gid);
		who.pid = pid_of(p);
		who.process = p->process;
	}
	return who;
}

static void answer_init(void *arg, const struct dio_status *st, uint64_t cd, struct ns_attrs *attrs)
{
	ns_init_result r = { .status = ns_status_to_wire(st), .cd = cd };

	(void)attrs;
	dio_rpc_reply(arg, &r);
}

static void answer_create(void *arg, const struct dio_status *st, uint64_t cd,
			  struct ns_attrs *layout)
{
	dio_x_attr attrs[SAFEX_ATTRS_MAX];
	ns_create_result r = { .status = ns_status_to_wire(st), .attrs = { layout->n, attrs } };

	(void)cd;
	ns_attrs_to_wire(layout, attrs);
	dio_rpc_reply(arg, &r);
}

static void answer_status(void *arg, const struct dio_status *st, uint64_t cd,
			  struct ns_attrs *attrs)
{
	dio_x_status r = ns_status_to_wire(st);

	(void)cd;
	(void)attrs;
	dio_rpc_reply(arg, &r);
}

static void answer_replace(void *arg, const struct dio_status *st, uint64_t number,
			   struct ns_attrs *layout)
{
	ns_replace_result r = { .status = ns_status_to_wire(st), .number = number, .kept = layout->kept };

	dio_rpc_reply(arg, &r);
}

static void answer_list(void *arg, dio_x_list_result *result)
{
	dio_rpc_reply(arg, result);
}

static void answer_list_page(void *arg, ns_list_page_result *result)
{
	dio_rpc_reply(arg, result);
}

static void answer_check(void *arg, dio_x_check_result *result)
{
	dio_rpc_reply(arg, result);
}

static void answer_records(void *arg, dio_x_records_result *result)
{
	dio_rpc_reply(arg, result);
}

static void answer_hosts(void *arg, ns_hosts_result *result)
{
	dio_rpc_reply(arg, result);
}

static void serve_init(struct dio_rpc_call *call, void *args)
{
	struct ns_principal who = caller(call);

	ns_init_app(dio_rpc_context(call), &who, args, answer_init, call);
}

static void serve_create(struct dio_rpc_call *call, enum safex_kind kind, void *arg)
{
	struct ns_principal who = caller(call);
	const ns_create_args *args = arg;

	if (args->spec.pid)
		who.other_ids = who.local && !dio_process_shares_ids(dio_rpc_peer(call)->pidfd);
	ns_create(dio_rpc_context(call), &who, kind, args, answer_create, call);
}

static void serve_create_sm(struct dio_rpc_call *call, void *args)
{
	serve_create(call, SAFEX_KIND_MANAGER, args);
}

static void serve_create_class(struct dio_rpc_call *call, void *args)
{
	serve_create(call, SAFEX_KIND_CLASS, args);
}

static void serve_create_monitor(struct dio_rpc_call *call, void *args)
{
	serve_create(call, SAFEX_KIND_MONITOR, args);
}

static void serve_create_handler(struct dio_rpc_call *call, void *args)
{
	serve_create(call, SAFEX_KIND_HANDLER, args);
}

static void serve_create_channel(struct dio_rpc_call *call, void *args)
{
	serve_create(call, SAFEX_KIND_CHANNEL, args);
}

static void serve_destroy(struct dio_rpc_call *call, void *args)
{
	struct ns_principal who = caller(call);

	ns_destroy(dio_rpc_context(call), &who, args, answer_status, call);
}

static void serve_end_app(struct dio_rpc_call *call, void *args)
{
	struct ns_principal who = caller(call);

	ns_end_app(dio_rpc_context(call), &who, args, answer_status, call);
}

static void serve_replace(struct dio_rpc_call *call, void *args)
{
	struct ns_principal who = caller(call);

	ns_replace(dio_rpc_context(call), &who, args, answer_replace, call);
}

static void serve_versions(struct dio_rpc_call *call, void *args)
{
	struct ns_principal who = reader(call);
	static struct ns_object o;
	ns_version wire[NS_VERSIONS_MAX];
	struct dio_status st = { 0 };
	ns_versions_result r = { 0 };

	if (!ns_versions(dio_rpc_context(call), &who, args, &st, &o))
		r.versions.versions_len = o.n_versions;
	for (unsigned int i = 0; i < r.versions.versions_len; i++) {
		struct ns_version_of *v = &o.versions[i];

		wire[i] = (ns_version){
			.number = v->number, .state = v->state, .cause = v->cause, .kept = v->kept,
			.period = v->period, .budget = v->budget, .created = v->created,
			.file = v->file, .digest = { sizeof(v->digest), (char *)v->digest },
		};
	}
	r.versions.versions_val = wire;
	r.status = ns_status_to_wire(&st);
	dio_rpc_reply(call, &r);
}

static void serve_check(struct dio_rpc_call *call, void *args)
{
	struct ns_principal who = caller(call);

	ns_check(dio_rpc_context(call), &who, args, answer_check, call);
}

static void serve_list(struct dio_rpc_call *call, void *args)
{
	struct ns_principal who = reader(call);

	ns_list(dio_rpc_context(call), &who, args, answer_list, call);
}

static void serve_list_page(struct dio_rpc_call *call, void *args)
{
	struct ns_principal who = caller(call);

	ns_list_page(dio_rpc_context(call), &who, args, answer_list_page, call);
}

static void serve_records(struct dio_rpc_call *call, void *args)
{
	struct ns_principal who = reader(call);

	ns_records(dio_rpc_context(call), &who, args, answer_records, call);
}

static void serve_locate(struct dio_rpc_call *call, void *args)
{
	struct ns_principal who = reader(call);
	struct dio_status st = { 0 };
	ns_locate_result r;
	const char *address;

	ns_locate(dio_rpc_context(call), &who, args, &st, &address);
	r = (ns_locate_result){ .status = ns_status_to_wire(&st), .safexd = (char *)address };
	dio_rpc_reply(call, &r);
}

static void serve_hosts(struct dio_rpc_call *call, void *args)
{
	struct ns_principal who = reader(call);

	(void)args;
	ns_hosts(dio_rpc_context(call), &who, answer_hosts, call);
}

#define PROC(number, text, args, result, handler)                                                  \
	{ number, text, (xdrproc_t)xdr_##args, sizeof(args), (xdrproc_t)xdr_##result, handler,     \
	  sizeof(result) }

static const struct dio_rpc_proc procs[] = {
	PROC(NS_INIT_APP, "init-app", ns_init_args, ns_init_result, serve_init),
	PROC(NS_CREATE_SM, "create-sm", ns_create_args, ns_create_result, serve_create_sm),
	PROC(NS_CREATE_CLASS, "create-class", ns_create_args, ns_create_result, serve_create_class),
	PROC(NS_CREATE_MONITOR, "create-monitor", ns_create_args, ns_create_result,
	     serve_create_monitor),
	PROC(NS_CREATE_HANDLER, "create-handler", ns_create_args, ns_create_result,
	     serve_create_handler),
	PROC(NS_CREATE_CHANNEL, "create-channel", ns_create_args, ns_create_result,
	     serve_create_channel),
	PROC(NS_DESTROY, "destroy", ns_destroy_args, dio_x_status, serve_destroy),
	PROC(NS_END_APP, "end-app", ns_destroy_args, dio_x_status, serve_end_app),
	PROC(NS_LIST, "list", ns_list_args, dio_x_list_result, serve_list),
	PROC(NS_RECORDS, "records", dio_x_records_args, dio_x_records_result, serve_records),
	PROC(NS_LOCATE, "locate", dio_x_key, ns_locate_result, serve_locate),
	PROC(NS_REPLACE, "replace", ns_create_args, ns_replace_result, serve_replace),
	PROC(NS_VERSIONS, "versions", dio_x_key, ns_versions_result, serve_versions),
	PROC(NS_CHECK, "check", dio_x_check, dio_x_check_result, serve_check),
	PROC(NS_LIST_PAGE, "list-page", ns_list_page_args, ns_list_page_result, serve_list_page),
	{ NS_HOSTS, "hosts", dio_xdr_void, 0, (xdrproc_t)xdr_ns_hosts_result, serve_hosts,
	  sizeof(ns_hosts_result) },
};

void ns_rpc_program(struct ns *ns, struct dio_rpc_program *program)
{
	*program = (struct dio_rpc_program){
		.number = DIONISYS_PROG, .version = DIONISYS_V1,
		.procs = procs, .n_procs = sizeof(procs) / sizeof(procs[0]),
		.context = ns, .status_first = true,
	};
}
