/* SPDX-License-Identifier: GPL-2.0-only */
/* Sources that attack the compile, and what shows that they succeeded. */
#ifndef T_ATTACKS_H
#define T_ATTACKS_H

#include <stdbool.h>
#include <stddef.h>
#include "sx_pipeline.h"

struct t_leak {
	const char *name;
	const char *source;	/* '@' becomes the directory of the secret */
	const char *sign;	/* of success; NULL: the secret, or any change with it */
	bool admit;		/* the admit stage refuses it, too */
};

struct t_bomb {
	const char *name;
	const char *head, *piece;	/* piece comes n times */
	size_t n;
	const char *tail;
};

extern const struct t_leak t_leaks[];
extern const size_t t_n_leaks;
extern const struct t_bomb t_bombs[];
extern const size_t t_n_bombs;

/* The whole source, malloc'ed. */
char *t_leak_source(const struct t_leak *leak, const char *directory);
char *t_bomb_source(const struct t_bomb *bomb);

/* Tools whose bubblewrap is t-open, found beside this program. */
struct sx_tools t_tools_open(const struct sx_limits *limits);

/* Compiles and assembles as it is, without the stages around. All that came out, malloc'ed. */
struct t_seen {
	char *text;
	size_t size;
	const char *limit;
	int exited;
};
void t_see(const struct sx_tools *tools, const char *source, struct t_seen *seen);
bool t_contains(const struct t_seen *seen, const char *word);

#endif
