/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A new version of a monitor or handler. While it is prepared it is an entry
 * beside the one it replaces, and takes the same way; when it runs, its facts
 * become those of the old entry, which keeps what it needs to go back.
 *
 * The kernel goes back by itself, at once. What is done here can wait: to see
 * that it has, to end the probation, and to unload the version that is out.
 */
#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "dio_log.h"
#include "sx_core_internal.h"
#include "sx_judge.h"
#include "sx_refusals.h"
#include "sx_variables.h"

#define LOOK_MS	100	/* how often a version on probation is looked at */

bool sx_is_replacement(const struct sx_entry *obj, const struct sx_spec *spec)
{
	return (spec->key.kind == SAFEX_KIND_MONITOR || spec->key.kind == SAFEX_KIND_HANDLER) &&
	       spec->version > obj->f.version && !obj->doomed;
}

bool sx_replace_refused(struct sx_entry *obj, const struct sx_spec *spec, sx_done *done, void *arg)
{
	const char *what = sx_kind_text(spec->key.kind), *name = spec->key.name;
	struct dio_status st;

	if (sx_judge_owner(spec->uid, obj->f.uid, what, name, &st))
		done(arg, &st, NULL);
	else if (obj->f.state != SX_ACTIVE)
		sx_say(done, arg, DIO_E_BUSY, SX_REFUSED_NOT_RUNNING, what, name);
	else if (obj->f.before.number)
		sx_say(done, arg, DIO_E_BUSY, SX_REFUSED_PROBATION, what, name, obj->f.version);
	else
		return false;
	return true;
}

void sx_replace_begin(struct sx_entry *obj, struct sx_entry *next)
{
	obj->next = next;
	next->replaces = obj;
}

void sx_replace_request(const struct sx_entry *next, struct ld_request *req)
{
	const struct sx_facts *old = &next->replaces->f;
	struct safex_ext_create ext = req->ext;

	req->op = LD_NEXT;
	req->next = (struct ld_next){ .ext = ext };
	req->next.ext.id = old->id;
	if (sx_variables_agree(old->layout, next->f.layout))
		req->next.share = old->version;
}

static void version_of(const struct sx_facts *f, struct sx_version *v)
{
	*v = (struct sx_version){
		.number = f->version, .request = f->request,
		.period = f->period, .budget = f->budget,
	};
	memcpy(v->layout, f->layout, sizeof(v->layout));
}

static void become(struct sx_facts *f, const struct sx_version *v)
{
	f->version = v->number;
	f->request = v->request;
	f->period = v->period;
	f->budget = v->budget;
	memcpy(f->layout, v->layout, sizeof(f->layout));
}

static void retired(void *arg, const struct ld_reply *reply, int fd)
{
	(void)fd;
	if (reply && reply->error)
		dio_warn("a version could not be unloaded: %s", strerror(-reply->error));
	sx_end_ready(arg);	/* for which there may have been no room */
}

/* For nobody, so in nobody's part of the loader's queue. If that is full, the loader's next start unloads it. */
static void retire(const struct sx_entry *obj, uint32_t version)
{
	const struct sx_kernel *k = &obj->core->parts.kernel;
	struct ld_request req = { .op = LD_RETIRE };

	req.keep = (struct safex_keep){ obj->f.id, version };
	if (k->submit(k->context, 0, &req, NULL, retired, obj->core))
		dio_warn("%s: version %u could not be unloaded", obj->f.key.name, version);
}

static void went_back(struct sx_entry *obj, const struct safex_stat *stat)
{
	dio_warn("%s %s of 0x%llx went back from version %u to version %u",
		 sx_kind_text(obj->f.key.kind), obj->f.key.name,
		 (unsigned long long)obj->f.key.cd, obj->f.version, stat->version);
	retire(obj, obj->f.version);
	become(&obj->f, &obj->f.before);
	obj->f.before.number = 0;
	sx_watch_committed(obj);
	sx_save(obj);
}

/*
 * The old version is unloaded. Should the kernel go back to it just now, the
 * loader refuses, and the next look finds out.
 */
