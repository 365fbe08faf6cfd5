/* SPDX-License-Identifier: GPL-2.0-only */
/* What has become of the contract that a class states. */
#include "d_lib.h"

#include <errno.h>
#include <linux/safex.h>

#include "d_map.h"

_Static_assert(DCONTRACT_LOST == (int)SAFEX_CONTRACT_LOST, "as the kernel has it");

static const char *suspended(int why)
{
	switch (why) {
	case -EBUSY:
		return "suspended: the scheduler has no bandwidth left";
	case -EEXIST:
		return "suspended: the process has another reservation";
	case -EPERM:
		return "suspended: the process may not run on all CPUs";
	case -ESRCH:
		return "suspended: another thread calls exec and becomes the main thread";
	default:
		return "suspended: the scheduler refuses a change";
	}
}

static const char *lost(int why)
{
	switch (why) {
	case -ECANCELED:
		return "lost: the process was given another policy";
	case -ESRCH:
		return "lost: the main thread of the process is gone";
	case -EPERM:
		return "lost: the main thread may not run on all CPUs";
	default:
		return "lost";
	}
}

const char *DContractText(unsigned int state, int why)
{
	switch (state) {
	case DCONTRACT_NONE:
		return "none";
	case DCONTRACT_IN_FORCE:
		return "in force";
	case DCONTRACT_SUSPENDED:
		return suspended(why);
	default:
		return lost(why);
	}
}

int DGetContract(DClass_Descr_t cd, const char *sm_name, unsigned int *state, int *why)
{
	struct d_class_id id = { .cd = cd };
	struct d_class *class;
	int err;

	if (!state || !why)
		return d_fail(DIO_E_INVALID, "there is no place for the state: NULL");
	err = d_check_descriptor(cd);
	if (!err)
		err = d_check_name("service manager", sm_name, false, &id.name);
	if (!err)
		err = d_class_acquire(&id, &class);
	if (err)
		return err;
	if (d_class_is_gone(class))
		err = d_fail(DIO_E_GONE, "the class was destroyed: it has no contract");
	*state = *(const volatile uint32_t *)&class->page->contract;
	*why = *(const volatile int32_t *)&class->page->reason;
	d_class_release();
	return err;
}
