/* SPDX-License-Identifier: GPL-2.0-only */
#include "ns_core.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <event2/event.h>

#include "dio_clock.h"
#include "ns_internal.h"
#include "ns_process.h"
#include "ns_watch.h"

uint64_t ns_now(void)
{
	return dio_clock_ns(CLOCK_REALTIME);
}

uint64_t ns_now_boot(void)
{
	return dio_clock_ns(CLOCK_BOOTTIME);
}

uint64_t ns_request_new(void)
{
	uint64_t r = 0;

	while (!r)
		if (getrandom(&r, sizeof(r), 0) != sizeof(r))
			r = 0;
	return r;
}

struct ns *ns_new(struct event_base *base, struct ns_store *store, const struct ns_policy *policy)
{
	struct ns *ns = calloc(1, sizeof(*ns));

	if (!ns)
		return NULL;
	ns->index = ns_index_new();
	if (!ns->index) {
		free(ns);
		return NULL;
	}
	ns->base = base;
	ns->store = store;
	ns->policy = *policy;
	ns_process_boot(ns->boot);
	ns->started = ns_now_boot();
	TAILQ_INIT(&ns->ops);
	return ns;
}

struct ns_safexd *ns_host(struct ns *ns, const char *name)
{
	unsigned int i;

	for (i = 0; i < ns->n_hosts; i++)
		if (!strcmp(ns_safexd_name(ns->host[i]), name))
			return ns->host[i];
	return NULL;
}

static int host_may_be(struct ns *ns, const char *name, const char *address)
{
	if (!dio_name_part_valid(name) || strlen(address) > DIO_X_ADDRESS)
		return -EINVAL;
	if (ns_host(ns, name))
		return -EEXIST;
	return ns->n_hosts == NS_HOSTS_MAX ? -ENOSPC : 0;
}

int ns_add_host(struct ns *ns, const char *name, const char *address,
		const struct ns_link_ops *ops, void *link)
{
	struct ns_safexd *h = NULL;
	int err = host_may_be(ns, name, address);

	if (!err) {
		h = ns_safexd_new(ns, name, address, ops, link);
		err = h ? 0 : -ENOMEM;
	}
	if (err)
		ops->close(link);
	else
		ns->host[ns->n_hosts++] = h;
	return err;
}

int ns_start(struct ns *ns)
{
	unsigned int i;
	int err = ns_index_start(ns);

	if (!err)
		err = (ns->requests = ns_requests_new(ns->store, ns->started)) ? 0 : -ENOMEM;
	if (!err)
		err = ns_watch_start(ns);
	if (!err)
		err = ns_drop_start(ns);
	if (!err)
		err = ns_audit_start(ns);
	if (!err)
		err = ns_sweep_start(ns);
	if (err)
		return err;
	ns_watch_all(ns);
	for (i = 0; i < ns->n_hosts; i++)
		ns_safexd_start(ns->host[i]);
	return 0;
}

void ns_free(struct ns *ns)
{
	unsigned int i;

	if (!ns)
		return;
	ns->closing = true;
	ns_watch_stop(ns);
	for (i = 0; i < ns->n_hosts; i++)
		ns_safexd_close(ns->host[i]);
	ns_audit_flush(ns);
	ns_store_drain(ns->store);
	for (i = 0; i < ns->n_hosts; i++)
		ns_safexd_free(ns->host[i]);
	if (ns->audit_timer)
		event_free(ns->audit_timer);
	ns_sweep_stop(ns);
	ns_drop_stop(ns);
	ns_index_free(ns->index);
	ns_requests_free(ns->requests);
	ns_store_close(ns->store);
	free(ns);
}
