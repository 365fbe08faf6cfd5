/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <string.h>

#include "ld_advice.h"
#include "ld_log.h"
#include "ld_refusals.h"

#define REASON_MAX	1024

#define MEANS(what) LD_REFUSED_##what ": " LD_ADVICE_##what

/* The first that is part of the reason counts: from the special to the general. */
static const struct {
	const char *said, *means;
} advice[] = {
	{ "variable-offset", MEANS(FRAME) },
	{ "variable offset stack", MEANS(FRAME) },
	{ "combined stack size", MEANS(FRAME_SIZE) },
	{ "stack depth exceeds", MEANS(FRAME_SIZE) },
	{ "invalid write to stack", MEANS(FRAME) },
	{ "invalid read from stack", MEANS(UNSET_BESIDE) },
	{ "!read_ok", MEANS(UNSET) },
	{ "math between", MEANS(INDEX) },
	{ "is outside of the allowed memory range", MEANS(INDEX) },
	{ "min value is negative", MEANS(INDEX) },
	{ "unbounded memory access", MEANS(INDEX) },
	{ "invalid access to map value", MEANS(INDEX) },
	{ "write into map forbidden", MEANS(CONSTANT) },
	{ "only what a context has to be set", MEANS(HANDED) },
	{ "access beyond struct", MEANS(BEYOND) },
	{ "is not a scalar", MEANS(ADDRESS) },
	{ "leaks addr", MEANS(ADDRESS) },
	{ "bitwise operator", MEANS(NUMBER) },
	{ "pointer arithmetic", MEANS(NUMBER) },
	{ "pointer comparison", MEANS(NUMBER) },
	{ "tried to subtract pointer", MEANS(NUMBER) },
	{ "must be referenced or trusted", MEANS(CALL) },
	{ "must point to scalar", MEANS(CALL) },
	{ "expected pointer to", MEANS(CALL) },
	{ "expected STRUCT", MEANS(CALL) },
	{ "Possibly NULL pointer", MEANS(CALL) },
	{ "misaligned", MEANS(MISALIGNED) },
	{ "invalid mem access 'scalar'", MEANS(SCALAR) },
	{ "invalid mem access", MEANS(NO_ADDRESS) },
	{ "infinite loop detected", MEANS(LOOP) },
	{ "unreachable insn", MEANS(UNREACHABLE) },
	{ "BPF program is too large", MEANS(PATHS) },
	{ "jumps is too complex", MEANS(PATHS) },
	{ "is not allowed", MEANS(KIND) },
};

static const char *find(const char *reason)
{
	for (size_t i = 0; i < sizeof(advice) / sizeof(advice[0]); i++)
		if (strstr(reason, advice[i].said))
			return advice[i].means;
	return NULL;
}

void ld_advice(const char *log, char *out, size_t size)
{
	char reason[REASON_MAX], place[LD_PLACE_MAX];
	const char *means;

	ld_log_reason(log, reason, sizeof(reason));
	ld_log_place(log, place, sizeof(place));
	means = find(reason);
	if (!reason[0])
		out[0] = '\0';
	else if (means)
		snprintf(out, size, "%s%s%s (the kernel's verifier: %s)", place, place[0] ? ": " : "",
			 means, reason);
	else
		snprintf(out, size, "%s%s" LD_REFUSED_OTHER, place, place[0] ? ": " : "", reason);
}
