/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The paper's six calls, and what they lead to: the application's attribute
 * goes monitor -> event -> handler -> guard -> manager, and comes back as
 * this process's reservation, read from the scheduler.
 */
#include "vt.h"

#include <dio_error.h>
#include <linux/sched/types.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TARGET		(20 * VT_MS)
#define PERIOD		(100 * VT_MS)
#define MINIMUM		(10 * VT_MS)
#define MAXIMUM		(40 * VT_MS)
#define DEADLINE	6	/* SCHED_DEADLINE */
#define GUARD		6	/* SAFEX_END_GUARD */

static DClass_descr_t cd;
static DAttr_t attrs[] = {
	{ .name = "target_cpu", .value = TARGET },
	{ .name = "period", .value = PERIOD },
	{ .name = "minimum_cpu", .value = MINIMUM },
	{ .name = "maximum_cpu", .value = MAXIMUM },
	{ .name = "wish", .value = 0 },
	{ .name = "secret", .value = 3, .rights = DATTR_EXT_READ },
	{ .name = NULL },
};
enum { WISH = 4, SECRET };

static struct sched_attr reservation(void)
{
	struct sched_attr a = { .size = sizeof(a) };

	if (syscall(SYS_sched_getattr, 0, &a, sizeof(a), 0))
		memset(&a, 0, sizeof(a));
	return a;
}

static bool is_reserved(void *arg)
{
	struct sched_attr a = reservation();

	return a.sched_policy == DEADLINE && a.sched_runtime == *(uint64_t *)arg &&
	       a.sched_period == PERIOD;
}

/* The manager adds its margin of 1 %. */
static void reserved(const char *name, int64_t timeslice)
{
	uint64_t wanted = (uint64_t)timeslice + (uint64_t)timeslice / 100;
	bool ok = vt_wait(is_reserved, &wanted);
	struct sched_attr a = reservation();

	vt_result(ok, name, "policy %u, runtime %llu, not %llu", a.sched_policy,
		  (unsigned long long)a.sched_runtime, (unsigned long long)wanted);
}

static void wish(const char *name, int64_t wanted, int64_t timeslice)
{
	if (DSetAttr(cd, "cpu", "wish", wanted))
		vt_result(false, name, "%s", DErrorText());
	else
		reserved(name, timeslice);
}

static bool create(void)
{
	vt_result(!DCreateSM("cpu", 1, VT_CPU), "DCreateSM", "%s", DErrorText());
	cd = DinitApp();
	vt_result(cd != 0, "DinitApp", "%s", DErrorText());
	vt_result(!DCreateAttrClass(cd, "cpu", attrs), "DCreateAttrClass", "%s", DErrorText());
	vt_result(!DCreateMonitor(cd, "cpu/watch", 1, VT_EXT "watch.c"), "DCreateMonitor", "%s",
		  DErrorText());
	vt_result(!DCreateHandler(cd, "cpu/ask", VT_EXT "ask.c"), "DCreateHandler", "%s",
		  DErrorText());
	vt_result(!DCreateEventChannel(cd, "cpu/watch", "cpu/ask"), "DCreateEventChannel", "%s",
		  DErrorText());
	return vt_all_ok();
}

static void allocation(void)
{
	reserved("reservation-of-the-target", TARGET);
	wish("handler-raises-the-reservation", 5 * VT_MS, TARGET + 5 * VT_MS);
	wish("handler-lowers-the-reservation", -6 * VT_MS, TARGET - 6 * VT_MS);
	wish("guard-holds-it-to-the-maximum", 60 * VT_MS, MAXIMUM);
	wish("guard-holds-it-to-the-minimum", -60 * VT_MS, MINIMUM);
}

