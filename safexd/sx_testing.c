/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "sx_compiler.h"
#include "sx_testing.h"

#define PATIENCE_S 10

static const struct sx_tools no_tools;

/* What a worker runs in the place of the pipeline. */
static int pretend(struct sx_compilers *compilers, const struct sx_job *job, struct sx_result *r)
{
	const char *word = job->source;

	sx_pipeline_digest(compilers->program.tools, job, r->digest);
	r->stage = SX_STAGE_COMPILE;
	if (!strncmp(word, "crash", 5))
		raise(SIGKILL);
	if (!strncmp(word, "HUP", 3))
		raise(SIGHUP);
	while (!strncmp(word, "hang", 4))
		pause();
	while (!strncmp(word, "flood", 5))
		if (write(3, r, sizeof(*r)) < 0)
			break;
	if (!strncmp(word, "slow", 4))
		usleep(100000);
	if (!strncmp(word, "bad", 3))
		return dio_status_set(&r->status, DIO_E_COMPILE, "%s:1: it is bad", job->file);
	if (!strncmp(word, "warns", 5))
		dio_status_set(&r->status, DIO_E_OK, "%s:1:2: warning: odd\n 1 | code\n%s:3:4: warning: too",
			       job->file, job->file);
	if (!strncmp(word, "handler", 7))
		r->role = SAFEX_KIND_HANDLER;
	r->program.data = (uint8_t *)strdup("program");
	r->program.size = 8;
	if (!strncmp(word, "uses", 4)) {
		r->read_mask = 1;
		r->write_mask = 6;
	}
	memset(r->layout, !strncmp(word, "other", 5) ? 2 : 1, sizeof(r->layout));
	if (job->role != SAFEX_KIND_MANAGER)
		return 0;
	r->guard.data = (uint8_t *)strdup("guard");
	r->guard.size = 6;
	r->n_attrs = 3;
	strcpy(r->attrs[0].name, "target_cpu");
	r->attrs[0].role = SAFEX_ROLE_TARGET;
	strcpy(r->attrs[1].name, "period");
	r->attrs[1].role = SAFEX_ROLE_PERIOD;
	strcpy(r->initial[1], "100000000");
	strcpy(r->attrs[2].name, "actual_cpu");
	r->attrs[2].rights = SAFEX_EXT_READ | SAFEX_MGR_WRITE;
	strcpy(r->initial[2], "target_cpu / 2");
	return 0;
}

static void note_refused(void *arg, const struct sx_key *key, uid_t uid, enum sx_stage stage,
			 const struct dio_status *st)
{
	struct fixture *f = arg;

	(void)uid;
	assert_non_null(key);
	assert_int_not_equal(st->code, DIO_E_OK);
	f->refused++;
	f->refused_stage = stage;
}

static void make_core(struct fixture *f)
{
	struct sx_core_parts parts = {
		.base = f->base, .tools = &no_tools, .state_dir = f->dir, .managers = "root",
		.contracts = f->contracts ? f->contracts : "any", .fence = f->fence,
		.prepare_ms = f->prepare_ms, .failed = note_refused, .failed_arg = f,
	};

	f->workers = sx_workers_new(f->base, &no_tools, pretend, &f->limits);
	f->cache = sx_cache_new("");
	parts.workers = f->workers;
	parts.cache = f->cache;
	fake_kernel_ops(&f->kernel, &parts.kernel);
	f->core = sx_core_new(&parts);
	assert_non_null(f->core);
	assert_int_equal(sx_core_adopt(f->core), 0);
}

int fixture_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->prepare_ms = 60000;
	f->fence.beyond = true;
	f->base = event_base_new();
	f->limits = (struct sx_worker_limits){ .at_once = 2, .per_uid = 2, .queued = 4, .queued_per_uid = 4,
						  .wait_ms = 60000, .wall_ms = 5000 };
	strcpy(f->dir, "/tmp/test-safexd-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	fake_kernel_init(&f->kernel, f->base);
	make_core(f);
	*state = f;
	return 0;
}

static void unmake_core(struct fixture *f)
{
	sx_workers_free(f->workers);
	fake_lose(&f->kernel);
	sx_core_free(f->core);
	sx_cache_free(f->cache);
}

void fixture_restart(struct fixture *f)
{
	unmake_core(f);
	f->kernel.gone = false;
	make_core(f);
}

int fixture_teardown(void **state)
{
	struct fixture *f = *state;
	char path[256];

	unmake_core(f);
	for (uint32_t id = 1; id <= f->kernel.last_id; id++) {
		snprintf(path, sizeof(path), "%s/%u", f->dir, id);
		unlink(path);
	}
	assert_int_equal(rmdir(f->dir), 0);
	event_free(f->kernel.answer);
	event_base_free(f->base);
	free(f);
	return 0;
}

