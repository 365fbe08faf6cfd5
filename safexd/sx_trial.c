/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a prepare would come to: judged, compiled, weighed against what is
 * left of the host's time. No entry, no request to the loader, no record.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "dio_log.h"
#include "sx_cache.h"
#include "sx_core_internal.h"
#include "sx_layout.h"
#include "sx_refusals.h"

/* What is needed again after the compile: until then anything may have gone. */
struct trial {
	struct sx_core *core;
	uid_t uid;
	struct sx_key key;
	uint64_t budget, period;	/* ns; period: of a handler, its manager's */
	uint64_t guard;			/* ns, for each attribute that it sets */
	uint8_t digest[SX_DIGEST];
	bool cached;
	struct sx_trial_result result;	/* attrs: what it is compiled against */
	sx_tried *done;
	void *arg;
};

static void tell_host(struct sx_core *c, struct sx_trial_result *r)
{
	const struct sx_kernel *k = &c->parts.kernel;
	struct utsname u;
	int err = k->info(k->context, &r->info);

	sx_tools_print(c->parts.tools, r->compiler, sizeof(r->compiler));
	if (!uname(&u))
		snprintf(r->release, sizeof(r->release), "%.63s", u.release);
	if (err && !r->status.code)
		dio_status_set(&r->status, DIO_E_KERNEL, SX_REFUSED_KERNEL_SILENT, strerror(-err));
}

/* A manager is given time with each of its classes only. */
static void weigh(struct trial *t)
{
	struct sx_trial_result *r = &t->result;
	uint64_t time = t->budget + __builtin_popcountll(r->write_mask) * t->guard;

	if (!t->period)
		return;
	r->asked_ppm = sx_layout_ppm(time, t->period);
	if (r->status.code || t->key.kind == SAFEX_KIND_MANAGER)
		return;
	if (sx_layout_time(time, t->period, &r->info, &r->status))
		r->stage = SX_STAGE_LOAD;
}

static void finish(struct trial *t)
{
	struct sx_trial_result *r = &t->result;

	tell_host(t->core, r);
	weigh(t);
	dio_info("checked %s %s of 0x%llx for user %u: %s", sx_kind_text(t->key.kind), t->key.name,
		 (unsigned long long)t->key.cd, t->uid, dio_error_text(r->status.code));
	t->done(t->arg, r);
	free(t);
}

static void compiled(void *arg, struct sx_result *result)
{
	struct trial *t = arg;
	struct sx_trial_result *r = &t->result;

	r->status = result->status;
	r->stage = result->stage;
	if (!r->status.code) {
		if (!t->cached)
			sx_cache_put(t->core->parts.cache, t->digest, result);
		r->read_mask = result->read_mask;
		r->write_mask = result->write_mask;
		if (t->key.kind == SAFEX_KIND_MANAGER) {
			r->n_attrs = result->n_attrs;
			memcpy(r->attrs, result->attrs, sizeof(r->attrs));
		}
	}
	sx_result_release(result);
	finish(t);
}

/* err: of sx_workers_submit(). */
static void not_compiled(struct sx_core *c, int err, const char *what, struct dio_status *st)
{
	if (err == -EBUSY)
		dio_status_busy(st, sx_workers_wait_ms(c->parts.workers), SX_REFUSED_BUSY_COMPILES,
				what);
	else
		dio_status_set(st, dio_error_from_errno(err), SX_REFUSED_NO_WORKER, what,
			       strerror(-err));
}

static void compile(struct trial *t, const struct sx_spec *spec)
{
	const struct sx_core_parts *parts = &t->core->parts;
	struct sx_job job = {
		.role = spec->key.kind, .file = spec->file,
		.source = spec->source, .length = spec->length,
		.attrs = t->result.n_attrs ? t->result.attrs : NULL, .n_attrs = t->result.n_attrs,
	};
	static struct sx_result result;
	int err;

	sx_pipeline_digest(parts->tools, &job, t->digest);
	t->cached = !sx_cache_get(parts->cache, t->digest, &result);
	if (t->cached) {
		compiled(t, &result);
		return;
	}
	err = sx_workers_submit(parts->workers, t->uid, &job, compiled, t);
	if (!err)
		return;
	not_compiled(t->core, err, t->key.name, &t->result.status);
	t->result.stage = SX_STAGE_LOAD;
	finish(t);
}

static void put_on(struct trial *t, const struct sx_parents *on)
{
	const struct sx_entry *layout = on->class ? on->class : on->manager;

	if (!on->manager)
		return;
	t->guard = on->manager->f.budget;
	if (!t->period)
		t->period = on->manager->f.period;
	t->result.n_attrs = layout->f.n_attrs;
	memcpy(t->result.attrs, layout->f.attrs, sizeof(t->result.attrs));
}

static void judge(struct trial *t, const struct sx_spec *spec)
{
	struct sx_parents on = { 0 };

	if (t->result.status.code || sx_vet_trial(t->core, spec, &on, &t->result.status)) {
		put_on(t, &on);
		finish(t);
		return;
	}
	put_on(t, &on);
	compile(t, spec);
}

void sx_core_try(struct sx_core *c, const struct sx_spec *spec, const struct dio_status *refused,
		 sx_tried *done, void *arg)
{
	static struct sx_trial_result none;
	struct trial *t = calloc(1, sizeof(*t));

	if (!t) {
		dio_status_set(&none.status, DIO_E_NO_MEMORY, "out of memory");
		done(arg, &none);
		return;
	}
	t->core = c;
	t->uid = spec->uid;
	t->key = spec->key;
	t->budget = spec->budget;
	t->period = spec->period;
	t->result.kind = spec->key.kind;
	t->result.stage = SX_STAGE_ADMIT;
	t->result.status = *refused;
	t->done = done;
	t->arg = arg;
	judge(t, spec);
}

struct seeing {
	sx_seen *done;
	void *arg;
};

static void seen(void *arg, struct sx_result *result)
{
	struct seeing s = *(struct seeing *)arg;

	free(arg);
	s.done(s.arg, &result->status, result->status.code ? 0 : result->role);
	sx_result_release(result);
}

void sx_core_see(struct sx_core *c, uid_t uid, const char *file, const void *source, size_t length,
		 sx_seen *done, void *arg)
{
	const struct sx_job job = { .file = file, .source = source, .length = length };
	struct seeing *s = malloc(sizeof(*s));
	struct dio_status st;
	int err = -ENOMEM;

	if (s) {
		*s = (struct seeing){ done, arg };
		err = sx_workers_submit(c->parts.workers, uid, &job, seen, s);
	}
	if (!err)
		return;
	free(s);
	not_compiled(c, err, file, &st);
	done(arg, &st, 0);
}

uint64_t sx_core_tick(struct sx_core *c, const char *manager)
{
	const struct sx_entry *m = sx_registry_manager(&c->registry, manager);

	return m ? m->f.period : 0;
}
