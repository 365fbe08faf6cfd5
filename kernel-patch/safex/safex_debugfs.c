// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/debug/safex: how many objects there are, and how many are alive
 * (someone may still use what was destroyed), and how long all programs may take
 * at once; then one line for each, in the order in which they were made, so
 * parents come before what is theirs.  Times in ns.  For people; programs use
 * SAFEX_IOC_STAT.
 */
#include <linux/debugfs.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include "safex_internal.h"

static struct dentry *safex_debugfs;

/*
 * *pos is the id of what is shown, 0 the headline; the mutex is held between
 * start and stop.
 */
static void *safex_debug_next(struct seq_file *file, void *obj, loff_t *pos)
{
	struct safex_object o = { .id = *pos };

	*pos = U32_MAX;
	if (safex_obj_next(&o))
		return NULL;
	*pos = o.id;
	return safex_obj_find(SAFEX_KIND_NONE, o.id);
}

/* What was to be shown next may be gone by now. */
static void *safex_debug_start(struct seq_file *file, loff_t *pos)
{
	struct safex_obj *obj = NULL;

	mutex_lock(&safex_mutex);
	if (!*pos)
		return SEQ_START_TOKEN;
	if (*pos < U32_MAX)
		obj = safex_obj_find(SAFEX_KIND_NONE, *pos);
	return obj || *pos >= U32_MAX ? obj : safex_debug_next(file, NULL, pos);
}

static void safex_debug_stop(struct seq_file *file, void *obj)
{
	mutex_unlock(&safex_mutex);
}

static void safex_debug_account(struct seq_file *file,
				const struct safex_account *a)
{
	seq_printf(file,
		   " runs=%llu mean=%llu max=%llu aborts=%llu exceptions=%llu caught=%u refused=%llu events=%llu",
		   a->runs, a->runs ? div64_u64(a->time_sum, a->runs) : 0,
		   a->time_max, a->aborts, a->exceptions, a->caught, a->refused,
		   a->events);
}

/* Whether a timer is set for it, see safex_program.c; 1 also without one. */
static void safex_debug_program(struct seq_file *file,
				const struct safex_program *p)
{
	seq_printf(file, " timer=%d", !p->ends);
}

static void safex_debug_manager(struct seq_file *file, struct safex_manager *m)
{
	seq_printf(file,
		   "manager %u %s active=%d period=%llu budget=%llu classes=%u queued=%u dropped=%llu",
		   m->obj.id, m->name, !!m->ops, m->period, m->budget,
		   m->n_classes, safex_queue_length(m), m->queue.dropped);
	safex_debug_program(file, &m->program);
	safex_debug_account(file, &m->account);
}

static void safex_debug_class(struct seq_file *file, struct safex_class *cls)
{
	struct safex_cpu *cpu = &cls->cpu;
	u64 judged, violations;

	safex_window_stat(cpu, &judged, &violations);
	rcu_read_lock();	/* the main thread may become another one */
	seq_printf(file,
		   "class %u cd=0x%llx manager=%u pid=%d target=%llu period=%llu share_ppm=%lld extensions=%u windows=%llu violations=%llu cpu=%llu charged=%llu refused=%llu",
		   cls->obj.id, cls->cd, cls->manager->obj.id,
		   cpu->task ? cpu->task->pid : 0, cpu->target, cpu->period,
		   cls->share_ppm, cls->n_exts, judged, violations,
		   safex_cpu_time(cpu), cpu->charged, cls->refused);
	rcu_read_unlock();
}

static void safex_debug_ext(struct seq_file *file, struct safex_ext *ext)
{
	seq_printf(file,
		   "%s %u %s class=%u active=%d period=%llu budget=%llu reserved=%llu",
		   ext->obj.kind == SAFEX_KIND_MONITOR ? "monitor" : "handler",
		   ext->obj.id, ext->name, ext->cls->obj.id,
		   ext->activated, ext->period, ext->budget,
		   ext->time);
	safex_debug_program(file, &ext->program);
	safex_debug_account(file, &ext->account);
}

/* The figures are those of different moments: no pass waits for this. */
static int safex_debug_show(struct seq_file *file, void *arg)
{
	struct safex_obj *obj = arg;
	struct safex_manager *m;

	if (arg == SEQ_START_TOKEN) {
		seq_printf(file, "objects=%u alive=%u pass=%llu\n",
			   safex_obj_count(), safex_obj_alive(),
			   safex_admitted_pass());
		return 0;
	}
	switch (obj->kind) {
	case SAFEX_KIND_MANAGER:
		safex_debug_manager(file, safex_manager_of(obj));
		break;
	case SAFEX_KIND_GUARD:
		m = safex_guard_owner(obj);
		seq_printf(file, "guard %u manager=%u active=%d", obj->id,
			   m->obj.id, !!m->guard.ops);
		safex_debug_program(file, &m->guard.program);
		safex_debug_account(file, &m->guard.account);
		break;
	case SAFEX_KIND_CLASS:
		safex_debug_class(file, safex_class_of(obj));
		break;
	case SAFEX_KIND_CHANNEL:
		safex_channel_show(file, obj);
		break;
	default:
		safex_debug_ext(file, safex_ext_of(obj));
	}
	seq_putc(file, '\n');
	return 0;
}

static const struct seq_operations safex_debug_sops = {
	.start = safex_debug_start,
	.next = safex_debug_next,
	.stop = safex_debug_stop,
	.show = safex_debug_show,
};

DEFINE_SEQ_ATTRIBUTE(safex_debug);

/* Without debugfs there is no listing; that is no reason not to start. */
void safex_debugfs_init(void)
{
	safex_debugfs = debugfs_create_file("safex", 0400, NULL, NULL,
					    &safex_debug_fops);
}

void safex_debugfs_exit(void)
{
	debugfs_remove(safex_debugfs);
}
