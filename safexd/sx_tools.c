/* SPDX-License-Identifier: GPL-2.0-only */
/* Which compiler is taken, and where the sandbox and the headers are. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "sx_pipeline.h"
#include "sx_probe.h"

#define BWRAP	"/usr/bin/bwrap"

/* Tried in this order; each is asked what it can do, never for its version. */
static const char *const candidates[] = { "/usr/bin/clang-19", "/usr/bin/clang", "/usr/bin/clang-14" };

/* A program is compiled in 0.1 s with 0.3 GiB of address space; 0.2 s on a slow machine. */
static const struct sx_limits limits = {
	.wall_ms = 30000, .cpu_s = 20, .memory = 1u << 30, .out = 1u << 20, .err = 64u << 10,
};

static int find_sdk(struct sx_tools *t)
{
	const char *set = secure_getenv("DIONISYS_SDK");
	char header[160];

	if ((size_t)snprintf(t->sdk, sizeof(t->sdk), "%s", set ? set : DIO_PKGDATADIR "/sdk") >=
	    sizeof(t->sdk))
		return -ENAMETOOLONG;
	snprintf(header, sizeof(header), "%s/safex/extension.h", t->sdk);
	return access(header, R_OK) ? -ENOENT : 0;
}

/* What the older compilers lack costs time at each compile or at each loop's end. */
static int rank(const struct sx_tools *t)
{
	return t->divides + t->may_goto;
}

/* The first that has all, else the best. */
static int find_compiler(struct sx_tools *t)
{
	const char *set = secure_getenv("DIONISYS_CLANG");
	struct sx_tools one = *t;

	if (set)
		return sx_probe(t, set);
	for (size_t i = 0; i < sizeof(candidates) / sizeof(candidates[0]); i++) {
		if (sx_probe(&one, candidates[i]) || (*t->clang && rank(&one) <= rank(t)))
			continue;
		*t = one;
		if (rank(t) == 2)
			break;
	}
	return *t->clang ? 0 : -ENOENT;
}

static int missing(struct sx_tools *t, int err, const char *what)
{
	t->missing = what;
	return err;
}

int sx_tools_find(struct sx_tools *t)
{
	int ret;

	*t = (struct sx_tools){ .limits = limits };
	if (access(BWRAP, X_OK))
		return missing(t, -ENOENT, "bubblewrap (" BWRAP ")");
	snprintf(t->bwrap, sizeof(t->bwrap), "%s", BWRAP);
	if (find_sdk(t))
		return missing(t, -ENOENT, "the headers <safex/...> (DIONISYS_SDK)");
	ret = sx_program_digest(t->stages);
	if (ret)
		return missing(t, ret, "/proc");
	ret = find_compiler(t);
	return ret ? missing(t, ret, "a clang that can compile for BPF (clang-19, clang-14; DIONISYS_CLANG)") :
		     0;
}

void sx_tools_print(const struct sx_tools *t, char *buf, size_t size)
{
	snprintf(buf, size, "%s (%s), BPF %s%s%s", t->clang, t->version, t->cpu,
		 t->divides ? "" : ", signed division and counts of bits put in",
		 t->may_goto ? "" : ", loop bounds as bytes");
}
