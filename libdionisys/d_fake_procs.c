/* SPDX-License-Identifier: GPL-2.0-only */
/* Procedures of both programs; each writes down its call and answers as told. */
#include "d_fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "d_fake_procs.h"
#include "dionisys_rpc.h"
#include "safexd_rpc.h"

static const char *own;
static int class_fd = -1, empty_fd = -1;
static struct dio_rpc_call *unanswered[16];
static unsigned int n_unanswered;

static const struct safex_attr declared[FAKE_DECLARED] = {
	{ "target_cpu", 5, SAFEX_APP_READ, SAFEX_ROLE_TARGET },
	{ "period", 6, SAFEX_APP_READ, SAFEX_ROLE_PERIOD },
	{ "timeslice", 7, SAFEX_APP_READ, SAFEX_ROLE_SHARE },
	{ "hidden", 8, SAFEX_MGR_WRITE, SAFEX_ROLE_NONE },
};

static struct fake_call *write_down(uint32_t proc)
{
	struct fake_call *c = &fake.calls[fake.n_calls % FAKE_CALLS];

	fake.n_calls++;
	memset(c, 0, sizeof(*c));
	c->proc = proc;
	return c;
}

static void write_key(struct fake_call *c, const dio_x_key *key)
{
	c->kind = key->kind;
	c->cd = key->cd;
	strcpy(c->name, key->name);
	strcpy(c->second, key->second);
}

/* true when the call stays without an answer. */
static bool keep_silent(struct dio_rpc_call *call)
{
	if (!fake.silent)
		return false;
	unanswered[n_unanswered++] = call;
	return true;
}

static dio_x_status told(void)
{
	static char nothing[] = "", busy[] = "too many wait";
	dio_x_status st = { fake.code, fake.message ? (char *)fake.message : nothing, fake.retry_ms };

	if (fake.busy) {
		fake.busy--;
		st = (dio_x_status){ DIO_E_BUSY, busy, fake.retry_ms };
	}
	return st;
}

static void serve_init(struct dio_rpc_call *call, void *args)
{
	ns_init_args *a = args;
	ns_init_result r = { told(), 0 };
	struct fake_call *c = write_down(NS_INIT_APP);

	c->request = a->request;
	strcpy(c->name, a->application);
	r.cd = r.status.code ? 0 : FAKE_CD;
	if (!keep_silent(call))
		dio_rpc_reply(call, &r);
}

/* The class's page: what is declared first, then the application's own. */
static void make_page(const dio_x_spec *spec)
{
	unsigned int i, n = FAKE_DECLARED;

	memcpy(fake.attrs, declared, sizeof(declared));
	for (i = 0; i < spec->attrs.attrs_len; i++) {
		const dio_x_attr *from = &spec->attrs.attrs_val[i];
		unsigned int k = 0;

		while (k < FAKE_DECLARED && strcmp(declared[k].name, from->name))
			k++;
		if (k == FAKE_DECLARED)
			k = n++;
		strcpy(fake.attrs[k].name, from->name);
		fake.attrs[k].value = from->value;
		if (k >= FAKE_DECLARED)
			fake.attrs[k].rights = from->rights;
	}
	fake.page->abi = SAFEX_ABI;
	fake.page->n_attrs = n;
	for (i = 0; i < n; i++)
		fake.page->value[i] = fake.attrs[i].value;
}

static unsigned int layout(dio_x_attr *out)
{
	unsigned int i, n = fake.page->n_attrs;

	for (i = 0; i < n; i++)
		out[i] = (dio_x_attr){ fake.attrs[i].name, fake.attrs[i].value,
				       fake.attrs[i].rights, fake.attrs[i].role };
	if (fake.other_layout)
		out[n++] = (dio_x_attr){ "surplus", 0, SAFEX_APP_READ, 0 };
	return n;
}

static void serve_create(struct dio_rpc_call *call, void *args, uint32_t proc)
{
	ns_create_args *a = args;
	dio_x_attr attrs[DIO_X_ATTRS];
	ns_create_result r = { .status = told(), .attrs.attrs_val = attrs };
	struct fake_call *c = write_down(proc);

	write_key(c, &a->spec.key);
	c->request = a->request;
	c->period = a->spec.period;
	c->budget = a->spec.budget;
	c->pid = a->spec.pid;
	c->n_attrs = a->spec.attrs.attrs_len;
	c->rights0 = c->n_attrs ? a->spec.attrs.attrs_val[0].rights : 0;
	c->source = a->spec.source.source_len;
	strcpy(c->file, a->spec.file);
	if (proc == NS_CREATE_CLASS && !r.status.code) {
		make_page(&a->spec);
		r.attrs.attrs_len = layout(attrs);
	}
	if (!keep_silent(call))
		dio_rpc_reply(call, &r);
}

#define CREATE(name, proc)                                                                         \
	static void name(struct dio_rpc_call *call, void *args)                                    \
	{                                                                                          \
		serve_create(call, args, proc);                                                    \
	}

