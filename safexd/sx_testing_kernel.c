/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel and its loader, as far as the core can see them. */
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sx_testing.h"

static struct fake_object *find(struct fake_kernel *k, uint32_t id)
{
	for (unsigned int i = 0; i < k->n; i++)
		if (k->objects[i].id == id)
			return &k->objects[i];
	return NULL;
}

static uint32_t make(struct fake_kernel *k, uint32_t kind, uint64_t cd, const char *name,
		     uint32_t manager)
{
	struct fake_object *o = &k->objects[k->n++];

	*o = (struct fake_object){ .id = ++k->last_id, .kind = kind, .cd = cd, .manager = manager,
				   .active = kind < SAFEX_KIND_MONITOR || kind == SAFEX_KIND_CHANNEL };
	snprintf(o->name, sizeof(o->name), "%s", name);
	return o->id;
}

static bool is_under(const struct fake_object *o, const struct fake_object *parent)
{
	if (parent->kind == SAFEX_KIND_MANAGER)
		return o->kind == SAFEX_KIND_CLASS && o->manager == parent->id;
	return parent->kind == SAFEX_KIND_CLASS && o->manager == parent->manager &&
	       o->cd == parent->cd &&
	       (o->kind == SAFEX_KIND_MONITOR || o->kind == SAFEX_KIND_HANDLER);
}

static bool is_used(const struct fake_kernel *k, const struct fake_object *parent)
{
	for (unsigned int i = 0; i < k->n; i++)
		if (is_under(&k->objects[i], parent))
			return true;
	return false;
}

static void destroy_object(struct fake_kernel *k, const struct safex_object *object,
			   struct ld_reply *reply)
{
	struct fake_object *o = find(k, object->id);

	reply->step = LD_STEP_KERNEL;
	reply->error = !o || o->kind != object->kind ? -ENOENT : is_used(k, o) ? -EBUSY : 0;
	if (reply->error)
		return;
	k->destroyed[k->n_destroyed++ % 64] = o->kind;
	*o = k->objects[--k->n];
}

static void go_on(struct fake_object *o)
{
	o->active = true;
	if (!o->next)
		return;
	o->previous = o->kept = o->version;
	o->version = o->next;
	o->next = 0;
	o->failed = 0;
}

static int retire(struct fake_object *o, uint32_t version)
{
	if (!o)
		return -ENOENT;
	if (o->version == version)
		return -EBUSY;
	if (o->next == version)
		o->next = 0;
	if (o->previous == version)
		o->previous = 0;
	if (o->kept == version)
		o->kept = 0;
	return 0;
}

static void act(struct fake_kernel *k, const struct ld_request *req, struct ld_reply *reply,
		int *fd)
{
	struct fake_object *o = find(k, req->object.id), *class;

	switch (req->op) {
	case LD_MANAGER:
		reply->manager = req->manager;
		reply->manager.id = make(k, SAFEX_KIND_MANAGER, 0, req->manager.name, 0);
		reply->manager.guard = k->last_id;
		break;
	case LD_CLASS:
		reply->class = req->class;
		reply->class.id = make(k, SAFEX_KIND_CLASS, req->class.cd, "", req->class.manager);
		break;
	case LD_EXT:
		class = find(k, req->ext.class_id);
		reply->ext.id = make(k, req->ext.kind, class->cd, req->ext.name, class->manager);
		k->objects[k->n - 1].version = req->ext.version;
		break;
	case LD_CHANNEL:
		reply->channel.id = make(k, SAFEX_KIND_CHANNEL, 0, "", 0);
		break;
	case LD_NEXT:
		reply->next = req->next;
		o = find(k, req->next.ext.id);
		o->next = req->next.ext.version;
		o->share = req->next.share;
		break;
	case LD_PINNED:
		reply->error = find(k, req->object.id)->unpinned ? -ENOENT : 0;
		break;
	case LD_RETIRE:
		reply->keep = req->keep;
		reply->error = retire(find(k, req->keep.id), req->keep.version);
		break;
	case LD_ACTIVATE:
		go_on(o);
		break;
	case LD_DESTROY:
		destroy_object(k, &req->object, reply);
		break;
	case LD_CLASS_FD:
		*fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
		break;
	}
}

