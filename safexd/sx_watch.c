/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <string.h>
#include <event2/event.h>

#include "dio_log.h"
#include "dio_process.h"
#include "sx_core_internal.h"

#define AGAIN_S	1

static void process_ended(evutil_socket_t fd, short what, void *arg)
{
	struct sx_entry *obj = arg;

	(void)fd;
	(void)what;
	dio_info("process %d of class %s 0x%llx has ended: its objects are removed", obj->f.pid,
		 obj->f.key.name, (unsigned long long)obj->f.key.cd);
	sx_doom(obj, "its process has ended");
	sx_end_ready(obj->core);
}

int sx_watch_process(struct sx_entry *obj)
{
	obj->gone = event_new(obj->core->parts.base, obj->pidfd, EV_READ, process_ended, obj);
	return obj->gone && !event_add(obj->gone, NULL) ? 0 : -ENOMEM;
}

/* -ESRCH: it has ended; other -errno: it can't be held now. */
static int hold_process(struct sx_entry *obj)
{
	int fd = dio_process_open_id(obj->f.pid, obj->f.process);

	if (fd < 0)
		return fd == -EINVAL ? -ESRCH : fd;
	obj->pidfd = fd;
	return sx_watch_process(obj);
}

static void hold_again(evutil_socket_t fd, short what, void *arg)
{
	struct sx_entry *obj = arg;
	struct sx_core *c = obj->core;

	(void)fd;
	(void)what;
	event_free(obj->gone);
	obj->gone = NULL;
	sx_watch_adopted(obj);
	sx_end_ready(c);
}

/* Without descriptors or memory there is no proof that it has ended: its contract goes on. */
void sx_watch_adopted(struct sx_entry *obj)
{
	const struct timeval again = { AGAIN_S, 0 };
	int err = hold_process(obj);

	if (!err)
		return;
	if (err == -ESRCH) {
		sx_doom(obj, "its process has ended");
		return;
	}
	dio_warn("process %d of class %s 0x%llx can't be watched now, and is tried again: %s",
		 obj->f.pid, obj->f.key.name, (unsigned long long)obj->f.key.cd, strerror(-err));
	obj->gone = evtimer_new(obj->core->parts.base, hold_again, obj);
	if (!obj->gone || evtimer_add(obj->gone, &again))
		sx_doom(obj, "out of memory");
}

static void commit_missing(evutil_socket_t fd, short what, void *arg)
{
	struct sx_entry *obj = arg;

	(void)fd;
	(void)what;
	dio_warn("%s %s was prepared and not committed: removed", sx_kind_text(obj->f.key.kind),
		 obj->f.key.name);
	sx_doom(obj, "its commit did not come in time");
	sx_end_ready(obj->core);
}

int sx_watch_commit(struct sx_entry *obj)
{
	unsigned int ms = obj->core->parts.prepare_ms;
	const struct timeval wait = { ms / 1000, ms % 1000 * 1000 };

	obj->timer = evtimer_new(obj->core->parts.base, commit_missing, obj);
	return obj->timer && !evtimer_add(obj->timer, &wait) ? 0 : -ENOMEM;
}

void sx_watch_committed(struct sx_entry *obj)
{
	if (obj->timer)
		event_free(obj->timer);
	obj->timer = NULL;
}
