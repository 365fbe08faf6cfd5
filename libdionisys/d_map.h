/* SPDX-License-Identifier: GPL-2.0-only */
/* A class as its safexd hands it out: a descriptor, its page, its layout. */
#ifndef D_MAP_H
#define D_MAP_H

#include "d_lib.h"
#include <linux/safex.h>

#define D_HASH	128	/* places for SAFEX_ATTRS_MAX names: at most half are taken */

struct d_class {
	struct d_class_id id;
	struct d_class *next;
	int fd;
	const struct safex_page *page;
	unsigned int n_attrs;
	char names[SAFEX_ATTRS_MAX][SAFEX_ATTR_NAME_MAX];
	unsigned int rights[SAFEX_ATTRS_MAX];
	signed char hash[D_HASH];	/* slot, or -1 */
};

/* *class is NULL, with 0, for a class on another host. */
int d_map_open(const struct d_class_id *id, d_deadline deadline, struct d_class **class);
void d_map_close(struct d_class *class);

#endif
