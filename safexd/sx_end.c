/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Commit, and the ways to an end: abort, destroy, a process or a deadline
 * gone. An object that is to go is doomed; it is asked of the loader when
 * nothing is under way for it and nothing needs it any more.
 */
#include <errno.h>
#include <string.h>

#include "dio_log.h"
#include "sx_core_internal.h"
#include "sx_judge.h"
#include "sx_refusals.h"
#include "sx_state.h"

static const struct dio_status ok;

void sx_forget(struct sx_entry *obj, const struct dio_status *st)
{
	struct sx_core *c = obj->core;

	if (obj->f.id && !obj->replaces)
		sx_state_remove(c->parts.state_dir, obj->f.id);
	sx_resolve(obj, st, NULL);
	sx_registry_remove(&c->registry, obj);
}

static bool is_idle(const struct sx_entry *obj)
{
	return obj->f.state == SX_PREPARED || obj->f.state == SX_ACTIVE;
}

void sx_doom(struct sx_entry *obj, const char *why)
{
	struct sx_entry *dependent = NULL;
	struct dio_status st;

	if (obj->doomed)
		return;
	obj->doomed = true;
	dio_status_set(&st, DIO_E_GONE, SX_REFUSED_ENDING, sx_kind_text(obj->f.key.kind),
		       obj->f.key.name, why);
	sx_resolve(obj, &st, NULL);
	while ((dependent = sx_registry_dependent(&obj->core->registry, obj, dependent)))
		sx_doom(dependent, why);
}

static void ended(void *arg, const struct ld_reply *reply, int fd)
{
	struct sx_entry *obj = arg;
	struct sx_core *c = obj->core;
	struct dio_status st;

	(void)fd;
	if (reply && (!reply->error || reply->error == -ENOENT)) {
		dio_info("removed %s %s of 0x%llx, id %u", sx_kind_text(obj->f.key.kind),
			 obj->f.key.name, (unsigned long long)obj->f.key.cd, obj->f.id);
		sx_forget(obj, &ok);
	} else {
		sx_status_of_reply(reply, obj, &st);
		dio_error("%s %s is not removed: %s", sx_kind_text(obj->f.key.kind),
			  obj->f.key.name, st.message);
		obj->f.state = obj->before;
		obj->doomed = false;
		sx_resolve(obj, &st, obj);
	}
	sx_end_ready(c);
}

static int submit_end(struct sx_entry *obj)
{
	const struct sx_kernel *k = &obj->core->parts.kernel;
	struct ld_request req = { .op = LD_DESTROY };
	int err;

	req.object.kind = obj->f.key.kind;
	req.object.id = obj->f.id;
	if (obj->replaces) {
		req.op = LD_RETIRE;
		req.keep = (struct safex_keep){ obj->f.id, obj->f.version };
	}
	err = k->submit(k->context, obj->f.uid, &req, NULL, ended, obj);
	if (err)
		return err;
	obj->before = obj->f.state;
	obj->f.state = SX_ENDING;
	return 0;
}

static bool is_needed(struct sx_entry *obj)
{
	struct sx_entry *o = NULL;

	while ((o = sx_registry_dependent(&obj->core->registry, obj, o)))
		if (o->f.state != SX_ENDING)
			return true;
	return false;
}

/*
 * The loader's queue may be full, or one user's part of it: the next answer brings
 * us here again.
 */
void sx_end_ready(struct sx_core *c)
{
	struct sx_entry *obj;

	TAILQ_FOREACH_REVERSE(obj, &c->registry.objects, sx_entries, link) {
		if (obj->doomed && is_idle(obj) && !is_needed(obj))
			submit_end(obj);
	}
	sx_adopt_ask(c);
}

static void activated(void *arg, const struct ld_reply *reply, int fd)
{
	struct sx_entry *obj = arg;
	struct sx_core *c = obj->core;
	struct dio_status st;

	(void)fd;
	sx_status_of_reply(reply, obj, &st);
	obj->f.state = st.code ? SX_PREPARED : SX_ACTIVE;
	if (!st.code && obj->replaces)
		obj = sx_replace_done(obj);
	else if (!st.code) {
		sx_watch_committed(obj);
		sx_save(obj);
	}
	sx_resolve(obj, &st, obj);
	sx_end_ready(c);
}

