/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a program can go round: which of its backward jumps close a loop. */
#ifndef SX_FLOW_H
#define SX_FLOW_H

#include "sx_asm.h"

/*
 * target: by line, line of the label that a jump goes to. back: by line, set
 * true for each jump to an earlier line from which it can be reached again.
 * Every loop has at least one. inside: by line, number of such jumps in the
 * loop that it is in, or in all that are within each other; 0: in none.
 * 0 or -ENOMEM.
 */
int sx_flow_loops(const struct sx_asm *a, const long *target, bool *back, unsigned int *inside);

#endif
