/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a manager says of one attribute: layout of an entry in the section
 * ".safex.attr" of its object.  Read by safexd too, hence fixed sizes only.
 * Texts are NUL-terminated; times and rates are ns.
 */
#ifndef SAFEX_DECLARE_H
#define SAFEX_DECLARE_H

#define SAFEX_DECLARE_SECTION	".safex.attr"
#define SAFEX_DECLARE_NAME	32
#define SAFEX_DECLARE_UNIT	8
#define SAFEX_DECLARE_EXPR	160

struct safex_declaration {
	char name[SAFEX_DECLARE_NAME];
	char unit[SAFEX_DECLARE_UNIT];		/* "ns": for people */
	unsigned int line, unused;		/* where the declaration ends in its source */
	unsigned int rights;			/* SAFEX_APP_READ ... */
	unsigned int role;			/* SAFEX_ROLE_TARGET ... */
	long long minimum, maximum;		/* of a value that is written */
	long long step;				/* largest change at once, 0: any */
	long long rate;				/* least time between two writes, 0: any */
	char initial[SAFEX_DECLARE_EXPR];	/* value of a new class, "": 0 */
	char maps_to[SAFEX_DECLARE_NAME];	/* attribute that a write of this one sets ... */
	char map[SAFEX_DECLARE_EXPR];		/* ... to this */
	char safe_when[SAFEX_DECLARE_EXPR];	/* a write is refused unless this is true ... */
	char otherwise[SAFEX_DECLARE_EXPR];	/* ... and maps_to is set to this */
};

#endif
