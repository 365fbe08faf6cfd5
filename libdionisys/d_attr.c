/* SPDX-License-Identifier: GPL-2.0-only */
/* Getting and setting attributes of a class on this host. */
#include "d_lib.h"

#include <errno.h>
#include <linux/safex.h>
#include <string.h>
#include <sys/ioctl.h>

static const char *verdict_text(unsigned int verdict)
{
	switch (verdict) {
	case SAFEX_GUARD_RANGE:
		return "it is outside the attribute's range";
	case SAFEX_GUARD_STEP:
		return "it is further from the old value than one step";
	case SAFEX_GUARD_RATE:
		return "the last change was too short a time ago";
	case SAFEX_GUARD_CONTRACT:
		return "it does not keep the class's own contract";
	case SAFEX_GUARD_SUM:
		return "the host has not that much left";
	case SAFEX_GUARD_UNSAFE:
		return "it is not safe now; the manager's fallback was taken";
	case SAFEX_GUARD_FAULT:
		return "the guard itself failed";
	default:
		return "unknown verdict";
	}
}

static int lock_class(DClass_descr_t cd, const char *sm_name, const char *attr,
		      struct d_class **class)
{
	struct d_class_id id = { .cd = cd };
	int err;

	err = d_check_descriptor(cd);
	if (!err)
		err = d_check_name("service manager", sm_name, false, &id.name);
	if (!err && !attr)
		err = d_fail(DIO_E_INVALID, "the name of the attribute is NULL");
	return err ? err : d_class_acquire(&id, class);
}

static int find_slot(const struct d_class *class, const char *attr, int *slot)
{
	*slot = d_class_slot(class, attr);
	if (*slot < 0)
		return d_fail(DIO_E_NO_ATTRIBUTE, "the class has no attribute \"%.31s\"", attr);
	return 0;
}

static int find_readable(const struct d_class *class, const char *attr,
			 const volatile int64_t **value)
{
	int slot, err;

	err = find_slot(class, attr, &slot);
	if (err)
		return err;
	if (!(d_class_rights(class, slot) & DATTR_APP_READ))
		return d_fail(DIO_E_DENIED, "attribute %s may not be read by applications", attr);
	if (d_class_is_gone(class))
		return d_fail(DIO_E_GONE, "the class was destroyed: attribute %s has no value",
			      attr);
	*value = d_class_value(class, slot);
	return 0;
}

int DGetAttr(DClass_Descr_t cd, const char *sm_name, const char *attr, int64_t *value)
{
	const volatile int64_t *ref;
	struct d_class *class;
	int err;

	if (!value)
		return d_fail(DIO_E_INVALID, "there is no place for the value: NULL");
	err = lock_class(cd, sm_name, attr, &class);
	if (err)
		return err;
	err = find_readable(class, attr, &ref);
	if (!err)
		*value = *ref;
	d_class_release();
	return err;
}

const volatile int64_t *DAttrRef(DClass_Descr_t cd, const char *sm_name, const char *attr)
{
	const volatile int64_t *ref;
	struct d_class *class;
	int err;

	if (lock_class(cd, sm_name, attr, &class))
		return NULL;
	err = find_readable(class, attr, &ref);
	d_class_release();
	return err ? NULL : ref;
}

static int fail_set(const char *attr, const struct safex_set *set, int err)
{
	if (set->verdict == SAFEX_GUARD_RIGHTS)
		return d_fail(DIO_E_DENIED, "attribute %s may not be set by applications", attr);
	if (set->verdict != SAFEX_GUARD_OK)
		return d_fail(DIO_E_GUARD, "the guard refused %lld for %s: %s",
			      (long long)set->value, attr, verdict_text(set->verdict));
	if (err == EAGAIN)
		return d_fail(DIO_E_BUSY,
			      "attributes of this class were set too often of late: set %s "
			      "again in a tick of its manager",
			      attr);
	if (err == ENODEV)
		return d_fail(DIO_E_GONE, "the class was destroyed: attribute %s cannot be set",
			      attr);
	if (err == EPERM || err == EACCES)
		return d_fail(DIO_E_DENIED, "attribute %s may not be set by applications", attr);
	return d_fail(dio_error_from_errno(-err), "attribute %s cannot be set: %s", attr,
		      strerror(err));
}

int DSetAttr(DClass_Descr_t cd, const char *sm_name, const char *attr, int64_t value)
{
	struct safex_set set = { .value = value };
	struct d_class *class;
	int err, slot;

	err = lock_class(cd, sm_name, attr, &class);
	if (err)
		return err;
	err = find_slot(class, attr, &slot);
	if (!err) {
		set.slot = (unsigned int)slot;
		if (ioctl(d_class_fd(class), SAFEX_IOC_CLASS_SET, &set))
			err = fail_set(attr, &set, errno);
		else if (set.verdict != SAFEX_GUARD_OK)
			err = fail_set(attr, &set, 0);
	}
	d_class_release();
	return err;
}
