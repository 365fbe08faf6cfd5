/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Deadline reservations are enforced at the tick, up to 4 ms late at HZ=250,
 * unless the scheduler's features HRTICK and HRTICK_DL are on.
 */
#ifndef SX_HRTICK_H
#define SX_HRTICK_H

/* Turns both on, needs root. Logs what it found; nothing depends on it. */
void sx_hrtick_enable(void);

#endif
