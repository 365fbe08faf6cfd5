/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a manager declares, as the bytes of its section, up to the source of
 * its guard; or, when the first byte is odd, one expression.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../safexd/sx_expr.h"
#include "../safexd/sx_guard.h"

static const struct sx_text source = { "x.c", "", 0 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expression(const uint8_t *data, size_t size)
{
	static const struct safex_attr attrs[] = { { .name = "a", .value = 3 }, { .name = "b-c" } };
	char *text = strndup((const char *)data, size), *printed = NULL, why[96] = "";
	struct sx_expr e;
	int64_t value;
	size_t length;
	FILE *f;

	if (sx_expr_parse(&e, text, attrs, 2, why, sizeof(why))) {
		if (!*why)
			abort();
	} else {
		f = open_memstream(&printed, &length);
		sx_expr_print(f, &e, attrs);
		fclose(f);
		free(printed);
		sx_expr_eval(&e, attrs, &value);
	}
	free(text);
}

/* As clang prints data. */
static char *assembly(const uint8_t *data, size_t size, size_t *length)
{
	char *text = NULL;
	FILE *f = open_memstream(&text, length);
	uint64_t word;

	fputs("\t.section\t.safex.attr,\"a\",@progbits\nx:\n", f);
	for (; size >= sizeof(word); data += sizeof(word), size -= sizeof(word)) {
		memcpy(&word, data, sizeof(word));
		fprintf(f, "\t.quad\t%llu\n", (unsigned long long)word);
	}
	for (; size; size--)
		fprintf(f, "\t.byte\t%u\n", *data++);
	fclose(f);
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sx_declared declared;
	struct dio_status status = { 0 };
	struct sx_asm a;
	size_t length;
	char *text;

	if (!size)
		return 0;
	if (data[0] & 1) {
		expression(data + 1, size - 1);
		return 0;
	}
	text = assembly(data + 1, size - 1, &length);
	if (sx_asm_parse(&a, text, length, &source, &status))
		abort();
	free(text);
	if (!sx_declare_read(&a, "x.c", &declared, &status))
		free(sx_guard_source(&declared, &length));
	else if (!*status.message)
		abort();
	sx_asm_release(&a);
	return 0;
}
