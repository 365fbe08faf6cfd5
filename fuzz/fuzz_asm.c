/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Assembly as a compiler may print it around what an author has written:
 * reader, names, shape, checks. The first byte chooses role and kind of loop.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "../safexd/sx_declare.h"
#include "../safexd/sx_instrument.h"
#include "../safexd/sx_names.h"

static const struct sx_text source = { "x.c", "", 0 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int check(int ret, const struct dio_status *status)
{
	if (ret && !*status->message)
		abort();
	return ret;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum safex_kind roles[] = { SAFEX_KIND_MONITOR, SAFEX_KIND_HANDLER,
		SAFEX_KIND_MANAGER, SAFEX_KIND_GUARD };
	static const struct safex_attr attrs[] = {
		{ .name = "in", .rights = SAFEX_RIGHTS_ALL }, { .name = "out", .rights = SAFEX_RIGHTS_ALL },
	};
	struct sx_job job = { .file = "x.c", .attrs = attrs, .n_attrs = 2 };
	struct dio_status status = { 0 };
	uint64_t reads, writes;
	struct sx_asm a;
	struct sx_checked checked = { 0 };

	if (!size)
		return 0;
	job.role = roles[data[0] % 4];
	if (!check(sx_asm_parse(&a, (const char *)data + 1, size - 1, &source, &status), &status) &&
	    !check(sx_names_resolve(&a, &job, &reads, &writes, &status), &status) &&
	    !check(sx_shape_check(&a, job.role, &source, &status), &status))
		check(sx_instrument(&a, job.role, data[0] & 4, "x.c", &checked, &status), &status);
	sx_checked_release(&checked);
	sx_asm_release(&a);
	return 0;
}
