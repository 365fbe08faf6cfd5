/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../sx_audit.h"
#include "ld_kernel.h"
#include "ld_ops.h"

static int fail(struct ld_reply *reply, enum ld_step step, int err)
{
	reply->step = step;
	reply->error = err;
	return err;
}

/* The whole memfd, at most LD_OBJECT_MAX. *data is the caller's to free. */
static int read_object(int fd, uint8_t **data, size_t *size)
{
	struct stat st;
	ssize_t got;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size <= 0)
		return -EINVAL;
	if (st.st_size > LD_OBJECT_MAX)
		return -EFBIG;
	*data = malloc(st.st_size);
	if (!*data)
		return -ENOMEM;
	got = pread(fd, *data, st.st_size, 0);
	if (got == st.st_size) {
		*size = got;
		return 0;
	}
	free(*data);
	return got < 0 ? -errno : -EINVAL;
}

/* An object that has passed the audit, in memory that nobody else can write. */
static int take_object(int fd, enum safex_kind kind, uint8_t **data,
		       size_t *size, struct ld_reply *reply)
{
	static struct dio_status status;
	int err;

	err = read_object(fd, data, size);
	if (err) {
		snprintf(reply->message, sizeof(reply->message),
			 "program object cannot be read: %s", strerror(-err));
		return fail(reply, LD_STEP_AUDIT, err);
	}
	err = sx_audit(*data, *size, kind, &status);
	if (!err)
		return 0;
	free(*data);
	snprintf(reply->message, sizeof(reply->message), "%.*s",
		 LD_MESSAGE - 1, status.message);
	return fail(reply, LD_STEP_AUDIT, err);
}

static int ask(const struct ld_ops *ops, unsigned long request, void *arg,
	       struct ld_reply *reply)
{
	return ioctl(ops->device, request, arg) < 0 ?
		fail(reply, LD_STEP_KERNEL, -errno) : 0;
}

static void destroy(const struct ld_ops *ops, uint32_t kind, uint32_t id)
{
	struct safex_object object = { kind, id };

	ioctl(ops->device, SAFEX_IOC_DESTROY, &object);
}

static int load(const uint8_t *data, size_t size, const struct ld_pin *pin, uint32_t *share,
		struct ld_reply *reply)
{
	int err = ld_kernel_load(data, size, pin, share, reply->message, sizeof(reply->message));

	return err ? fail(reply, LD_STEP_LOAD, err) : 0;
}

static int bind_manager(const struct ld_ops *ops, const struct ld_request *req,
			const uint8_t *program, size_t size,
			const uint8_t *guard, size_t guard_size,
			struct ld_reply *reply)
{
	struct safex_manager_create *m = &reply->manager;
	struct ld_pin pin = { 0 };
	uint32_t share = 0;
	int err;

	*m = req->manager;
	err = ask(ops, SAFEX_IOC_MANAGER, m, reply);
	if (err)
		return err;
	pin.id = m->guard;
	err = load(guard, guard_size, &pin, &share, reply);
	if (!err)
		err = load(program, size, &(struct ld_pin){ m->id, 0 }, &share, reply);
	if (!err)
		return 0;
	ld_kernel_unload(&pin);
	destroy(ops, SAFEX_KIND_MANAGER, m->id);
	return err;
}

static void do_manager(const struct ld_ops *ops, const struct ld_request *req,
		       const int *fds, struct ld_reply *reply)
{
	uint8_t *program, *guard;
	size_t size, guard_size;

	if (take_object(fds[0], SAFEX_KIND_MANAGER, &program, &size, reply))
		return;
	if (!take_object(fds[1], SAFEX_KIND_GUARD, &guard, &guard_size, reply)) {
		bind_manager(ops, req, program, size, guard, guard_size, reply);
		free(guard);
	}
	free(program);
}

static void do_ext(const struct ld_ops *ops, const struct ld_request *req,
		   const int *fds, struct ld_reply *reply)
{
	struct safex_ext_create *ext = &reply->ext;
	uint32_t share = 0;
	uint8_t *program;
	size_t size;

	if (req->ext.kind != SAFEX_KIND_MONITOR && req->ext.kind != SAFEX_KIND_HANDLER) {
		fail(reply, LD_STEP_AUDIT, -EINVAL);
		return;
	}
	if (take_object(fds[0], req->ext.kind, &program, &size, reply))
		return;
	*ext = req->ext;
	if (!ask(ops, SAFEX_IOC_EXT, ext, reply) &&
	    load(program, size, &(struct ld_pin){ ext->id, ext->version }, &share, reply))
		destroy(ops, ext->kind, ext->id);
	free(program);
}

/* Announced, then loaded and attached; then it waits. */
static void do_next(const struct ld_ops *ops, const struct ld_request *req,
		    const int *fds, struct ld_reply *reply)
{
	struct safex_ext_create ext = req->next.ext;
	const struct ld_pin pin = { ext.id, ext.version };
	uint8_t *program;
	size_t size;

	if (ext.kind != SAFEX_KIND_MONITOR && ext.kind != SAFEX_KIND_HANDLER) {
		fail(reply, LD_STEP_AUDIT, -EINVAL);
		return;
	}
	if (take_object(fds[0], ext.kind, &program, &size, reply))
		return;
	reply->next = req->next;
	if (!ask(ops, SAFEX_IOC_VERSION, &ext, reply) &&
	    load(program, size, &pin, &reply->next.share, reply)) {
		ext.budget = 0;
		ioctl(ops->device, SAFEX_IOC_VERSION, &ext);
	}
	free(program);
}

