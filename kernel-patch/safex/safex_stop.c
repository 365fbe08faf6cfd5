// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way out, when no daemon is there to take it: every contract and every
 * program ends, and nothing can be made until that is allowed again.
 *
 *	echo 1 >/sys/module/safex/parameters/stopped	or SysRq-X
 *	echo 0 >/sys/module/safex/parameters/stopped	allows it
 */
#define pr_fmt(fmt) "safex: " fmt

#include <linux/kstrtox.h>
#include <linux/module.h>
#include <linux/sysrq.h>
#include <linux/workqueue.h>
#include "safex_internal.h"

#define SAFEX_STOP_KEY	'X'

static bool safex_stopped;		/* under safex_mutex */

/* Programs first: what they may do is over before anything is waited for. */
static void safex_stop_programs(void)
{
	struct safex_object o = { 0 };

	while (!safex_obj_next(&o))
		if (o.kind == SAFEX_KIND_MANAGER)
			safex_manager_halt(safex_manager_of(safex_obj_find(o.kind,
									   o.id)));
}

/* Returns how many have gone; of the others something is left. */
static u32 safex_stop_some(void)
{
	struct safex_object o = { 0 };
	u32 gone = 0;

	while (!safex_obj_next(&o))
		if (o.kind != SAFEX_KIND_GUARD)
			gone += !safex_obj_destroy(o.kind, o.id);
	return gone;
}

static void safex_stop_all(void)
{
	u32 n = safex_obj_count();

	safex_stop_programs();
	while (safex_stop_some() || safex_class_wait())
		;
	pr_warn("stopped: %u objects ended, %u are left\n",
		n - safex_obj_count(), safex_obj_count());
}

static void safex_stop_set(bool stop)
{
	mutex_lock(&safex_mutex);
	safex_stopped = stop;
	if (stop)
		safex_stop_all();
	mutex_unlock(&safex_mutex);
}

static int safex_stop_write(const char *text, const struct kernel_param *kp)
{
	bool stop;
	int ret = kstrtobool(text, &stop);

	if (!ret)
		safex_stop_set(stop);
	return ret;
}

static const struct kernel_param_ops safex_stop_param = {
	.set = safex_stop_write,
	.get = param_get_bool,
};

module_param_cb(stopped, &safex_stop_param, &safex_stopped, 0644);
MODULE_PARM_DESC(stopped,
		 "1: every contract and program ends, and none is taken (0)");

static void safex_stop_run(struct work_struct *work)
{
	safex_stop_set(true);
}

static DECLARE_WORK(safex_stop_work, safex_stop_run);

/* From an interrupt; what it ends must sleep. */
static void safex_stop_key(u8 key)
{
	queue_work(system_highpri_wq, &safex_stop_work);
}

static const struct sysrq_key_op safex_stop_op = {
	.handler = safex_stop_key,
	.help_msg = "end-safex(X)",
	.action_msg = "Ending all of safex",
	.enable_mask = SYSRQ_ENABLE_RTNICE,
};

/* Under safex_mutex. */
bool safex_is_stopped(void)
{
	return safex_stopped;
}

/* The parameter does without the key. */
void safex_stop_init(void)
{
	if (register_sysrq_key(SAFEX_STOP_KEY, &safex_stop_op))
		pr_info("SysRq-%c is not ours\n", SAFEX_STOP_KEY);
}

void safex_stop_exit(void)
{
	unregister_sysrq_key(SAFEX_STOP_KEY, &safex_stop_op);
	cancel_work_sync(&safex_stop_work);
}
