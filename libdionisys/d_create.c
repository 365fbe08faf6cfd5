/* SPDX-License-Identifier: GPL-2.0-only */
/* Managers, monitors, handlers and channels, and the way back. */
#include "d_lib.h"

#include <linux/safex.h>
#include <stdlib.h>
#include <string.h>
#include "dionisys_rpc.h"

int d_create(uint32_t proc, dio_x_spec *spec, ns_create_result *result, d_deadline deadline)
{
	const struct d_procedure create = { proc, (xdrproc_t)xdr_ns_create_args,
					    (xdrproc_t)xdr_ns_create_result };
	ns_create_args args = { .request = d_request_id(), .spec = *spec };
	int err;

	memset(result, 0, sizeof(*result));
	err = d_nameserver_call(&create, &args, result, deadline);
	if (err)
		return err;
	err = d_answer(&result->status);
	if (err)
		xdr_free((xdrproc_t)xdr_ns_create_result, result);
	return err;
}

static int create_and_forget(uint32_t proc, dio_x_spec *spec, int deadline_ms)
{
	ns_create_result result;
	int err;

	err = d_create(proc, spec, &result, d_deadline_of(deadline_ms));
	if (!err)
		xdr_free((xdrproc_t)xdr_ns_create_result, &result);
	return err;
}

/* What managers, monitors and handlers have in common; spec->key is set. */
static int create_from_source(uint32_t proc, dio_x_spec *spec, const char *file,
			      const DOptions_t *options)
{
	struct d_source source;
	int err;

	err = d_source_read(file, &source);
	if (err)
		return err;
	spec->key.second = "";
	spec->budget = options->budget_ns;
	spec->file = (char *)d_source_wire_name(file);
	spec->source.source_val = source.data;
	spec->source.source_len = source.length;
	err = create_and_forget(proc, spec, options->deadline_ms);
	free(source.data);
	return err;
}

static int check_period(const DOptions_t *options, const char *what)
{
	if (options->period_ns == 0)
		return d_fail(DIO_E_INVALID, "a %s needs a period: period_ns of the options is 0",
			      what);
	return 0;
}

int DxCreateSM(const char *sm_name, const char *src_file, const DOptions_t *o)
{
	dio_x_spec spec = { .key = { .kind = SAFEX_KIND_MANAGER, .name = (char *)sm_name } };
	struct dio_name name;
	DOptions_t options;
	int err;

	err = d_options(o, &options);
	if (!err)
		err = d_check_name("service manager", sm_name, false, &name);
	if (!err)
		err = check_period(&options, "service manager");
	if (err)
		return err;
	spec.period = options.period_ns;
	return create_from_source(NS_CREATE_SM, &spec, src_file, &options);
}

static int check_extension(DClass_descr_t cd, const char *what, const char *ext_name)
{
	struct dio_name name;
	int err;

	err = d_check_descriptor(cd);
	return err ? err : d_check_name(what, ext_name, true, &name);
}

int DxCreateMonitor(DClass_Descr_t cd, const char *mon_name, const char *src_file,
		    const DOptions_t *o)
{
	dio_x_spec spec = { .key = { SAFEX_KIND_MONITOR, cd, (char *)mon_name } };
	DOptions_t options;
	int err;

	err = d_options(o, &options);
	if (!err)
		err = check_extension(cd, "monitor", mon_name);
	if (!err)
		err = check_period(&options, "monitor");
	if (err)
		return err;
	spec.period = options.period_ns;
	return create_from_source(NS_CREATE_MONITOR, &spec, src_file, &options);
}

int DxCreateHandler(DClass_Descr_t cd, const char *hand_name, const char *src_file,
		    const DOptions_t *o)
{
	dio_x_spec spec = { .key = { SAFEX_KIND_HANDLER, cd, (char *)hand_name } };
	DOptions_t options;
	int err;

	err = d_options(o, &options);
	if (!err)
		err = check_extension(cd, "handler", hand_name);
	return err ? err : create_from_source(NS_CREATE_HANDLER, &spec, src_file, &options);
}

