/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the text of a source says without being compiled. For messages and
 * defaults only: nothing that matters depends on it.
 */
#ifndef SX_SOURCE_H
#define SX_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/safex.h>

struct sx_lines {
	unsigned int first, last;
};

/* Bits 1 << SAFEX_KIND_MONITOR, ..._HANDLER, ..._MANAGER: whose functions it defines, preprocessed. */
unsigned int sx_source_roles(const char *text, size_t length);

/* Does the function stand there without parameters, and nowhere with any? */
bool sx_source_takes_nothing(const char *text, size_t length, const char *function);

/*
 * The line of the declaration of a variable, `static` and within a function or
 * outside of all. 0: not found.
 */
unsigned int sx_source_variable(const char *text, size_t length, const char *name, bool inside);

/* Where attribute("name", ...); stands. false: not found. */
bool sx_source_declaration(const char *text, size_t length, const char *name,
			   struct sx_lines *where);

#endif
