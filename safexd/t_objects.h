/* SPDX-License-Identifier: GPL-2.0-only */
/* For tests: objects that the audit must refuse, each for another reason. */
#ifndef T_OBJECTS_H
#define T_OBJECTS_H

#include <stddef.h>
#include <stdint.h>

/* A monitor that is allowed. Not to be freed. */
const uint8_t *t_object(size_t *size);

/*
 * Calls `each` with a copy of it for each reason, spoilt so that it is refused
 * with `words`. The copy is on the heap to the byte. How many there were.
 */
unsigned int t_bad_objects(void (*each)(const uint8_t *data, size_t size, const char *words));

#endif
