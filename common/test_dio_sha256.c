/* SPDX-License-Identifier: GPL-2.0-only */
#include "dio_sha256.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static void digest_of(const void *data, size_t size, size_t step, char text[DIO_SHA256_HEX])
{
	uint8_t digest[DIO_SHA256_SIZE];
	struct dio_sha256 s;
	size_t at;

	dio_sha256_begin(&s);
	for (at = 0; at < size; at += step)
		dio_sha256_add(&s, (const char *)data + at, size - at < step ? size - at : step);
	dio_sha256_end(&s, digest);
	dio_sha256_text(digest, text);
}

/* The examples of FIPS 180-4, and RFC 6234's million. */
static void test_published(void **state)
{
	static char million[1000000];
	char text[DIO_SHA256_HEX];

	(void)state;
	digest_of("", 0, 1, text);
	assert_string_equal(text, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	digest_of("abc", 3, 3, text);
	assert_string_equal(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	digest_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56, 5, text);
	assert_string_equal(text, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	memset(million, 'a', sizeof(million));
	digest_of(million, sizeof(million), 997, text);
	assert_string_equal(text, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* Every length around a block's end, whole and in single bytes. */
static void test_split(void **state)
{
	char data[200], whole[DIO_SHA256_HEX], bytes[DIO_SHA256_HEX];
	size_t n;

	(void)state;
	memset(data, 'x', sizeof(data));
	for (n = 0; n <= sizeof(data); n++) {
		digest_of(data, n, sizeof(data), whole);
		digest_of(data, n, 1, bytes);
		assert_string_equal(whole, bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_published),
		cmocka_unit_test(test_split),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