CREATE(serve_sm, NS_CREATE_SM)
CREATE(serve_class, NS_CREATE_CLASS)
CREATE(serve_monitor, NS_CREATE_MONITOR)
CREATE(serve_handler, NS_CREATE_HANDLER)
CREATE(serve_channel, NS_CREATE_CHANNEL)

static void serve_remove(struct dio_rpc_call *call, void *args, uint32_t proc)
{
	ns_destroy_args *a = args;
	dio_x_status r = told();
	struct fake_call *c = write_down(proc);

	write_key(c, &a->key);
	c->request = a->request;
	if (!keep_silent(call))
		dio_rpc_reply(call, &r);
}

static void serve_destroy(struct dio_rpc_call *call, void *args)
{
	serve_remove(call, args, NS_DESTROY);
}

static void serve_end(struct dio_rpc_call *call, void *args)
{
	serve_remove(call, args, NS_END_APP);
}

#define PAGE 400	/* entries; the cursor is the number of the next */

static dio_x_entry made_up(unsigned int i)
{
	return (dio_x_entry){
		.key = { SAFEX_KIND_MONITOR, FAKE_CD, "cpu/usage", "" }, .active = 1, .pid = 77,
		.command = "mpeg", .period = 10, .stat.runs = i + 1, .stat.time_max = 99,
		.uid = 1000, .unknown = i % 2, .number = 3, .previous = 2, .failed = 1,
		.cause = SAFEX_END_BUDGET,
	};
}

static void serve_list_page(struct dio_rpc_call *call, void *args)
{
	static dio_x_entry entries[PAGE];
	ns_list_page_args *a = args;
	unsigned int begin = (unsigned int)atoi(a->after), i;
	struct fake_call *c = write_down(NS_LIST_PAGE);
	char next[16] = "";
	ns_list_page_result r = { told(), { 0, entries }, next };

	c->kind = a->kind;
	c->cd = a->cd;
	for (i = 0; i < PAGE && begin + i < fake.n_entries; i++)
		entries[i] = fake.entries ? fake.entries[i] : made_up(begin + i);
	r.entries.entries_len = i;
	if (begin + i < fake.n_entries)
		snprintf(next, sizeof(next), "%u", fake.same_page ? 1 : begin + i);
	if (!keep_silent(call))
		dio_rpc_reply(call, &r);
}

static void serve_records(struct dio_rpc_call *call, void *args)
{
	dio_x_record record = { .seq = 7, .cd = FAKE_CD, .kind = SAFEX_END_BUDGET, .line = 3,
				.count = 2, .name = "cpu/usage", .message = "stopped",
				.date = 86400000000000 };
	dio_x_records_args *a = args;
	dio_x_records_result r = { told(), { 0, &record } };

	if (fake.host_boots)
		record.seq = fake.host_boots[fake.host_boot];
	r.records.records_len = a->first <= record.seq;
	if (fake.guard_record) {
		record.stage = SAFEX_STAGE_KERNEL;
		record.kind = SAFEX_END_GUARD;
	}
	write_down(NS_RECORDS)->cd = a->cd;
	if (!keep_silent(call))
		dio_rpc_reply(call, &r);
}

static void serve_hosts(struct dio_rpc_call *call, void *args)
{
	ns_host_state host = { "local", fake.host_state ? fake.host_state : DHOST_READY,
			       fake.host_boot, (char *)(fake.host_why ? fake.host_why : "") };
	ns_hosts_result r = { told(), { 1, &host } };

	(void)args;
	write_down(NS_HOSTS);
	if (fake.host_answers && !--fake.host_answers)
		fake.host_state = DHOST_READY;
	if (fake.host_boots && fake.host_boots[fake.host_boot + 1])
		fake.host_boot++;
	if (!keep_silent(call))
		dio_rpc_reply(call, &r);
}

static void serve_replace(struct dio_rpc_call *call, void *args)
{
	ns_create_args *a = args;
	ns_replace_result r = { told(), 3, 1 };
	struct fake_call *c = write_down(NS_REPLACE);

	write_key(c, &a->spec.key);
	if (!keep_silent(call))
		dio_rpc_reply(call, &r);
}

static void serve_versions(struct dio_rpc_call *call, void *args)
{
	static unsigned int *next;
	ns_version v = { .number = 3, .file = "m.c" };
	ns_versions_result r = { told(), { 1, &v } };

	write_key(write_down(NS_VERSIONS), args);
	if (fake_count(NS_VERSIONS) == 1)
		next = fake.verdict;
	v.state = *next;
	v.cause = v.state == DVERSION_BACK ? SAFEX_END_BUDGET : 0;
	if (next[1])
		next++;
	if (!keep_silent(call))
		dio_rpc_reply(call, &r);
}

static void serve_locate(struct dio_rpc_call *call, void *args)
{
	ns_locate_result r = { told(), (char *)(fake.locate ? fake.locate : own) };

	write_key(write_down(NS_LOCATE), args);
	if (!keep_silent(call))
		dio_rpc_reply(call, &r);
}

