/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For monitors and handlers.  A source has a function
 *
 *	void monitor(void)		runs every period of the monitor
 * or
 *	void handler(event ev)		runs once for each event it is sent; (void)
 *					where it does not look at that
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
#ifdef SAFEX_NO_EVENT	/* safexd's, for a source whose handler() has no parameters */
SAFEX_ENTRY handler(void);
#define SAFEX_EVENT
#else
SAFEX_ENTRY handler(event ev);
#define SAFEX_EVENT ((event){ SAFEX_SELF->event, SAFEX_SELF->value })
#endif

SAFEX_KFUNC int safex_raise_event(struct safex_ctx *ctx, u32 event, s64 value);

/*
 * The number of an event, u32: a constant that clang computes (FNV-1a), so it may
 * stand in a `case`, an enum or an initial value.  name: a literal of 1 to 31
 * characters.  It has 32 bits, so names of one application must not collide by chance.
 */
#define event_name(name)                                                                           \
	((u32)((((((((((((((((((((((((((((((((2166136261u                                          \
	SAFEX_HASH_8(name, 0) SAFEX_HASH_8(name, 8) SAFEX_HASH_8(name, 16)                         \
	SAFEX_HASH_4(name, 24) SAFEX_HASH_2(name, 28) SAFEX_HASH_1(name, 30)                       \
	+ SAFEX_NAME_CHECK(name)))

/*
 * (hash ^ character) * factor, without its first parenthesis: macros inside each
 * other would take the compiler long. Behind the text nothing changes.
 */
#define SAFEX_HASH_1(text, i)                                                                      \
	^ (u8)__builtin_choose_expr((i) < sizeof(text), (text)[i], 0)) *                           \
	__builtin_choose_expr((i) < sizeof(text) - 1, 16777619u, 1u)
#define SAFEX_HASH_2(text, i) SAFEX_HASH_1(text, i) SAFEX_HASH_1(text, (i) + 1)
#define SAFEX_HASH_4(text, i) SAFEX_HASH_2(text, i) SAFEX_HASH_2(text, (i) + 2)
#define SAFEX_HASH_8(text, i) SAFEX_HASH_4(text, i) SAFEX_HASH_4(text, (i) + 4)
/* 0, or an error. */
#define SAFEX_NAME_CHECK(text)                                                                     \
	(0 * sizeof(struct {                                                                       \
		_Static_assert(__builtin_constant_p(text) && sizeof(text) > 1 && sizeof(text) < 33, \
			       "the name of an event is a text in double quotes, of 1 to 31 "      \
			       "characters");                                                      \
		char c;                                                                            \
	}))

/*
 * To every handler that has a channel from this monitor, in the order of the
 * channels, when the activation has returned.  name: a literal of at most 31
 * characters; v: s64, evaluated once.  0, -28 (ENOSPC): 16 were raised by this
 * activation already, or -1 (EPERM): only a monitor raises events.  Events that
 * find the manager's queue of 64 full are dropped and counted.
 */
#define raise_event(name, v)                                                                       \
	__extension__({                                                                            \
		s64 safex_v_ = (v);                                                                \
		safex_raise_event(SAFEX_SELF, event_name(name), safex_v_);                         \
	})

#endif
