/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sx_layout.h"
#include "sx_refusals.h"

#define PPM		1000000ull
#define OWN_RIGHTS	(SAFEX_APP_READ | SAFEX_APP_WRITE | SAFEX_EXT_READ)
#define NS_TEXT		32
/* ns; what the kernel takes of a contract for a process */
#define PERIOD_MIN	1000000
#define PERIOD_MAX	4194304000
#define RUNTIME_MIN	10000

static struct safex_attr *find(struct sx_facts *class, const char *name)
{
	for (unsigned int i = 0; i < class->n_attrs; i++)
		if (!strcmp(class->attrs[i].name, name))
			return &class->attrs[i];
	return NULL;
}

static int is_contract(uint32_t role)
{
	return role == SAFEX_ROLE_TARGET || role == SAFEX_ROLE_PERIOD ||
	       role == SAFEX_ROLE_MINIMUM || role == SAFEX_ROLE_MAXIMUM;
}

static enum dio_error add_own(const struct safex_attr *given, struct sx_facts *class,
			      struct dio_status *st)
{
	struct safex_attr *a = &class->attrs[class->n_attrs];

	if (class->n_attrs == SAFEX_ATTRS_MAX)
		return dio_status_set(st, DIO_E_TOO_BIG, SX_REFUSED_ATTRS, SAFEX_ATTRS_MAX);
	*a = *given;
	if (!a->rights)
		a->rights = OWN_RIGHTS;
	class->n_attrs++;
	return DIO_E_OK;
}

static enum dio_error merge_one(const struct safex_attr *given, struct sx_facts *class,
				uint64_t *mask, struct dio_status *st)
{
	struct safex_attr *a = find(class, given->name);

	if (!a)
		return add_own(given, class, st);
	if (!is_contract(a->role) && !(a->rights & SAFEX_APP_WRITE))
		return dio_status_set(st, DIO_E_DENIED, SX_REFUSED_MANAGERS, given->name);
	a->value = given->value;
	*mask |= 1ull << (a - class->attrs);
	return DIO_E_OK;
}

static enum dio_error initialise(const struct sx_entry *manager, struct sx_facts *class,
				 uint64_t given, struct dio_status *st)
{
	unsigned int slot;
	int ret = manager->initial ? sx_initial_values((void *)manager->initial, class->attrs,
						       manager->f.n_attrs, given, &slot) : 0;

	if (!ret)
		return DIO_E_OK;
	return dio_status_set(st, DIO_E_CONTRACT,
			      SX_REFUSED_INITIAL, class->attrs[slot].name, manager->f.key.name,
			      ret == -EDOM ? "division by 0" : "it needs itself");
}

enum dio_error sx_layout_merge(const struct sx_entry *manager, const struct sx_spec *spec,
			       struct sx_facts *class, struct dio_status *st)
{
	uint64_t given = 0;

	memcpy(class->attrs, manager->f.attrs, sizeof(class->attrs));
	class->n_attrs = manager->f.n_attrs;
	for (unsigned int i = 0; i < spec->n_attrs; i++)
		if (merge_one(&spec->attrs[i], class, &given, st))
			return st->code;
	return initialise(manager, class, given, st);
}

static const struct safex_attr *by_role(const struct sx_facts *class, uint32_t role)
{
	for (unsigned int i = 0; i < class->n_attrs; i++)
		if (class->attrs[i].role == role)
			return &class->attrs[i];
	return NULL;
}

/* "120 ms", "1.5 ms", "20 ns" */
static const char *text_of(int64_t ns, char *buf)
{
	static const struct {
		int64_t ns;
		const char *unit;
	} units[] = { { 1000000000, "s" }, { 1000000, "ms" }, { 1000, "us" } };

	for (unsigned int i = 0; i < 3; i++) {
		if (ns >= 10 * units[i].ns || (ns >= units[i].ns && i)) {
			snprintf(buf, NS_TEXT, "%.10g %s", (double)ns / units[i].ns, units[i].unit);
			return buf;
		}
	}
	snprintf(buf, NS_TEXT, "%lld ns", (long long)ns);
	return buf;
}

static enum dio_error above(const struct safex_attr *low, const struct safex_attr *high,
			    struct dio_status *st)
{
	char a[NS_TEXT], b[NS_TEXT];

	if (!low || !high || low->value <= high->value)
		return DIO_E_OK;
	return dio_status_set(st, DIO_E_CONTRACT, SX_REFUSED_ABOVE, low->name,
			      text_of(low->value, a), high->name, text_of(high->value, b));
}

static enum dio_error positive(const struct safex_attr *a, struct dio_status *st)
{
	if (a->value > 0)
		return DIO_E_OK;
	return dio_status_set(st, DIO_E_CONTRACT, SX_REFUSED_NOT_ABOVE, a->name,
			      (long long)a->value);
}

