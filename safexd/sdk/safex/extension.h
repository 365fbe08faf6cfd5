/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For monitors and handlers.  A source has a function
 *
 *	void monitor(void)		runs every period of the monitor
 * or
 *	void handler(event ev)		runs once for each event it is sent
 *
 * (Figure 3 of the paper) and is one translation unit in which all functions
 * are made part of that one: no recursion, no pointers to functions, no
 * floating point, 488 bytes of local variables, 64 KiB of static ones.  Static
 * variables keep their values between activations, each deployed extension
 * has its own.
 *
 * Context: in soft interrupt, on any CPU, one activation of an extension at a
 * time; nothing sleeps, waits or allocates.  Time: the budget it was created
 * with, 50 us by default, for each activation; the period of a monitor is the
 * one it was created with, a handler runs at its manager's tick.  Loops need no
 * bound: an activation that has used up its time is stopped.
 *
 * What an activation has set and raised takes effect together when it
 * returns.  One that is stopped, or ends by an exception that it does not catch
 * (<safex/exception.h>), leaves none of it, but its static variables are as it
 * left them; the application is told kind, file and line by an exit record.
 */
#ifndef SAFEX_EXTENSION_H
#define SAFEX_EXTENSION_H

#ifdef SAFEX_MANAGER_H
#error "a service manager does not include <safex/extension.h>"
#endif

#include <safex/attribute.h>
#include <safex/exception.h>

/* What a handler is sent; value and unit are the monitor's. */
typedef struct {
	u32 name;	/* compare with event_name("...") */
	s64 value;
} event;

SAFEX_ENTRY monitor(void);
SAFEX_ENTRY handler(event ev);

SAFEX_KFUNC int safex_raise_event(struct safex_ctx *ctx, u32 event, s64 value);

/* u32, a constant: 32 bits of hash, so names of one application must not collide by chance. */
#define event_name(literal) SAFEX_NUMBER("safex_event", literal)

/*
 * To every handler that has a channel from this monitor, in the order of the
 * channels, when the activation has returned.  name: a literal of at most 31
 * characters; v: s64, evaluated once.  0, -28 (ENOSPC): 16 were raised by this
 * activation already, or -1 (EPERM): only a monitor raises events.  Events that
 * find the manager's queue of 64 full are dropped and counted.
 */
#define raise_event(name, v)                                                                       \
	({                                                                                         \
		s64 safex_v_ = (v);                                                                \
		safex_raise_event(SAFEX_SELF, event_name(name), safex_v_);                         \
	})

#endif