/* Only programs that are called by time or event have something to start. */
static void start(struct sx_entry *obj, sx_done *done, void *arg)
{
	const struct sx_kernel *k = &obj->core->parts.kernel;
	struct ld_request req = { .op = LD_ACTIVATE };
	struct dio_status st;
	int err;

	if (obj->f.key.kind != SAFEX_KIND_MONITOR && obj->f.key.kind != SAFEX_KIND_HANDLER) {
		obj->f.state = SX_ACTIVE;
		sx_watch_committed(obj);
		sx_save(obj);
		done(arg, &ok, obj);
		return;
	}
	req.object.kind = obj->f.key.kind;
	req.object.id = obj->f.id;
	err = k->submit(k->context, obj->f.uid, &req, NULL, activated, obj);
	if (err) {
		sx_status_of_submit(err, obj->f.key.name, &st);
		done(arg, &st, NULL);
		return;
	}
	obj->f.state = SX_ACTIVATING;
	sx_wait(obj, done, arg);
}

static void say_missing(const struct sx_key *key, sx_done *done, void *arg)
{
	sx_say(done, arg, sx_kind_missing(key->kind), SX_REFUSED_ELSEWHERE, sx_kind_text(key->kind),
	       key->name);
}

void sx_core_commit(struct sx_core *c, const struct sx_key *key, uid_t uid,
		    sx_done *done, void *arg)
{
	struct sx_entry *obj = sx_registry_find(&c->registry, key);
	struct dio_status st;

	if (obj && obj->next)
		obj = obj->next;
	if (!obj || obj->doomed)
		say_missing(key, done, arg);
	else if (sx_judge_owner(uid, obj->f.uid, sx_kind_text(key->kind), key->name, &st))
		done(arg, &st, NULL);
	else if (obj->f.state == SX_ACTIVE)
		done(arg, &ok, obj);
	else if (obj->f.state == SX_ACTIVATING)
		sx_wait(obj, done, arg);
	else if (obj->f.state == SX_PREPARED)
		start(obj, done, arg);
	else
		sx_say(done, arg, DIO_E_BUSY, SX_REFUSED_PREPARED, key->name);
}

static void end(struct sx_entry *obj, sx_done *done, void *arg)
{
	sx_doom(obj, "as was asked");
	if (!sx_wait(obj, done, arg))
		sx_end_ready(obj->core);
}

static void say_needed(struct sx_entry *obj, sx_done *done, void *arg)
{
	struct sx_entry *o = sx_registry_dependent(&obj->core->registry, obj, NULL);

	while (o && o->f.state == SX_ENDING)
		o = sx_registry_dependent(&obj->core->registry, obj, o);
	sx_say(done, arg, DIO_E_IN_USE, SX_REFUSED_USED_BY, sx_kind_text(obj->f.key.kind),
	       obj->f.key.name, o ? sx_kind_text(o->f.key.kind) : "another",
	       o ? o->f.key.name : "object");
}

/* It is asked for once more, should that have been refused. */
static void wait_for_end(struct sx_entry *obj, sx_done *done, void *arg)
{
	struct sx_core *c = obj->core;

	if (!sx_wait(obj, done, arg))
		sx_end_ready(c);
}

void sx_core_abort(struct sx_core *c, const struct sx_key *key, uint64_t request, uid_t uid,
		   sx_done *done, void *arg)
{
	struct sx_entry *obj = sx_registry_find(&c->registry, key);

	if (obj && obj->next)
		obj = obj->next;
	if (!obj || obj->f.request != request || obj->f.uid != uid)
		done(arg, &ok, NULL);
	else if (obj->doomed)
		wait_for_end(obj, done, arg);
	else if (is_needed(obj))
		say_needed(obj, done, arg);
	else
		end(obj, done, arg);
}

void sx_core_destroy(struct sx_core *c, const struct sx_key *key, uid_t uid,
		     sx_done *done, void *arg)
{
	struct sx_entry *obj = sx_registry_find(&c->registry, key);
	struct dio_status st;

	if (!obj)
		say_missing(key, done, arg);
	else if (sx_judge_owner(uid, obj->f.uid, sx_kind_text(key->kind), key->name, &st))
		done(arg, &st, NULL);
	else if (obj->doomed)
		wait_for_end(obj, done, arg);
	else if (is_needed(obj))
		say_needed(obj, done, arg);
	else
		end(obj, done, arg);
}
