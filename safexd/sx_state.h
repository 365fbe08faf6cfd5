/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel cannot tell a restarted safexd: who an object belongs to,
 * its attributes' names, the ends of a channel. A file per object, named by
 * its kernel id, in a directory that lives as long as the kernel does (/run).
 */
#ifndef SX_STATE_H
#define SX_STATE_H

#include "sx_registry.h"

/*
 * dir "": does nothing. initial: facts->n_attrs of them, or NULL. 0 or
 * -errno. Complete or not there at all.
 */
int sx_state_save(const char *dir, const struct sx_facts *facts,
		  char (*initial)[SX_EXPRESSION]);
void sx_state_remove(const char *dir, uint32_t id);

/*
 * 0, -ENOENT, or -EPROTO for a file that is not sound or of another id.
 * *initial: malloc'ed and the caller's, or NULL.
 */
int sx_state_load(const char *dir, uint32_t id, struct sx_facts *facts,
		  char (**initial)[SX_EXPRESSION]);

#endif
