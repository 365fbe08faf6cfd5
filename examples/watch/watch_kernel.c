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

static int attach(const struct wt_run *run, struct wt_task *task)
{
	task->timeslice = attribute(run, task, "timeslice");
	task->violations = attribute(run, task, "violations");
	if (!task->timeslice || !task->violations)
		return -1;
	task->violations_before = *task->violations;
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
	if (run->dionisys && wt_kernel_refresh(run)) {
		fprintf(stderr, "dio-watch: no listing: %s\n", DErrorText());
		return -1;
	}
	for (i = 0; i < run->n_tasks; i++)
		run->tasks[i].before = run->tasks[i].counted;
	return 0;
}

uint64_t wt_kernel_missed(const struct wt_task *task)
{
	return task->violations ? (uint64_t)(*task->violations - task->violations_before) : 0;
}

struct wt_count wt_kernel_count(const struct wt_task *task)
{
	return (struct wt_count){ task->counted.windows - task->before.windows,
				  task->counted.missed - task->before.missed };
}

static int by_descriptor(const void *a, const void *b)
{
	const DEntry_t *x = a, *y = b;

	if (x->cd != y->cd)
		return x->cd < y->cd ? -1 : 1;
	return (int)x->kind - (int)y->kind;
}

static void take_class(struct wt_run *run, const DEntry_t *entry)
{
	unsigned int i;

	for (i = 0; i < run->n_tasks; i++)
		if (run->tasks[i].progress->cd == entry->cd)
			run->tasks[i].counted =
				(struct wt_count){ entry->windows, entry->violations };
}

int wt_kernel_refresh(struct wt_run *run)
{
	static DEntry_t all[4 * WT_EXTENSIONS];
	size_t found, i, n = 0;

	if (DList(0, 0, all, 4 * WT_EXTENSIONS, &found))
		return -1;
	for (i = 0; i < found && i < 4 * WT_EXTENSIONS; i++) {
		if (all[i].kind == KIND_CLASS)
			take_class(run, &all[i]);
		else if (n < WT_EXTENSIONS &&
			 (all[i].kind == KIND_MANAGER || all[i].kind == KIND_MONITOR ||
			  all[i].kind == KIND_HANDLER))
			run->extensions[n++] = all[i];
	}
	run->n_extensions = n;
	qsort(run->extensions, n, sizeof(run->extensions[0]), by_descriptor);
	return 0;
}

const char *wt_owner(const struct wt_run *run, const DEntry_t *entry)
{
	unsigned int i;

	for (i = 0; i < run->n_tasks && entry->cd; i++)
		if (run->tasks[i].progress->cd == entry->cd)
			return run->tasks[i].progress->name;
	return entry->cd ? "?" : "-";
}
