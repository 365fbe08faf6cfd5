/* SPDX-License-Identifier: GPL-2.0-only */
/* Rows go in and out of the store whole; damaged ones are refused. */
#include "ns_schema.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static int set_up(void **state)
{
	*state = ns_store_mem_new();
	return 0;
}

static int tear_down(void **state)
{
	ns_store_close(*state);
	return 0;
}

static void on_done(void *arg, int err, uint64_t revision)
{
	(void)arg;
	(void)revision;
	assert_int_equal(err, 0);
}

static void full_object(struct ns_object *o)
{
	unsigned int i;

	memset(o, 0, sizeof(*o));
	o->id = (struct ns_id){
		.kind = SAFEX_KIND_CHANNEL, .cd = 0xfedcba9876543210ull,
		.name = { "node-1", "cpu", "usage" }, .second = { "node-2", "mem", "pid.2" },
	};
	o->state = NS_LOST;
	o->uid = 4000000000u;
	o->period = UINT64_MAX;
	o->budget = 1;
	o->process = (struct ns_process){ 77, 1ull << 60, "0f0e-boot" };
	memset(o->file, 'f', sizeof(o->file) - 1);
	o->has_source = true;
	memset(o->digest, 0xab, sizeof(o->digest));
	o->created = 5;
	o->given.n = SAFEX_ATTRS_MAX;
	for (i = 0; i < SAFEX_ATTRS_MAX; i++) {
		snprintf(o->given.attr[i].name, sizeof(o->given.attr[i].name), "attribute-%u", i);
		o->given.attr[i].value = INT64_MIN + i;
		o->given.attr[i].rights = i;
		o->given.attr[i].role = i % 6;
	}
	o->layout = o->given;
	o->layout.n = 3;
	memset(&o->layout.attr[3], 0, sizeof(o->layout.attr) - 3 * sizeof(o->layout.attr[0]));
}

static void put(struct ns_store *s, const struct ns_object *o)
{
	struct ns_txn t;

	ns_txn_begin(&t);
	ns_object_put(&t, o);
	ns_store_commit(s, &t, on_done, NULL);
	ns_txn_end(&t);
}

static void test_round_trip(void **state)
{
	struct ns_store *s = *state;
	struct ns_object o, back;

	full_object(&o);
	put(s, &o);
	assert_int_equal(ns_object_get(s, &o.id, &back), 0);
	assert_true(back.revision > 0);
	o.revision = back.revision;
	assert_memory_equal(&o, &back, sizeof(o));
}

static void test_app(void **state)
{
	struct ns_store *s = *state;
	struct ns_app a = { .cd = 3, .uid = 9, .ending = true, .name = "mpeg", .created = 4 }, back;
	struct ns_txn t;

	a.process = (struct ns_process){ 5, 6, "boot" };
	ns_txn_begin(&t);
	ns_app_put(&t, &a);
	ns_store_commit(s, &t, on_done, NULL);
	ns_txn_end(&t);
	assert_int_equal(ns_app_get(s, 3, &back), 0);
	a.revision = back.revision;
	assert_memory_equal(&a, &back, sizeof(a));
	assert_int_equal(ns_app_get(s, 4, &back), -ENOENT);
}

/* Cut at any length, or longer: never more than a refusal. */
static void test_cut(void **state)
{
	struct ns_store *s = *state;
	struct ns_object o, back;
	struct ns_value v, cut;
	char key[NS_KEY_MAX];
	size_t n;

	full_object(&o);
	put(s, &o);
	ns_key_object(&o.id, key);
	assert_int_equal(ns_store_get(s, key, &v), 0);
	for (n = 0; n < v.size; n++) {
		cut = (struct ns_value){ malloc(n ? n : 1), n, 1 };
		memcpy(cut.data, v.data, n);
		assert_int_equal(ns_object_decode(&cut, &back), -EBADMSG);
		ns_value_free(&cut);
	}
	cut = (struct ns_value){ calloc(1, v.size + 4), v.size + 4, 1 };
	memcpy(cut.data, v.data, v.size);
	assert_int_equal(ns_object_decode(&cut, &back), -EBADMSG);
	((char *)cut.data)[3] = 4;
	assert_int_equal(ns_object_decode(&cut, &back), -EPROTONOSUPPORT);
	ns_value_free(&cut);
	ns_value_free(&v);
}

static void put_version(struct ns_value *v, uint32_t version)
{
	version = htonl(version);
	memcpy(v->data, &version, sizeof(version));
}

/* A row as it is in the store, after its key was put; the caller's to free. */
static struct ns_value row_of(struct ns_store *s, xdrproc_t proc, void *row)
{
	struct ns_value v;
	struct ns_txn t;

