/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bad input through the library. There are one manager, one class with
 * extensions, and a source of each kind of mistake; all are one test each.
 */
#include "vt.h"

#include <dio_error.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BIG_FILE	"/tmp/vt-big.c"
#define NAME_BYTES	10000
#define BIG_BYTES	(10 * 1024 * 1024)

static DClass_descr_t cd, other;
static char long_name[NAME_BYTES + 1];

static int broken(void)		{ return DCreateMonitor(cd, "cpu/x", 1, VT_EXT "broken.c"); }
static int broken_handler(void)	{ return DCreateHandler(cd, "cpu/x", VT_EXT "broken.c"); }
static int broken_manager(void)	{ return DCreateSM("x", 1, VT_EXT "broken.c"); }
static int no_monitor(void)	{ return DCreateMonitor(cd, "cpu/x", 1, VT_EXT "ask.c"); }
static int no_handler(void)	{ return DCreateHandler(cd, "cpu/x", VT_EXT "watch.c"); }
static int no_attribute(void)	{ return DCreateMonitor(cd, "cpu/x", 1, VT_EXT "no-attribute.c"); }
static int no_file(void)	{ return DCreateMonitor(cd, "cpu/x", 1, VT_EXT "none.c"); }
static int big_source(void)	{ return DCreateMonitor(cd, "cpu/x", 1, BIG_FILE); }
static int monitor_of_none(void){ return DCreateMonitor(cd, "disk/x", 1, VT_EXT "watch.c"); }
static int from_none(void)	{ return DCreateEventChannel(cd, "cpu/none", "cpu/ask"); }
static int to_none(void)	{ return DCreateEventChannel(cd, "cpu/watch", "cpu/none"); }
static int destroy_none(void)	{ return DDestroyMonitor(cd, "cpu/none"); }
static int no_class(void)	{ return DCreateMonitor(other, "cpu/x", 1, VT_EXT "watch.c"); }
static int manager_twice(void)	{ return DCreateSM("cpu", 1, VT_CPU); }
static int monitor_twice(void)	{ return DCreateMonitor(cd, "cpu/watch", 1, VT_EXT "watch.c"); }
static int handler_twice(void)	{ return DCreateHandler(cd, "cpu/ask", VT_EXT "ask.c"); }
static int channel_twice(void)	{ return DCreateEventChannel(cd, "cpu/watch", "cpu/ask"); }
static int in_use(void)		{ return DDestroySM("cpu"); }
static int period_0(void)	{ return DCreateMonitor(cd, "cpu/x", 0, VT_EXT "watch.c"); }
static int period_negative(void){ return DCreateMonitor(cd, "cpu/x", -7, VT_EXT "watch.c"); }
static int manager_period_0(void) { return DCreateSM("x", 0, VT_CPU); }
static int manager_negative(void) { return DCreateSM("x", INT_MIN, VT_CPU); }
static int period_huge(void)	{ return DCreateMonitor(cd, "cpu/x", INT_MAX, VT_EXT "watch.c"); }
static int manager_long(void)	{ return DCreateSM(long_name, 1, VT_CPU); }
static int handler_long(void)	{ return DCreateHandler(cd, long_name, VT_EXT "ask.c"); }

static int class_of(char *manager, int64_t target, int64_t period)
{
	DAttr_t attrs[] = {
		{ .name = "target_cpu", .value = target }, { .name = "period", .value = period },
		{ .name = NULL },
	};

	return DCreateAttrClass(other, manager, attrs);
}

static int class_of_none(void)	{ return class_of("disk", 20 * VT_MS, 100 * VT_MS); }
static int target_high(void)	{ return class_of("cpu", 120 * VT_MS, 100 * VT_MS); }
static int sum_high(void)	{ return class_of("cpu", 90 * VT_MS, 100 * VT_MS); }
static int target_0(void)	{ return class_of("cpu", -1, 100 * VT_MS); }
static int period_short(void)	{ return class_of("cpu", 1000, 2000); }

static int class_twice(void)
{
	DAttr_t attrs[] = { { .name = "target_cpu", .value = VT_MS }, { .name = NULL } };

	return DCreateAttrClass(cd, "cpu", attrs);
}

static int name_long(void)
{
	DAttr_t attrs[] = { { .name = long_name, .value = 1 }, { .name = NULL } };

	return DCreateAttrClass(other, "cpu", attrs);
}

static int attribute_twice(void)
{
	DAttr_t attrs[] = {
		{ .name = "target_cpu", .value = VT_MS }, { .name = "a" }, { .name = "a" },
		{ .name = NULL },
	};

	return DCreateAttrClass(other, "cpu", attrs);
}

