/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every single request for memory of a call, on both sides, fails once: the
 * call then ends with an answer or an error, and the next one is served.
 * Sanitizers have their own malloc: under them nothing fails here.
 */
#include "dio_rpc_testing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static long countdown;		/* 1: the next request fails; 0: none does */
static unsigned failed;
static long live;		/* allocations not freed */

#ifndef __SANITIZE_ADDRESS__
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);
void __libc_free(void *p);

static int fails(void)
{
	if (countdown == 0 || --countdown > 0)
		return 0;
	failed++;
	errno = ENOMEM;
	return 1;
}

static void *count(void *p)
{
	live += p != NULL;
	return p;
}

void *malloc(size_t size)
{
	return fails() ? NULL : count(__libc_malloc(size));
}

void *calloc(size_t n, size_t size)
{
	return fails() ? NULL : count(__libc_calloc(n, size));
}

void *realloc(void *p, size_t size)
{
	if (!p)
		return malloc(size);
	return fails() ? NULL : __libc_realloc(p, size);
}

void free(void *p)
{
	live -= p != NULL;
	__libc_free(p);
}
#endif

static struct t_server t;
static unsigned done, good;

static void on_done(void *arg, int err, void *result)
{
	(void)arg;
	done++;
	if (err)
		assert_null(result);
	else
		good += strlen(*(char **)result) == 3000;
}

static int call(struct dio_rpc_client *c, uint32_t proc)
{
	static char text[3001];
	char *args = text;

	memset(text, 'm', 3000);
	done = good = 0;
	return dio_rpc_client_call(c, proc, t_xdr_string, &args, t_xdr_string, sizeof(char *),
				   1000, on_done, NULL);
}

/* A connection, a call and its answer, while the n-th request fails. */
static void one_failure(long n)
{
	struct dio_rpc_client *c;
	int rc;

	done = good = 0;
	countdown = n;
	c = dio_rpc_client_new(t.base, t.address, T_PROGRAM, T_VERSION);
	rc = c ? call(c, T_ECHO) : -ENOMEM;
	if (rc == 0)
		while (!done)
			event_base_loop(t.base, EVLOOP_ONCE);
	countdown = 0;
	assert_true(rc == 0 || rc == -ENOMEM || rc == -EINVAL);
	assert_int_equal(done, rc == 0);
	assert_true(good == 1 || failed);
	dio_rpc_client_free(c);
}

static void every_request_fails_once(void **state)
{
	struct dio_rpc_client *c;
	long n = 0, before;
	int i;

	(void)state;
	t_server_start(&t, NULL);
	c = dio_rpc_client_new(t.base, t.address, T_PROGRAM, T_VERSION);
	assert_int_equal(call(c, T_ECHO), 0);
	t_run_until(t.base, &done, 1);
	/* libevent keeps something for each descriptor's number that it has met. */
	one_failure(0);
	for (i = 0; i < 5; i++)
		event_base_loop(t.base, EVLOOP_NONBLOCK);
	before = live;
	do {
		failed = 0;
		one_failure(++n);
		assert_int_equal(call(c, T_ECHO), 0);
		t_run_until(t.base, &done, 1);
		assert_int_equal(good, 1);
		for (i = 0; i < 5; i++)
			event_base_loop(t.base, EVLOOP_NONBLOCK);
		assert_int_equal(live, before);
	} while (failed && n < 10000);
	assert_in_range(n, 1, 9999);
	print_message("%ld requests for memory\n", n - 1);
	dio_rpc_client_free(c);
	t_server_stop(&t);
}

static void wait_fails_cleanly(void **state)
{
	struct dio_rpc_wait *w;
	struct t_child server;
	char *args = "hello", *result;
	long n = 0, before;
	int rc;

	(void)state;
	t_child_start(&server, NULL);
	before = live;
	do {
		result = NULL;
		failed = 0;
		countdown = ++n;
		w = dio_rpc_wait_new(server.address, T_PROGRAM, T_VERSION);
		rc = w ? dio_rpc_wait_call(w, T_ECHO, t_xdr_string, &args, t_xdr_string, &result,
					   5000) : -ENOMEM;
		countdown = 0;
		assert_int_equal(rc == 0, result != NULL);
		assert_true(rc == 0 || failed);
		xdr_free(t_xdr_string, &result);
		dio_rpc_wait_free(w);
		assert_int_equal(live, before);
	} while (failed && n < 1000);
	assert_int_equal(rc, 0);
	t_child_stop(&server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_request_fails_once),
		cmocka_unit_test(wait_fails_cleanly),
	};

	return cmocka_run_group_tests_name("dio_rpc_memory", tests, NULL, NULL);
}
