/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The application's side of Figures 2 and 3: this much is all that an
 * application needs to have its CPU time kept.
 */
#include "ex_app.h"

#include <limits.h>
#include <stdio.h>

static int say(const char *call)
{
	fprintf(stderr, "%s: error %d (%s)\n%s\n", call, DError(), DErrorName(DError()),
		DErrorText());
	return -1;
}

static int place_extensions(DClass_descr_t cd, const char *directory)
{
	char monitor[PATH_MAX], handler[PATH_MAX];

	snprintf(monitor, sizeof(monitor), "%s/monitor.c", directory);
	snprintf(handler, sizeof(handler), "%s/handler.c", directory);
	if (DCreateMonitor(cd, "cpu/usage", 1, monitor))
		return say("DCreateMonitor");
	if (DCreateHandler(cd, "cpu/pid", handler))
		return say("DCreateHandler");
	if (DCreateEventChannel(cd, "cpu/usage", "cpu/pid"))
		return say("DCreateEventChannel");
	return 0;
}

int ex_contract_open(const struct ex_options *o, DClass_descr_t *cd)
{
	DAttr_t attrs[] = {
		{ .name = "target_cpu", .value = o->target },
		{ .name = "period", .value = o->period },
		{ .name = "frames", .rights = DATTR_APP_READ | DATTR_APP_WRITE | DATTR_EXT_READ },
		{ .name = NULL },
	};

	*cd = DinitApp();
	if (!*cd)
		return say("DinitApp");
	if (DCreateAttrClass(*cd, "cpu", attrs))
		say("DCreateAttrClass");
	else if (!place_extensions(*cd, o->extensions))
		return 0;
	DendApp(*cd);
	*cd = 0;
	return -1;
}

int ex_contract_close(DClass_descr_t cd)
{
	return DendApp(cd) ? say("DendApp") : 0;
}

/* For extensions that judge by the result instead of CPU time. */
void ex_contract_publish(DClass_descr_t cd, uint64_t pieces)
{
	DSetAttr(cd, "cpu", "frames", (int64_t)pieces);
}
