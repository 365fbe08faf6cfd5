/* SPDX-License-Identifier: GPL-2.0-only */
#include "ctl_list.h"

#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <dionisys.h>

#include "ctl.h"
#include "ctl_entries.h"
#include "ctl_hosts.h"
#include "ctl_version.h"

struct ctl_option ctl_list_options[] = { { .name = "-k", .has_value = true }, { 0 } };

static void print_counters(const DEntry_t *e)
{
	double mean = e->runs ? (double)e->time_sum / (double)e->runs / 1e3 : 0.0;

	printf(" %9" PRIu64 " %7.2f %7.2f %6" PRIu64, e->runs, mean, (double)e->time_max / 1e3,
	       e->aborts);
}

static void print_versions(const DEntry_t *e)
{
	if (e->previous)
		printf("  version %u, on probation", e->version);
	else if (e->failed)
		printf("  version %u, went back from %u: %s", e->version, e->failed,
		       ctl_cause(e->cause));
	else if (e->version > 1)
		printf("  version %u", e->version);
}

static void print_contract(const DEntry_t *e)
{
	if (e->contract != DCONTRACT_NONE)
		printf(" %s,", DContractText(e->contract, e->why));
	else if (e->pid && !e->active)
		printf(" not in force,");
	printf(" %" PRIu64 " of %" PRIu64 " periods missed", e->violations, e->windows);
}

/* Its main thread alone is covered. */
static void print_process(const DEntry_t *e)
{
	const struct passwd *pw = getpwuid(e->user);

	printf(", process %d %s of ", (int)e->pid, e->program);
	if (pw)
		printf("%s", pw->pw_name);
	else
		printf("user %u", (unsigned int)e->user);
}

static void print_state(const DEntry_t *e)
{
	printf(" %3s", e->active ? "yes" : "no");
	if (e->kind == CTL_CLASS)
		print_contract(e);
	else if (e->kind != CTL_CHANNEL)
		print_counters(e);
	print_versions(e);
}

static void print_entry(const DEntry_t *e)
{
	printf("%016" PRIx64 " %-7s %-18.40s", e->cd, ctl_kind_name(e->kind), e->name);
	if (e->kind == CTL_CHANNEL)
		printf(" -> %.40s", e->second);
	if (e->unknown)
		printf(" unknown");
	else
		print_state(e);
	if (e->pid)
		print_process(e);
	putchar('\n');
}

/* Lines about hosts that do not answer. 0, CTL_UNKNOWN or CTL_FAILED. */
static int print_hosts(const DEntry_t *entries, size_t n, bool all)
{
	int code = ctl_hosts_print(all);
	size_t unknown = 0;

	for (size_t i = 0; i < n; i++)
		unknown += entries[i].unknown != 0;
	if (code || !unknown)
		return code;
	printf("%zu of these have a host that the nameserver does not know, or that has just begun"
	       " to answer\n", unknown);
	return CTL_UNKNOWN;
}

int ctl_list(char **args)
{
	const char *kind_name = ctl_list_options[0].value;
	unsigned int kind = kind_name ? ctl_kind(kind_name) : 0;
	const DEntry_t *entries;
	size_t n, i;
	int code;

	if (kind_name && !kind) {
		fprintf(stderr, "dionisysctl: -k takes manager, class, monitor, handler or channel\n");
		return CTL_USAGE;
	}
	entries = ctl_entries(args[0] ? ctl_descriptor(args[0]) : 0, kind, &n);
	code = entries ? print_hosts(entries, n, false) : CTL_FAILED;
	if (code == CTL_FAILED)
		return code;
	printf("%-16s %-7s %-18s %3s %9s %7s %7s %6s\n", "descriptor", "kind", "name", "on",
	       "runs", "mean us", "max us", "aborts");
	for (i = 0; i < n; i++)
		print_entry(&entries[i]);
	return code;
}

struct totals {
	unsigned int n[CTL_KINDS], active[CTL_KINDS], unknown[CTL_KINDS], apps;
	uint64_t aborts, exceptions, refused, windows, violations;
};

