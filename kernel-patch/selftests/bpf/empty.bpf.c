// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hundred monitors that do nothing.
 */
#define WORK(c) ((void)(c))
#include "many.bpf.c"
