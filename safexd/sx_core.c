/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "dio_log.h"
#include "sx_core_internal.h"
#include "sx_judge.h"
#include "sx_members.h"
#include "sx_layout.h"
#include "sx_refusals.h"
#include "sx_state.h"

#define LOADER_FULL_MS	1000	/* after which its queue is shorter */

int sx_wait(struct sx_entry *obj, sx_done *done, void *arg)
{
	struct sx_waiter *w = malloc(sizeof(*w));

	if (!w) {
		sx_say(done, arg, DIO_E_NO_MEMORY, "out of memory");
		return -ENOMEM;
	}
	w->done = done;
	w->arg = arg;
	STAILQ_INSERT_TAIL(&obj->waiters, w, link);
	return 0;
}

void sx_resolve(struct sx_entry *obj, const struct dio_status *st, const struct sx_entry *shown)
{
	STAILQ_HEAD(, sx_waiter) waiters = STAILQ_HEAD_INITIALIZER(waiters);
	struct sx_waiter *w;

	STAILQ_CONCAT(&waiters, &obj->waiters);
	while ((w = STAILQ_FIRST(&waiters))) {
		STAILQ_REMOVE_HEAD(&waiters, link);
		w->done(w->arg, st, shown);
		free(w);
	}
}

void sx_say(sx_done *done, void *arg, enum dio_error code, const char *fmt, ...)
{
	struct dio_status st;
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	dio_status_set(&st, code, "%s", text);
	done(arg, &st, NULL);
}

void sx_save(const struct sx_entry *obj)
{
	int err = obj->replaces ? 0 : sx_state_save(obj->core->parts.state_dir, &obj->f, obj->initial);

	if (err)
		dio_warn("state of %s %s is not saved: %s", sx_kind_text(obj->f.key.kind),
			 obj->f.key.name, strerror(-err));
}

/* Which of the host's sums it was; the kernel only says that it is too much. */
static void say_quota(const struct sx_entry *obj, struct dio_status *st)
{
	const struct sx_kernel *k = &obj->core->parts.kernel;
	const struct sx_entry *m = sx_registry_manager(&obj->core->registry, obj->f.key.name);
	uint64_t period = obj->f.period, budget = obj->f.budget;
	struct safex_info info;

	if (obj->f.key.kind == SAFEX_KIND_CLASS && m)
		budget = m->f.budget;
	if (m)
		budget += obj->writes * m->f.budget;
	if (!period && m)
		period = m->f.period;
	if (!k->info(k->context, &info) && period &&
	    (sx_layout_time(budget, period, &info, st) ||
	     sx_layout_contract(&obj->f, &info, st) || sx_layout_host(&info, st)))
		return;
	dio_status_set(st, DIO_E_ADMISSION, SX_REFUSED_NO_TIME, sx_kind_text(obj->f.key.kind),
		       obj->f.key.name);
}

static bool say_contract(int err, const struct sx_entry *obj, struct dio_status *st)
{
	const struct sx_kernel *k = &obj->core->parts.kernel;
	struct safex_info info = { 0 };

	if (obj->f.key.kind != SAFEX_KIND_CLASS || obj->f.id)
		return false;
	k->info(k->context, &info);
	return sx_layout_not_in_force(err, &obj->f, &info, st);
}

/* Of a class that is there, its descriptors; of what was to be made, the table of objects. */
static void say_full(const struct sx_entry *obj, struct dio_status *st)
{
	const char *what = sx_kind_text(obj->f.key.kind), *name = obj->f.key.name;

	if (obj->f.id)
		dio_status_set(st, DIO_E_TOO_BIG, SX_REFUSED_OPENED, what, name, SAFEX_CLASS_FILES);
	else
		dio_status_set(st, DIO_E_TOO_BIG, SX_REFUSED_KERNEL_FULL, what, name);
}

static void say_kernel(int err, const struct sx_entry *obj, struct dio_status *st)
{
	const char *what = sx_kind_text(obj->f.key.kind), *name = obj->f.key.name;

	if (say_contract(err, obj, st))
		return;
	switch (err) {
	case -EDQUOT:
		say_quota(obj, st);
		break;
	case -E2BIG:
		dio_status_set(st, DIO_E_ADMISSION, SX_REFUSED_PASS, what, name);
		break;
	case -ESHUTDOWN:
		dio_status_set(st, DIO_E_DENIED, SX_REFUSED_STOPPED_HOST, what, name);
		break;
	case -ERANGE:
		dio_status_set(st, obj->f.key.kind == SAFEX_KIND_CLASS ? DIO_E_CONTRACT : DIO_E_RANGE,
			       SX_REFUSED_TIME, what, name);
		break;
	case -ESRCH:
		dio_status_set(st, DIO_E_GONE, SX_REFUSED_ENDED, obj->f.pid);
		break;
	case -EACCES:
		dio_status_set(st, DIO_E_DENIED, SX_REFUSED_RIGHTS_MISSING, what, name);
		break;
	case -EBUSY:
		dio_status_set(st, DIO_E_IN_USE, SX_REFUSED_USED, what, name);
		break;
	case -ENOSPC:
		say_full(obj, st);
		break;
	default:
		dio_status_set(st, dio_error_from_errno(err), SX_REFUSED_KERNEL, what, name,
			       strerror(-err));
	}
}

