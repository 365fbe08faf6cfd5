/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The way of an object into the kernel:
 *
 *	judged -> compiled (programs) -> loaded -> prepared
 *
 * What fails on the way leaves nothing; the waiters are told why.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dio_log.h"
#include "sx_cache.h"
#include "sx_compile.h"
#include "sx_core_internal.h"
#include "sx_refusals.h"

#define UNFINISHED_MS	1000
#define WARNINGS_LOGGED	8	/* of one source */

static const struct dio_status ok;

/* Of one prepare: what it found out, until the object has it. */
struct preparing {
	struct sx_entry *obj;
	struct sx_parents on;
	uint8_t digest[SX_DIGEST];
	bool cached;
	uint32_t ms[SX_STAGE_KERNEL];
	uint64_t started, compiled;	/* ms */
	char file[SAFEX_FILE_MAX];	/* of the source, for records */
	struct dio_status said;		/* OK, with the compiler's warnings */
};

static void fail(struct preparing *p, enum sx_stage stage, const struct dio_status *st)
{
	const struct sx_core_parts *parts = &p->obj->core->parts;
	struct sx_core *c = p->obj->core;

	dio_info("refused %s %s of 0x%llx for user %u: %s: %.*s",
		 sx_kind_text(p->obj->f.key.kind), p->obj->f.key.name,
		 (unsigned long long)p->obj->f.key.cd, p->obj->f.uid,
		 dio_error_text(st->code), (int)strcspn(st->message, "\n"), st->message);
	if (parts->failed)
		parts->failed(parts->failed_arg, &p->obj->f.key, p->obj->f.uid, stage, st);
	p->obj->f.id = 0;
	sx_forget(p->obj, st);
	free(p);
	sx_end_ready(c);
}

static void fail_errno(struct preparing *p, int err, const char *what)
{
	struct dio_status st;

	dio_status_set(&st, dio_error_from_errno(err), "%s: %s: %s", p->obj->f.key.name, what,
		       strerror(-err));
	fail(p, SX_STAGE_LOAD, &st);
}

static void fail_busy(struct preparing *p)
{
	struct dio_status st;

	dio_status_busy(&st, sx_workers_wait_ms(p->obj->core->parts.workers),
			SX_REFUSED_BUSY_COMPILES, p->obj->f.key.name);
	fail(p, SX_STAGE_COMPILE, &st);
}

/* How long each stage took, in ms; nothing of an object without a program. */
static void stage_text(const struct preparing *p, char *buf, size_t size)
{
	const uint32_t *ms = p->ms;

	buf[0] = '\0';
	if (p->cached)
		snprintf(buf, size, "cached, ");
	else if (p->compiled != p->started)
		snprintf(buf, size, "admit %u, compile %u, instrument %u, guard %u, audit %u, ",
			 ms[SX_STAGE_ADMIT], ms[SX_STAGE_COMPILE], ms[SX_STAGE_INSTRUMENT],
			 ms[SX_STAGE_GUARD], ms[SX_STAGE_AUDIT]);
}

static void log_prepared(const struct preparing *p)
{
	const struct sx_facts *f = &p->obj->f;
	char stages[128];

	stage_text(p, stages, sizeof(stages));
	dio_info("prepared %s %s of 0x%llx for user %u: id %u; ms: %sload %llu",
		 sx_kind_text(f->key.kind), f->key.name, (unsigned long long)f->key.cd, f->uid,
		 f->id, stages, (unsigned long long)(sx_now_ms() - p->compiled));
}

/* A line each, without the code that clang shows. */
static void log_warnings(const struct preparing *p)
{
	const struct sx_facts *f = &p->obj->f;
	unsigned int n = 0;

	for (const char *line = p->said.message, *next; line && n < WARNINGS_LOGGED; line = next) {
		const char *what = strstr(line, ": warning: ");

		next = strchr(line, '\n');
		if (next)
			next++;
		if (!what || (next && what > next))
			continue;
		dio_warn("%s %s of 0x%llx: %.*s", sx_kind_text(f->key.kind), f->key.name,
			 (unsigned long long)f->key.cd, (int)strcspn(line, "\n"), line);
		n++;
	}
}

static uint32_t id_in(const struct ld_reply *reply)
{
	switch (reply->op) {
	case LD_MANAGER:
		return reply->manager.id;
	case LD_CLASS:
		return reply->class.id;
	case LD_EXT:
		return reply->ext.id;
	case LD_NEXT:
		return reply->next.ext.id;
	default:
		return reply->channel.id;
	}
}

static void loaded(void *arg, const struct ld_reply *reply, int fd)
{
	struct preparing *p = arg;
	struct sx_entry *obj = p->obj;
	struct dio_status st;

	(void)fd;
	sx_status_of_reply(reply, obj, &st);
	if (st.code) {
		fail(p, SX_STAGE_LOAD, &st);
		return;
	}
	obj->f.id = id_in(reply);
	obj->kept = reply->op == LD_NEXT && reply->next.share;
	obj->f.state = SX_PREPARED;
	log_prepared(p);
	log_warnings(p);
	if ((obj->pidfd >= 0 && sx_watch_process(obj)) || sx_watch_commit(obj))
		sx_doom(obj, "out of memory");
	sx_save(obj);
	sx_resolve(obj, &p->said, obj);
	free(p);
	sx_end_ready(obj->core);
}

