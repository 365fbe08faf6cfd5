/* SPDX-License-Identifier: GPL-2.0-only */
#include "ctl_list.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <dionisys.h>

#include "ctl.h"

#define ROOM	512	/* entries at first */

enum { MANAGER = 1, CLASS = 3, MONITOR, HANDLER, CHANNEL, KINDS };

static DEntry_t *entries;	/* until exit */

/* All there are: what has come since the last try is among the next. */
static int fetch(uint64_t cd, unsigned int kind, size_t *n)
{
	size_t room = ROOM;

	for (;;) {
		free(entries);
		entries = calloc(room, sizeof(*entries));
		if (!entries) {
			fprintf(stderr, "dionisysctl: out of memory\n");
			return 1;
		}
		if (DList(cd, kind, entries, room, n))
			return ctl_say();
		if (*n <= room)
			return 0;
		room = *n + ROOM;
	}
}

static void print_counters(const DEntry_t *e)
{
	double mean = e->runs ? (double)e->time_sum / (double)e->runs / 1e3 : 0.0;

	printf(" %9" PRIu64 " %7.2f %7.2f %6" PRIu64, e->runs, mean, (double)e->time_max / 1e3,
	       e->aborts);
}

/* Of the main thread, which alone is covered. */
static void print_contract(const DEntry_t *e)
{
	if (e->contract != DCONTRACT_NONE)
		printf(" %s,", DContractText(e->contract, e->why));
	printf(" %" PRIu64 " of %" PRIu64 " periods missed", e->violations, e->windows);
	if (e->pid)
		printf(", process %d %s", (int)e->pid, e->program);
}

static void print_entry(const DEntry_t *e)
{
	printf("%016" PRIx64 " %-7s %-18.40s", e->cd, ctl_kind_name(e->kind), e->name);
	if (e->kind == CHANNEL)
		printf(" -> %.40s", e->second);
	printf(" %3s", e->active ? "yes" : "no");
	if (e->kind == CLASS)
		print_contract(e);
	else if (e->kind != CHANNEL)
		print_counters(e);
	putchar('\n');
}

int ctl_list(char **args)
{
	unsigned int kind = 0;
	size_t n, i;

	if (args[0] && !strcmp(args[0], "-k")) {
		kind = args[1] ? ctl_kind(args[1]) : 0;
		if (!kind) {
			fprintf(stderr, "dionisysctl: -k takes manager, class, monitor, handler or"
					" channel\n");
			return 2;
		}
		args += 2;
	}
	if (fetch(args[0] ? ctl_descriptor(args[0]) : 0, kind, &n))
		return 1;
	printf("%-16s %-7s %-18s %3s %9s %7s %7s %6s\n", "descriptor", "kind", "name", "on",
	       "runs", "mean us", "max us", "aborts");
	for (i = 0; i < n; i++)
		print_entry(&entries[i]);
	return 0;
}

struct totals {
	unsigned int n[KINDS], active[KINDS], apps;
	uint64_t aborts, exceptions, refused, windows, violations;
};

static void add(struct totals *t, const DEntry_t *e, size_t at)
{
	if (e->kind >= KINDS)
		return;
	t->n[e->kind]++;
	t->active[e->kind] += e->active != 0;
	t->aborts += e->aborts;
	t->exceptions += e->exceptions;
	t->refused += e->refused;
	t->windows += e->windows;
	t->violations += e->violations;
	/* Those of an application are told one after another. */
	t->apps += e->cd && (!at || entries[at - 1].cd != e->cd);
}

int ctl_status(char **args)
{
	static const unsigned int kinds[] = { MANAGER, CLASS, MONITOR, HANDLER, CHANNEL };
	struct totals t = { 0 };
	size_t n, i;

	(void)args;
	if (fetch(0, 0, &n))
		return 1;
	for (i = 0; i < n; i++)
		add(&t, &entries[i], i);
	printf("nameserver answers; %u applications have objects\n", t.apps);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		printf("%-8s %4u, of which %u run\n", ctl_kind_name(kinds[i]), t.n[kinds[i]],
		       t.active[kinds[i]]);
	printf("contracts: %" PRIu64 " of %" PRIu64 " periods missed\n", t.violations, t.windows);
	printf("extensions: %" PRIu64 " aborts, %" PRIu64 " exceptions, %" PRIu64
	       " writes refused\n", t.aborts, t.exceptions, t.refused);
	return 0;
}

static int destroy(unsigned int kind, char **args)
{
	uint64_t cd;

	if (kind == MANAGER)
		return DDestroySM(args[0]);
	cd = ctl_descriptor(args[0]);
	switch (kind) {
	case CLASS:
		return DDestroyAttrClass(cd, args[1]);
	case MONITOR:
		return DDestroyMonitor(cd, args[1]);
	case HANDLER:
		return DDestroyHandler(cd, args[1]);
	default:
		return DDestroyEventChannel(cd, args[1], args[2]);
	}
}

int ctl_destroy(char **args)
{
	static const int wanted[KINDS] = {
		[MANAGER] = 1, [CLASS] = 2, [MONITOR] = 2, [HANDLER] = 2, [CHANNEL] = 3,
	};
	unsigned int kind = ctl_kind(args[0]);
	int n = 0;

	while (args[1 + n])
		n++;
	if (!kind || n != wanted[kind]) {
		fprintf(stderr, "dionisysctl: destroy manager NAME, destroy class|monitor|handler CD"
				" NAME, or\ndestroy channel CD MONITOR HANDLER\n");
		return 2;
	}
	return destroy(kind, args + 1) ? ctl_say() : 0;
}