int DCreateSM(const char *sm_name, int period, const char *src_file)
{
	DOptions_t options = { .size = sizeof(options) };

	if (d_ticks(period, &options.period_ns))
		return -1;
	return DxCreateSM(sm_name, src_file, &options) ? -1 : 0;
}

int DCreateMonitor(DClass_Descr_t cd, const char *mon_name, int period, const char *mon_src_file)
{
	DOptions_t options = { .size = sizeof(options) };
	int err;

	err = d_ticks(period, &options.period_ns);
	return err ? err : DxCreateMonitor(cd, mon_name, mon_src_file, &options);
}

int DCreateHandler(DClass_Descr_t cd, const char *hand_name, const char *hand_src_file)
{
	return DxCreateHandler(cd, hand_name, hand_src_file, NULL);
}

static int check_channel(DClass_descr_t cd, const char *mon_name, const char *hand_name)
{
	struct dio_name name;
	int err;

	err = check_extension(cd, "monitor", mon_name);
	return err ? err : d_check_name("handler", hand_name, true, &name);
}

int DCreateEventChannel(DClass_Descr_t cd, const char *mon_name, const char *hand_name)
{
	dio_x_spec spec = { .key = { SAFEX_KIND_CHANNEL, cd, (char *)mon_name, (char *)hand_name },
			    .file = "" };
	int err;

	err = check_channel(cd, mon_name, hand_name);
	return err ? err : create_and_forget(NS_CREATE_CHANNEL, &spec, 0);
}

static int remove_object(uint32_t proc, const dio_x_key *key, d_deadline deadline)
{
	const struct d_procedure destroy = { proc, (xdrproc_t)xdr_ns_destroy_args,
					     (xdrproc_t)xdr_dio_x_status };
	ns_destroy_args args = { .request = d_request_id(), .key = *key };
	dio_x_status status = { 0 };
	int err;

	err = d_nameserver_call(&destroy, &args, &status, deadline);
	if (err)
		return err;
	err = d_answer(&status);
	xdr_free((xdrproc_t)xdr_dio_x_status, &status);
	return err;
}

int d_destroy(unsigned int kind, DClass_descr_t cd, const char *name, const char *second,
	      d_deadline deadline)
{
	const dio_x_key key = { kind, cd, (char *)name, (char *)second };

	return remove_object(NS_DESTROY, &key, deadline);
}

int DDestroySM(const char *sm_name)
{
	struct dio_name name;
	int err;

	err = d_check_name("service manager", sm_name, false, &name);
	return err ? err : d_destroy(SAFEX_KIND_MANAGER, 0, sm_name, "", d_deadline_of(0));
}

static int destroy_extension(unsigned int kind, DClass_descr_t cd, const char *what,
			     const char *ext_name)
{
	int err;

	err = check_extension(cd, what, ext_name);
	return err ? err : d_destroy(kind, cd, ext_name, "", d_deadline_of(0));
}

int DDestroyMonitor(DClass_Descr_t cd, const char *mon_name)
{
	return destroy_extension(SAFEX_KIND_MONITOR, cd, "monitor", mon_name);
}

int DDestroyHandler(DClass_Descr_t cd, const char *hand_name)
{
	return destroy_extension(SAFEX_KIND_HANDLER, cd, "handler", hand_name);
}

int DDestroyEventChannel(DClass_Descr_t cd, const char *mon_name, const char *hand_name)
{
	int err;

	err = check_channel(cd, mon_name, hand_name);
	return err ? err :
		     d_destroy(SAFEX_KIND_CHANNEL, cd, mon_name, hand_name, d_deadline_of(0));
}

int DendApp(DClass_Descr_t cd)
{
	const dio_x_key key = { SAFEX_KIND_NONE, cd, "", "" };
	int err;

	err = d_check_descriptor(cd);
	if (!err)
		err = remove_object(NS_END_APP, &key, d_deadline_of(0));
	if (!err)
		d_class_unmap_all(cd);
	return err;
}