static void do_class(const struct ld_ops *ops, const struct ld_request *req,
		     const int *fds, struct ld_reply *reply)
{
	reply->class = req->class;
	if (req->class.pidfd != -1)
		reply->class.pidfd = fds[0];
	ask(ops, SAFEX_IOC_CLASS, &reply->class, reply);
}

/* false: there is no such object. */
static bool versions_of(const struct ld_ops *ops, uint32_t id, struct safex_stat *stat)
{
	*stat = (struct safex_stat){ .object = { SAFEX_KIND_NONE, id } };
	return !ioctl(ops->device, SAFEX_IOC_STAT, stat);
}

static bool is_used(const struct ld_ops *ops, const struct ld_pin *pin)
{
	struct safex_stat stat;

	return versions_of(ops, pin->id, &stat) &&
	       (pin->version == stat.version || pin->version == stat.next ||
		pin->version == stat.previous);
}

/* id 0: of all objects. */
static void sweep(const struct ld_ops *ops, uint32_t id)
{
	static struct ld_pin pins[LD_PINS_MAX];
	int n = ld_kernel_pins(pins, LD_PINS_MAX);

	for (int i = 0; i < n; i++)
		if ((!id || pins[i].id == id) && !is_used(ops, &pins[i]))
			ld_kernel_unload(&pins[i]);
}

void ld_ops_sweep(const struct ld_ops *ops)
{
	sweep(ops, 0);
}

/*
 * The probation ends first: from then on the kernel does not go back to what
 * is to be unloaded. -EBUSY: it has gone back already, or that version runs.
 */
static void do_retire(const struct ld_ops *ops, const struct safex_keep *keep,
		      struct ld_reply *reply)
{
	const struct ld_pin pin = { keep->id, keep->version };
	struct safex_keep running = { .id = keep->id };
	struct safex_stat stat;

	if (!versions_of(ops, keep->id, &stat)) {
		fail(reply, LD_STEP_KERNEL, -ENOENT);
		return;
	}
	running.version = stat.version;
	if (stat.version == keep->version)
		fail(reply, LD_STEP_KERNEL, -EBUSY);
	else if (stat.previous != keep->version || !ask(ops, SAFEX_IOC_KEEP, &running, reply))
		ld_kernel_unload(&pin);
}

/*
 * The kernel judges first: what is still in use keeps its program. A manager
 * takes its guard along, whose id only the kernel knows by now. Of what the kernel
 * has ended itself (its parameter "stopped") the programs are left, and hold it.
 */
static void do_destroy(const struct ld_ops *ops, const struct safex_object *object,
		       struct ld_reply *reply)
{
	struct safex_object copy = *object;

	if (ask(ops, SAFEX_IOC_DESTROY, &copy, reply) && reply->error != -ENOENT)
		return;
	if (object->kind == SAFEX_KIND_MANAGER)
		sweep(ops, 0);
	else if (object->kind == SAFEX_KIND_MONITOR || object->kind == SAFEX_KIND_HANDLER)
		sweep(ops, object->id);
}

/* Without a pin nothing holds the program: whoever took it away took it from the kernel. */
static void do_pinned(const struct ld_ops *ops, const struct safex_object *object,
		      struct ld_reply *reply)
{
	struct safex_stat stat;
	int err = -ENOENT;

	if (versions_of(ops, object->id, &stat))
		err = ld_kernel_pinned(&(struct ld_pin){ object->id, stat.version });
	if (err)
		fail(reply, LD_STEP_KERNEL, err);
}

static void do_class_fd(const struct ld_ops *ops, const struct safex_object *object,
			struct ld_reply *reply, int *fd)
{
	struct safex_object copy = *object;
	int got = ioctl(ops->device, SAFEX_IOC_CLASS_FD, &copy);

	if (got < 0)
		fail(reply, LD_STEP_KERNEL, -errno);
	else
		*fd = got;
}

void ld_ops_handle(void *context, const struct ld_request *req, const int *fds,
		   struct ld_reply *reply, int *fd)
{
	const struct ld_ops *ops = context;
	struct safex_object object = req->object;

	switch (req->op) {
	case LD_INFO:
		ask(ops, SAFEX_IOC_INFO, &reply->info, reply);
		break;
	case LD_MANAGER:
		do_manager(ops, req, fds, reply);
		break;
	case LD_CLASS:
		do_class(ops, req, fds, reply);
		break;
	case LD_EXT:
		do_ext(ops, req, fds, reply);
		break;
	case LD_CHANNEL:
		reply->channel = req->channel;
		ask(ops, SAFEX_IOC_CHANNEL, &reply->channel, reply);
		break;
	case LD_ACTIVATE:
		ask(ops, SAFEX_IOC_ACTIVATE, &object, reply);
		break;
	case LD_DESTROY:
		do_destroy(ops, &object, reply);
		break;
	case LD_CLASS_FD:
		do_class_fd(ops, &object, reply, fd);
		break;
	case LD_NEXT:
		do_next(ops, req, fds, reply);
		break;
	case LD_PINNED:
		do_pinned(ops, &object, reply);
		break;
	case LD_RETIRE:
		reply->keep = req->keep;
		do_retire(ops, &req->keep, reply);
		break;
	}
}
