/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dio_log.h"
#include "safexd_rpc.h"
#include "sx_rpc.h"

_Static_assert(DIO_X_ATTRS == SAFEX_ATTRS_MAX, "attributes of a message are the kernel's");
_Static_assert(DIO_X_ENTRIES >= SX_OBJECTS_MAX, "a report has room for all objects");

static struct sx_rpc *context(const struct dio_rpc_call *call)
{
	return dio_rpc_context(call);
}

static dio_x_status wire_status(const struct dio_status *st)
{
	return (dio_x_status){ .code = st->code, .message = (char *)st->message,
			       .retry_ms = st->retry_ms };
}

static unsigned int wire_attrs(const struct sx_entry *obj, dio_x_attr *out)
{
	for (unsigned int i = 0; i < obj->f.n_attrs; i++) {
		const struct safex_attr *a = &obj->f.attrs[i];

		out[i] = (dio_x_attr){ (char *)a->name, a->value, a->rights, a->role };
	}
	return obj->f.n_attrs;
}

/* Fails closed: a peer that the kernel does not name has no uid. */
static bool may_control(void *arg, const struct dio_rpc_peer *peer)
{
	const struct sx_rpc *rpc = arg;

	return peer->local && (!peer->uid || peer->uid == rpc->nameserver);
}

static enum dio_error judge_peer(const struct dio_rpc_call *call, struct dio_status *st)
{
	if (may_control(context(call), dio_rpc_peer(call)))
		return DIO_E_OK;
	return dio_status_set(st, DIO_E_DENIED, "only the nameserver may ask this of safexd");
}

static void serve_hello(struct dio_rpc_call *call, void *args)
{
	struct sx_rpc *rpc = context(call);
	sx_hello_result result = { .host = "", .local = "" };
	struct dio_status st = { 0 };

	(void)args;
	if (!judge_peer(call, &st)) {
		result.host = rpc->host;
		result.boot = rpc->boot;
		result.local = rpc->local;
	}
	result.status = wire_status(&st);
	dio_rpc_reply(call, &result);
}

static void prepared(void *arg, const struct dio_status *st, const struct sx_entry *obj)
{
	dio_x_attr attrs[SAFEX_ATTRS_MAX];
	sx_prepare_result result = { .status = wire_status(st), .attrs = { 0, attrs } };

	if (!st->code && obj)
		result.attrs.attrs_len = wire_attrs(obj, attrs);
	result.kept = !st->code && obj && obj->kept;
	dio_rpc_reply(arg, &result);
}

static void prepare(void *arg)
{
	struct dio_rpc_call *call = arg;
	struct dio_status st = { 0 };
	struct sx_spec spec;

	/* Who asked has begun anew meanwhile, and knows nothing of this. */
	if (dio_rpc_gone(call))
		dio_status_set(&st, DIO_E_GONE, "the caller has gone");
	if (st.code || sx_spec_parse(dio_rpc_args(call), &spec, &st))
		prepared(call, &st, NULL);
	else
		sx_core_prepare(context(call)->core, &spec, prepared, call);
}

static void serve_prepare(struct dio_rpc_call *call, void *arg)
{
	const sx_prepare_args *args = arg;
	struct dio_status st = { 0 };

	if (judge_peer(call, &st))
		prepared(call, &st, NULL);
	else
		sx_core_learn(context(call)->core, args->uid, args->spec.key.kind, prepare, call);
}

static unsigned int wire_uses(const struct sx_trial_result *r, dio_x_use *out)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < r->n_attrs; i++) {
		uint64_t bit = 1ull << i;

		if ((r->read_mask | r->write_mask) & bit)
			out[n++] = (dio_x_use){ (char *)r->attrs[i].name, !!(r->read_mask & bit),
						!!(r->write_mask & bit) };
	}
	return n;
}

static void tried(void *arg, const struct sx_trial_result *r)
{
	dio_x_use uses[SAFEX_ATTRS_MAX];
	dio_x_check_result result = {
		.status = wire_status(&r->status), .stage = r->stage, .kind = r->kind,
		.compiler = (char *)r->compiler, .release = (char *)r->release,
		.abi = r->info.abi, .features = r->info.features,
		.used = r->info.extension_used_ppm, .asked = r->asked_ppm,
		.allowed = r->info.extension_cap_ppm,
		.uses = { wire_uses(r, uses), uses },
	};

	dio_rpc_reply(arg, &result);
}