static const struct vt_refusal refusals[] = {
	{ "monitor-that-does-not-compile", broken, DIO_E_COMPILE,
	  { "broken.c:6:", "no_such_thing" } },
	{ "handler-that-does-not-compile", broken_handler, DIO_E_COMPILE,
	  { "broken.c:6:", "no_such_thing" } },
	{ "manager-that-does-not-compile", broken_manager, DIO_E_COMPILE, { "broken.c" } },
	{ "source-without-monitor", no_monitor, DIO_E_INSTRUMENT, { "ask.c", "monitor()" } },
	{ "source-without-handler", no_handler, DIO_E_INSTRUMENT, { "watch.c", "handler(" } },
	{ "unknown-attribute", no_attribute, DIO_E_NO_ATTRIBUTE,
	  { "no-attribute.c:6:", "\"colour\"", "target_cpu, period" } },
	{ "source-that-is-not-there", no_file, DIO_E_INVALID, { "none.c", "No such file" } },
	{ "source-of-10-MB", big_source, DIO_E_TOO_BIG, { BIG_FILE, "262144" } },
	{ "monitor-of-unknown-manager", monitor_of_none, DIO_E_NO_MANAGER, { "disk" } },
	{ "class-of-unknown-manager", class_of_none, DIO_E_NO_MANAGER, { "disk" } },
	{ "monitor-without-class", no_class, DIO_E_NO_CLASS, { "cpu" } },
	{ "channel-from-unknown-monitor", from_none, DIO_E_NO_MONITOR, { "cpu/none" } },
	{ "channel-to-unknown-handler", to_none, DIO_E_NO_HANDLER, { "cpu/none" } },
	{ "destroy-unknown-monitor", destroy_none, DIO_E_NO_MONITOR, { "cpu/none" } },
	{ "manager-twice", manager_twice, DIO_E_EXISTS, { "cpu" } },
	{ "class-twice", class_twice, DIO_E_EXISTS, { "cpu" } },
	{ "monitor-twice", monitor_twice, DIO_E_EXISTS, { "cpu/watch" } },
	{ "handler-twice", handler_twice, DIO_E_EXISTS, { "cpu/ask" } },
	{ "channel-twice", channel_twice, DIO_E_EXISTS, { "cpu/watch -> cpu/ask" } },
	{ "attribute-twice", attribute_twice, DIO_E_EXISTS, { "attribute a" } },
	{ "destroy-manager-in-use", in_use, DIO_E_IN_USE, { "cpu" } },
	{ "period-0", period_0, DIO_E_INVALID, { "0 clock ticks" } },
	{ "period-negative", period_negative, DIO_E_INVALID, { "-7 clock ticks" } },
	{ "period-of-a-year", period_huge, DIO_E_RANGE, { "10000000000 ns" } },
	{ "manager-period-0", manager_period_0, DIO_E_INVALID, { "0 clock ticks" } },
	{ "manager-period-negative", manager_negative, DIO_E_INVALID, { "-2147483648" } },
	{ "manager-name-of-10000-bytes", manager_long, DIO_E_TOO_BIG, { "10000 bytes", "31" } },
	{ "handler-name-of-10000-bytes", handler_long, DIO_E_TOO_BIG, { "10000 bytes", "31" } },
	{ "attribute-name-of-10000-bytes", name_long, DIO_E_TOO_BIG, { "10000 bytes", "31" } },
	{ "target-above-period", target_high, DIO_E_CONTRACT,
	  { "target_cpu of 120 ms", "period of 100 ms" } },
	{ "target-negative", target_0, DIO_E_CONTRACT, { "target_cpu of -1 ns" } },
	{ "period-below-1-ms", period_short, DIO_E_CONTRACT, { "period of 2 us", "1 ms" } },
	{ "sum-of-targets-above-a-CPU", sum_high, DIO_E_ADMISSION, { "1.1 of a CPU", "0.93" } },
};

static int make_big_file(void)
{
	static char block[64 * 1024];
	FILE *f = fopen(BIG_FILE, "we");
	size_t left = BIG_BYTES / sizeof(block);

	memset(block, '\n', sizeof(block));
	while (f && left && fwrite(block, sizeof(block), 1, f) == 1)
		left--;
	return f && !fclose(f) && !left ? 0 : -1;
}

static int set_up(void)
{
	struct vt_contract c = { .target = 20 * VT_MS, .period = 100 * VT_MS };

	memset(long_name, 'n', NAME_BYTES);
	if (make_big_file() || vt_manager())
		return -1;
	cd = vt_class(&c);
	other = DinitApp();
	return cd && other ? vt_extensions(cd) : -1;
}

int vt_input(int argc, char **argv)
{
	struct vt_state first, last;
	char text[96];
	size_t i;

	(void)argc;
	(void)argv;
	if (set_up()) {
		vt_result(false, "input-set-up", "%s", DErrorText());
		return 1;
	}
	vt_state_read(&first);
	for (i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		vt_refused(&refusals[i]);
	unlink(BIG_FILE);
	vt_state_read(&last);
	vt_result(vt_state_same(&first, &last) && !DendApp(cd) && !DendApp(other) && !DDestroySM("cpu"),
		  "good-calls-after-bad-ones", "%s; %s", vt_state_text(&last, text), DErrorText());
	return !vt_all_ok();
}
