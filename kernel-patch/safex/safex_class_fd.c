// SPDX-License-Identifier: GPL-2.0-only
/*
 * The application's end of a class: a descriptor to map its page and to write
 * the attributes it may write.  Holding one is the authority; the daemon
 * decides who gets it.
 */
#include <linux/anon_inodes.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/nospec.h>
#include <linux/uaccess.h>
#include "safex_time.h"

/* Ticks of its manager for which a class may write in advance. */
#define SAFEX_WRITES_AHEAD	16

/*
 * All passes of the manager wait for whoever holds its lock.  So an application
 * holds it for no more time than is reserved for the manager's program of the
 * class: what a write took is paid in ticks, of which some may be spent ahead.
 * Returns ns, or -ENODEV.  Under cls->writing.
 */
static s64 safex_class_write(struct safex_class *cls, struct safex_set *set)
{
	struct safex_manager *m = cls->manager;
	struct safex_time *t;
	s64 ns = -ENODEV;

	spin_lock_bh(&m->lock);
	t = safex_budget_begin();
	if (!cls->dead) {
		set->verdict = safex_write_app(t, cls, set->slot, set->value);
		ns = safex_clock(t) - t->ns;
	}
	safex_budget_finish(t);
	spin_unlock_bh(&m->lock);
	return ns;
}

/* -EAGAIN: the application has written too much of late. */
static int safex_class_write_paid(struct safex_class *cls, struct safex_set *set)
{
	struct safex_manager *m = cls->manager;
	u64 now = ktime_get_ns();
	s64 ns;

	if (cls->paid > now + SAFEX_WRITES_AHEAD * m->period)
		return -EAGAIN;
	ns = safex_class_write(cls, set);
	if (ns < 0)
		return ns;
	ns = min_t(u64, ns, m->budget);	/* more was somebody else's */
	cls->paid = max(cls->paid, now) + div64_u64(ns * m->period, m->budget);
	return 0;
}

/* Of each class one at a time, so no more than that stand before a pass. */
static int safex_class_set(struct safex_class *cls, struct safex_set *set)
{
	int ret;

	if (set->verdict)
		return -EINVAL;
	if (set->slot >= cls->n_attrs)
		return -ENOENT;
	set->slot = array_index_nospec(set->slot, cls->n_attrs);
	if (mutex_lock_interruptible(&cls->writing))
		return -ERESTARTSYS;
	ret = safex_class_write_paid(cls, set);
	mutex_unlock(&cls->writing);
	return ret;
}

static long safex_class_ioctl(struct file *file, unsigned int cmd,
			      unsigned long arg)
{
	void __user *user = (void __user *)arg;
	struct safex_set set;
	int ret;

	if (cmd != SAFEX_IOC_CLASS_SET)
		return -ENOTTY;
	if (copy_from_user(&set, user, sizeof(set)))
		return -EFAULT;
	ret = safex_class_set(file->private_data, &set);
	if (!ret && copy_to_user(user, &set, sizeof(set)))
		ret = -EFAULT;
	return ret;
}

static int safex_class_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct safex_class *cls = file->private_data;

	if (vma->vm_pgoff || vma_pages(vma) != 1)
		return -EINVAL;
	if (vma->vm_flags & VM_WRITE)
		return -EPERM;
	vm_flags_mod(vma, VM_DONTEXPAND | VM_DONTDUMP, VM_MAYWRITE);
	return vm_insert_page(vma, vma->vm_start, virt_to_page(cls->page));
}

static int safex_class_close(struct inode *inode, struct file *file)
{
	struct safex_class *cls = file->private_data;

	atomic_dec(&cls->files);
	safex_obj_put(&cls->obj);
	return 0;
}

static const struct file_operations safex_class_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = safex_class_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.mmap = safex_class_mmap,
	.release = safex_class_close,
	.llseek = noop_llseek,
};

/*
 * A new close-on-exec descriptor, or -errno.  The daemon sends them to whoever
 * asks, and what is sent and not received counts against all that it may send:
 * so there are only so many, wherever they are.
 */
int safex_class_fd(struct safex_class *cls)
{
	int fd = -ENOSPC;

	safex_obj_get(&cls->obj);
	if (atomic_inc_return(&cls->files) <= SAFEX_CLASS_FILES)
		fd = anon_inode_getfd("[safex-class]", &safex_class_fops, cls,
				      O_RDWR | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	atomic_dec(&cls->files);
	safex_obj_put(&cls->obj);
	return fd;
}
