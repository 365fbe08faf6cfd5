// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attribute declarations, checked once on their way in from user space.
 */
#include <linux/string.h>
#include "safex_internal.h"

/* Printable, not empty, terminated, and zero after the terminator. */
int safex_name_check(const char *name, size_t size)
{
	size_t i, len = strnlen(name, size);

	if (!len || len == size)
		return -EINVAL;
	for (i = 0; i < len; i++)
		if (name[i] <= ' ' || name[i] > '~')
			return -EINVAL;
	return memchr_inv(name + len, 0, size - len) ? -EINVAL : 0;
}

/* The same, but it may be empty. */
int safex_file_check(const char *file, size_t size)
{
	return *file ? safex_name_check(file, size) :
	       memchr_inv(file, 0, size) ? -EINVAL : 0;
}

static bool safex_attr_taken(const struct safex_attr *attrs, u32 n,
			     const struct safex_attr *a)
{
	u32 i;

	for (i = 0; i < n; i++)
		if (!strcmp(attrs[i].name, a->name) ||
		    (a->role && attrs[i].role == a->role))
			return true;
	return false;
}

/* -EEXIST: a name or a role is there twice. */
int safex_attrs_check(const struct safex_attr *attrs, u32 n)
{
	u32 i;

	if (n > SAFEX_ATTRS_MAX)
		return -EINVAL;
	for (i = 0; i < n; i++) {
		const struct safex_attr *a = &attrs[i];

		if (safex_name_check(a->name, sizeof(a->name)) ||
		    (a->rights & ~SAFEX_RIGHTS_ALL) || a->role >= SAFEX_ROLES)
			return -EINVAL;
		if (safex_attr_taken(attrs, i, a))
			return -EEXIST;
	}
	if (memchr_inv(&attrs[n], 0, (SAFEX_ATTRS_MAX - n) * sizeof(*attrs)))
		return -EINVAL;
	return 0;
}

/*
 * The first slots of a class are its manager's: same names in the same order.
 * Rights and roles are the manager's too; the class may repeat or omit them.
 */
int safex_attrs_merge(struct safex_attr *attrs, u32 n,
		      const struct safex_attr *declared, u32 n_declared)
{
	u32 i;

	if (n < n_declared)
		return -EINVAL;
	for (i = 0; i < n_declared; i++) {
		const struct safex_attr *d = &declared[i];
		struct safex_attr *a = &attrs[i];

		if (strcmp(a->name, d->name) ||
		    (a->rights && a->rights != d->rights) ||
		    (a->role && a->role != d->role))
			return -EINVAL;
		a->rights = d->rights;
		a->role = d->role;
	}
	return 0;
}

/* Slots that have any of the rights. */
u64 safex_attrs_mask(const struct safex_attr *attrs, u32 n, u32 rights)
{
	u64 mask = 0;
	u32 i;

	for (i = 0; i < n; i++)
		if (attrs[i].rights & rights)
			mask |= BIT_ULL(i);
	return mask;
}
