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

/*
 * Bits 1 << SAFEX_KIND_MONITOR, ..._HANDLER, ..._MANAGER: whose functions it defines,
 * preprocessed. Where a brace is not closed, that may be within another function.
 */
unsigned int sx_source_roles(const char *text, size_t length);

/* Does the function stand there without parameters, and nowhere with any? */
bool sx_source_takes_nothing(const char *text, size_t length, const char *function);

/*
 * The name of a static variable whose symbol has n characters: "name" or, of a variable of
 * a function, "function.name" and a number. In buf; at its beginning if it is of no function.
 */
#define SX_SOURCE_NAME	64
const char *sx_source_name(const char *symbol, size_t n, char buf[SX_SOURCE_NAME]);
/* The line of its declaration, 0: not found. */
unsigned int sx_source_symbol(const char *text, size_t length, const char *symbol, size_t n);

/*
 * Statements whose body is a semicolon behind their ')' although what follows looks
 * like their body, as -Wempty-body has it. At most `max`; none under an #if.
 */
struct sx_empty {
	const char *what;		/* "if statement" */
	unsigned int line, column;	/* of the semicolon, in bytes from 1 */
};
size_t sx_source_empty(const char *text, size_t length, struct sx_empty *found, size_t max);

/* Where attribute("name", ...); stands. false: not found. */
bool sx_source_declaration(const char *text, size_t length, const char *name,
			   struct sx_lines *where);

#endif