static void answer_first(struct fake_kernel *k, bool gone)
{
	static struct ld_reply reply;
	struct fake_call call = k->calls[0];
	int fd = -1;

	memmove(&k->calls[0], &k->calls[1], --k->n_calls * sizeof(call));
	memset(&reply, 0, sizeof(reply));
	reply.op = call.req.op;
	if (gone) {
		call.done(call.arg, NULL, -1);
		return;
	}
	if (k->fail_op == call.req.op) {
		reply.error = k->fail_error;
		reply.step = k->fail_step;
		snprintf(reply.message, sizeof(reply.message), "%s", k->fail_message);
		k->fail_op = 0;
	} else {
		act(k, &call.req, &reply, &fd);
	}
	call.done(call.arg, &reply, fd);
}

static void on_answer(evutil_socket_t fd, short what, void *arg)
{
	struct fake_kernel *k = arg;

	(void)fd;
	(void)what;
	if (k->hold || !k->n_calls)
		return;
	answer_first(k, false);
	event_active(k->answer, EV_TIMEOUT, 0);
}

void fake_release(struct fake_kernel *k)
{
	k->hold = false;
	event_active(k->answer, EV_TIMEOUT, 0);
}

void fake_lose(struct fake_kernel *k)
{
	k->gone = true;
	while (k->n_calls)
		answer_first(k, true);
}

struct fake_object *fake_find(struct fake_kernel *k, const char *name)
{
	for (unsigned int i = 0; i < k->n; i++)
		if (!strcmp(k->objects[i].name, name))
			return &k->objects[i];
	return NULL;
}

void fake_go_back(struct fake_kernel *k, const char *name)
{
	struct fake_object *o = fake_find(k, name);

	o->failed = o->version;
	o->version = o->previous;
	o->previous = 0;
	o->kept = o->failed;
}

bool fake_has(const struct fake_kernel *k, uint32_t kind, uint64_t cd, const char *name)
{
	for (unsigned int i = 0; i < k->n; i++)
		if (k->objects[i].kind == kind && k->objects[i].cd == cd &&
		    !strcmp(k->objects[i].name, name))
			return true;
	return false;
}

static int submit(void *context, uid_t uid, const struct ld_request *req, const int *fds,
		  sx_kernel_done *done, void *arg)
{
	struct fake_kernel *k = context;

	(void)fds;
	if (k->gone)
		return -EPIPE;
	if (k->full || k->n_calls == (k->most ? k->most : FAKE_CALLS))
		return -EBUSY;
	k->calls[k->n_calls++] = (struct fake_call){ uid, *req, done, arg };
	event_active(k->answer, EV_TIMEOUT, 0);
	return 0;
}

static int get_info(void *context, struct safex_info *info)
{
	const struct fake_kernel *k = context;

	*info = k->info;
	info->n_objects = k->n;
	return 0;
}

static int get_next(void *context, struct safex_object *object)
{
	struct fake_kernel *k = context;
	const struct fake_object *best = NULL;

	for (unsigned int i = 0; i < k->n; i++) {
		const struct fake_object *o = &k->objects[i];

		if (o->id > object->id && (!best || o->id < best->id))
			best = o;
	}
	if (!best)
		return -ENOENT;
	object->id = best->id;
	object->kind = best->kind;
	return 0;
}

static int get_stat(void *context, struct safex_stat *stat)
{
	struct fake_object *o = find(context, stat->object.id);

	if (!o)
		return -ENOENT;
	memcpy(stat->name, o->name, sizeof(stat->name));
	stat->cd = o->cd;
	stat->manager = o->kind == SAFEX_KIND_MANAGER ? o->id : o->manager;
	stat->active = o->active;
	stat->version = o->version;
	stat->next = o->next;
	stat->previous = o->previous;
	stat->failed = o->failed;
	return 0;
}

void fake_refuse(struct fake_kernel *k, uint32_t op, int error)
{
	k->fail_op = op;
	k->fail_error = error;
	k->fail_step = LD_STEP_KERNEL;
	k->fail_message = "";
}

void fake_kernel_ops(struct fake_kernel *k, struct sx_kernel *ops)
{
	*ops = (struct sx_kernel){ k, submit, get_info, get_next, get_stat };
}

void fake_kernel_init(struct fake_kernel *k, struct event_base *base)
{
	k->base = base;
	k->answer = event_new(base, -1, 0, on_answer, k);
	k->info = (struct safex_info){
		.abi = SAFEX_ABI, .extension_cap_ppm = 100000, .cpu_cap_ppm = 950000,
		.host_cap_ppm = 990000,
	};
}
