/* SPDX-License-Identifier: GPL-2.0-only */
/* One answer of the nameserver to one call, without what the library does about it. */
#include "vt.h"

#include <dio_error.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "dio_rpc.h"
#include "dionisys_rpc.h"
#include <linux/safex.h>

#define ADDRESS		"unix:/run/dionisys/nameserver"
#define DEADLINE_MS	30000

static uint64_t new_request(void)
{
	uint64_t id = 0;

	return getrandom(&id, sizeof(id), 0) == sizeof(id) ? id : 0;
}

/* Of this process, as the library has one: of one user a server keeps so many only. */
static struct dio_rpc_wait *connection;

/* result: begins with its status. */
static int call(uint32_t proc, xdrproc_t xdr_args, void *args, xdrproc_t xdr_result, void *result,
		struct vt_answer *a)
{
	const dio_x_status *st = result;
	int err = -ENOMEM;

	if (!connection)
		connection = dio_rpc_wait_new(ADDRESS, DIONISYS_PROG, DIONISYS_V1);
	if (connection)
		err = dio_rpc_wait_call(connection, proc, xdr_args, args, xdr_result, result,
					DEADLINE_MS);

	*a = (struct vt_answer){ .code = err ? DIO_E_UNREACHABLE : st->code, .retry_ms = st->retry_ms };
	snprintf(a->text, sizeof(a->text), "%s", err ? strerror(-err) : st->message);
	return a->code;
}

int vt_raw_init(DClass_descr_t *cd, struct vt_answer *a)
{
	ns_init_args args = { .request = new_request(), .application = "raw" };
	ns_init_result r = { 0 };

	call(NS_INIT_APP, (xdrproc_t)xdr_ns_init_args, &args, (xdrproc_t)xdr_ns_init_result, &r, a);
	*cd = r.cd;
	xdr_free((xdrproc_t)xdr_ns_init_result, &r);
	return a->code;
}

static int create(uint32_t proc, dio_x_spec *spec, struct vt_answer *a)
{
	ns_create_args args = { .request = new_request(), .spec = *spec };
	ns_create_result r = { 0 };

	call(proc, (xdrproc_t)xdr_ns_create_args, &args, (xdrproc_t)xdr_ns_create_result, &r, a);
	xdr_free((xdrproc_t)xdr_ns_create_result, &r);
	return a->code;
}

int vt_raw_class(DClass_descr_t cd, const char *manager, const DAttr_t *attrs, const DOptions_t *o,
		 struct vt_answer *a)
{
	dio_x_attr wire[8];
	dio_x_spec spec = { .key = { SAFEX_KIND_CLASS, cd, (char *)manager, "" }, .file = "",
			    .attrs.attrs_val = wire, .pid = o->pid };
	u_int n = 0;

	for (; attrs[n].name; n++)
		wire[n] = (dio_x_attr){ .name = (char *)attrs[n].name, .value = attrs[n].value,
					.rights = DATTR_DEFAULT };
	spec.attrs.attrs_len = n;
	return create(NS_CREATE_CLASS, &spec, a);
}

int vt_raw_monitor(DClass_descr_t cd, const char *name, const char *file, const DOptions_t *o,
		   struct vt_answer *a)
{
	char source[4096];
	dio_x_spec spec = { .key = { SAFEX_KIND_MONITOR, cd, (char *)name, "" }, .file = (char *)file,
			    .period = o->period_ns, .budget = o->budget_ns,
			    .source.source_val = source };
	FILE *f = fopen(file, "re");

	if (!f)
		return a->code = DIO_E_INVALID;
	spec.source.source_len = (u_int)fread(source, 1, sizeof(source), f);
	fclose(f);
	return create(NS_CREATE_MONITOR, &spec, a);
}
