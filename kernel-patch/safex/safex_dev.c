// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/safex: the table of requests.  Arguments are copied in once, so what
 * was checked is what is used, and everything below works on that copy under
 * safex_mutex.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include "safex_internal.h"

struct safex_file {
	struct mutex lock;		/* one read() at a time */
	struct safex_reader reader;
};

/*
 * Returns 0 or more, or -errno.  A call that makes an object says so in made:
 * it is undone if its id can't be told to the caller.
 */
struct safex_call {
	unsigned int cmd;
	bool change;			/* needs a descriptor open for writing */
	int (*call)(void *arg, struct safex_object *made);
};

static int safex_call_info(void *arg, struct safex_object *made)
{
	struct safex_info *info = arg;

	memset(info, 0, sizeof(*info));
	info->abi = SAFEX_ABI;
	info->features = safex_features();
	info->n_objects = safex_obj_count();
	safex_admit_info(info);
	return 0;
}

static int safex_call_next(void *arg, struct safex_object *made)
{
	return safex_obj_next(arg);
}

static int safex_call_activate(void *arg, struct safex_object *made)
{
	struct safex_object *o = arg;
	struct safex_obj *obj = safex_obj_find(o->kind, o->id);

	if (o->kind != SAFEX_KIND_MONITOR && o->kind != SAFEX_KIND_HANDLER)
		return -EINVAL;
	return obj ? safex_ext_activate(obj) : -ENOENT;
}

/* -EBUSY: something is left that needs it. */
int safex_obj_destroy(u32 kind, u32 id)
{
	struct safex_obj *obj = safex_obj_find(kind, id);

	if (!obj)
		return -ENOENT;
	switch (kind) {
	case SAFEX_KIND_MANAGER:
		return safex_manager_destroy(obj);
	case SAFEX_KIND_CLASS:
		return safex_class_destroy(obj);
	case SAFEX_KIND_MONITOR:
	case SAFEX_KIND_HANDLER:
		return safex_ext_destroy(obj);
	case SAFEX_KIND_CHANNEL:
		return safex_channel_destroy(obj);
	default:
		return -EINVAL;
	}
}

static int safex_call_destroy(void *arg, struct safex_object *made)
{
	struct safex_object *o = arg;

	return safex_obj_destroy(o->kind, o->id);
}

static int safex_call_class_fd(void *arg, struct safex_object *made)
{
	struct safex_object *o = arg;
	struct safex_obj *obj = safex_obj_find(SAFEX_KIND_CLASS, o->id);

	if (o->kind != SAFEX_KIND_CLASS)
		return -EINVAL;
	return obj ? safex_class_fd(safex_class_of(obj)) : -ENOENT;
}

static const struct safex_call safex_calls[] = {
	{ SAFEX_IOC_INFO, false, safex_call_info },
	{ SAFEX_IOC_NEXT, false, safex_call_next },
	{ SAFEX_IOC_STAT, false, safex_stat },
	{ SAFEX_IOC_MANAGER, true, safex_manager_create },
	{ SAFEX_IOC_CLASS, true, safex_class_create },
	{ SAFEX_IOC_EXT, true, safex_ext_create },
	{ SAFEX_IOC_VERSION, true, safex_version_announce },
	{ SAFEX_IOC_KEEP, true, safex_version_keep },
	{ SAFEX_IOC_CHANNEL, true, safex_channel_create },
	{ SAFEX_IOC_ACTIVATE, true, safex_call_activate },
	{ SAFEX_IOC_DESTROY, true, safex_call_destroy },
	{ SAFEX_IOC_CLASS_FD, true, safex_call_class_fd },
};

static const struct safex_call *safex_call_find(unsigned int cmd)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(safex_calls); i++)
		if (safex_calls[i].cmd == cmd)
			return &safex_calls[i];
	return NULL;
}

/*
 * The copy out may sleep for as long as the caller likes, so nothing is held.
 * Undoing fails if someone else has used the new object meanwhile: he knows it.
 */
static long safex_call_run(const struct safex_call *call, void *arg,
			   void __user *user)
{
	struct safex_object made = { 0 };
	long ret;

	mutex_lock(&safex_mutex);
	ret = call->call(arg, &made);
	mutex_unlock(&safex_mutex);
	if (ret < 0 || !(_IOC_DIR(call->cmd) & _IOC_READ) ||
	    !copy_to_user(user, arg, _IOC_SIZE(call->cmd)))
		return ret;
	if (made.id) {
		mutex_lock(&safex_mutex);
		safex_obj_destroy(made.kind, made.id);
		mutex_unlock(&safex_mutex);
	}
	return -EFAULT;
}

static long safex_dev_ioctl(struct file *file, unsigned int cmd,
			    unsigned long user)
{
	const struct safex_call *call = safex_call_find(cmd);
	void *arg;
	long ret;

	if (!call)
		return -ENOTTY;
	if (call->change && !(file->f_mode & FMODE_WRITE))
		return -EBADF;
	if (_IOC_DIR(cmd) & _IOC_WRITE)
		arg = memdup_user((void __user *)user, _IOC_SIZE(cmd));
	else
		arg = kzalloc(_IOC_SIZE(cmd), GFP_KERNEL) ?: ERR_PTR(-ENOMEM);
	if (IS_ERR(arg))
		return PTR_ERR(arg);
	ret = safex_call_run(call, arg, (void __user *)user);
	kfree(arg);
	return ret;
}

static int safex_dev_open(struct inode *inode, struct file *file)
{
	struct safex_file *f = kzalloc(sizeof(*f), GFP_KERNEL_ACCOUNT);

	if (!f)
		return -ENOMEM;
	mutex_init(&f->lock);
	safex_record_open(&f->reader);
	file->private_data = f;
	return stream_open(inode, file);
}

static int safex_dev_close(struct inode *inode, struct file *file)
{
	kfree(file->private_data);
	return 0;
}

/* Who does not wait for records does not wait for another reader either. */
static int safex_dev_lock(struct safex_file *f, struct file *file)
{
	if (file->f_flags & O_NONBLOCK)
		return mutex_trylock(&f->lock) ? 0 : -EAGAIN;
	return mutex_lock_interruptible(&f->lock) ? -ERESTARTSYS : 0;
}

static ssize_t safex_dev_read(struct file *file, char __user *buf, size_t size,
			      loff_t *pos)
{
	struct safex_file *f = file->private_data;
	ssize_t ret;

	if (size < sizeof(struct safex_record))
		return -EINVAL;
	do {
		ret = safex_record_wait(&f->reader, file);
		if (!ret)
			ret = safex_dev_lock(f, file);
		if (ret)
			return ret;
		ret = safex_record_read(&f->reader, buf, size);
		mutex_unlock(&f->lock);
	} while (!ret);		/* another reader was faster */
	return ret;
}

static __poll_t safex_dev_poll(struct file *file,
			       struct poll_table_struct *wait)
{
	struct safex_file *f = file->private_data;

	return safex_record_poll(&f->reader, file, wait);
}

static const struct file_operations safex_dev_fops = {
	.owner = THIS_MODULE,
	.open = safex_dev_open,
	.release = safex_dev_close,
	.read = safex_dev_read,
	.poll = safex_dev_poll,
	.unlocked_ioctl = safex_dev_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice safex_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "safex",
	.mode = 0660,
	.fops = &safex_dev_fops,
};

int safex_dev_init(void)
{
	return misc_register(&safex_misc);
}

void safex_dev_exit(void)
{
	misc_deregister(&safex_misc);
}
