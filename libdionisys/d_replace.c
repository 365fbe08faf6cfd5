/* SPDX-License-Identifier: GPL-2.0-only */
/* New versions of monitors and handlers, and what became of them. */
#include "d_lib.h"

#include <linux/safex.h>
#include <stdlib.h>
#include <string.h>
#include "dionisys_rpc.h"

_Static_assert(sizeof(((DVersion_t *)0)->file) == DIO_X_FILE + 1, "room for a file's name");

static int check(DClass_descr_t cd, const char *name)
{
	struct dio_name parsed;
	int err = d_check_descriptor(cd);

	return err ? err : d_check_name("monitor or handler", name, true, &parsed);
}

static int ask_replace(dio_x_spec *spec, DReplaced_t *out, d_deadline deadline)
{
	static const struct d_procedure replace = { NS_REPLACE, (xdrproc_t)xdr_ns_create_args,
						    (xdrproc_t)xdr_ns_replace_result };
	ns_create_args args = { .request = d_request_id(), .spec = *spec };
	ns_replace_result result = { 0 };
	int err;

	err = d_nameserver_call(&replace, &args, &result, deadline);
	if (err)
		return err;
	err = d_answer(&result.status);
	if (!err && out)
		*out = (DReplaced_t){ .version = result.number, .kept = result.kept };
	xdr_free((xdrproc_t)xdr_ns_replace_result, &result);
	return err;
}

int DReplace(DClass_Descr_t cd, const char *name, const char *src_file, const DOptions_t *o,
	     DReplaced_t *out)
{
	/* Of a handler, too: the nameserver knows which it is. */
	dio_x_spec spec = { .key = { SAFEX_KIND_MONITOR, cd, (char *)name, "" } };
	struct d_source source;
	DOptions_t options;
	int err;

	err = d_options(o, &options);
	if (!err)
		err = check(cd, name);
	if (!err)
		err = d_source_read(src_file, &source);
	if (err)
		return err;
	spec.period = options.period_ns;
	spec.budget = options.budget_ns;
	spec.probation = options.probation_ns;
	spec.file = (char *)d_source_wire_name(src_file);
	spec.source.source_val = source.data;
	spec.source.source_len = source.length;
	err = ask_replace(&spec, out, d_deadline_of(options.deadline_ms));
	free(source.data);
	return err;
}

static void convert(const ns_version *from, DVersion_t *to)
{
	memset(to, 0, sizeof(*to));
	to->version = from->number;
	to->state = from->state;
	to->kept = from->kept;
	to->cause = from->cause;
	to->period = from->period;
	to->budget = from->budget;
	to->created = from->created;
	strcpy(to->file, from->file);
	if (from->digest.digest_len == sizeof(to->digest))
		memcpy(to->digest, from->digest.digest_val, sizeof(to->digest));
}

int DVersions(DClass_Descr_t cd, const char *name, DVersion_t *versions, size_t n, size_t *found)
{
	static const struct d_procedure proc = { NS_VERSIONS, (xdrproc_t)xdr_dio_x_key,
						 (xdrproc_t)xdr_ns_versions_result };
	dio_x_key key = { SAFEX_KIND_MONITOR, cd, (char *)name, "" };
	ns_versions_result result = { 0 };
	size_t i;
	int err;

	if (!found || (n && !versions))
		return d_fail(DIO_E_INVALID, "there is no place for the versions: NULL");
	err = check(cd, name);
	if (!err)
		err = d_nameserver_call(&proc, &key, &result, d_deadline_of(0));
	if (err)
		return err;
	err = d_answer(&result.status);
	if (!err) {
		*found = result.versions.versions_len;
		for (i = 0; i < *found && i < n; i++)
			convert(&result.versions.versions_val[i], &versions[i]);
	}
	xdr_free((xdrproc_t)xdr_ns_versions_result, &result);
	return err;
}
