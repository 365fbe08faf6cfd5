// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs the kernel must refuse, each with the reason it must give.
 */
#include <string.h>
#include "st.h"

static const struct {
	const char *map;
	const char *reason;
} st_refusals[] = {
	{ "write_ctx_ops", "only read is supported" },
	{ "read_beyond_ops", "access beyond struct safex_ctx" },
	{ "forged_ops", "expected pointer to STRUCT safex_share" },
	{ "shifted_ops", "expected pointer to STRUCT safex_share" },
	{ "number_ops", "must point to scalar, or struct with scalar" },
	{ "helper_ops", "program of this type cannot use helper" },
	{ "loop_helper_ops", "program of this type cannot use helper" },
	{ "any_kfunc_ops", "attach to unsupported member" },
	{ "sleeps_ops", "attach to unsupported member" },
	{ "endless_ops", "infinite loop detected" },
};

void st_test_refused(void)
{
	char log[1 << 16];
	size_t i;

	for (i = 0; i < sizeof(st_refusals) / sizeof(st_refusals[0]); i++) {
		const char *map = st_refusals[i].map;
		const char *reason = st_refusals[i].reason;
		int ret = st_load("refused.bpf.o", map, log, sizeof(log));

		if (!st_ok(ret < 0 && strstr(log, reason), "refused: %s: %s",
			   map, reason))
			st_note("returned %d, log: %s", ret,
				log + (strlen(log) > 500 ? strlen(log) - 500 : 0));
	}
}
