// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/debug/gauge/round	write: name of a timer's function; read:
 *					TSC ticks of each of its calls since
 * /sys/kernel/debug/gauge/windows	write: "PID TARGET PERIOD COUNT", in ns;
 *					read: what these tasks got
 * /sys/kernel/debug/gauge/nudge	write: ns between reschedules without need
 * /sys/kernel/debug/gauge/burst	write: "PERIOD LENGTH" of interrupts, in ns
 */
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "gauge.h"

#define GAUGE_LINE	128

static struct dentry *gauge_dir;

static ssize_t gauge_write(const char __user *buf, size_t size,
			   int (*take)(char *text))
{
	char text[GAUGE_LINE];
	int ret;

	if (size >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, buf, size))
		return -EFAULT;
	text[size] = '\0';
	ret = take(strim(text));
	return ret ? ret : size;
}

static ssize_t gauge_round_write(struct file *file, const char __user *buf,
				 size_t size, loff_t *pos)
{
	return gauge_write(buf, size, gauge_round_choose);
}

DEFINE_SHOW_STORE_ATTRIBUTE(gauge_round);

static ssize_t gauge_windows_write(struct file *file, const char __user *buf,
				   size_t size, loff_t *pos)
{
	return gauge_write(buf, size, gauge_window_add);
}

DEFINE_SHOW_STORE_ATTRIBUTE(gauge_windows);

static ssize_t gauge_nudge_write(struct file *file, const char __user *buf,
				 size_t size, loff_t *pos)
{
	return gauge_write(buf, size, gauge_nudge_choose);
}

static const struct file_operations gauge_nudge_fops = {
	.owner = THIS_MODULE,
	.write = gauge_nudge_write,
};

static ssize_t gauge_burst_write(struct file *file, const char __user *buf,
				 size_t size, loff_t *pos)
{
	return gauge_write(buf, size, gauge_burst_choose);
}

static const struct file_operations gauge_burst_fops = {
	.owner = THIS_MODULE,
	.write = gauge_burst_write,
};

static int __init gauge_init(void)
{
	int ret = gauge_foreign_init();

	if (!ret)
		ret = gauge_round_init();
	if (ret)
		return ret;
	gauge_work_start();
	gauge_nudge_init();
	gauge_burst_init();
	gauge_dir = debugfs_create_dir("gauge", NULL);
	debugfs_create_file("round", 0600, gauge_dir, NULL, &gauge_round_fops);
	debugfs_create_file("windows", 0600, gauge_dir, NULL,
			    &gauge_windows_fops);
	debugfs_create_file("nudge", 0200, gauge_dir, NULL, &gauge_nudge_fops);
	debugfs_create_file("burst", 0200, gauge_dir, NULL, &gauge_burst_fops);
	return 0;
}

static void __exit gauge_exit(void)
{
	debugfs_remove(gauge_dir);
	gauge_burst_exit();
	gauge_nudge_exit();
	gauge_window_exit();
	gauge_work_stop();
	gauge_round_exit();
}

module_init(gauge_init);
module_exit(gauge_exit);
MODULE_DESCRIPTION("Measures timers and tasks from outside");
MODULE_LICENSE("GPL");