static void submit(struct preparing *p, const struct ld_request *req, const int *fds)
{
	const struct sx_kernel *k = &p->obj->core->parts.kernel;
	int err = k->submit(k->context, p->obj->f.uid, req, fds, loaded, p);
	struct dio_status st;

	if (!err)
		return;
	sx_status_of_submit(err, p->obj->f.key.name, &st);
	fail(p, SX_STAGE_LOAD, &st);
}

/* What the manager declares is kept: classes are laid out by it. */
static int keep_initial(struct sx_entry *obj, const struct sx_result *result)
{
	struct sx_facts *f = &obj->f;

	obj->initial = calloc(SAFEX_ATTRS_MAX, sizeof(*obj->initial));
	if (!obj->initial)
		return -ENOMEM;
	f->n_attrs = result->n_attrs;
	memcpy(f->attrs, result->attrs, f->n_attrs * sizeof(f->attrs[0]));
	memcpy(obj->initial, result->initial, f->n_attrs * sizeof(*obj->initial));
	return 0;
}

static void fill_manager(const struct preparing *p, struct safex_manager_create *m)
{
	const struct sx_facts *f = &p->obj->f;

	memcpy(m->file, p->file, sizeof(m->file));
	memcpy(m->name, f->key.name, sizeof(m->name));
	m->period = f->period;
	m->budget = f->budget;
	m->n_attrs = f->n_attrs;
	memcpy(m->attrs, f->attrs, sizeof(m->attrs));
}

static void fill_ext(struct preparing *p, const struct sx_result *result,
		     struct safex_ext_create *ext)
{
	const struct sx_facts *f = &p->obj->f;

	memcpy(ext->name, f->key.name, sizeof(ext->name));
	memcpy(ext->file, p->file, sizeof(ext->file));
	ext->kind = f->key.kind;
	ext->class_id = p->on.class->f.id;
	ext->period = f->period;
	ext->budget = f->budget;
	ext->read_mask = result->read_mask;
	ext->write_mask = result->write_mask;
	ext->version = f->version;
	memcpy(p->obj->f.layout, result->layout, sizeof(f->layout));
	p->obj->writes = __builtin_popcountll(result->write_mask);
}

