/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <string.h>

#include "ld_advice.h"
#include "ld_log.h"

#define REASON_MAX	1024

#define INDEX	"an index may be outside its variable: compare it with both bounds just before " \
		"it is used, or mask it (i & 7)"
#define FRAME	"an array of the function's own is indexed by any number: make the array static, " \
		"then the index is checked"
#define NUMBER	"an address is computed with as if it were a number: only an index can be added " \
		"to it"
#define HANDED	"a call is given another address than the one it is for: call it by the macros of " \
		"the header"
#define PATHS	"there are too many ways through it for the verifier: fewer branches, or two " \
		"extensions instead of one"
#define FRAME_SIZE "its variables need more than 512 bytes: make large arrays static"

/* The first that is part of the reason counts: from the special to the general. */
static const struct {
	const char *said, *means;
} advice[] = {
	{ "variable-offset", FRAME },
	{ "variable offset stack", FRAME },
	{ "combined stack size", FRAME_SIZE },
	{ "stack depth exceeds", FRAME_SIZE },
	{ "invalid write to stack", FRAME },
	{ "invalid read from stack", "a variable of the function's own may be read before it has a "
	  "value, or beside it: give it one where it is declared" },
	{ "!read_ok", "a variable may be read before it has a value: give it one where it is declared" },
	{ "math between", INDEX },
	{ "is outside of the allowed memory range", INDEX },
	{ "min value is negative", INDEX },
	{ "unbounded memory access", INDEX },
	{ "invalid access to map value", INDEX },
	{ "write into map forbidden", "a constant is written to: take away const, or do not write" },
	{ "only what a context has to be set", "what an extension is handed can only be read: keep what changes in "
	  "static variables or attributes" },
	{ "access beyond struct", "it reads outside of what the extension is handed: use the fields "
	  "and calls of the header" },
	{ "is not a scalar", "an address is given where a number is asked for: give the value that is "
	  "there" },
	{ "leaks addr", "an address is given where a number is asked for: give the value that is there" },
	{ "bitwise operator", NUMBER },
	{ "pointer arithmetic", NUMBER },
	{ "pointer comparison", NUMBER },
	{ "tried to subtract pointer", NUMBER },
	{ "must be referenced or trusted", HANDED },
	{ "must point to scalar", HANDED },
	{ "expected pointer to", HANDED },
	{ "expected STRUCT", HANDED },
	{ "Possibly NULL pointer", HANDED },
	{ "misaligned", "an address is no multiple of the size that is read or written there: do not "
	  "pack structures or cast pointers to larger types" },
	{ "invalid mem access 'scalar'", "a number is used as an address: reach variables by their "
	  "names, and keep an index where a pointer was kept" },
	{ "invalid mem access", "something is used as an address that is none: reach variables by their "
	  "names" },
	{ "infinite loop detected", "a loop changes nothing that could end it: let it change a variable" },
	{ "unreachable insn", "a part of it can never be reached: remove it" },
	{ "BPF program is too large", PATHS },
	{ "jumps is too complex", PATHS },
	{ "is not allowed", "it calls what this kind of extension cannot: use the calls of the header" },
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
		snprintf(out, size, "%s%sthe kernel's verifier refuses it: %s", place,
			 place[0] ? ": " : "", reason);
}
