/* SPDX-License-Identifier: GPL-2.0-only */
/* The same function once more, with two looks in each turn of its loops. */
#ifndef _TWICE_H
#define _TWICE_H

#undef work
#undef for
#define work(n)			__always_inline work_twice(struct safex_ctx *self, n)
#define for(...)							\
	for (__VA_ARGS__) if (LOOK) break; else if (LOOK) break; else

#endif
