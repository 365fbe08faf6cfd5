/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The scheduler, made exact enough for contracts.
 *
 * Deadline reservations are enforced at the tick, up to 4 ms late at HZ=250,
 * unless its features HRTICK and HRTICK_DL are on. And it admits reservations
 * up to sched_rt_runtime_us/sched_rt_period_us less 5 % for the fair server:
 * 90 % as it comes, while safex promises 95 %.
 */
#ifndef SX_HRTICK_H
#define SX_HRTICK_H

/* Sets all of this, needs root. Logs what it could not do; nothing stops. */
void sx_hrtick_enable(void);

#endif
