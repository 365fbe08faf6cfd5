/* SPDX-License-Identifier: GPL-2.0-only */
#include "watch.h"

#include <stdlib.h>
#include <string.h>

#define KIND_MANAGER	1
#define KIND_CLASS	3
#define KIND_MONITOR	4
#define KIND_HANDLER	5

static const volatile int64_t *attribute(const struct wt_run *run, const struct wt_task *task,
					 const char *name)
{
	const volatile int64_t *ref = DAttrRef(task->progress->cd, run->manager, name);

	if (!ref)
		fprintf(stderr, "dio-watch: attribute %s of %s: %s\n", name, task->progress->name,
			DErrorText());
	return ref;
}

/* Periods that safex has judged: those in which the process wanted the CPU throughout. */
static int judged(const struct wt_task *task, struct wt_count *count)
{
	DEntry_t entry;
	size_t found;

	if (DList(task->progress->cd, KIND_CLASS, &entry, 1, &found) || !found) {
		fprintf(stderr, "dio-watch: class of %s: %s\n", task->progress->name,
			DErrorText());
		return -1;
	}
	count->windows = entry.windows;
	count->missed = entry.violations;
	return 0;
}

static int attach(const struct wt_run *run, struct wt_task *task)
{
	struct wt_count before;

	task->timeslice = attribute(run, task, "timeslice");
	task->violations = attribute(run, task, "violations");
	if (!task->timeslice || !task->violations || judged(task, &before))
		return -1;
	task->judged_before = before.windows;
	task->violations_before = (int64_t)before.missed;
	return 0;
}

int wt_kernel_attach(struct wt_run *run)
{
	unsigned int i;

	for (i = 0; i < run->n_tasks; i++) {
		if (!run->tasks[i].progress->cd)
			continue;
		run->dionisys = true;
		if (attach(run, &run->tasks[i]))
			return -1;
	}
	return 0;
}

uint64_t wt_kernel_missed(const struct wt_task *task)
{
	return task->violations ? (uint64_t)(*task->violations - task->violations_before) : 0;
}

struct wt_count wt_kernel_count(const struct wt_task *task)
{
	struct wt_count count = { 0, 0 };

	if (task->violations && !judged(task, &count)) {
		count.windows -= task->judged_before;
		count.missed -= (uint64_t)task->violations_before;
	}
	return count;
}

static int by_descriptor(const void *a, const void *b)
{
	const DEntry_t *x = a, *y = b;

	if (x->cd != y->cd)
		return x->cd < y->cd ? -1 : 1;
	return (int)x->kind - (int)y->kind;
}

size_t wt_kernel_extensions(DEntry_t entries[WT_EXTENSIONS])
{
	DEntry_t all[2 * WT_EXTENSIONS];
	size_t found, i, n = 0;

	if (DList(0, 0, all, 2 * WT_EXTENSIONS, &found))
		return 0;
	for (i = 0; i < found && i < 2 * WT_EXTENSIONS && n < WT_EXTENSIONS; i++)
		if (all[i].kind == KIND_MANAGER || all[i].kind == KIND_MONITOR ||
		    all[i].kind == KIND_HANDLER)
			entries[n++] = all[i];
	qsort(entries, n, sizeof(entries[0]), by_descriptor);
	return n;
}

const char *wt_owner(const struct wt_run *run, const DEntry_t *entry)
{
	unsigned int i;

	for (i = 0; i < run->n_tasks && entry->cd; i++)
		if (run->tasks[i].progress->cd == entry->cd)
			return run->tasks[i].progress->name;
	return entry->cd ? "?" : "-";
}
