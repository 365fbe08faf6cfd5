/* SPDX-License-Identifier: GPL-2.0-only */
/* Objects that are ours, that are almost ours, and that are anything. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "dio_random.h"
#include "sx_audit.h"
#include "sx_compile.h"
#include "sx_elf.h"
#include "t_objects.h"
#include "t_pipeline.h"

#define ROUNDS 30000

static const struct sx_object *object(void)
{
	static struct sx_object o;

	o.data = (uint8_t *)t_object(&o.size);
	return &o;
}

static void test_roles(void **state)
{
	static const enum safex_kind roles[] = { SAFEX_KIND_MANAGER, SAFEX_KIND_GUARD,
		SAFEX_KIND_MONITOR, SAFEX_KIND_HANDLER, SAFEX_KIND_NONE, SAFEX_KIND_CHANNEL, 99 };
	const struct sx_object *objects[] = { &t_cpu()->program, &t_cpu()->guard, object() };
	struct dio_status st;

	(void)state;
	for (unsigned int o = 0; o < 3; o++) {
		for (unsigned int r = 0; r < 7; r++) {
			int ret = sx_audit(objects[o]->data, objects[o]->size, roles[r], &st);

			assert_true(r == o ? ret == 0 : ret < 0 && st.code == DIO_E_AUDIT);
		}
	}
}

static void refuse(const uint8_t *data, size_t size, const char *words)
{
	struct dio_status st = { 0 };
	int ret = sx_audit(data, size, SAFEX_KIND_MONITOR, &st);

	if (!ret || st.code != DIO_E_AUDIT || !strstr(st.message, words))
		fail_msg("%s: %d, %s", words, ret, st.message);
}

static void test_each_reason(void **state)
{
	(void)state;
	assert_true(t_bad_objects(refuse) > 40);
}

/* On the heap to the byte, so that a sanitizer sees one too far. */
static int audit_copy(const uint8_t *data, size_t size)
{
	struct dio_status st = { 0 };
	uint8_t *copy = malloc(size ? size : 1);
	int ret;

	memcpy(copy, data, size);
	ret = sx_audit(copy, size, SAFEX_KIND_MONITOR, &st);
	assert_int_equal(ret ? DIO_E_AUDIT : DIO_E_OK, st.code);
	free(copy);
	return ret;
}

static void test_truncated(void **state)
{
	const struct sx_object *o = object();

	(void)state;
	for (size_t size = 0; size < o->size; size++)
		assert_int_not_equal(audit_copy(o->data, size), 0);
	assert_int_equal(audit_copy(o->data, o->size), 0);
}

static void test_corrupted(void **state)
{
	const struct sx_object *o = object();
	uint8_t *copy = malloc(o->size);
	unsigned int refused = 0;

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		memcpy(copy, o->data, o->size);
		for (unsigned int n = 1 + dio_random() % 8; n; n--) {
			static const uint8_t odd[] = { 0, 1, 0x7f, 0x80, 0xff };
			size_t at = dio_random() % 2 ? dio_random() % o->size :
						     o->size - 1 - dio_random() % 1024 % o->size;

			copy[at] = dio_random() % 2 ? odd[dio_random() % 5] : (uint8_t)dio_random();
		}
		refused += audit_copy(copy, o->size) != 0;
	}
	assert_true(refused > ROUNDS / 4);
	free(copy);
}

/* Anything behind a right header. */
static void test_noise(void **state)
{
	const struct sx_object *o = object();
	uint8_t *copy = malloc(o->size);

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		size_t keep = dio_random() % 2 ? 64 : dio_random() % o->size;

		memcpy(copy, o->data, o->size);
		for (size_t at = keep; at < o->size; at++)
			copy[at] = (uint8_t)dio_random();
		audit_copy(copy, o->size);
	}
	free(copy);
}

#define TEXT "\t.section \"struct_ops/monitor\",\"ax\",@progbits\n\t.globl f\n\t.type f,@function\n" \
	"f:\n%s\tr0 = 0\n\texit\n\t.section .struct_ops.link,\"aw\",@progbits\nextension:\n\t.quad 0\n" \
	"\t.quad f\n\t.quad 0\n\t.section license,\"aw\",@progbits\n\t.asciz \"%s\"\n%s"

static void assembled(const char *code, const char *license, const char *more, const char *words)
{
	struct sx_compiler compiler = { .tools = t_tools() };
	struct sx_output o;
	struct dio_status st = { 0 };
	char text[4096];
	int n = snprintf(text, sizeof(text), TEXT, code, license, more);

	if (sx_assemble(&compiler, "x", text, (size_t)n, &o, &st))
		fail_msg("%s", st.message);
	assert_int_not_equal(sx_audit(o.out, o.out_size, SAFEX_KIND_MONITOR, &st), 0);
	if (!strstr(st.message, words))
		fail_msg("\"%s\" not in: %s", words, st.message);
	sx_output_release(&o);
}

static void test_crafted(void **state)
{
	(void)state;
	assembled("", "MIT", "", "missing");
	assembled("", "GPL", "", "missing");
	assembled("", "GPL", "\t.section .maps,\"aw\",@progbits\n\t.quad 0\n", "section: .maps");
	assembled("", "GPL", "\t.section \"kprobe/x\",\"ax\",@progbits\n\texit\n", "section: kprobe/x");
	assembled("", "GPL", "\t.section \"struct_ops/handler\",\"ax\",@progbits\n\texit\n",
		  "section: struct_ops/handler");
	assembled("", "GPL", "\t.text\n\texit\n", "code outside its section: .text");
	assembled("", "GPL", "\t.section .data,\"aw\",@progbits\n\t.zero 70000\n", "64 KiB");
	assembled("", "GPL", "\t.section .bss,\"aw\",@nobits\n\t.zero 1000000\n", "64 KiB");
	assembled("", "GPL", "\t.section .ksyms,\"aw\",@progbits\n\t.quad 0\n", "section: .ksyms");
	assembled("", "GPL", "\t.section .rodata.x,\"aw\",@progbits\n\t.quad 0\n", "section: .rodata.x");
}

/* A right object but for one call. */
static void test_call(void **state)
{
	const struct sx_object *o = object();
	uint8_t *copy = malloc(o->size), *at;

	(void)state;
	memcpy(copy, o->data, o->size);
	/* In the symbols' names; .BTF has it too. */
	for (at = copy + o->size - 20; memcmp(at, "safex_raise_event", 18); at--)
		;
	memcpy(at, "safex_cpu_windows", 18);
	assert_int_not_equal(audit_copy(copy, o->size), 0);
	memcpy(at, "safex_set_attribu", 18);
	assert_int_not_equal(audit_copy(copy, o->size), 0);
	memcpy(at, "safex_raise_event", 18);
	assert_int_equal(audit_copy(copy, o->size), 0);
	free(copy);
}

static void test_license(void **state)
{
	const struct sx_object *o = object();
	uint8_t *copy = malloc(o->size), *at;

	(void)state;
	memcpy(copy, o->data, o->size);
	for (at = copy; memcmp(at, "GPL", 4); at++)
		;
	memcpy(at, "MIT", 4);
	assert_int_not_equal(audit_copy(copy, o->size), 0);
	free(copy);
}

static int group(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_roles),	  cmocka_unit_test(test_each_reason),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_corrupted), cmocka_unit_test(test_noise),
		cmocka_unit_test(test_crafted),	  cmocka_unit_test(test_call),
		cmocka_unit_test(test_license),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
	dio_random_begin(argc, argv);
	return t_each_compiler(group);
}