static void close_both(const int *fds)
{
	for (int i = 0; i < 2; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

static int prepare_manager(struct preparing *p, const struct sx_result *result,
			   struct ld_request *req, int *fds)
{
	int err = keep_initial(p->obj, result);

	if (err)
		return err;
	req->op = LD_MANAGER;
	fill_manager(p, &req->manager);
	fds[1] = sx_memfd(result->guard.data, result->guard.size);
	return fds[1] < 0 ? fds[1] : 0;
}

static void load_program(struct preparing *p, const struct sx_result *result)
{
	struct ld_request req = { .op = LD_EXT };
	int fds[3] = { -1, -1, -1 };
	int err = 0;

	fds[0] = sx_memfd(result->program.data, result->program.size);
	if (fds[0] < 0)
		err = fds[0];
	else if (p->obj->f.key.kind == SAFEX_KIND_MANAGER)
		err = prepare_manager(p, result, &req, fds);
	else
		fill_ext(p, result, &req.ext);
	if (p->obj->replaces)
		sx_replace_request(p->obj, &req);
	if (err)
		fail_errno(p, err, "memory file");
	else
		submit(p, &req, fds);
	close_both(fds);
}

static bool is_gone(struct preparing *p)
{
	struct dio_status st;

	if (!p->obj->doomed)
		return false;
	dio_status_set(&st, DIO_E_GONE, SX_REFUSED_REMOVED, sx_kind_text(p->obj->f.key.kind),
		       p->obj->f.key.name);
	fail(p, SX_STAGE_COMPILE, &st);
	return true;
}

static void compiled(void *arg, struct sx_result *result)
{
	struct preparing *p = arg;

	p->compiled = sx_now_ms();
	memcpy(p->ms, result->ms, sizeof(p->ms));
	if (is_gone(p)) {
		sx_result_release(result);
		return;
	}
	p->obj->f.state = SX_LOADING;
	if (result->status.code) {
		fail(p, result->stage, &result->status);
	} else {
		if (!p->cached)
			sx_cache_put(p->obj->core->parts.cache, p->digest, result);
		p->said = result->status;
		load_program(p, result);
	}
	sx_result_release(result);
}

static void compile(struct preparing *p, const struct sx_spec *spec)
{
	const struct sx_core_parts *parts = &p->obj->core->parts;
	struct sx_job job = {
		.role = spec->key.kind, .file = spec->file,
		.source = spec->source, .length = spec->length,
	};
	static struct sx_result result;
	int err;

	sx_compile_record_file(spec->file, p->file, sizeof(p->file));
	if (p->on.class) {
		job.attrs = p->on.class->f.attrs;
		job.n_attrs = p->on.class->f.n_attrs;
	}
	sx_pipeline_digest(parts->tools, &job, p->digest);
	p->cached = !sx_cache_get(parts->cache, p->digest, &result);
	if (p->cached) {
		compiled(p, &result);
		return;
	}
	err = sx_workers_submit(parts->workers, p->obj->f.uid, &job, compiled, p);
	if (err == -EBUSY)
		fail_busy(p);
	else if (err)
		fail_errno(p, err, "no worker for the compiler");
}

static void load_class(struct preparing *p)
{
	struct ld_request req = { .op = LD_CLASS };
	const struct sx_facts *f = &p->obj->f;
	int fds[2] = { p->obj->pidfd, -1 };

	req.class.cd = f->key.cd;
	req.class.manager = p->on.manager->f.id;
	req.class.pidfd = p->obj->pidfd < 0 ? -1 : 0;
	req.class.n_attrs = f->n_attrs;
	memcpy(req.class.attrs, f->attrs, sizeof(req.class.attrs));
	submit(p, &req, fds);
}

static void load_channel(struct preparing *p)
{
	struct ld_request req = { .op = LD_CHANNEL };
	const int fds[1] = { -1 };

	req.channel.monitor = p->on.monitor->f.id;
	req.channel.handler = p->on.handler->f.id;
	submit(p, &req, fds);
}

/* The entry itself counts in the limits: it is there from the start. */
static struct preparing *begin(struct sx_core *c, const struct sx_spec *spec)
{
	struct preparing *p = calloc(1, sizeof(*p));
	struct sx_entry *obj = p ? sx_registry_add(&c->registry, &spec->key) : NULL;

	if (!obj) {
		free(p);
		return NULL;
	}
	obj->core = c;
	obj->f.state = SX_LOADING;
	obj->f.uid = spec->uid;
	obj->f.request = spec->request;
	obj->f.period = spec->period;
	obj->f.budget = spec->budget;
	obj->f.version = spec->version;
	obj->f.probation = spec->probation;
	p->obj = obj;
	p->started = p->compiled = sx_now_ms();
	return p;
}

static void go(struct preparing *p, const struct sx_spec *spec)
{
	struct dio_status st;

	if (sx_vet(p->obj, spec, &p->on, &st)) {
		fail(p, SX_STAGE_ADMIT, &st);
	} else if (spec->key.kind == SAFEX_KIND_CLASS) {
		load_class(p);
	} else if (spec->key.kind == SAFEX_KIND_CHANNEL) {
		load_channel(p);
	} else {
		p->obj->f.state = SX_COMPILING;
		compile(p, spec);
	}
}

/* Of a nameserver before this one, perhaps: whether it comes to be is not known yet. */
static void say_unfinished(const struct sx_spec *spec, sx_done *done, void *arg)
{
	struct dio_status st;

	dio_status_busy(&st, UNFINISHED_MS, SX_REFUSED_COMING, sx_kind_text(spec->key.kind),
			spec->key.name);
	done(arg, &st, NULL);
}

static void again(struct sx_entry *obj, const struct sx_spec *spec, sx_done *done, void *arg)
{
	const char *what = sx_kind_text(spec->key.kind);

	if (obj->doomed)
		sx_say(done, arg, DIO_E_BUSY, SX_REFUSED_LEAVING, what, spec->key.name);
	else if (obj->f.request != spec->request && obj->f.uid == spec->uid &&
		 (obj->f.state == SX_COMPILING || obj->f.state == SX_LOADING))
		say_unfinished(spec, done, arg);
	else if (obj->f.request != spec->request || obj->f.uid != spec->uid)
		sx_say(done, arg, DIO_E_EXISTS, SX_REFUSED_EXISTS, what, spec->key.name);
	else if (obj->f.state == SX_COMPILING || obj->f.state == SX_LOADING)
		sx_wait(obj, done, arg);
	else
		done(arg, &ok, obj);
}

void sx_core_prepare(struct sx_core *c, const struct sx_spec *spec, sx_done *done, void *arg)
{
	struct sx_entry *obj = sx_registry_find(&c->registry, &spec->key), *old = NULL;
	struct preparing *p;

	if (obj && sx_is_replacement(obj, spec)) {
		old = obj;
		obj = old->next;
		if (!obj && sx_replace_refused(old, spec, done, arg))
			return;
	}
	if (obj) {
		again(obj, spec, done, arg);
		return;
	}
	p = begin(c, spec);
	if (p && old)
		sx_replace_begin(old, p->obj);
	if (!p) {
		sx_say(done, arg, DIO_E_NO_MEMORY, "out of memory");
	} else if (sx_wait(p->obj, done, arg)) {
		sx_registry_remove(&c->registry, p->obj);
		free(p);
	} else {
		go(p, spec);
	}
}
