// SPDX-License-Identifier: GPL-2.0-only
/*
 * TSC ticks from just before to just after a timer's function, by the two
 * tracepoints around every call of one.  An empty function (gauge_work.c)
 * shows what the probes themselves take.
 */
#include <linux/hrtimer.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/timex.h>
#include <linux/tracepoint.h>
#include <linux/vmalloc.h>
#include "gauge.h"

#define GAUGE_SAMPLES	4096	/* then the first ones stay */
#define ENTRY		4ul	/* bytes of endbr, where a probe isn't put */

static struct tracepoint *gauge_entry, *gauge_exit;
static unsigned long gauge_function;	/* the one that is measured */
static struct hrtimer *gauge_timer;	/* whose call of it is under way */
static u64 gauge_begin;
static u64 *gauge_samples;
static u32 gauge_taken;

static void gauge_on_entry(void *unused, struct hrtimer *timer, ktime_t *now)
{
	if (READ_ONCE(gauge_function) - (unsigned long)timer->function > ENTRY)
		return;
	gauge_timer = timer;
	gauge_begin = get_cycles();
}

/* The timer itself may be gone by now. */
static void gauge_on_exit(void *unused, struct hrtimer *timer)
{
	u64 end = get_cycles();

	if (timer != gauge_timer)
		return;
	gauge_timer = NULL;
	if (gauge_taken < GAUGE_SAMPLES)
		gauge_samples[gauge_taken++] = end - gauge_begin;
}

static void gauge_find(struct tracepoint *tp, void *unused)
{
	if (!strcmp(tp->name, "hrtimer_expire_entry"))
		gauge_entry = tp;
	if (!strcmp(tp->name, "hrtimer_expire_exit"))
		gauge_exit = tp;
}

/* No other way is open to modules: where a probe would be put. */
static void *gauge_address(const char *function)
{
	struct kprobe probe = { .symbol_name = function };
	void *address;
	int ret = register_kprobe(&probe);

	if (ret)
		return NULL;
	address = probe.addr;
	unregister_kprobe(&probe);
	return address;
}

int gauge_round_choose(char *function)
{
	void *address = gauge_address(function);

	if (!address)
		return -ENOENT;
	WRITE_ONCE(gauge_function, 0);
	tracepoint_synchronize_unregister();
	gauge_taken = 0;
	WRITE_ONCE(gauge_function, (unsigned long)address);
	return 0;
}

int gauge_round_show(struct seq_file *file, void *unused)
{
	u32 i, n = READ_ONCE(gauge_taken);

	for (i = 0; i < n; i++)
		seq_printf(file, "%llu\n", gauge_samples[i]);
	return 0;
}

int gauge_round_init(void)
{
	int ret = -ENOENT;

	gauge_samples = vcalloc(GAUGE_SAMPLES, sizeof(*gauge_samples));
	if (!gauge_samples)
		return -ENOMEM;
	for_each_kernel_tracepoint(gauge_find, NULL);
	if (gauge_entry && gauge_exit)
		ret = tracepoint_probe_register(gauge_entry, gauge_on_entry,
						NULL);
	if (!ret) {
		ret = tracepoint_probe_register(gauge_exit, gauge_on_exit,
						NULL);
		if (ret)
			tracepoint_probe_unregister(gauge_entry,
						    gauge_on_entry, NULL);
	}
	if (ret) {
		tracepoint_synchronize_unregister();
		vfree(gauge_samples);
	}
	return ret;
}

void gauge_round_exit(void)
{
	tracepoint_probe_unregister(gauge_entry, gauge_on_entry, NULL);
	tracepoint_probe_unregister(gauge_exit, gauge_on_exit, NULL);
	tracepoint_synchronize_unregister();
	vfree(gauge_samples);
}
