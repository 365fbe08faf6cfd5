/* SPDX-License-Identifier: GPL-2.0-only */
/* What a prepare would come to: the same answers, and nothing of it afterwards. */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "safexd_rpc.h"
#include "sx_testing.h"

#define MS	1000000ull
#define OTHER	1001

struct told {
	struct answer a;	/* for await() */
	struct sx_trial_result r;
};

static const struct dio_status fine;

static void keep(void *arg, const struct sx_trial_result *r)
{
	struct told *t = arg;

	t->r = *r;
	t->a.come = true;
}

static unsigned int state_files(const struct fixture *f)
{
	unsigned int n = 0;
	DIR *d = opendir(f->dir);

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static struct told *try(struct fixture *f, const struct sx_spec *spec)
{
	unsigned int objects = sx_core_count(f->core), kernel = f->kernel.n, files = state_files(f);
	unsigned int records = f->refused, ids = f->kernel.last_id;
	static struct told t;

	memset(&t, 0, sizeof(t));
	sx_core_try(f->core, spec, &fine, keep, &t);
	assert_int_equal(sx_core_count(f->core), objects);
	await(f, &t.a);
	assert_int_equal(sx_core_count(f->core), objects);
	assert_int_equal(f->kernel.n, kernel);
	assert_int_equal(f->kernel.last_id, ids);
	assert_int_equal(f->kernel.n_calls, 0);
	assert_int_equal(state_files(f), files);
	assert_int_equal(f->refused, records);
	return &t;
}

/* As a prepare of the same would be. */
static void refused(struct fixture *f, const struct sx_spec *spec, enum dio_error code,
		    const char *part)
{
	struct told *t = try(f, spec);
	unsigned int before = f->refused;
	struct answer a;

	assert_int_equal(t->r.status.code, code);
	if (!strstr(t->r.status.message, part))
		fail_msg("\"%s\" does not say \"%s\"", t->r.status.message, part);
	assert_int_equal(t->r.info.extension_cap_ppm, 100000);
	assert_string_not_equal(t->r.release, "");
	if (!spec->key.cd && spec->key.kind != SAFEX_KIND_MANAGER)
		return;
	a = prepare(f, spec);
	assert_int_equal(a.code, code);
	assert_memory_equal(a.message, t->r.status.message, strlen(a.message) + 1);
	if (f->refused != before)
		assert_int_equal(f->refused_stage, t->r.stage);
}

static void test_taken(void **state)
{
	struct sx_spec spec = spec_ext(SAFEX_KIND_MONITOR, 0x11, "cpu/n", "uses");
	struct fixture *f = *state;
	struct told *t;

	deploy_all(f);
	f->kernel.info.extension_used_ppm = 10000;
	t = try(f, &spec);
	assert_int_equal(t->r.status.code, DIO_E_OK);
	assert_int_equal(t->r.kind, SAFEX_KIND_MONITOR);
	assert_int_equal(t->r.info.extension_used_ppm, 10000);
	assert_int_equal(t->r.asked_ppm, 15000);	/* 50 us, and twice the guard's, in 10 ms */
	assert_string_equal(t->r.attrs[0].name, "target_cpu");
	assert_true(t->r.read_mask == 1 && t->r.write_mask == 6);
	assert_int_equal(try(f, &spec)->r.asked_ppm, 15000);	/* from the cache */
}

static void test_without_a_class(void **state)
{
	struct sx_spec spec = spec_ext(SAFEX_KIND_HANDLER, 0, "cpu", "uses");
	struct fixture *f = *state;
	struct told *t;

	refused(f, &spec, DIO_E_NO_MANAGER, "service manager cpu does not exist");
	deploy(f, spec_manager("cpu", "ok"));
	spec.period = 0;
	t = try(f, &spec);
	assert_int_equal(t->r.status.code, DIO_E_OK);
	assert_int_equal(t->r.n_attrs, 3);
	assert_int_equal(t->r.asked_ppm, 15000);
	spec = spec_ext(SAFEX_KIND_MONITOR, 0, "cpu", "ok");
	spec.period = 9 * MS;
	refused(f, &spec, DIO_E_RANGE, "shorter than service manager cpu's tick");
}

static void test_manager(void **state)
{
	struct sx_spec spec = spec_manager("cpu", "ok");
	struct fixture *f = *state;
	struct told *t;

	t = try(f, &spec);
	assert_int_equal(t->r.status.code, DIO_E_OK);
	assert_int_equal(t->r.n_attrs, 3);
	assert_int_equal(t->r.asked_ppm, 5000);
	deploy(f, spec);
	spec.request++;
	refused(f, &spec, DIO_E_EXISTS, "service manager cpu exists already");
	spec = spec_manager("other", "ok");
	spec.uid = OTHER;
	refused(f, &spec, DIO_E_DENIED, "user 1001 may not make service managers");
}

static void test_refused(void **state)
{
	struct sx_spec spec = spec_ext(SAFEX_KIND_MONITOR, 0x11, "cpu/n", "bad");
	struct fixture *f = *state;

	deploy_all(f);
	refused(f, &spec, DIO_E_COMPILE, "it is bad");
	spec = spec_ext(SAFEX_KIND_MONITOR, 0x11, "cpu/m", "ok");
	spec.request++;
	refused(f, &spec, DIO_E_EXISTS, "monitor cpu/m exists already");
	spec = spec_ext(SAFEX_KIND_MONITOR, 0x12, "cpu/n", "ok");
	refused(f, &spec, DIO_E_NO_CLASS, "attribute class 0x12 of service manager cpu");
	spec.key.cd = 0x11;
	spec.uid = OTHER;
	refused(f, &spec, DIO_E_DENIED, "belongs to user 0, not to user 1001");
}

/* The kernel says only that it is too much; the text is the same. */
static void test_time_that_is_left(void **state)
{
	struct sx_spec spec = spec_ext(SAFEX_KIND_MONITOR, 0x11, "cpu/n", "uses");
	struct fixture *f = *state;

	deploy_all(f);
	f->kernel.info.extension_used_ppm = 99000;
	fake_refuse(&f->kernel, LD_EXT, -EDQUOT);
	refused(f, &spec, DIO_E_ADMISSION,
		"11.4 % of a CPU with the 1.5 % asked for, 10 % is allowed, 0.1 % is left");
}

static void test_users_quota(void **state)
{
	struct sx_spec class = spec_class(0x100, "cpu");
	struct sx_spec spec = spec_ext(SAFEX_KIND_MONITOR, 0, "cpu", "ok");
	struct fixture *f = *state;

	deploy(f, spec_manager("cpu", "ok"));
	class.uid = spec.uid = OTHER;
	class.pid = 0;
	for (int i = 0; i < SX_PER_UID; i++) {
		assert_int_equal(try(f, &spec)->r.status.code, DIO_E_OK);
		class.key.cd++;
		deploy(f, class);
	}
	refused(f, &spec, DIO_E_ADMISSION, "user 1001 has 128 objects");
}

/* The same workers, the same queue: two run, four wait. */
static void test_many(void **state)
{
	static struct told t[8];
	struct sx_spec spec = spec_ext(SAFEX_KIND_MONITOR, 0, "cpu", "slow");
	char source[8][16];
	struct fixture *f = *state;

	deploy(f, spec_manager("cpu", "ok"));
	memset(t, 0, sizeof(t));
	for (int i = 0; i < 8; i++) {
		snprintf(source[i], sizeof(source[i]), "slow %d", i);
		spec.source = source[i];
		spec.length = sizeof(source[i]);
		sx_core_try(f->core, &spec, &fine, keep, &t[i]);
	}
	assert_true(t[6].a.come && t[6].r.status.code == DIO_E_BUSY);
	assert_non_null(strstr(t[7].r.status.message, "too many compiles wait: try again in "));
	for (int i = 0; i < 6; i++) {
		await(f, &t[i].a);
		assert_int_equal(t[i].r.status.code, DIO_E_OK);
	}
}

/* What it is compiled against may go meanwhile, and the daemon may end. */
static void test_all_goes_meanwhile(void **state)
{
	struct sx_spec spec = spec_ext(SAFEX_KIND_MONITOR, 0, "cpu", "slow");
	struct sx_spec manager = spec_manager("cpu", "ok");
	static struct told t;
	struct fixture *f = *state;

	deploy(f, manager);
	memset(&t, 0, sizeof(t));
	sx_core_try(f->core, &spec, &fine, keep, &t);
	assert_int_equal(destroy(f, &manager).code, DIO_E_OK);
	await(f, &t.a);
	assert_int_equal(t.r.status.code, DIO_E_OK);
	deploy(f, manager);
	t.a.come = false;
	spec.source = "slow 2";
	spec.length = 7;
	sx_core_try(f->core, &spec, &fine, keep, &t);
	fixture_restart(f);
	assert_true(t.a.come);
	assert_int_equal(t.r.status.code, DIO_E_GONE);
}

/* What is written to stderr until the next call with the file: in *text. */
static void stderr_to(int *kept, int *file, char *text, size_t size)
{
	ssize_t n;

	fflush(stderr);
	if (*kept < 0) {
		*kept = dup(STDERR_FILENO);
		*file = memfd_create("log", MFD_CLOEXEC);
		assert_true(*kept >= 0 && dup2(*file, STDERR_FILENO) >= 0);
		return;
	}
	assert_true(dup2(*kept, STDERR_FILENO) >= 0);
	n = pread(*file, text, size - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	close(*kept);
	close(*file);
}

/* Of a source that compiles: to the author, to whom asks before, and to the log. */
static void test_warnings(void **state)
{
	static const char warnings[] = "m.c:1:2: warning: odd\n 1 | code\nm.c:3:4: warning: too";
	struct sx_spec spec = spec_ext(SAFEX_KIND_MONITOR, 0x11, "cpu/n", "warns");
	struct fixture *f = *state;
	int kept = -1, file = -1;
	char log[4096];
	struct answer a;

	snprintf(spec.file, sizeof(spec.file), "m.c");
	deploy_all(f);
	assert_string_equal(try(f, &spec)->r.status.message, warnings);
	stderr_to(&kept, &file, log, sizeof(log));
	a = prepare(f, &spec);
	stderr_to(&kept, &file, log, sizeof(log));
	assert_int_equal(a.code, DIO_E_OK);
	assert_string_equal(a.message, warnings);	/* from the cache */
	assert_non_null(strstr(log, "warning: monitor cpu/n of 0x11: m.c:1:2: warning: odd\n"));
	assert_non_null(strstr(log, "warning: monitor cpu/n of 0x11: m.c:3:4: warning: too\n"));
	assert_null(strstr(log, "code"));
	assert_string_equal(commit(f, &spec).message, "");
}

struct role {
	struct answer a;	/* for await() */
	enum dio_error code;
	uint32_t kind;
	char message[128];
};

static void keep_role(void *arg, const struct dio_status *st, uint32_t kind)
{
	struct role *r = arg;

	r->code = st->code;
	r->kind = kind;
	snprintf(r->message, sizeof(r->message), "%.127s", st->message);
	r->a.come = true;
}

static void see(struct fixture *f, const char *source, struct role *r)
{
	memset(r, 0, sizeof(*r));
	sx_core_see(f->core, OTHER, "m.c", source, strlen(source), keep_role, r);
	await(f, &r->a);
}

/* By a worker, as all that looks into a source. */
static void test_role(void **state)
{
	struct fixture *f = *state;
	struct role r, many[8];

	see(f, "handler", &r);
	assert_true(r.code == DIO_E_OK && r.kind == SAFEX_KIND_HANDLER);
	see(f, "bad", &r);
	assert_true(r.code == DIO_E_COMPILE && !r.kind);
	assert_string_equal(r.message, "m.c:1: it is bad");
	memset(many, 0, sizeof(many));
	for (int i = 0; i < 8; i++)
		sx_core_see(f->core, OTHER, "m.c", "slow", 4, keep_role, &many[i]);
	assert_true(many[6].a.come && many[6].code == DIO_E_BUSY && !many[6].kind);
	for (int i = 0; i < 6; i++)
		await(f, &many[i].a);
	sx_core_see(f->core, OTHER, "m.c", "hang", 4, keep_role, &r);
	fixture_restart(f);
	assert_int_equal(r.code, DIO_E_GONE);
}

static enum dio_error parse(dio_x_check *x, struct sx_spec *spec, const char *part)
{
	struct dio_status st = { 0 };
	enum dio_error code = sx_check_parse(x, 7, 20 * MS, spec, &st);

	if (!strstr(st.message, part))
		fail_msg("\"%s\" does not say \"%s\"", st.message, part);
	return code;
}

static void say(dio_x_check *x, const char *source)
{
	x->source.source_val = (char *)source;
	x->source.source_len = strlen(source);
}

static void test_question(void **state)
{
	dio_x_check x = { .kind = SAFEX_KIND_MONITOR, .host = "", .manager = "cpu", .name = "", .file = "m.c" };
	struct sx_spec spec;

	(void)state;
	say(&x, "void monitor(void) { }");
	assert_int_equal(parse(&x, &spec, ""), DIO_E_OK);
	assert_int_equal(spec.key.kind, SAFEX_KIND_MONITOR);
	assert_string_equal(spec.key.name, "cpu");
	assert_true(spec.uid == 7 && spec.period == 20 * MS && spec.budget == 50000);
	x.name = "usage";
	assert_int_equal(parse(&x, &spec, ""), DIO_E_OK);
	assert_string_equal(spec.key.name, "cpu/usage");
	x.manager = "a/b";
	assert_int_equal(parse(&x, &spec, "\"a/b\" is no name of a service manager"), DIO_E_INVALID);
	x.manager = "cpu";
	x.name = "\n";
	assert_int_equal(parse(&x, &spec, "is no name of an object"), DIO_E_INVALID);
	x.name = "";
	x.kind = SAFEX_KIND_CHANNEL;
	assert_int_equal(parse(&x, &spec, "6 is no kind of object with a source"), DIO_E_INVALID);
	x.kind = SAFEX_KIND_MANAGER;
	x.cd = 1;
	assert_int_equal(parse(&x, &spec, "has not a class descriptor"), DIO_E_INVALID);
	x.kind = x.cd = 0;
	assert_int_equal(parse(&x, &spec, "0 is no kind of object with a source"), DIO_E_INVALID);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(test_taken), T(test_without_a_class), T(test_manager), T(test_refused),
		T(test_time_that_is_left), T(test_users_quota), T(test_many),
		T(test_all_goes_meanwhile), T(test_role), T(test_warnings), cmocka_unit_test(test_question),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