void sx_status_of_reply(const struct ld_reply *reply, const struct sx_entry *obj,
			struct dio_status *st)
{
	const char *file = obj->f.key.name;

	if (!reply)
		dio_status_set(st, DIO_E_INTERNAL, "the loader of this host has ended");
	else if (!reply->error)
		dio_status_set(st, DIO_E_OK, "%s", "");
	else if (reply->step == LD_STEP_KERNEL)
		say_kernel(reply->error, obj, st);
	else if (reply->step == LD_STEP_AUDIT)
		dio_status_set(st, DIO_E_AUDIT, "%s: %s", file, reply->message);
	else
		dio_status_set(st, DIO_E_LOAD, "%s: %s", file, reply->message);
}

void sx_status_of_submit(int err, const char *what, struct dio_status *st)
{
	if (err == -EBUSY)
		dio_status_busy(st, LOADER_FULL_MS, SX_REFUSED_BUSY_LOADER, what);
	else
		dio_status_set(st, dio_error_from_errno(err), "%s: cannot be given to the loader: %s",
			       what, strerror(-err));
}

struct opening {
	struct sx_entry copy;		/* of the class: it may be gone by the answer */
	sx_opened *done;
	void *arg;
};

static void opened(void *arg, const struct ld_reply *reply, int fd)
{
	struct opening *o = arg;
	struct dio_status st;

	sx_status_of_reply(reply, &o->copy, &st);
	if (!st.code && fd < 0)
		dio_status_set(&st, DIO_E_INTERNAL, "the loader sent no descriptor");
	o->done(o->arg, &st, st.code ? NULL : &o->copy, fd);
	sx_end_ready(o->copy.core);	/* for which there may have been no room */
	free(o);
}

static enum dio_error find_class(struct sx_core *c, uint64_t cd, const char *manager, uid_t uid,
				 struct sx_entry **out, struct dio_status *st)
{
	struct sx_entry *class = sx_registry_class(&c->registry, cd, manager);

	if (!class || class->doomed || class->f.state != SX_ACTIVE)
		return dio_status_set(st, DIO_E_NO_CLASS, SX_REFUSED_CLASS_GONE,
				      (unsigned long long)cd, manager);
	*out = class;
	return sx_judge_owner(uid, class->f.uid, "attribute class of", manager, st);
}

void sx_core_learn(struct sx_core *c, uid_t uid, uint32_t kind, sx_core_learned *done, void *arg)
{
	const char *group = sx_judge_group(kind == SAFEX_KIND_CLASS ? c->parts.contracts :
								      c->parts.managers);
	bool decides = kind == SAFEX_KIND_CLASS || kind == SAFEX_KIND_MANAGER ||
		       kind == SAFEX_KIND_NONE;

	if (group && uid && decides)
		sx_members_ask(c->parts.members, uid, group, done, arg);
	else
		done(arg);
}

void sx_core_open(struct sx_core *c, uint64_t cd, const char *manager, uid_t uid,
		  sx_opened *done, void *arg)
{
	struct ld_request req = { .op = LD_CLASS_FD };
	struct sx_entry *class = NULL;
	struct dio_status st;
	struct opening *o;
	int err = -ENOMEM;

	if (find_class(c, cd, manager, uid, &class, &st)) {
		done(arg, &st, NULL, -1);
		return;
	}
	o = calloc(1, sizeof(*o));
	if (o) {
		o->copy.f = class->f;
		o->copy.core = c;
		o->done = done;
		o->arg = arg;
		req.object.kind = SAFEX_KIND_CLASS;
		req.object.id = class->f.id;
		err = c->parts.kernel.submit(c->parts.kernel.context, uid, &req, NULL, opened, o);
	}
	if (!err)
		return;
	free(o);
	sx_status_of_submit(err, manager, &st);
	done(arg, &st, NULL, -1);
}

/*
 * What ended without the daemon (the module parameter `stopped`) is removed here,
 * too: nobody may be told that it is there.
 */
void sx_core_report(struct sx_core *c, sx_each *each, void *arg)
{
	const struct sx_kernel *k = &c->parts.kernel;
	struct sx_entry *obj;
	int err;

	TAILQ_FOREACH(obj, &c->registry.objects, link) {
		struct safex_stat stat = { .object = { obj->f.key.kind, obj->f.id } };

		if (!obj->f.id || obj->replaces || obj->f.state == SX_ENDING)
			continue;
		err = k->stat(k->context, &stat);
		if (!err)
			each(arg, obj, &stat);
		else if (err == -ENOENT)
			sx_doom(obj, "the kernel has it no more");
	}
	sx_end_ready(c);
}

unsigned int sx_core_count(const struct sx_core *c)
{
	return c->registry.n;
}

struct sx_core *sx_core_new(const struct sx_core_parts *parts)
{
	struct sx_core *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->parts = *parts;
	sx_registry_init(&c->registry);
	return c;
}

void sx_core_free(struct sx_core *c)
{
	struct dio_status st;
	struct sx_entry *obj;

	if (!c)
		return;
	dio_status_set(&st, DIO_E_GONE, SX_REFUSED_SAFEXD_ENDS);
	while ((obj = TAILQ_FIRST(&c->registry.objects))) {
		sx_resolve(obj, &st, NULL);
		sx_registry_remove(&c->registry, obj);
	}
	free(c);
}