/* As what it is, or why that is not known: what the host has is told in any case. */
static void check_as(void *arg, const struct dio_status *st, uint32_t kind)
{
	struct dio_rpc_call *call = arg;
	struct sx_core *core = context(call)->core;
	const sx_check_args *args = dio_rpc_args(call);
	struct sx_spec spec = { .uid = args->uid };
	dio_x_check what = args->what;
	struct dio_status refused = *st;

	what.kind = kind;
	if (!refused.code)
		sx_check_parse(&what, args->uid, sx_core_tick(core, what.manager), &spec, &refused);
	sx_core_try(core, &spec, &refused, tried, call);
}

static void check(void *arg)
{
	static const struct dio_status fine;
	struct dio_rpc_call *call = arg;
	const sx_check_args *args = dio_rpc_args(call);
	const dio_x_check *x = &args->what;

	if (x->kind)
		check_as(call, &fine, x->kind);
	else
		sx_core_see(context(call)->core, args->uid, x->file, x->source.source_val,
			    x->source.source_len, check_as, call);
}

static void serve_check(struct dio_rpc_call *call, void *arg)
{
	static struct sx_trial_result refused;
	const sx_check_args *args = arg;

	if (judge_peer(call, &refused.status))
		tried(call, &refused);
	else
		sx_core_learn(context(call)->core, args->uid, args->what.kind, check, call);
}

static void answered(void *arg, const struct dio_status *st, const struct sx_entry *obj)
{
	dio_x_status result = wire_status(st);

	(void)obj;
	dio_rpc_reply(arg, &result);
}

static int key_of(struct dio_rpc_call *call, const sx_key_args *args, struct sx_key *key)
{
	struct dio_status st = { 0 };

	if (!judge_peer(call, &st) && !sx_key_parse(&args->key, key, &st))
		return 0;
	answered(call, &st, NULL);
	return -1;
}

static void serve_commit(struct dio_rpc_call *call, void *arg)
{
	const sx_key_args *args = arg;
	struct sx_key key;

	if (!key_of(call, args, &key))
		sx_core_commit(context(call)->core, &key, args->uid, answered, call);
}

static void serve_abort(struct dio_rpc_call *call, void *arg)
{
	const sx_key_args *args = arg;
	struct sx_key key;

	if (!key_of(call, args, &key))
		sx_core_abort(context(call)->core, &key, args->request, args->uid, answered, call);
}

static void serve_destroy(struct dio_rpc_call *call, void *arg)
{
	const sx_key_args *args = arg;
	struct sx_key key;

	if (!key_of(call, args, &key))
		sx_core_destroy(context(call)->core, &key, args->uid, answered, call);
}

static void report_one(void *arg, const struct sx_entry *obj, const struct safex_stat *s)
{
	dio_x_list_result *result = arg;
	dio_x_entry *e;

	if (result->entries.entries_len == DIO_X_ENTRIES)
		return;
	e = &result->entries.entries_val[result->entries.entries_len++];
	*e = (dio_x_entry){
		.key = { obj->f.key.kind, obj->f.key.cd, (char *)obj->f.key.name,
			 (char *)obj->f.key.second },
		.active = obj->f.state == SX_ACTIVE && s->active,
		.period = s->period, .budget = s->budget, .kernel_id = obj->f.id,
		.stat = {
			.runs = s->runs, .aborts = s->aborts, .exceptions = s->exceptions,
			.refused = s->refused, .events = s->events, .time_sum = s->time_sum,
			.time_max = s->time_max, .windows = s->windows,
			.violations = s->violations, .cpu_used = s->cpu_used,
			.charged = s->charged, .contract = s->contract, .reason = s->reason,
		},
		.number = s->version, .next = s->next, .previous = s->previous,
		.failed = s->failed, .cause = s->cause, .command = "",
	};
}

static void serve_report(struct dio_rpc_call *call, void *args)
{
	static dio_x_entry entries[DIO_X_ENTRIES];
	dio_x_list_result result = { .entries = { 0, entries } };
	struct dio_status st = { 0 };

	(void)args;
	if (!judge_peer(call, &st))
		sx_core_report(context(call)->core, report_one, &result);
	result.status = wire_status(&st);
	dio_rpc_reply(call, &result);
}

static dio_x_record wire_record(const struct sx_told *told)
{
	const struct safex_record *r = &told->record;

	return (dio_x_record){
		.seq = r->seq, .time = r->time, .cd = r->cd, .stage = r->stage,
		.kind = r->kind, .code = r->code, .line = r->line, .count = r->count,
		.name = (char *)r->name, .message = (char *)r->message,
		.date = told->date,
	};
}

