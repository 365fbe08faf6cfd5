/* SPDX-License-Identifier: GPL-2.0-only */
/* What the commands of dionisysctl share. */
#ifndef CTL_H
#define CTL_H

#include <stdint.h>

/* Prints the library's error; returns the exit code for it. */
int ctl_say(void);

/* A whole number in any of C's notations, or exit. */
uint64_t ctl_number(const char *what, const char *text);
/* As listings show it, with or without 0x: hexadecimal. Or exit. */
uint64_t ctl_descriptor(const char *text);

/* As in listings: 1 manager, 3 class, ...; 0: none has this name. */
unsigned int ctl_kind(const char *name);
const char *ctl_kind_name(unsigned int kind);

#endif