static struct sx_spec spec_of(uint32_t kind, uint64_t cd, const char *name)
{
	struct sx_spec spec = { .request = 7, .period = 10000000, .budget = 50000 };

	spec.key.kind = kind;
	spec.key.cd = cd;
	snprintf(spec.key.name, sizeof(spec.key.name), "%s", name);
	return spec;
}

struct sx_spec spec_manager(const char *name, const char *source)
{
	struct sx_spec spec = spec_of(SAFEX_KIND_MANAGER, 0, name);

	strcpy(spec.file, "manager.c");
	spec.source = source;
	spec.length = strlen(source) + 1;
	return spec;
}

struct sx_spec spec_class(uint64_t cd, const char *manager)
{
	struct sx_spec spec = spec_of(SAFEX_KIND_CLASS, cd, manager);

	spec.pid = getpid();
	spec.n_attrs = 2;
	strcpy(spec.attrs[0].name, "target_cpu");
	spec.attrs[0].value = 20000000;
	strcpy(spec.attrs[1].name, "frames");
	return spec;
}

struct sx_spec spec_ext(uint32_t kind, uint64_t cd, const char *name, const char *source)
{
	struct sx_spec spec = spec_of(kind, cd, name);

	if (kind == SAFEX_KIND_HANDLER)
		spec.period = 0;
	spec.version = 1;
	spec.probation = 300000000;
	strcpy(spec.file, "extension.c");
	spec.source = source;
	spec.length = strlen(source) + 1;
	return spec;
}

struct sx_spec spec_channel(uint64_t cd, const char *monitor, const char *handler)
{
	struct sx_spec spec = spec_of(SAFEX_KIND_CHANNEL, cd, monitor);

	snprintf(spec.key.second, sizeof(spec.key.second), "%s", handler);
	return spec;
}

static void take(struct answer *a, const struct dio_status *st, const struct sx_entry *obj)
{
	assert_false(a->come);
	a->come = true;
	a->code = st->code;
	a->fd = -1;
	snprintf(a->message, sizeof(a->message), "%.255s", st->message);
	a->has_object = obj != NULL;
	if (obj)
		a->facts = obj->f;
}

void answer_object(void *arg, const struct dio_status *st, const struct sx_entry *obj)
{
	take(arg, st, obj);
}

void answer_open(void *arg, const struct dio_status *st, const struct sx_entry *class, int fd)
{
	struct answer *a = arg;

	take(a, st, class);
	a->fd = fd;
}

static void too_late(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	*(bool *)arg = true;
}

static void run_until(struct fixture *f, bool (*holds)(struct fixture *f), const bool *come)
{
	const struct timeval patience = { PATIENCE_S, 0 };
	bool late = false;
	struct event *timer = evtimer_new(f->base, too_late, &late);

	evtimer_add(timer, &patience);
	while (!late && !(holds ? holds(f) : *come))
		event_base_loop(f->base, EVLOOP_ONCE);
	event_free(timer);
	assert_false(late);
}

void await(struct fixture *f, struct answer *a)
{
	run_until(f, NULL, &a->come);
}

void await_true(struct fixture *f, bool (*holds)(struct fixture *f))
{
	run_until(f, holds, NULL);
}

struct answer prepare(struct fixture *f, const struct sx_spec *spec)
{
	struct answer a = { 0 };

	sx_core_prepare(f->core, spec, answer_object, &a);
	await(f, &a);
	return a;
}

struct answer commit(struct fixture *f, const struct sx_spec *spec)
{
	struct answer a = { 0 };

	sx_core_commit(f->core, &spec->key, spec->uid, answer_object, &a);
	await(f, &a);
	return a;
}

struct answer destroy(struct fixture *f, const struct sx_spec *spec)
{
	struct answer a = { 0 };

	sx_core_destroy(f->core, &spec->key, spec->uid, answer_object, &a);
	await(f, &a);
	return a;
}

struct answer abort_it(struct fixture *f, const struct sx_spec *spec)
{
	struct answer a = { 0 };

	sx_core_abort(f->core, &spec->key, spec->request, spec->uid, answer_object, &a);
	await(f, &a);
	return a;
}

void deploy(struct fixture *f, struct sx_spec spec)
{
	struct answer a = prepare(f, &spec);

	assert_string_equal(a.message, "");
	assert_int_equal(a.code, DIO_E_OK);
	assert_int_equal(commit(f, &spec).code, DIO_E_OK);
}

void deploy_all(struct fixture *f)
{
	deploy(f, spec_manager("cpu", "ok"));
	deploy(f, spec_class(0x11, "cpu"));
	deploy(f, spec_ext(SAFEX_KIND_MONITOR, 0x11, "cpu/m", "ok"));
	deploy(f, spec_ext(SAFEX_KIND_HANDLER, 0x11, "cpu/h", "ok"));
	deploy(f, spec_channel(0x11, "cpu/m", "cpu/h"));
}
