/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>
#include "sx_kfuncs.h"

#define ROLE(kind)	(1u << SAFEX_KIND_##kind)
#define EXTENSION	(ROLE(MONITOR) | ROLE(HANDLER))

static const struct {
	const char *name;
	unsigned int roles;
} kfuncs[] = {
	{ "safex_raise_event", EXTENSION },
	{ "safex_catch", EXTENSION | ROLE(MANAGER) },
	{ "safex_cpu_used", ROLE(MANAGER) },
	{ "safex_cpu_window", ROLE(MANAGER) },
	{ "safex_cpu_windows", ROLE(MANAGER) },
	{ "safex_cpu_current", ROLE(MANAGER) },
	{ "safex_cpu_rest", ROLE(MANAGER) },
	{ "safex_next_tick", ROLE(MANAGER) },
	{ "safex_cpu_violations", ROLE(MANAGER) },
	{ "safex_cpu_reserve", ROLE(MANAGER) },
};

bool sx_kfunc_allowed(enum safex_kind role, const char *name)
{
	for (unsigned int i = 0; i < sizeof(kfuncs) / sizeof(kfuncs[0]); i++)
		if (!strcmp(kfuncs[i].name, name))
			return kfuncs[i].roles & (1u << role);
	return false;
}