static void version_passed(struct sx_entry *obj)
{
	dio_info("%s %s: version %u has passed its probation", sx_kind_text(obj->f.key.kind),
		 obj->f.key.name, obj->f.version);
	obj->f.before.number = 0;
	sx_watch_committed(obj);
	sx_save(obj);
}

/* The object may be gone when the loader has answered. */
struct retiring {
	struct sx_core *core;
	struct safex_keep keep;
};

static void passed(void *arg, const struct ld_reply *reply, int fd)
{
	struct retiring *r = arg;
	struct sx_core *c = r->core;
	struct sx_entry *obj = sx_registry_by_id(&c->registry, r->keep.id);

	(void)fd;
	if (obj)
		obj->retiring = false;
	if (obj && reply && !reply->error && obj->f.before.number == r->keep.version)
		version_passed(obj);
	free(r);
	sx_end_ready(c);	/* for which there may have been no room */
}

/* Once at a time: what the loader is slow with is not asked for again and again. */
static void end_probation(struct sx_entry *obj)
{
	const struct sx_kernel *k = &obj->core->parts.kernel;
	struct ld_request req = { .op = LD_RETIRE };
	struct retiring *r = obj->retiring ? NULL : malloc(sizeof(*r));

	if (!r)
		return;
	req.keep = (struct safex_keep){ obj->f.id, obj->f.before.number };
	*r = (struct retiring){ obj->core, req.keep };
	obj->retiring = true;
	if (k->submit(k->context, 0, &req, NULL, passed, r)) {
		obj->retiring = false;
		free(r);
	}
}

static void look(evutil_socket_t fd, short what, void *arg)
{
	struct sx_entry *obj = arg;
	struct safex_stat stat = { .object = { obj->f.key.kind, obj->f.id } };
	const struct sx_kernel *k = &obj->core->parts.kernel;

	(void)fd;
	(void)what;
	if (obj->doomed || k->stat(k->context, &stat))
		return;
	if (stat.version == obj->f.before.number)
		went_back(obj, &stat);
	else if (sx_now_ms() >= obj->probation_ends)
		end_probation(obj);
}

/* Without memory for the timer the old version is kept until the daemon's next start. */
static void start_probation(struct sx_entry *obj)
{
	const struct timeval often = { 0, LOOK_MS * 1000 };

	obj->probation_ends = sx_now_ms() + obj->f.probation / 1000000;
	obj->timer = event_new(obj->core->parts.base, -1, EV_PERSIST, look, obj);
	if (!obj->timer || event_add(obj->timer, &often))
		dio_warn("%s: out of memory", obj->f.key.name);
}

struct sx_entry *sx_replace_done(struct sx_entry *next)
{
	struct sx_entry *obj = next->replaces;
	struct sx_version v;

	version_of(&obj->f, &obj->f.before);
	version_of(&next->f, &v);
	become(&obj->f, &v);
	obj->f.probation = next->f.probation;
	obj->writes = next->writes;
	obj->kept = next->kept;
	STAILQ_CONCAT(&obj->waiters, &next->waiters);
	sx_registry_remove(&obj->core->registry, next);
	sx_save(obj);
	start_probation(obj);
	dio_info("%s %s of 0x%llx: version %u runs, on probation", sx_kind_text(obj->f.key.kind),
		 obj->f.key.name, (unsigned long long)obj->f.key.cd, obj->f.version);
	return obj;
}

/* One that was activated just before the last daemon ended: its facts are lost. */
static void found_newer(struct sx_entry *obj, const struct safex_stat *stat)
{
	struct sx_facts *f = &obj->f;

	version_of(f, &f->before);
	f->version = stat->version;
	f->request = 0;
	f->period = stat->period;
	f->budget = stat->budget;
	memset(f->layout, 0, sizeof(f->layout));
	sx_save(obj);
}

void sx_replace_adopt(struct sx_entry *obj, const struct safex_stat *stat)
{
	struct sx_facts *f = &obj->f;

	if (stat->next)
		retire(obj, stat->next);
	if (f->before.number && stat->version == f->before.number)
		went_back(obj, stat);
	else if (stat->version != f->version)
		found_newer(obj, stat);
	if (f->before.number)
		start_probation(obj);
}
