/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <event2/event.h>

#include "dio_log.h"
#include "sx_core_internal.h"

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