static void serve_check(struct dio_rpc_call *call, void *args)
{
	static dio_x_use uses[] = { { "target_cpu", 1, 0 }, { "wish", 1, 1 } };
	dio_x_check *a = args;
	dio_x_check_result r = {
		.status = told(), .stage = 2, .kind = SAFEX_KIND_MONITOR,
		.compiler = fake.no_host ? "" : "clang", .release = "6.12.0", .abi = 1, .features = 5,
		.used = 10, .asked = 20, .allowed = 30, .uses = { 2, uses },
	};
	struct fake_call *c = write_down(NS_CHECK);

	c->kind = a->kind;
	c->cd = a->cd;
	c->period = a->period;
	c->budget = a->budget;
	c->source = a->source.source_len;
	snprintf(c->name, sizeof(c->name), "%s/%s/%s", a->host, a->manager, a->name);
	strcpy(c->file, a->file);
	if (!keep_silent(call))
		dio_rpc_reply(call, &r);
}

static void serve_open(struct dio_rpc_call *call, void *args)
{
	sx_open_args *a = args;
	dio_x_attr attrs[DIO_X_ATTRS];
	sx_open_result r = { { fake.open_code, "", 0 }, { 0, attrs } };
	struct fake_call *c = write_down(1000 + SX_OPEN_CLASS);

	c->cd = a->cd;
	strcpy(c->name, a->manager);
	r.attrs.attrs_len = layout(attrs);
	if (keep_silent(call))
		return;
	if (fake.open_busy) {
		fake.open_busy--;
		r.status = (dio_x_status){ DIO_E_BUSY, "the loader", fake.retry_ms };
	}
	if (fake.no_fd || r.status.code)
		dio_rpc_reply(call, &r);
	else
		dio_rpc_reply_fd(call, &r, fake.short_fd ? empty_fd : class_fd);
}

#define PROC(number, args, result, handler)                                                        \
	{ number, #number, (xdrproc_t)xdr_##args, sizeof(args), (xdrproc_t)xdr_##result, handler,  \
	  sizeof(result) }

static const struct dio_rpc_proc dionisys_procs[] = {
	PROC(NS_INIT_APP, ns_init_args, ns_init_result, serve_init),
	PROC(NS_CREATE_SM, ns_create_args, ns_create_result, serve_sm),
	PROC(NS_CREATE_CLASS, ns_create_args, ns_create_result, serve_class),
	PROC(NS_CREATE_MONITOR, ns_create_args, ns_create_result, serve_monitor),
	PROC(NS_CREATE_HANDLER, ns_create_args, ns_create_result, serve_handler),
	PROC(NS_CREATE_CHANNEL, ns_create_args, ns_create_result, serve_channel),
	PROC(NS_DESTROY, ns_destroy_args, dio_x_status, serve_destroy),
	PROC(NS_END_APP, ns_destroy_args, dio_x_status, serve_end),
	PROC(NS_LIST_PAGE, ns_list_page_args, ns_list_page_result, serve_list_page),
	PROC(NS_RECORDS, dio_x_records_args, dio_x_records_result, serve_records),
	PROC(NS_REPLACE, ns_create_args, ns_replace_result, serve_replace),
	PROC(NS_VERSIONS, dio_x_key, ns_versions_result, serve_versions),
	PROC(NS_LOCATE, dio_x_key, ns_locate_result, serve_locate),
	{ NS_HOSTS, "NS_HOSTS", dio_xdr_void, 0, (xdrproc_t)xdr_ns_hosts_result, serve_hosts,
	  sizeof(ns_hosts_result) },
	PROC(NS_CHECK, dio_x_check, dio_x_check_result, serve_check),
};

static const struct dio_rpc_proc safexd_procs[] = {
	PROC(SX_OPEN_CLASS, sx_open_args, sx_open_result, serve_open),
};

#define N(a) (sizeof(a) / sizeof((a)[0]))

const struct dio_rpc_program fake_programs[FAKE_PROGRAMS] = {
	{ DIONISYS_PROG, DIONISYS_V1, dionisys_procs, N(dionisys_procs), NULL, true },
	{ SAFEXD_PROG, SAFEXD_V1, safexd_procs, N(safexd_procs), NULL, true },
};

void fake_procs_start(const char *own_address)
{
	own = own_address;
	class_fd = memfd_create("class", MFD_CLOEXEC);
	empty_fd = memfd_create("empty", MFD_CLOEXEC);
	assert_int_equal(ftruncate(class_fd, sysconf(_SC_PAGESIZE)), 0);
	fake.page = mmap(NULL, sizeof(*fake.page), PROT_READ | PROT_WRITE, MAP_SHARED, class_fd, 0);
	assert_ptr_not_equal(fake.page, MAP_FAILED);
	fake.page->abi = SAFEX_ABI;
}

void fake_procs_stop(void)
{
	while (n_unanswered)
		dio_rpc_refuse(unanswered[--n_unanswered], 5 /* SYSTEM_ERR */);
	munmap(fake.page, sizeof(*fake.page));
	close(class_fd);
	close(empty_fd);
}
