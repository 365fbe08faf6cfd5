// SPDX-License-Identifier: GPL-2.0-only
/*
 * Event channels.  A handler always runs in a pass of its own manager, never
 * inside the program that raised the event: what a monitor of the same manager
 * has raised waits with that monitor until all have run (safex_pass.c), what
 * comes from elsewhere in the manager's queue.
 */
#include <linux/seq_file.h>
#include <linux/slab.h>
#include "safex_internal.h"

static struct safex_channel *safex_channel_of(struct safex_obj *obj)
{
	return container_of(obj, struct safex_channel, obj);
}

static void safex_channel_release(struct safex_obj *obj)
{
	struct safex_channel *ch = safex_channel_of(obj);

	safex_obj_put(&ch->monitor->obj);
	safex_obj_put(&ch->handler->obj);
	kfree(ch);
}

/* Handlers get an event in the order their channels were made. */
static int safex_channel_add(struct safex_channel *ch)
{
	struct safex_manager *m = ch->monitor->cls->manager;
	int ret = safex_obj_add(&ch->obj, SAFEX_KIND_CHANNEL,
				safex_channel_release);

	if (ret)
		return ret;
	safex_obj_get(&ch->monitor->obj);
	safex_obj_get(&ch->handler->obj);
	ch->monitor->n_channels++;
	ch->handler->n_channels++;
	spin_lock_bh(&m->lock);
	list_add_tail(&ch->node, &ch->monitor->channels);
	spin_unlock_bh(&m->lock);
	return 0;
}

static int safex_channel_known(struct safex_ext *monitor,
			       struct safex_ext *handler)
{
	struct safex_channel *ch;

	list_for_each_entry(ch, &monitor->channels, node)
		if (ch->handler == handler)
			return -EEXIST;
	return 0;
}

int safex_channel_create(void *arg, struct safex_object *made)
{
	struct safex_channel_create *c = arg;
	struct safex_obj *monitor, *handler;
	struct safex_channel *ch;
	int ret;

	if (c->id || c->pad)
		return -EINVAL;
	monitor = safex_obj_find(SAFEX_KIND_MONITOR, c->monitor);
	handler = safex_obj_find(SAFEX_KIND_HANDLER, c->handler);
	if (!monitor || !handler)
		return -ENOENT;
	ret = safex_channel_known(safex_ext_of(monitor), safex_ext_of(handler));
	if (ret)
		return ret;
	ch = kzalloc(sizeof(*ch), GFP_KERNEL_ACCOUNT);
	if (!ch)
		return -ENOMEM;
	ch->monitor = safex_ext_of(monitor);
	ch->handler = safex_ext_of(handler);
	ch->own = ch->monitor->cls->manager == ch->handler->cls->manager;
	ret = safex_channel_add(ch);
	if (ret) {
		kfree(ch);
		return ret;
	}
	c->id = ch->obj.id;
	made->kind = SAFEX_KIND_CHANNEL;
	made->id = c->id;
	return 0;
}

int safex_channel_destroy(struct safex_obj *obj)
{
	struct safex_channel *ch = safex_channel_of(obj);
	struct safex_manager *m = ch->monitor->cls->manager;

	spin_lock_bh(&m->lock);
	list_del(&ch->node);
	spin_unlock_bh(&m->lock);
	ch->monitor->n_channels--;
	ch->handler->n_channels--;
	safex_obj_del(obj);
	return 0;
}

void safex_channel_show(struct seq_file *file, struct safex_obj *obj)
{
	struct safex_channel *ch = safex_channel_of(obj);

	seq_printf(file, "channel %u monitor=%u handler=%u", obj->id,
		   ch->monitor->obj.id, ch->handler->obj.id);
}

/* The caller's reference to ev->to becomes the queue's, if there is room. */
static bool safex_queue_put(struct safex_queue *q, const struct safex_event *ev)
{
	bool room;

	spin_lock(&q->lock);
	room = q->head - q->tail < SAFEX_QUEUED_EVENTS;
	if (room)
		q->ring[q->head++ % SAFEX_QUEUED_EVENTS] = *ev;
	else
		ev->to->dropped++;
	q->dropped += !room;
	spin_unlock(&q->lock);
	if (!room)
		safex_obj_put(&ev->to->obj);
	return room;
}

/*
 * Behind all others; those of one handler keep their order.  The reference to
 * ev->to becomes the queue's.
 */
void safex_queue_again(struct safex_manager *m, const struct safex_event *ev)
{
	safex_queue_put(&m->queue, ev);
}

/* Under the lock of the monitor's manager, which is not that of the handler's. */
void safex_channel_raise_other(struct safex_ext *to, u32 event, s64 value)
{
	struct safex_event ev = { .to = to, .event = event, .value = value };
	struct safex_manager *m = to->cls->manager;

	safex_obj_get(&to->obj);
	if (safex_queue_put(&m->queue, &ev))
		hrtimer_start(&m->kick, 0, HRTIMER_MODE_REL_SOFT);
}

/* The reference to ev->to becomes the caller's. */
bool safex_queue_take(struct safex_manager *m, struct safex_event *ev)
{
	struct safex_queue *q = &m->queue;
	bool any;

	spin_lock(&q->lock);
	any = q->head != q->tail;
	if (any)
		*ev = q->ring[q->tail++ % SAFEX_QUEUED_EVENTS];
	spin_unlock(&q->lock);
	return any;
}

static void safex_queue_tell_of(struct safex_ext *ext, u64 dropped)
{
	struct safex_about about = {
		.account = &ext->account,
		.name = ext->name,
		.file = ext->file.name,
		.cd = ext->cls->cd,
		.id = ext->obj.id,
	};

	if (dropped == ext->dropped_told)
		return;
	safex_report(&about, SAFEX_END_DROPPED, 0, 0,
		     "events come faster than it may take them: %llu dropped so far",
		     dropped);
	ext->dropped_told = dropped;
}

/* Under m->lock.  Who has raised them may have another manager, and its lock. */
void safex_queue_tell(struct safex_manager *m)
{
	struct safex_class *cls;
	struct safex_ext *ext;

	m->queue.dropped_told = READ_ONCE(m->queue.dropped);
	list_for_each_entry(cls, &m->classes, node)
		list_for_each_entry(ext, &cls->handlers, node)
			safex_queue_tell_of(ext, READ_ONCE(ext->dropped));
}

void safex_queue_drop(struct safex_manager *m)
{
	struct safex_event ev;

	local_bh_disable();
	while (safex_queue_take(m, &ev))
		safex_obj_put(&ev.to->obj);
	local_bh_enable();
}