static void serve_records(struct dio_rpc_call *call, void *arg)
{
	static struct sx_told records[DIO_X_RECORDS];
	static dio_x_record wire[DIO_X_RECORDS];
	dio_x_records_result result = { .records = { 0, wire } };
	const dio_x_records_args *args = arg;
	struct dio_status st = { 0 };
	unsigned int n = 0;

	if (!judge_peer(call, &st))
		n = sx_records_get(context(call)->records, args->cd, args->first, records,
				   DIO_X_RECORDS);
	for (unsigned int i = 0; i < n; i++)
		wire[i] = wire_record(&records[i]);
	result.records.records_len = n;
	result.status = wire_status(&st);
	dio_rpc_reply(call, &result);
}

static void opened(void *arg, const struct dio_status *st, const struct sx_entry *class, int fd)
{
	dio_x_attr attrs[SAFEX_ATTRS_MAX];
	sx_open_result result = { .status = wire_status(st), .attrs = { 0, attrs } };

	if (!st->code && class)
		result.attrs.attrs_len = wire_attrs(class, attrs);
	dio_rpc_reply_fd(arg, &result, fd);
	if (fd >= 0)
		close(fd);
}

static void serve_open(struct dio_rpc_call *call, void *arg)
{
	const struct dio_rpc_peer *peer = dio_rpc_peer(call);
	const sx_open_args *args = arg;
	struct dio_status st = { 0 };

	if (!peer->local)
		dio_status_set(&st, DIO_E_DENIED, "only a process of this host may open a class");
	else if (!dio_name_part_valid(args->manager))
		dio_status_set(&st, DIO_E_INVALID, "\"%.31s\" is no name of a service manager",
			       args->manager);
	if (st.code)
		opened(call, &st, NULL, -1);
	else
		sx_core_open(context(call)->core, args->cd, args->manager, peer->uid, opened, call);
}

#define PROC(number, name, args, result, handler) { number, name, \
	(xdrproc_t)xdr_##args, sizeof(args), (xdrproc_t)xdr_##result, handler, sizeof(result) }
/* Without arguments. */
#define ASK(number, name, result, handler) { number, name, \
	dio_xdr_void, 0, (xdrproc_t)xdr_##result, handler, sizeof(result) }

static const struct dio_rpc_proc control_procs[] = {
	ASK(SX_HELLO, "hello", sx_hello_result, serve_hello),
	PROC(SX_PREPARE, "prepare", sx_prepare_args, sx_prepare_result, serve_prepare),
	PROC(SX_COMMIT, "commit", sx_key_args, dio_x_status, serve_commit),
	PROC(SX_ABORT, "abort", sx_key_args, dio_x_status, serve_abort),
	PROC(SX_DESTROY, "destroy", sx_key_args, dio_x_status, serve_destroy),
	ASK(SX_REPORT, "report", dio_x_list_result, serve_report),
	PROC(SX_RECORDS, "records", dio_x_records_args, dio_x_records_result, serve_records),
	PROC(SX_OPEN_CLASS, "open class", sx_open_args, sx_open_result, serve_open),
	PROC(SX_CHECK, "check", sx_check_args, dio_x_check_result, serve_check),
};

static const struct dio_rpc_proc local_procs[] = {
	PROC(SX_OPEN_CLASS, "open class", sx_open_args, sx_open_result, serve_open),
};

#define N(array) (sizeof(array) / sizeof((array)[0]))

static struct dio_rpc_program control_program = {
	SAFEXD_PROG, SAFEXD_V1, control_procs, N(control_procs), NULL, true
};
static struct dio_rpc_program local_program = {
	SAFEXD_PROG, SAFEXD_V1, local_procs, N(local_procs), NULL, true
};

struct dio_rpc_server *sx_rpc_control_new(struct event_base *base, struct sx_rpc *rpc)
{
	struct dio_rpc_server *s;

	control_program.context = rpc;
	s = dio_rpc_server_new(base, &control_program, 1);
	if (s)
		dio_rpc_server_admit(s, may_control, rpc);
	return s;
}

struct dio_rpc_server *sx_rpc_local_new(struct event_base *base, struct sx_rpc *rpc)
{
	local_program.context = rpc;
	return dio_rpc_server_new(base, &local_program, 1);
}