static void attributes(void)
{
	int64_t value = 0;
	const volatile int64_t *ref = DAttrRef(cd, "cpu", "timeslice");

	vt_result(!DGetAttr(cd, "cpu", "timeslice", &value) && value == MINIMUM && ref &&
		  *ref == value, "DGetAttr-and-the-mapping-agree", "%lld: %s", (long long)value,
		  DErrorText());
	vt_result(attrs[WISH].ref && *attrs[WISH].ref == -60 * VT_MS,
		  "own-attribute-is-a-memory-load", "%p", (const void *)(uintptr_t)attrs[WISH].ref);
	vt_result(!attrs[SECRET].ref && DGetAttr(cd, "cpu", "secret", &value) == DIO_E_DENIED,
		  "attribute-without-right-to-read", "%lld", (long long)value);
}

static int set_manager_s(void)	{ return DSetAttr(cd, "cpu", "timeslice", 5); }
static int set_contract(void)	{ return DSetAttr(cd, "cpu", "target_cpu", 5); }
static int set_secret(void)	{ return DSetAttr(cd, "cpu", "secret", 5); }
static int set_none(void)	{ return DSetAttr(cd, "cpu", "colour", 5); }
static int level_high(void)	{ return DSetAttr(cd, "level", "level", 101); }
static int level_jump(void)	{ return DSetAttr(cd, "level", "level", 31); }

static const struct vt_refusal writes[] = {
	{ "set-the-managers-attribute", set_manager_s, DIO_E_DENIED, { "timeslice" } },
	{ "set-the-contract", set_contract, DIO_E_DENIED, { "target_cpu" } },
	{ "set-without-right", set_secret, DIO_E_DENIED, { "secret" } },
	{ "set-unknown-attribute", set_none, DIO_E_NO_ATTRIBUTE, { "colour" } },
};
static const struct vt_refusal guarded[] = {
	{ "guard-refuses-out-of-range", level_high, DIO_E_GUARD, { "101 for level", "range" } },
	{ "guard-refuses-a-step", level_jump, DIO_E_GUARD, { "31 for level", "step" } },
};

static void guards(void)
{
	DAttr_t none[] = { { .name = NULL } };
	int64_t level = -1;

	if (DCreateSM("level", 1, VT_EXT "level.c") || DCreateAttrClass(cd, "level", none)) {
		vt_result(false, "second-manager", "%s", DErrorText());
		return;
	}
	vt_refused(&guarded[0]);
	vt_refused(&guarded[1]);
	vt_result(!DSetAttr(cd, "level", "level", 30) && !DGetAttr(cd, "level", "level", &level) &&
		  level == 30, "guard-lets-a-step-pass", "%lld: %s", (long long)level, DErrorText());
}

/* What a handler is refused comes to the application as a record. */
static void refused_handler(void)
{
	DRecord_t r = { 0 };
	bool come;

	DSetAttr(cd, "cpu", "wish", 11000 * VT_MS);
	come = vt_record(cd, "cpu/ask", GUARD, &r);
	vt_result(come && strstr(r.message, "timeslice-adjustment = 11000000000 refused: out of range"),
		  "handlers-refused-write-is-told", "%s", r.message);
}

static void end(void)
{
	struct vt_state s;
	struct sched_attr a;
	char text[96];

	vt_result(!DendApp(cd), "DendApp", "%s", DErrorText());
	a = reservation();
	vt_result(!a.sched_policy, "policy-is-as-before", "policy %u", a.sched_policy);
	vt_result(!DDestroySM("level") && !DDestroySM("cpu"), "DDestroySM", "%s", DErrorText());
	vt_state_read(&s);
	vt_result(!s.kernel && !s.pins && !s.safexd && !s.nameserver, "nothing-is-left", "%s",
		  vt_state_text(&s, text));
}

int vt_calls(int argc, char **argv)
{
	size_t i;

	(void)argc;
	(void)argv;
	if (create()) {
		allocation();
		attributes();
		for (i = 0; i < sizeof(writes) / sizeof(writes[0]); i++)
			vt_refused(&writes[i]);
		guards();
		refused_handler();
	}
	end();
	return !vt_all_ok();
}
