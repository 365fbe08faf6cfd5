/* SPDX-License-Identifier: GPL-2.0-only */
/* A source as its author wrote it; all is borrowed. */
#ifndef SX_TEXT_H
#define SX_TEXT_H

#include <stddef.h>

struct sx_text {
	const char *file; /* its name */
	const char *at;
	size_t length;
};

#endif
