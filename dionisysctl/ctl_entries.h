/* SPDX-License-Identifier: GPL-2.0-only */
/* What is listed, and the application that is meant by some of it. */
#ifndef CTL_ENTRIES_H
#define CTL_ENTRIES_H

#include <stddef.h>
#include <dionisys.h>

enum { CTL_MANAGER = 1, CTL_CLASS = 3, CTL_MONITOR, CTL_HANDLER, CTL_CHANNEL, CTL_KINDS };

/* All there are; valid until the next call. NULL: it has said why. */
const DEntry_t *ctl_entries(uint64_t cd, unsigned int kind, size_t *n);

/*
 * As listings show it, all 16 digits or the first of them that no other begins
 * with; with 0x before it, the whole number; CTL_PID "77": of that process. Or exit.
 */
#define CTL_PID	"--pid="
uint64_t ctl_descriptor(const char *text);

#endif
