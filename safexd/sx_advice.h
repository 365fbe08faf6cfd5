/* SPDX-License-Identifier: GPL-2.0-only */
/* What to do about a machine that offers too little for a sandbox. */
#ifndef SX_ADVICE_H
#define SX_ADVICE_H

/*
 * said: by bubblewrap, or by the system when that was started. ": " and what to
 * do, or "" where nothing better is known than what was said.
 */
const char *sx_advice(const char *said);

#endif
