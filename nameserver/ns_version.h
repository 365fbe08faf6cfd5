/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Versions of a monitor or handler, in its row: which is wanted, which were,
 * and what became of them. Pure; what is changed here takes effect with the row.
 */
#ifndef NS_VERSION_H
#define NS_VERSION_H

#include "ns_object.h"

/* Adds what o says of its source and times as its first version, or the next. */
void ns_version_add(struct ns_object *o, bool kept);
/* Of the one that is wanted. */
bool ns_version_on_probation(const struct ns_object *o);
/*
 * What the host says: `running` runs, and is not on probation. If it is an
 * earlier one than o wants, o wants that again; cause is why.
 */
void ns_version_settle(struct ns_object *o, uint32_t running, uint32_t cause);
/* NULL: it is not known, any more. */
const struct ns_version_of *ns_version_find(const struct ns_object *o, uint32_t number);

#endif