static enum dio_error by_itself(const struct sx_facts *class, const struct safex_attr *target,
				const struct safex_attr *period, struct dio_status *st)
{
	const struct safex_attr *low = by_role(class, SAFEX_ROLE_MINIMUM);
	const struct safex_attr *high = by_role(class, SAFEX_ROLE_MAXIMUM);
	char text[NS_TEXT];

	if (positive(target, st) || positive(period, st) || above(target, period, st) ||
	    above(low, target, st) || above(target, high, st) ||
	    above(by_role(class, SAFEX_ROLE_SHARE), target, st))
		return st->code;
	if (low && low->value < 0)
		return positive(low, st);
	if (period->value < PERIOD_MIN || period->value > PERIOD_MAX)
		return dio_status_set(st, DIO_E_CONTRACT, SX_REFUSED_PERIOD, period->name,
				      text_of(period->value, text));
	if (target->value < RUNTIME_MIN)
		return dio_status_set(st, DIO_E_CONTRACT, SX_REFUSED_TARGET, target->name,
				      text_of(target->value, text));
	return DIO_E_OK;
}

uint64_t sx_layout_ppm(uint64_t part, uint64_t whole)
{
	return ((unsigned __int128)part * PPM + whole - 1) / whole;
}

static double left_of(uint64_t cap, uint64_t used)
{
	return used < cap ? cap - used : 0;
}

enum dio_error sx_layout_contract(const struct sx_facts *class, const struct safex_info *info,
				  struct dio_status *st)
{
	const struct safex_attr *target = by_role(class, SAFEX_ROLE_TARGET);
	const struct safex_attr *period = by_role(class, SAFEX_ROLE_PERIOD);
	uint64_t sum, asked;

	if (!target || !period)
		return DIO_E_OK;
	if (by_itself(class, target, period, st))
		return st->code;
	asked = sx_layout_ppm(target->value, period->value);
	sum = info->cpu_used_ppm + asked;
	if (sum <= info->cpu_cap_ppm)
		return DIO_E_OK;
	return dio_status_set(st, DIO_E_ADMISSION, SX_REFUSED_SUM, (double)sum / PPM,
			      (double)asked / PPM, (double)info->cpu_cap_ppm / PPM,
			      left_of(info->cpu_cap_ppm, info->cpu_used_ppm) / PPM);
}

enum dio_error sx_layout_time(uint64_t budget, uint64_t period, const struct safex_info *info,
			      struct dio_status *st)
{
	uint64_t asked = sx_layout_ppm(budget, period), sum = info->extension_used_ppm + asked;

	if (sum <= info->extension_cap_ppm)
		return DIO_E_OK;
	return dio_status_set(st, DIO_E_ADMISSION, SX_REFUSED_EXT_SUM, sum / 1e4, asked / 1e4,
			      info->extension_cap_ppm / 1e4,
			      left_of(info->extension_cap_ppm, info->extension_used_ppm) / 1e4);
}

enum dio_error sx_layout_host(const struct safex_info *info, struct dio_status *st)
{
	return dio_status_set(st, DIO_E_ADMISSION, SX_REFUSED_BOTH_SUMS,
			      (double)info->host_used_ppm / PPM, (double)info->host_cap_ppm / PPM);
}

/* What the host's administrator lets the scheduler reserve, in words. */
static const char *runtime_text(char *buf, size_t size)
{
	FILE *f = fopen("/proc/sys/kernel/sched_rt_runtime_us", "re");
	long us;

	if (!f || fscanf(f, "%ld", &us) != 1)
		snprintf(buf, size, "its limit is kernel.sched_rt_runtime_us");
	else
		snprintf(buf, size, "kernel.sched_rt_runtime_us is %ld", us);
	if (f)
		fclose(f);
	return buf;
}

bool sx_layout_not_in_force(int err, const struct sx_facts *class, const struct safex_info *info,
			    struct dio_status *st)
{
	const struct safex_attr *target = by_role(class, SAFEX_ROLE_TARGET);
	const struct safex_attr *period = by_role(class, SAFEX_ROLE_PERIOD);
	char text[64];

	if (!target || !period)
		return false;
	if (err == -EBUSY)
		dio_status_set(st, DIO_E_ADMISSION, SX_REFUSED_BANDWIDTH,
			       (double)target->value / period->value,
			       (double)info->cpu_cap_ppm / PPM, (double)info->cpu_used_ppm / PPM,
			       runtime_text(text, sizeof(text)));
	else if (err == -EEXIST)
		dio_status_set(st, DIO_E_IN_USE, SX_REFUSED_RESERVED, class->pid);
	else if (err == -EPERM)
		dio_status_set(st, DIO_E_CONTRACT, SX_REFUSED_PINNED, class->pid);
	else if (err == -EINVAL)
		dio_status_set(st, DIO_E_CONTRACT, SX_REFUSED_PERIOD_TAKEN, period->name,
			       text_of(period->value, text));
	else
		return false;
	return true;
}
