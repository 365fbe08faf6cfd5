/* SPDX-License-Identifier: GPL-2.0-only */
/* File names as people and editors read them: as they are, but nothing that steers a terminal. */
#ifndef SX_SHOWN_H
#define SX_SHOWN_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of the one character of UTF-8 at p, in its shortest form, and its number. 0: none. */
size_t sx_shown_character(const uint8_t *p, size_t left, uint32_t *number);

/* Controls, what turns the direction of writing, and what is no UTF-8 become '?'. */
void sx_shown_file(const char *file, char *buf, size_t size);

/* Each `from` in a text of a buffer becomes `to`; what has no room is cut off. */
void sx_shown_replace(char *text, size_t size, const char *from, const char *to);

#endif
