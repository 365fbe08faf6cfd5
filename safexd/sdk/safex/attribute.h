/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Attributes of the class that an activation is for (section 3 of the paper),
 * 64-bit numbers by name.  The name is a literal of at most 31 characters;
 * safexd puts its slot there when it compiles, so that nothing is looked up at
 * run time, and refuses a name that the class has not or a missing right.
 * The unit is what the manager or application declares, ns for times.
 *
 * Context, of every call here: in the activation, in soft interrupt, within
 * its reservation; none sleeps, waits or allocates.
 */
#ifndef SAFEX_ATTRIBUTE_H
#define SAFEX_ATTRIBUTE_H

#include <safex/kernel.h>

#define SAFEX_NO_LITERAL "name is not a plain string literal"

/*
 * A name must be text, or it is an error; the optimizer may be what makes a literal
 * of it (a constant, an argument). Where that fails, not every compiler knows the
 * line: the warning is kept for this case only, see sx_says_of_warning().
 */
int safex_name(const char *name)
	__attribute__((diagnose_if(!__builtin_constant_p(name), SAFEX_NO_LITERAL, "warning")));
#define SAFEX_NAME(name)                                                                           \
	_Static_assert(_Generic((name), char *: 1, const char *: 1, default: 0), SAFEX_NO_LITERAL); \
	(void)sizeof(safex_name(_Generic((name), char *: (name), const char *: (name), default: "")))

/*
 * Value, or what this activation has set already.  s64; no error: a name
 * without EXT_READ is refused when it is compiled (a manager reads all).
 */
#define get_attribute(name)                                                                        \
	__extension__({                                                                            \
		s64 safex_r_;                                                                      \
		SAFEX_NAME(name);                                                                  \
		asm volatile("%0 = safex_read %1" : "=r"(safex_r_) : "i"(name));                   \
		safex_r_;                                                                          \
	})

/*
 * Takes effect when the activation has returned, together with all else that
 * it has set and raised; of two writes of one attribute the last counts.  No
 * value and no error: a name without EXT_WRITE, in a manager MGR_WRITE, is
 * refused when it is compiled.  Then the guard decides (Figure 4), but not of a
 * manager's writes; what it refuses keeps its value, is counted, and reported
 * with its line as an exit record.  v: s64, evaluated once.
 */
#define set_attribute(name, v)                                                                     \
	__extension__({                                                                            \
		s64 safex_v_ = (v), safex_t_;                                                      \
		SAFEX_NAME(name);                                                                  \
		asm volatile("%0 = safex_write %1 %2"                                              \
			     : "=&r"(safex_t_), "+r"(safex_v_) : "i"(name));                       \
		(void)0;                                                                           \
	})

/* u64, ns, CLOCK_MONOTONIC, when this activation began: the same in all of it. */
#define activation_time() (SAFEX_SELF->now)

#endif
