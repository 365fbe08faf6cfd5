/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every type of the two programs there and back, and what a hostile sender
 * can make of its bytes: each is refused, or means something, and costs no
 * more memory than the bounds in the .x files allow.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dio_types.h"
#include "dionisys_rpc.h"
#include "safexd_rpc.h"

#define WIRE_MAX	(512 * 1024)	/* bytes of any message */

static size_t largest;	/* request for memory since it was set to 0 */

/* Under ASan, which has its own, only crashes and leaks are looked for. */
#ifndef __SANITIZE_ADDRESS__
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);

void *malloc(size_t size)
{
	largest = size > largest ? size : largest;
	return __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	largest = n * size > largest ? n * size : largest;
	return __libc_calloc(n, size);
}
#endif

static dio_x_attr attrs[] = { { "target_cpu", -20000000, 7, 1 }, { "frames", 1ll << 62, 3, 0 } };
static char source[] = "int x;\0\xff";
static char filled[DIO_X_SOURCE];
static dio_x_attr all_attrs[DIO_X_ATTRS];
static dio_x_entry all_entries[DIO_X_ENTRIES];
static dio_x_record all_records[DIO_X_RECORDS];
static char part[DIO_X_PART + 2], name[DIO_X_NAME + 2];

#define KEY	{ 4, 0xfedcba9876543210ull, "node1/cpu/usage", "" }
#define STATUS	{ 13, "denied", 2500 }
#define ATTRS	{ 2, attrs }
#define SPEC	{ KEY, 10000000, 50000, 77, ATTRS, "monitor.c", { sizeof(source), source }, 2, 5000000000 }

static dio_x_status x_status = STATUS;
static dio_x_attr x_attr = { "a", 1, 2, 3 };
static dio_x_key x_key = KEY;
static dio_x_spec x_spec = SPEC;
static dio_x_spec x_full = {
	KEY, 1, 2, 3, { DIO_X_ATTRS, all_attrs }, "f", { DIO_X_SOURCE, filled }, 3, 4
};
static dio_x_stat x_stat = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, UINT64_MAX, 12, -13 };
static dio_x_entry x_entry = { KEY, 1, 2, 3, 4, { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 3, -12 },
			       12, 13, 14, 15, 16, 17, "mpeg", 1000, 1 };
static dio_x_record x_record = { 1, 2, 3, 4, 5, -6, 7, 8, "cpu/usage", "division by zero", 9 };
static dio_x_list_result x_list = { STATUS, { DIO_X_ENTRIES, all_entries } };
static dio_x_records_args x_records_args = { 5, 6 };
static dio_x_records_result x_records = { STATUS, { DIO_X_RECORDS, all_records } };
static ns_init_args init_args = { 1, "mpeg" };
static ns_init_result init_result = { STATUS, 9 };
static ns_create_args create_args = { 1, SPEC };
static ns_create_result create_result = { STATUS, ATTRS };
static ns_version versions[] = {
	{ 1, 4, 0, 0, 1, 2, 3, "monitor.c", { 7, source } },
	{ 2, 3, 11, 1, 4, 5, 6, "other.c", { 7, source } },
};
static ns_version x_version = { 3, 2, 0, 1, 7, 8, 9, "third.c", { 7, source } };
static ns_replace_result replace_result = { STATUS, 2, 1 };
static ns_versions_result versions_result = { STATUS, { 2, versions } };
static ns_destroy_args destroy_args = { 1, KEY };
static ns_locate_result locate_result = { STATUS, "unix:/run/dionisys/safexd" };
static ns_list_args list_args = { 1, 2 };
static ns_list_page_args page_args = { 1, 2, "object/0000000000000002/class/local/cpu" };
static ns_list_page_result page_result = { STATUS, { 0, NULL }, "manager/local/cpu" };
static ns_host_state x_host = { "node1", 2, UINT64_MAX, "it cannot be reached" };
static ns_host_state x_hosts[] = { { "local", 1, 7, "" }, { "node1", 3, 8, "it is asked" } };
static ns_hosts_result hosts_result = { STATUS, { 2, x_hosts } };
static sx_hello_result hello = { STATUS, "node1", 1, "unix:/run/dionisys/safexd" };
static sx_prepare_args prepare_args = { 1, 1000, SPEC, UINT64_MAX, 1 };
static sx_prepare_result prepare_result = { STATUS, ATTRS, 1 };
static sx_key_args key_args = { 1, 1000, KEY };
static sx_open_args open_args = { 1, "cpu" };
static sx_open_result open_result = { STATUS, ATTRS };

