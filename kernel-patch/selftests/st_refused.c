// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs the kernel must refuse, each with the reason it must give.
 */
#include <string.h>
#include "st.h"

#define UNSUPPORTED	"attach to unsupported member"
#define WRITE	"only what a context has to be set can be written, not offset"

static const struct {
	const char *map;
	const char *reason;
} st_refusals[] = {
	{ "write_ctx_ops", WRITE " 24" },
	{ "write_seal_ops", WRITE " 808" },
	{ "write_across_ops", WRITE " 804" },
	{ "write_value_ops", WRITE " 104" },
	{ "write_share_ops", WRITE " 0" },
	{ "write_any_ops", "R3 is ptr_safex_ctx invalid variable offset" },
	{ "read_beyond_ops", "access beyond struct safex_ctx" },
	{ "forged_ops", "expected pointer to STRUCT safex_share" },
	{ "shifted_ops", "expected pointer to STRUCT safex_share" },
	{ "number_ops", "must point to scalar, or struct with scalar|R1 is scalar expected STRUCT" },
	{ "helper_ops", "program of this type cannot use helper" },
	{ "loop_helper_ops", "program of this type cannot use helper" },
	{ "update_ops", "program of this type cannot use helper bpf_map_update_elem" },
	{ "delete_ops", "program of this type cannot use helper bpf_map_delete_elem" },
	{ "too_long_ops", UNSUPPORTED },
	{ "unchecked_ops", UNSUPPORTED },
	{ "unchecked_within_ops", UNSUPPORTED },
	{ "unheeded_ops", UNSUPPORTED },
	{ "own_functions_ops", UNSUPPORTED },
	{ "calls_ops", UNSUPPORTED },
	{ "any_kfunc_ops", UNSUPPORTED },
	{ "sleeps_ops", UNSUPPORTED },
};

static void st_refuse(const char *map, const char *reason)
{
	char log[1 << 16];
	int ret = st_load("refused.bpf.o", map, log, sizeof(log));

	if (!st_ok(ret < 0 && st_says(log, reason), "refused: %s: %s", map, reason))
		st_note("returned %d, log: %s", ret,
			log + (strlen(log) > 500 ? strlen(log) - 500 : 0));
}

void st_test_refused(void)
{
	bool timed = st_features() & SAFEX_FEATURE_MAY_GOTO;
	size_t i;

	for (i = 0; i < sizeof(st_refusals) / sizeof(st_refusals[0]); i++)
		st_refuse(st_refusals[i].map, st_refusals[i].reason);
	/* Its look is none on a kernel that has its own: there it is refused before. */
	st_refuse("endless_ops", timed ? UNSUPPORTED : "infinite loop detected");
}
