// SPDX-License-Identifier: GPL-2.0-only
/*
 * Module entry.  Programs can be attached as soon as the struct_ops types are
 * registered, and only to objects made through the device: so the device
 * comes last.
 */
#define pr_fmt(fmt) "safex: " fmt

#include <linux/module.h>
#include "safex_internal.h"
#define CREATE_TRACE_POINTS
#include "safex_trace.h"

#ifdef CONFIG_PREEMPT_RT
#error "safex runs programs in softirq under spinlocks: not for PREEMPT_RT"
#endif

static int __init safex_init(void)
{
	int ret;

	safex_budget_init();
	safex_direct_init();
	ret = safex_thread_init();
	if (ret)
		return ret;
	ret = safex_names_init();
	if (!ret)
		ret = safex_kfunc_init();
	if (!ret)
		ret = safex_bpf_init();
	if (!ret)
		ret = safex_dev_init();
	if (ret) {
		pr_err("not started: %d\n", ret);
		safex_thread_exit();
		return ret;
	}
	safex_debugfs_init();
	safex_stop_init();
	return 0;
}

/* Every object and every attached program holds a module reference. */
static void __exit safex_exit(void)
{
	safex_stop_exit();
	safex_debugfs_exit();
	safex_dev_exit();
	safex_thread_exit();
	safex_budget_exit();
	WARN(safex_obj_alive(), "safex: %u objects are left\n",
	     safex_obj_alive());
}

module_init(safex_init);
module_exit(safex_exit);
MODULE_DESCRIPTION("Verified service extensions with reserved time");
MODULE_LICENSE("GPL");
