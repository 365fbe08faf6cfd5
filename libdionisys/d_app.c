/* SPDX-License-Identifier: GPL-2.0-only */
#include "d_lib.h"

#include <errno.h>
#include <string.h>
#include "dionisys_rpc.h"

/* The program's name in the form of a part of a name. */
static void application_name(char name[DIO_NAME_MAX])
{
	size_t i;

	strncpy(name, program_invocation_short_name, DIO_NAME_MAX - 1);
	name[DIO_NAME_MAX - 1] = '\0';
	for (i = 1; name[i]; i++) {
		char one[] = { 'a', name[i], '\0' };

		if (!dio_name_part_valid(one))
			name[i] = '_';
	}
	if (!dio_name_part_valid(name))
		strcpy(name, "application");
}

/* What a child has of its parent's classes is not its own. Whether this is one. */
static bool become_process(void)
{
	if (!d_check_fork())
		return false;
	d_class_unmap_all(0);
	d_set_forked(false);
	return true;
}

DClass_descr_t DinitApp(void)
{
	static const struct d_procedure init = { NS_INIT_APP, (xdrproc_t)xdr_ns_init_args,
						 (xdrproc_t)xdr_ns_init_result };
	char name[DIO_NAME_MAX];
	ns_init_args args = { .request = d_request_id(), .application = name };
	ns_init_result result = { 0 };
	bool child = become_process();
	DClass_descr_t cd = 0;

	application_name(name);
	if (!d_nameserver_call(&init, &args, &result, d_deadline_of(0))) {
		cd = d_answer(&result.status) ? 0 : result.cd;
		if (!cd && !result.status.code)
			d_fail(DIO_E_PROTOCOL, "the nameserver gave 0 as a class descriptor");
		xdr_free((xdrproc_t)xdr_ns_init_result, &result);
	}
	if (!cd && child)
		d_set_forked(true);
	return cd;
}
