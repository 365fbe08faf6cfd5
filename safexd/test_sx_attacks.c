/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Each attack of t_leaks that wants to know something: it learns nothing in
 * the sandbox, with no other stage before or behind; without the sandbox it
 * learns it. "Nothing": the outcome has not the sign and is the same to the
 * byte whether the secret exists or not. Argument: a pattern of names.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>
#include "sx_admit.h"
#include "sx_worker.h"
#include "t_attacks.h"
#include "t_pipeline.h"

static char directory[] = "/tmp/sx-attacks-XXXXXX";
static char word[40];			/* the secret */
static struct sx_tools inside, open_tools;

static void put(const char *name, const char *format)
{
	FILE *f = fopen(name, "we");

	assert_non_null(f);
	fprintf(f, format, word, word);
	fclose(f);
}

/* It is the current directory, so that relative names lead to it. */
static void make_secret(void)
{
	put("secret", "%s;\n");
	put("secret.h", "#define HAVE_SECRET %s\n");
	put("secret.s", "%s = 1\n");
}

static void remove_secret(void)
{
	unlink("secret");
	unlink("secret.h");
	unlink("secret.s");
}

static int set_up(void **state)
{
	unsigned int r[4];

	(void)state;
	inside = *t_tools();
	open_tools = t_tools_open(&inside.limits);
	assert_non_null(mkdtemp(directory));
	chmod(directory, 0755);
	assert_int_equal(chdir(directory), 0);
	assert_int_equal(symlink("secret", "link"), 0);
	assert_int_equal(getrandom(r, sizeof(r), 0), sizeof(r));
	snprintf(word, sizeof(word), "secret_%08x%08x%08x", r[0], r[1], r[2]);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	remove_secret();
	unlink("link");
	return chdir("/") || rmdir(directory);
}

static const char *sign_of(const struct t_leak *leak)
{
	if (!leak->sign)
		return word;
	return strcmp(leak->sign, "$sdk") ? leak->sign : inside.sdk;
}

/* Did it learn anything? */
static bool learns(const struct sx_tools *tools, const struct t_leak *leak, const char *source)
{
	struct t_seen with, without;
	bool differ, shown;

	make_secret();
	t_see(tools, source, &with);
	remove_secret();
	t_see(tools, source, &without);
	shown = t_contains(&with, sign_of(leak));
	differ = with.size != without.size || memcmp(with.text, without.text, with.size) != 0;
	free(with.text);
	free(without.text);
	return shown || differ;
}

static void test_leak(void **state)
{
	static struct dio_status status;
	const struct t_leak *leak = *state;
	char *source = t_leak_source(leak, directory);
	struct sx_job job = { .role = SAFEX_KIND_MONITOR, .file = "x.c", .source = source,
			      .length = strlen(source) };

	if (learns(&inside, leak, source))
		fail_msg("leaks out of the sandbox: %s", source);
	if (!learns(&open_tools, leak, source))
		fail_msg("is no attack: learns nothing without a sandbox: %s", source);
	assert_int_equal(sx_admit(&job, "x.c", &status) != 0, leak->admit);
	free(source);
}

struct through {
	const struct t_leak *leak;
	unsigned int *left;
};

static void assert_plain(const char *text)
{
	assert_true(strlen(text) < DIO_MESSAGE_MAX);
	for (; *text; text++)
		assert_true(*text == '\n' || *text == '\t' || (*text >= ' ' && *text <= '~'));
}

static void came(void *arg, struct sx_result *result)
{
	const struct through *t = arg;

	--*t->left;
	assert_plain(result->status.message);
	if (!t->leak && result->status.code)
		fail_msg("the next compile: %s", result->status.message);
	if (t->leak && strstr(result->status.message, sign_of(t->leak)))
		fail_msg("%s: says %s", t->leak->name, result->status.message);
	if (t->leak && result->program.data)
		assert_null(memmem(result->program.data, result->program.size, word, strlen(word)));
	sx_result_release(result);
}

static void submit(struct sx_workers *w, const char *source, struct through *t)
{
	struct sx_job job = { .role = SAFEX_KIND_MONITOR, .file = "x.c", .source = source,
			      .length = strlen(source) };

	++*t->left;
	assert_int_equal(sx_workers_submit(w, 1000, &job, came, t), 0);
}

/* All through a daemon's workers: it goes on, and serves who comes after them. */
static void test_workers(void **state)
{
	static const struct sx_worker_limits limits = { 2, 2, 1000, 1000, 60000, 60000, true };
	struct event_base *base = event_base_new();
	struct sx_workers *w = sx_workers_new(base, &inside, sx_pipeline_run_with, &limits);
	struct through *t = calloc(t_n_leaks + 1, sizeof(*t));
	unsigned int left = 0;

	(void)state;
	make_secret();
	for (size_t i = 0; i <= t_n_leaks; i++) {
		const struct t_leak *leak = i < t_n_leaks ? &t_leaks[i] : NULL;
		char *source = leak ? t_leak_source(leak, directory) : strdup("void monitor(void) { }");

		t[i] = (struct through){ leak, &left };
		submit(w, source, &t[i]);
		free(source);
	}
	while (left)
		event_base_loop(base, EVLOOP_ONCE);
	sx_workers_free(w);
	event_base_free(base);
	free(t);
}

int main(int argc, char **argv)
{
	static struct CMUnitTest *tests;

	tests = calloc(t_n_leaks + 1, sizeof(*tests));
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	for (size_t i = 0; i < t_n_leaks; i++)
		tests[i] = (struct CMUnitTest){ t_leaks[i].name, test_leak, NULL, NULL,
						(void *)&t_leaks[i] };
	tests[t_n_leaks] = (struct CMUnitTest)cmocka_unit_test(test_workers);
	return _cmocka_run_group_tests("attacks", tests, t_n_leaks + 1, set_up, tear_down);
}