static dio_x_check x_check = { 4, 5, "node1", "cpu", "usage", 6, 7, "monitor.c",
			       { sizeof(source), source } };
static dio_x_use x_use = { "target_cpu", 1, 0 };
static dio_x_use uses[] = { { "target_cpu", 1, 0 }, { "frames", 1, 1 } };
static dio_x_check_result x_check_result = {
	STATUS, 2, 4, "/usr/bin/clang-14 (14.0.6)", "6.12.0", 1, 15, 100, 200, UINT64_MAX, { 2, uses }
};
static sx_check_args check_args = { 1000, { 0, 0, "", "cpu", "", 0, 0, "m.c", { 7, source } } };

#define TYPE(type, sample)	{ #type, (xdrproc_t)xdr_##type, sizeof(type), &sample }

static const struct sample {
	const char *name;
	xdrproc_t xdr;
	size_t size;
	void *value;
} samples[] = {
	TYPE(dio_x_status, x_status),	  TYPE(dio_x_attr, x_attr),
	TYPE(dio_x_key, x_key),		  TYPE(dio_x_spec, x_spec),
	TYPE(dio_x_spec, x_full),	  TYPE(dio_x_stat, x_stat),
	TYPE(dio_x_entry, x_entry),	  TYPE(dio_x_record, x_record),
	TYPE(dio_x_list_result, x_list),  TYPE(dio_x_records_args, x_records_args),
	TYPE(dio_x_records_result, x_records), TYPE(ns_init_args, init_args),
	TYPE(ns_init_result, init_result), TYPE(ns_create_args, create_args),
	TYPE(ns_create_result, create_result), TYPE(ns_destroy_args, destroy_args),
	TYPE(ns_locate_result, locate_result), TYPE(ns_list_args, list_args),
	TYPE(ns_list_page_args, page_args), TYPE(ns_list_page_result, page_result),
	TYPE(ns_replace_result, replace_result), TYPE(ns_versions_result, versions_result),
	TYPE(ns_version, x_version),
	TYPE(ns_host_state, x_host),	  TYPE(ns_hosts_result, hosts_result),
	TYPE(sx_hello_result, hello),	  TYPE(sx_prepare_args, prepare_args),
	TYPE(sx_prepare_result, prepare_result), TYPE(sx_key_args, key_args),
	TYPE(sx_open_args, open_args),	  TYPE(sx_open_result, open_result),
	TYPE(dio_x_check, x_check),	  TYPE(dio_x_use, x_use),
	TYPE(dio_x_check_result, x_check_result), TYPE(sx_check_args, check_args),
};

#define N_SAMPLES	(sizeof(samples) / sizeof(samples[0]))

static char wire[WIRE_MAX], again[WIRE_MAX];

/* The length on the wire, 0: cannot be encoded. */
static size_t encode(xdrproc_t xdr, void *value, char *out)
{
	XDR x;

	xdrmem_create(&x, out, WIRE_MAX, XDR_ENCODE);
	return xdr(&x, value) ? xdr_getpos(&x) : 0;
}

/* Decodes from memory of exactly len bytes into *value, which is zeroed first. */
static bool_t decode(const struct sample *s, const char *bytes, size_t len, void *value)
{
	char *exact = malloc(len ? len : 1);
	bool_t done;
	XDR x;

	memcpy(exact, bytes, len);
	memset(value, 0, s->size);
	largest = 0;
	xdrmem_create(&x, exact, len, XDR_DECODE);
	done = s->xdr(&x, value);
	free(exact);
	return done;
}

