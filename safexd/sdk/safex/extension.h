/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For monitors and handlers.  A source has a function
 *
 *	void monitor(void)		runs every period of the monitor
 * or
 *	void handler(event ev)		runs once for each event it is sent
 *
 * and is one translation unit in which all functions are made part of that
 * one: no recursion, no pointers to functions.  Static variables keep their
 * values between activations.  Loops need no bound: an activation that has
 * used up its time is stopped, and all it has set and raised is dropped.
 * Division by zero and an index outside its variable end it likewise.
 */
#ifndef SAFEX_EXTENSION_H
#define SAFEX_EXTENSION_H

#ifdef SAFEX_MANAGER_H
#error "a service manager does not include <safex/extension.h>"
#endif

#include <safex/attribute.h>

typedef struct {
	u32 name;	/* compare with event_name("...") */
	s64 value;
} event;

SAFEX_ENTRY monitor(void);
SAFEX_ENTRY handler(event ev);

SAFEX_KFUNC int safex_raise_event(struct safex_ctx *ctx, u32 event, s64 value);

#define event_name(literal) SAFEX_NUMBER("safex_event", literal)

/* To every handler subscribed, when the activation has returned. 0 or -ENOSPC. */
#define raise_event(name, v)                                                                       \
	({                                                                                         \
		s64 safex_v_ = (v);                                                                \
		safex_raise_event(SAFEX_SELF, event_name(name), safex_v_);                         \
	})

#endif