static void add(struct totals *t, const DEntry_t *e, uint64_t cd_before)
{
	if (e->kind >= CTL_KINDS)
		return;
	t->n[e->kind]++;
	t->active[e->kind] += e->active != 0;
	t->unknown[e->kind] += e->unknown != 0;
	t->aborts += e->aborts;
	t->exceptions += e->exceptions;
	t->refused += e->refused;
	t->windows += e->windows;
	t->violations += e->violations;
	/* Those of an application are told one after another. */
	t->apps += e->cd && e->cd != cd_before;
}

static void print_kinds(const struct totals *t)
{
	static const unsigned int kinds[] = { CTL_MANAGER, CTL_CLASS, CTL_MONITOR, CTL_HANDLER,
					      CTL_CHANNEL };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		unsigned int kind = kinds[i];

		printf("%-8s %4u, of which %u run", ctl_kind_name(kind), t->n[kind], t->active[kind]);
		if (t->unknown[kind])
			printf(", %u are not known", t->unknown[kind]);
		putchar('\n');
	}
}

/* What a sum is of; NULL: nothing of it is known. */
static const char *sum_of(unsigned int n, unsigned int unknown)
{
	if (n && n == unknown)
		return NULL;
	return unknown ? ", of those that are known" : "";
}

static void print_sums(const struct totals *t)
{
	const unsigned int *n = t->n, *no = t->unknown;
	const char *contracts = sum_of(n[CTL_CLASS], no[CTL_CLASS]);
	const char *extensions = sum_of(n[CTL_MANAGER] + n[CTL_MONITOR] + n[CTL_HANDLER],
					no[CTL_MANAGER] + no[CTL_MONITOR] + no[CTL_HANDLER]);

	if (contracts)
		printf("contracts: %" PRIu64 " of %" PRIu64 " periods missed%s\n", t->violations,
		       t->windows, contracts);
	else
		printf("contracts: not known\n");
	if (extensions)
		printf("extensions: %" PRIu64 " aborts, %" PRIu64 " exceptions, %" PRIu64
		       " writes refused%s\n", t->aborts, t->exceptions, t->refused, extensions);
	else
		printf("extensions: not known\n");
}

int ctl_status(char **args)
{
	struct totals t = { 0 };
	const DEntry_t *entries;
	size_t n, i;
	int code;

	(void)args;
	entries = ctl_entries(0, 0, &n);
	if (!entries)
		return CTL_FAILED;
	for (i = 0; i < n; i++)
		add(&t, &entries[i], i ? entries[i - 1].cd : 0);
	printf("nameserver answers; %u applications have objects\n", t.apps);
	code = print_hosts(entries, n, true);
	if (code == CTL_FAILED)
		return code;
	print_kinds(&t);
	print_sums(&t);
	return code;
}

static int destroy(unsigned int kind, char **args)
{
	uint64_t cd;

	if (kind == CTL_MANAGER)
		return DDestroySM(args[0]);
	cd = ctl_descriptor(args[0]);
	switch (kind) {
	case CTL_CLASS:
		return DDestroyAttrClass(cd, args[1]);
	case CTL_MONITOR:
		return DDestroyMonitor(cd, args[1]);
	case CTL_HANDLER:
		return DDestroyHandler(cd, args[1]);
	default:
		return DDestroyEventChannel(cd, args[1], args[2]);
	}
}

int ctl_destroy(char **args)
{
	static const int wanted[CTL_KINDS] = {
		[CTL_MANAGER] = 1, [CTL_CLASS] = 2, [CTL_MONITOR] = 2, [CTL_HANDLER] = 2,
		[CTL_CHANNEL] = 3,
	};
	unsigned int kind = ctl_kind(args[0]);
	int n = 0;

	while (args[1 + n])
		n++;
	if (!kind || n != wanted[kind]) {
		fprintf(stderr, "usage: dionisysctl destroy manager NAME, destroy class|monitor|handler CD"
				" NAME,\n    or destroy channel CD MONITOR HANDLER\n");
		if (kind)
			fprintf(stderr, "dionisysctl: destroy %s was given %d arguments\n", args[0], n);
		else
			fprintf(stderr, "dionisysctl: destroy has no kind \"%.40s\"\n", args[0]);
		return CTL_USAGE;
	}
	return destroy(kind, args + 1) ? ctl_say() : 0;
}
