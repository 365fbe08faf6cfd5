/* SPDX-License-Identifier: GPL-2.0-only */
#include "vt.h"

#include <dio_error.h>
#include <string.h>

int vt_manager(void)
{
	return DCreateSM("cpu", 1, VT_CPU) && DError() != DIO_E_EXISTS ? -1 : 0;
}

static void give(DAttr_t **at, const char *name, int64_t value)
{
	if (value)
		*(*at)++ = (DAttr_t){ .name = name, .value = value };
}

DClass_descr_t vt_class(const struct vt_contract *c)
{
	DOptions_t options = { .size = sizeof(options), .pid = c->pid };
	DClass_descr_t cd = DinitApp();
	DAttr_t attrs[6], *at = attrs;

	memset(attrs, 0, sizeof(attrs));
	give(&at, "target_cpu", c->target);
	give(&at, "period", c->period);
	give(&at, "minimum_cpu", c->minimum);
	give(&at, "maximum_cpu", c->maximum);
	at->name = "wish";
	if (cd && !DxCreateAttrClass(cd, "cpu", attrs, &options))
		return cd;
	vt_say("class");
	return 0;
}

int vt_extensions(DClass_descr_t cd)
{
	if (DCreateMonitor(cd, "cpu/watch", 1, VT_EXT "watch.c") ||
	    DCreateHandler(cd, "cpu/ask", VT_EXT "ask.c") ||
	    DCreateEventChannel(cd, "cpu/watch", "cpu/ask")) {
		vt_say("extensions");
		return -1;
	}
	return 0;
}

struct wanted {
	DClass_descr_t cd;
	const char *name;
	unsigned int kind;
	DRecord_t *record;
};

static bool has_come(void *arg)
{
	static DRecord_t records[64];
	const struct wanted *w = arg;
	size_t found, i;

	if (DRecords(w->cd, 1, records, 64, &found))
		return false;
	for (i = 0; i < found && i < 64; i++)
		if (records[i].kind == w->kind && !strcmp(records[i].name, w->name)) {
			*w->record = records[i];
			return true;
		}
	return false;
}

bool vt_record(DClass_descr_t cd, const char *name, unsigned int kind, DRecord_t *record)
{
	struct wanted w = { cd, name, kind, record };

	return vt_wait(has_come, &w);
}