	ns_txn_begin(&t);
	ns_row_put(&t, "meta/row", proc, row);
	ns_store_commit(s, &t, on_done, NULL);
	ns_txn_end(&t);
	assert_int_equal(ns_store_get(s, "meta/row", &v), 0);
	return v;
}

/* What version 2 wrote is read: a request of which the boot is not known, others as they are. */
static void test_version_2(void **state)
{
	ns_x_request_2 old = { .verb = 3, .key = { 2, 77, "cpu", "" }, .time = 5, .number = 6 };
	ns_x_process p = { 7, 8, "" }, again = { 0 };
	struct ns_store *s = *state;
	ns_x_request r = { 0 };
	struct ns_value v = row_of(s, (xdrproc_t)xdr_ns_x_request_2, &old);

	assert_int_equal(ns_request_decode(&v, &r), -EBADMSG);	/* no row of this version */
	put_version(&v, 2);
	assert_int_equal(ns_request_decode(&v, &r), 0);
	assert_int_equal(r.verb, 3);
	assert_int_equal(r.key.cd, 77);
	assert_string_equal(r.key.name, "cpu");
	assert_int_equal(r.time, 5);
	assert_int_equal(r.number, 6);
	assert_string_equal(r.boot, "");
	xdr_free((xdrproc_t)xdr_ns_x_request, (char *)&r);
	put_version(&v, 1);
	assert_int_equal(ns_request_decode(&v, &r), -EPROTONOSUPPORT);
	ns_value_free(&v);
	v = row_of(s, (xdrproc_t)xdr_ns_x_process, &p);
	put_version(&v, 2);
	assert_int_equal(ns_row_decode(&v, (xdrproc_t)xdr_ns_x_process, &again), 0);
	assert_int_equal(again.pid, p.pid);
	assert_int_equal(again.id, p.id);
	xdr_free((xdrproc_t)xdr_ns_x_process, (char *)&again);
	ns_value_free(&v);
}

/* With any bytes changed: a row that is one, or a refusal. */
static void test_damaged(void **state)
{
	const char *given = getenv("DIO_TEST_SEED");
	unsigned int seed = given ? (unsigned int)atoi(given) : (unsigned int)getpid();
	struct ns_store *s = *state;
	struct ns_object o, back;
	struct ns_value v, bad;
	char key[NS_KEY_MAX];
	int i, err, good = 0;

	print_message("DIO_TEST_SEED=%u\n", seed);
	full_object(&o);
	put(s, &o);
	ns_key_object(&o.id, key);
	assert_int_equal(ns_store_get(s, key, &v), 0);
	for (i = 0; i < 20000; i++) {
		int changes = 1 + rand_r(&seed) % 4;

		bad = (struct ns_value){ malloc(v.size), v.size, 1 };
		memcpy(bad.data, v.data, v.size);
		while (changes--)
			((unsigned char *)bad.data)[rand_r(&seed) % (v.size < 700 || i % 2 ? v.size : 700)] =
				rand_r(&seed);
		err = ns_object_decode(&bad, &back);
		assert_true(!err || err == -EBADMSG || err == -EPROTONOSUPPORT);
		good += !err;
		ns_value_free(&bad);
	}
	assert_true(good > 0 && good < 20000);
	ns_value_free(&v);
}

/* Each object has a key of its own; an application's are listed together. */
static void test_keys(void **state)
{
	struct ns_store *s = *state;
	struct ns_object o = { .state = NS_COMMITTED }, *list;
	size_t n;

	o.id = (struct ns_id){ .kind = SAFEX_KIND_MANAGER, .name = { "local", "cpu", "" } };
	put(s, &o);
	o.id = (struct ns_id){ .kind = SAFEX_KIND_CLASS, .cd = 1, .name = { "local", "cpu", "" } };
	put(s, &o);
	o.id.cd = 0x11;
	put(s, &o);
	o.id = (struct ns_id){ .kind = SAFEX_KIND_HANDLER, .cd = 1, .name = { "local", "cpu", "a" } };
	put(s, &o);
	o.id.kind = SAFEX_KIND_CHANNEL;
	o.id.second = o.id.name;
	put(s, &o);
	assert_int_equal(ns_objects_list(s, 0, &list, &n), 0);
	assert_int_equal(n, 5);
	free(list);
	assert_int_equal(ns_objects_list(s, 1, &list, &n), 0);
	assert_int_equal(n, 3);
	free(list);
	assert_int_equal(ns_objects_list(s, 2, &list, &n), 0);
	assert_int_equal(n, 0);
	free(list);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_round_trip), TEST(test_app), TEST(test_cut), TEST(test_damaged), TEST(test_version_2),
		TEST(test_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
