/* SPDX-License-Identifier: GPL-2.0-only */
/* Results in bytes: in memory, on disk, and what others made of them. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "sx_cache.h"
#include "sx_pack.h"

static char dir[64], file[192];
static uint8_t digest[SX_DIGEST] = { 0xab, 1, 2, 3 };

static struct sx_result *some_result(void)
{
	static struct sx_result r;

	memset(&r, 0, sizeof(r));
	memcpy(r.digest, digest, sizeof(digest));
	r.program.data = (uint8_t *)strdup("program");
	r.program.size = 8;
	r.guard.data = (uint8_t *)strdup("guard");
	r.guard.size = 6;
	r.n_attrs = 1;
	strcpy(r.attrs[0].name, "target");
	return &r;
}

static int setup(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/test-safexd-XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(file, sizeof(file), "%s/ab010203%056d", dir, 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(file);
	return rmdir(dir);
}

static void put(void)
{
	struct sx_cache *c = sx_cache_new(dir);
	struct sx_result *r = some_result();

	sx_cache_put(c, digest, r);
	sx_result_release(r);
	sx_cache_free(c);
}

static int get(void)
{
	static struct sx_result got;
	struct sx_cache *c = sx_cache_new(dir);
	int err = sx_cache_get(c, digest, &got);

	if (!err) {
		assert_string_equal((char *)got.program.data, "program");
		assert_string_equal((char *)got.guard.data, "guard");
		assert_string_equal(got.attrs[0].name, "target");
		sx_result_release(&got);
	}
	sx_cache_free(c);
	return err;
}

static void test_comes_back(void **state)
{
	(void)state;
	assert_int_equal(get(), -ENOENT);
	put();
	assert_int_equal(get(), 0);
	digest[0] ^= 1;
	assert_int_equal(get(), -ENOENT);
	digest[0] ^= 1;
}

static void change_file(off_t at, const void *data, size_t size)
{
	int fd = open(file, O_WRONLY);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, data, size, at), size);
	close(fd);
}

static void test_damaged_files(void **state)
{
	(void)state;
	put();
	assert_int_equal(truncate(file, 100), 0);
	assert_int_equal(get(), -ENOENT);
	unlink(file);
	put();
	change_file(0, "XXXX", 4);
	assert_int_equal(get(), -ENOENT);
	unlink(file);
	put();
	assert_int_equal(truncate(file, SX_PACK_MAX + 1), 0);
	assert_int_equal(get(), -ENOENT);
}

/* Sound but another's: under a name that it was not made for. */
static void test_misnamed_file(void **state)
{
	char other[256];

	(void)state;
	put();
	snprintf(other, sizeof(other), "%s.x", file);
	assert_int_equal(rename(file, other), 0);
	digest[1] ^= 1;
	snprintf(file, sizeof(file), "%s/ab000203%056d", dir, 0);
	assert_int_equal(rename(other, file), 0);
	assert_int_equal(get(), -ENOENT);
	digest[1] ^= 1;
}

static void test_link_is_not_followed(void **state)
{
	char other[256];

	(void)state;
	put();
	snprintf(other, sizeof(other), "%s.x", file);
	assert_int_equal(rename(file, other), 0);
	assert_int_equal(symlink(other, file), 0);
	assert_int_equal(get(), -ENOENT);
	unlink(other);
}

/* A worker that was taken over may say anything. */
static void test_random_bytes(void **state)
{
	unsigned int seed = getenv("SEED") ? strtoul(getenv("SEED"), NULL, 0) : (unsigned int)getpid();
	struct sx_result *made = some_result();
	static struct sx_result r;
	uint8_t *data;
	size_t size;

	(void)state;
	print_message("SEED=%u\n", seed);
	srand(seed);
	assert_int_equal(sx_pack(made, &data, &size), 0);
	for (int i = 0; i < 3000; i++) {
		uint8_t *copy = malloc(size);
		size_t n = rand() % 4 ? size : rand() % size;

		memcpy(copy, data, size);
		for (int k = rand() % 4; k >= 0; k--)
			copy[rand() % size] = rand();
		sx_unpack(copy, n, &r);
		sx_result_release(&r);
		free(copy);
	}
	free(data);
	sx_result_release(made);
}

/* Its message is shown to people: lines and all that is printed stay, no more. */
static void test_words_of_a_worker(void **state)
{
	static struct sx_result made, got;
	uint8_t *data;
	size_t size;

	(void)state;
	strcpy(made.status.message, "a.c:1: \033[2J\b\x7f\n\tx = \303\244");
	assert_int_equal(sx_pack(&made, &data, &size), 0);
	assert_int_equal(sx_unpack(data, size, &got), 0);
	assert_string_equal(got.status.message, "a.c:1: ?[2J??\n\tx = \303\244");
	free(data);
}

/* Of file n of many. */
static uint8_t *digest_of(unsigned int n)
{
	static uint8_t d[SX_DIGEST];

	memset(d, 0, sizeof(d));
	memcpy(d, &n, sizeof(n));
	return d;
}

static void put_nth(struct sx_cache *c, unsigned int n)
{
	struct sx_result *r = some_result();

	memcpy(r->digest, digest_of(n), SX_DIGEST);
	sx_cache_put(c, r->digest, r);
	sx_result_release(r);
}

/* From disk: in memory another cache has nothing. */
static int get_nth(unsigned int n)
{
	static struct sx_result got;
	struct sx_cache *c = sx_cache_new(dir);
	int err = sx_cache_get(c, digest_of(n), &got);

	if (!err)
		sx_result_release(&got);
	sx_cache_free(c);
	return err;
}

static unsigned int remove_all(void)
{
	DIR *d = opendir(dir);
	unsigned int n = 0;
	struct dirent *e;

	while ((e = readdir(d)))
		n += !unlinkat(dirfd(d), e->d_name, 0);
	closedir(d);
	return n;
}

static void make_old(unsigned int n)
{
	const struct timespec then[2] = { { 1, 0 }, { 1, 0 } };
	char path[192];
	int at = snprintf(path, sizeof(path), "%s/", dir);

	for (unsigned int i = 0; i < SX_DIGEST; i++)
		at += snprintf(path + at, sizeof(path) - at, "%02x", digest_of(n)[i]);
	assert_int_equal(utimensat(AT_FDCWD, path, then, 0), 0);
}

/* A full one takes what is new, and drops what was not used for longest. */
static void test_full(void **state)
{
	struct sx_cache *c = sx_cache_new(dir);
	unsigned int n;

	(void)state;
	for (n = 0; n < SX_CACHE_FILES - 10; n++)
		put_nth(c, n);
	make_old(0);
	make_old(1);
	assert_int_equal(get_nth(0), 0);
	for (; n < SX_CACHE_FILES + 20; n++)
		put_nth(c, n);
	assert_int_equal(get_nth(n - 1), 0);
	assert_int_equal(get_nth(0), 0);
	assert_int_equal(get_nth(1), -ENOENT);
	sx_cache_free(c);
	assert_in_range(remove_all(), SX_CACHE_FILES - 10, SX_CACHE_FILES);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_comes_back), T(test_damaged_files), T(test_misnamed_file),
		T(test_link_is_not_followed), T(test_random_bytes),
		T(test_words_of_a_worker), T(test_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
