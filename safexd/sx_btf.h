/* SPDX-License-Identifier: GPL-2.0-only */
/* The type information of an object, read with bounds. */
#ifndef SX_BTF_H
#define SX_BTF_H

#include <stddef.h>
#include <stdint.h>

/*
 * Is .BTF well formed, and the one variable of section `section` a struct
 * named `type`? NULL, or what is wrong.
 */
const char *sx_btf_check(const uint8_t *data, size_t size, const char *section, const char *type);

/* .BTF.ext: parts within the section, no relocations of its own. As above. */
const char *sx_btf_ext_check(const uint8_t *data, size_t size);

/*
 * Puts what is said of the variables of section `section`, in order: name and
 * type of each, down to the members, sizes and signs. NULL, or what is wrong.
 */
typedef void sx_btf_put(void *arg, const void *data, size_t size);
const char *sx_btf_variables(const uint8_t *data, size_t size, const char *section,
			     sx_btf_put *put, void *arg);

#endif
