/* SPDX-License-Identifier: GPL-2.0-only */
/* The nameserver's hosts, and whether they answer. */
#include "d_lib.h"

#include <string.h>
#include "dio_rpc.h"
#include "dionisys_rpc.h"

_Static_assert(sizeof(((DHost_t *)0)->name) == DIO_X_PART + 1, "room for a name");
_Static_assert(sizeof(((DHost_t *)0)->why) == DIO_X_WHY + 1, "room for a reason");

static void convert(const ns_host_state *from, DHost_t *to)
{
	memset(to, 0, sizeof(*to));
	strcpy(to->name, from->name);
	to->state = from->state;
	to->boot = from->boot;
	strcpy(to->why, from->why);
}

int DHosts(DHost_t *hosts, size_t n, size_t *found)
{
	static const struct d_procedure proc = { NS_HOSTS, (xdrproc_t)dio_xdr_void,
						 (xdrproc_t)xdr_ns_hosts_result };
	ns_hosts_result result = { 0 };
	size_t i;
	int err;

	if (!found || (n && !hosts))
		return d_fail(DIO_E_INVALID, "there is no place for the hosts: NULL");
	err = d_nameserver_call(&proc, NULL, &result, d_deadline_of(0));
	if (err)
		return err;
	err = d_answer(&result.status);
	if (!err) {
		*found = result.hosts.hosts_len;
		for (i = 0; i < *found && i < n; i++)
			convert(&result.hosts.hosts_val[i], &hosts[i]);
	}
	xdr_free((xdrproc_t)xdr_ns_hosts_result, &result);
	return err;
}
