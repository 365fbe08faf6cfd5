/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a restarted safexd finds: the kernel says what is there, the state
 * files whose it is. An object without a file was being made when the last
 * daemon ended, or somebody has removed the file: nobody knows what it declares
 * and to whom it belongs, and it goes. The nameserver has it made anew.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dio_log.h"
#include "sx_core_internal.h"
#include "sx_state.h"

static bool is_of(const struct sx_facts *f, const struct safex_object *object,
		  const struct safex_stat *stat)
{
	return f->key.kind == object->kind &&
	       (f->key.kind == SAFEX_KIND_CHANNEL || f->key.cd == stat->cd);
}

/* There is none, or none that can be trusted; else it can't be read now. */
static bool is_no_state(int err)
{
	return err == -ENOENT || err == -EPROTO || err == -ELOOP || err == -EISDIR;
}

/* *known: it is known whose it is and what for. 0 or -errno. */
static int facts_of(struct sx_core *c, const struct safex_stat *stat, struct sx_facts *f,
		    char (**initial)[SX_EXPRESSION], bool *known)
{
	uint32_t id = stat->object.id;
	int err = sx_state_load(c->parts.state_dir, id, f, initial);

	*known = !err && is_of(f, &stat->object, stat);
	if (*known || (err && !is_no_state(err)))
		return err;
	free(*initial);
	*initial = NULL;
	memset(f, 0, sizeof(*f));
	f->id = id;
	f->key.kind = stat->object.kind;
	f->key.cd = stat->cd;
	f->state = SX_ACTIVE;
	f->version = stat->version;
	snprintf(f->key.name, sizeof(f->key.name), "%.*s", SAFEX_NAME_MAX - 1, stat->name);
	return 0;
}

static bool has_program(enum safex_kind kind)
{
	return kind == SAFEX_KIND_MANAGER || kind == SAFEX_KIND_MONITOR ||
	       kind == SAFEX_KIND_HANDLER;
}

/*
 * Whoever took its pin away while there was no safexd has ended its program with it.
 * Its owner may have committed it meanwhile, and waits for this.
 */
static void told_of_program(void *arg, const struct ld_reply *reply, int fd)
{
	struct sx_entry *obj = arg;
	struct dio_status st;

	(void)fd;
	obj->f.state = obj->before;
	if (reply && reply->error == -ENOENT) {
		dio_warn("%s %s of 0x%llx has no program any more", sx_kind_text(obj->f.key.kind),
			 obj->f.key.name, (unsigned long long)obj->f.key.cd);
		sx_doom(obj, "its program was taken away");
	} else {
		sx_status_of_reply(reply, obj, &st);
		sx_resolve(obj, &st, obj);
	}
	sx_end_ready(obj->core);
}

/* One that aborts too often is taken off by the kernel, and stays so: it has its pin. */
static void ask_for_program(struct sx_entry *obj)
{
	const struct sx_kernel *k = &obj->core->parts.kernel;
	struct ld_request req = { .op = LD_PINNED };

	req.object.kind = obj->f.key.kind;
	req.object.id = obj->f.id;
	if (k->submit(k->context, obj->f.uid, &req, NULL, told_of_program, obj))
		return;
	obj->stands = false;
	obj->before = obj->f.state;
	obj->f.state = SX_ACTIVATING;
}

void sx_adopt_ask(struct sx_core *c)
{
	struct sx_entry *obj;

	TAILQ_FOREACH(obj, &c->registry.objects, link)
		if (obj->stands && !obj->doomed && obj->f.state == SX_ACTIVE)
			ask_for_program(obj);
}

static void watch(struct sx_entry *obj)
{
	if (obj->f.pid)
		sx_watch_adopted(obj);
	if (obj->f.state == SX_PREPARED && sx_watch_commit(obj))
		sx_doom(obj, "out of memory");
}

static int adopt_one(struct sx_core *c, const struct safex_object *object)
{
	struct safex_stat stat = { .object = *object };
	const struct sx_kernel *k = &c->parts.kernel;
	char (*initial)[SX_EXPRESSION] = NULL;
	struct sx_facts facts;
	struct sx_entry *obj;
	int err = k->stat(k->context, &stat);
	bool known;

	if (!err)
		err = facts_of(c, &stat, &facts, &initial, &known);
	if (err)
		return err;
	known = known && !sx_registry_find(&c->registry, &facts.key);
	obj = sx_registry_add(&c->registry, &facts.key);
	if (!obj) {
		free(initial);
		return -ENOMEM;
	}
	obj->core = c;
	obj->f = facts;
	obj->initial = initial;
	obj->adopted = known;
	obj->stands = known && facts.state == SX_ACTIVE && !stat.active && has_program(facts.key.kind);
	if (known)
		sx_replace_adopt(obj, &stat);
	dio_info("%s %s %s of 0x%llx, id %u", known ? "adopted" : "found unfinished",
		 sx_kind_text(object->kind), facts.key.name, (unsigned long long)facts.key.cd,
		 object->id);
	return 0;
}

/* When all are there: who goes takes along what needs it. */
static void settle(struct sx_core *c)
{
	struct sx_entry *obj;

	TAILQ_FOREACH(obj, &c->registry.objects, link) {
		if (obj->adopted)
			watch(obj);
		else
			sx_doom(obj, "it was left unfinished");
	}
	sx_end_ready(c);
}

/* Ids rise with time: a parent comes before its children. */
int sx_core_adopt(struct sx_core *c)
{
	const struct sx_kernel *k = &c->parts.kernel;
	struct safex_object object = { 0 };
	int err;

	while (!(err = k->next(k->context, &object))) {
		if (object.kind == SAFEX_KIND_GUARD)
			continue;
		err = adopt_one(c, &object);
		if (err && err != -ENOENT)
			return err;
	}
	settle(c);
	return err == -ENOENT ? 0 : err;
}
