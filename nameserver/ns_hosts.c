/* SPDX-License-Identifier: GPL-2.0-only */
/* Which hosts there are, and whether their safexd answers now. */
#include "ns_internal.h"

#include <stdio.h>
#include <stdlib.h>

struct asking {
	struct ns   *ns;
	unsigned int left;	/* hosts that have not answered, and the caller itself */
	ns_hosted   *hosted;
	void	    *arg;
};

static void fail(ns_hosted *hosted, void *arg, enum dio_error code, char *message)
{
	ns_hosts_result r = { .status = { code, message, 0 } };

	hosted(arg, &r);
}

static void tell(struct asking *a)
{
	static char why[NS_HOSTS_MAX][DIO_X_WHY + 1];
	static ns_host_state host[NS_HOSTS_MAX];
	ns_hosts_result r = { { DIO_E_OK, "", 0 }, { a->ns->n_hosts, host } };
	const char *reason;

	for (unsigned int i = 0; i < a->ns->n_hosts; i++) {
		const struct ns_safexd *h = a->ns->host[i];

		host[i] = (ns_host_state){
			.name = (char *)ns_safexd_name(h), .state = ns_safexd_is(h, &reason),
			.boot = ns_safexd_boot(h), .why = why[i],
		};
		snprintf(why[i], sizeof(why[i]), "%.*s", DIO_X_WHY, reason);
	}
	a->hosted(a->arg, &r);
	free(a);
}

/* What it reported does not matter: that it has failed is in the host's state by now. */
static void reported(void *arg, const struct dio_status *st, const struct ns_live *live, size_t n)
{
	struct asking *a = arg;

	(void)st;
	(void)live;
	(void)n;
	if (!--a->left)
		tell(a);
}

void ns_hosts(struct ns *ns, const struct ns_principal *who, ns_hosted *hosted, void *arg)
{
	struct asking *a;

	if (!who->local) {
		fail(hosted, arg, DIO_E_DENIED, "hosts are told to processes of this host only");
		return;
	}
	a = malloc(sizeof(*a));
	if (!a) {
		fail(hosted, arg, DIO_E_NO_MEMORY, "the nameserver is out of memory");
		return;
	}
	*a = (struct asking){ ns, 1, hosted, arg };
	for (unsigned int i = 0; i < ns->n_hosts; i++)
		if (ns_safexd_ready(ns->host[i])) {
			a->left++;
			ns_safexd_report(ns->host[i], NS_REPORT_KEEP_MS, reported, a);
		}
	if (!--a->left)
		tell(a);
}
