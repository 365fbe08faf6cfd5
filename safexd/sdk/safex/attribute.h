/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Attributes by name.  The name is a literal; safexd puts its slot there when
 * it compiles, so that nothing is looked up at run time.
 */
#ifndef SAFEX_ATTRIBUTE_H
#define SAFEX_ATTRIBUTE_H

#include <safex/kernel.h>

SAFEX_KFUNC s64 safex_get_attribute(struct safex_ctx *ctx, u32 slot);
SAFEX_KFUNC int safex_set_attribute(struct safex_ctx *ctx, u32 slot, s64 value);

/* Value, or what this activation has set already. */
#define get_attribute(name) safex_get_attribute(SAFEX_SELF, SAFEX_NUMBER("safex_read", name))

/* Takes effect, if the guard lets it, when the activation has returned. 0, -EPERM or -ENOSPC. */
#define set_attribute(name, v)                                                                     \
	({                                                                                         \
		s64 safex_v_ = (v);                                                                \
		safex_set_attribute(SAFEX_SELF, SAFEX_NUMBER("safex_write", name), safex_v_);      \
	})

/* ns, CLOCK_MONOTONIC, when this activation began. */
#define activation_time() (SAFEX_SELF->now)

#endif
