// SPDX-License-Identifier: GPL-2.0-only
/*
 * What activations cost and how they ended.
 */
#include "safex_internal.h"

/*
 * An activation that has not returned as it should.  disturbed: a device has taken
 * of its time, so that it was aborted says nothing of it.
 */
void safex_account_end(struct safex_account *a, u32 kind, bool disturbed)
{
	switch (kind) {
	case SAFEX_END_BUDGET:
	case SAFEX_END_LOOP:
		a->aborts++;
		a->row++;
		if (!disturbed)
			a->streak++;
		break;
	default:
		a->exceptions++;
		safex_account_forgive(a);
	}
}

/*
 * Programs come from anywhere: a value without a known kind is an exception.
 * Where may_goto looks at the reservation, its bound is the reservation's end.
 */
enum safex_end safex_end_of(int ret)
{
	u32 kind = SAFEX_RET_KIND((u32)ret);

	if (!ret)
		return SAFEX_END_RETURN;
	switch (kind) {
	case SAFEX_END_LOOP:
		return safex_features() & SAFEX_FEATURE_MAY_GOTO ?
		       SAFEX_END_BUDGET : SAFEX_END_LOOP;
	case SAFEX_END_BUDGET:
	case SAFEX_END_DIVISION:
	case SAFEX_END_FAULT:
	case SAFEX_END_BOUNDS:
	case SAFEX_END_SHIFT:
		return kind;
	default:
		return SAFEX_END_THROWN;
	}
}