static size_t count_structs(const char *name)
{
	char path[512], line[256];
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", PROTO_DIR, name);
	f = fopen(path, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		n += strncmp(line, "struct ", 7) == 0;
	fclose(f);
	return n;
}

/* A type that is added to the .x files is added here; one sample is a second of its type. */
static void no_type_forgotten(void **state)
{
	(void)state;
	assert_int_equal(count_structs("dio_types.x") + count_structs("dionisys.x") +
			 count_structs("safexd.x"), N_SAMPLES - 1);
}

static int setup(void **state)
{
	size_t i;

	(void)state;
	memset(part, 'p', DIO_X_PART);
	memset(name, 'n', DIO_X_NAME);
	memset(filled, 's', sizeof(filled));
	for (i = 0; i < DIO_X_ATTRS; i++)
		all_attrs[i] = (dio_x_attr){ part, i, 1, 2 };
	for (i = 0; i < DIO_X_ENTRIES; i++)
		all_entries[i] = (dio_x_entry){ { 1, i, name, name }, .active = 1, .command = part };
	for (i = 0; i < DIO_X_RECORDS; i++)
		all_records[i] = (dio_x_record){ .seq = i, .name = name, .message = "" };
	return 0;
}

static void there_and_back(void **state)
{
	union { long double align; char room[1024]; } value;
	size_t i, len;

	(void)state;
	for (i = 0; i < N_SAMPLES; i++) {
		assert_true(samples[i].size <= sizeof(value));
		len = encode(samples[i].xdr, samples[i].value, wire);
		assert_int_not_equal(len, 0);
		assert_true(decode(&samples[i], wire, len, &value));
		assert_int_equal(encode(samples[i].xdr, &value, again), len);
		assert_memory_equal(wire, again, len);
		xdr_free(samples[i].xdr, &value);
	}
}

static void cut_anywhere(void **state)
{
	union { long double align; char room[1024]; } value;
	size_t i, len, cut, step;

	(void)state;
	for (i = 0; i < N_SAMPLES; i++) {
		len = encode(samples[i].xdr, samples[i].value, wire);
		step = len > 8192 ? 4099 : 1;
		for (cut = 0; cut < len; cut += step) {
			assert_false(decode(&samples[i], wire, cut, &value));
			xdr_free(samples[i].xdr, &value);
		}
	}
}

/* Each word in turn is a huge number, as if it were a length. */
static void huge_words(void **state)
{
	const uint32_t huge[] = { 0xffffffff, htonl(0x7fffffff), htonl(0x01000000),
				  htonl(0x00010000) };
	union { long double align; char room[1024]; } value;
	size_t i, len, at, h, step;

	(void)state;
	for (i = 0; i < N_SAMPLES; i++) {
		len = encode(samples[i].xdr, samples[i].value, wire);
		step = len > 8192 ? 4 * 509 : 4;
		for (at = 0; at < len; at += step)
			for (h = 0; h < 4; h++) {
				memcpy(again, wire, len);
				memcpy(again + at, &huge[h], 4);
				decode(&samples[i], again, len, &value);
				assert_in_range(largest, 0, DIO_X_SOURCE + 1);
				xdr_free(samples[i].xdr, &value);
			}
	}
}

/* One more than the bound: not sent, and refused before memory is taken for it. */
static void bounds(void **state)
{
	static char longer[DIO_X_SOURCE + 1];
	dio_x_spec spec = x_full, back;
	dio_x_attr more[DIO_X_ATTRS + 1];
	uint32_t count = htonl(DIO_X_ATTRS + 1);
	size_t len, i;
	char too_long[DIO_X_PART + 2];

	(void)state;
	spec.source.source_val = longer;
	spec.source.source_len = sizeof(longer);
	assert_int_equal(encode((xdrproc_t)xdr_dio_x_spec, &spec, wire), 0);
	spec = x_spec;
	for (i = 0; i < DIO_X_ATTRS + 1; i++)
		more[i] = x_attr;
	spec.attrs.attrs_len = DIO_X_ATTRS + 1;
	spec.attrs.attrs_val = more;
	assert_int_equal(encode((xdrproc_t)xdr_dio_x_spec, &spec, wire), 0);
	memset(too_long, 'x', sizeof(too_long) - 1);
	too_long[DIO_X_PART + 1] = '\0';
	init_args.application = too_long;
	assert_int_equal(encode((xdrproc_t)xdr_ns_init_args, &init_args, wire), 0);
	init_args.application = "mpeg";

	spec.attrs.attrs_len = 0;
	len = encode((xdrproc_t)xdr_dio_x_spec, &spec, wire);
	/* key: kind, cd, two strings; then period, budget, pid, and the count. */
	i = 4 + 8 + (4 + 16) + 4 + 8 + 8 + 4;
	assert_int_equal(*(uint32_t *)(wire + i), 0);
	memcpy(wire + i, &count, 4);
	assert_false(decode(&samples[3], wire, len, &back));
	assert_in_range(largest, 0, 32);
	assert_null(back.attrs.attrs_val);
	xdr_free(samples[3].xdr, &back);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_type_forgotten),
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(huge_words),
		cmocka_unit_test(bounds),
	};

	return cmocka_run_group_tests_name("proto", tests, setup, NULL);
}
