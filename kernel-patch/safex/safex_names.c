// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ids of functions by their names, as the kernel has them that runs.  A list of
 * BTF_ID()s has those of the kernel for which this was built; where pahole (1.26
 * and later) gives a module the little of the kernel's types that it needs, it
 * knows no function of the kernel at all.  Modules can look at types, but not at
 * names: these are in what sysfs has for user space.
 */
#define pr_fmt(fmt) "safex: " fmt

#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include "safex_internal.h"

enum { SAFEX_THROW, SAFEX_RESERVE, SAFEX_NAMES = 11 };

/* All but the first are those of safex_kfunc.c. */
static const char * const safex_names[] = {
	[SAFEX_THROW] = "bpf_throw",
	[SAFEX_RESERVE] = "safex_cpu_reserve",
	"safex_raise_event",
	"safex_catch",
	"safex_cpu_used",
	"safex_cpu_window",
	"safex_cpu_windows",
	"safex_cpu_current",
	"safex_cpu_rest",
	"safex_next_tick",
	"safex_cpu_violations",
};

static_assert(ARRAY_SIZE(safex_names) == SAFEX_NAMES);

static u32 safex_name_ids[SAFEX_NAMES];

bool safex_is_throw(u32 btf_id)
{
	return btf_id == safex_name_ids[SAFEX_THROW];
}

bool safex_is_reserve(u32 btf_id)
{
	return btf_id == safex_name_ids[SAFEX_RESERVE];
}

bool safex_is_own(u32 btf_id)
{
	u32 i;

	for (i = SAFEX_RESERVE; i < SAFEX_NAMES; i++)
		if (btf_id == safex_name_ids[i])
			return true;
	return false;
}

#ifdef MODULE
#define SAFEX_TYPES_MAX	SZ_64M

struct safex_types {
	void *data;
	const char *strings;
	u32 str_len;
	const struct btf_type *first;
	const void *end;
};

static int safex_types_check(struct safex_types *t, size_t size)
{
	/* What follows in a header of later kernels is not asked for. */
	const size_t least = offsetofend(struct btf_header, str_len);
	const struct btf_header *h = t->data;
	size_t room;

	if (size < least || h->magic != BTF_MAGIC ||
	    h->hdr_len < least || h->hdr_len > size)
		return -EINVAL;
	room = size - h->hdr_len;
	if (h->type_off > room || h->type_len > room - h->type_off ||
	    h->str_off > room || h->str_len > room - h->str_off ||
	    !h->str_len || h->type_off % sizeof(u32))
		return -EINVAL;
	t->first = t->data + h->hdr_len + h->type_off;
	t->end = (const void *)t->first + h->type_len;
	t->strings = t->data + h->hdr_len + h->str_off;
	t->str_len = h->str_len;
	return t->strings[t->str_len - 1] ? -EINVAL : 0;
}

/* All of an open file of sysfs: its size is known.  Returns it, or -errno. */
static ssize_t safex_types_copy(struct safex_types *t, struct file *file)
{
	loff_t size = i_size_read(file_inode(file)), at = 0;
	ssize_t n = 1;

	if (size <= 0 || size > SAFEX_TYPES_MAX)
		return -EFBIG;
	t->data = vmalloc(size);
	if (!t->data)
		return -ENOMEM;
	while (at < size && n > 0)
		n = kernel_read(file, t->data + at, size - at, &at);
	return n < 0 ? n : at < size ? -EIO : size;
}

static int safex_types_read(struct safex_types *t, const char *path)
{
	struct file *file = filp_open(path, O_RDONLY, 0);
	ssize_t size = PTR_ERR_OR_ZERO(file);
	int ret;

	if (!size) {
		size = safex_types_copy(t, file);
		filp_close(file, NULL);
	}
	ret = size < 0 ? size : safex_types_check(t, size);
	if (ret)
		pr_err("%s: %d: types of the kernel are needed, and sysfs\n",
		       path, ret);
	return ret;
}

/* Bytes behind struct btf_type, or -EINVAL for a kind that is not known here. */
static int safex_type_tail(const struct btf_type *t)
{
	u32 n = BTF_INFO_VLEN(t->info);

	switch (BTF_INFO_KIND(t->info)) {
	case BTF_KIND_PTR:
	case BTF_KIND_FWD:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_FUNC:
	case BTF_KIND_FLOAT:
	case BTF_KIND_TYPE_TAG:
		return 0;
	case BTF_KIND_INT:
		return sizeof(u32);
	case BTF_KIND_VAR:
		return sizeof(struct btf_var);
	case BTF_KIND_DECL_TAG:
		return sizeof(struct btf_decl_tag);
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return n * sizeof(struct btf_member);
	case BTF_KIND_ENUM:
		return n * sizeof(struct btf_enum);
	case BTF_KIND_ENUM64:
		return n * sizeof(struct btf_enum64);
	case BTF_KIND_FUNC_PROTO:
		return n * sizeof(struct btf_param);
	case BTF_KIND_DATASEC:
		return n * sizeof(struct btf_var_secinfo);
	default:
		return -EINVAL;
	}
}

/* Strings of a module's types go on where those of the kernel's end. */
static const char *safex_type_name(const struct btf_type *type,
				   const struct safex_types *base,
				   const struct safex_types *t)
{
	u32 at = type->name_off;

	if (at < base->str_len)
		return base->strings + at;
	at -= base->str_len;
	return at < t->str_len ? t->strings + at : "";
}

static void safex_name_take(const char *name, u32 id)
{
	u32 i;

	for (i = 0; i < SAFEX_NAMES; i++)
		if (!strcmp(name, safex_names[i]))
			safex_name_ids[i] = id;
}

/* Types from number id on; returns the number of the next, or -EINVAL. */
static int safex_names_of(const struct safex_types *base,
			  const struct safex_types *t, int id)
{
	const struct btf_type *type = t->first;

	while ((const void *)(type + 1) <= t->end) {
		int tail = safex_type_tail(type);

		if (tail < 0)
			return tail;
		if (BTF_INFO_KIND(type->info) == BTF_KIND_FUNC)
			safex_name_take(safex_type_name(type, base, t), id);
		type = (const void *)(type + 1) + tail;
		id++;
	}
	return (const void *)type == t->end ? id : -EINVAL;
}

static int safex_names_read(void)
{
	struct safex_types kernel = { 0 }, own = { 0 };
	int ret = safex_types_read(&kernel, "/sys/kernel/btf/vmlinux");

	if (!ret)
		ret = safex_types_read(&own, "/sys/kernel/btf/" KBUILD_MODNAME);
	if (!ret)
		ret = safex_names_of(&kernel, &kernel, 1);
	if (ret > 0)
		ret = safex_names_of(&kernel, &own, ret);
	vfree(kernel.data);
	vfree(own.data);
	return ret < 0 ? ret : 0;
}
#else
/* In the order of safex_names. */
BTF_ID_LIST(safex_built_in)
BTF_ID(func, bpf_throw)
BTF_ID(func, safex_cpu_reserve)
BTF_ID(func, safex_raise_event)
BTF_ID(func, safex_catch)
BTF_ID(func, safex_cpu_used)
BTF_ID(func, safex_cpu_window)
BTF_ID(func, safex_cpu_windows)
BTF_ID(func, safex_cpu_current)
BTF_ID(func, safex_cpu_rest)
BTF_ID(func, safex_next_tick)
BTF_ID(func, safex_cpu_violations)

/* Sysfs is not there yet, but the ids are right. */
static int safex_names_read(void)
{
	memcpy(safex_name_ids, safex_built_in, sizeof(safex_name_ids));
	return 0;
}
#endif

/* Before any program can be loaded. */
int safex_names_init(void)
{
	int ret = safex_names_read();
	u32 i;

	for (i = 0; !ret && i < SAFEX_NAMES; i++) {
		if (safex_name_ids[i])
			continue;
		pr_err("the kernel's types have no %s()\n", safex_names[i]);
		ret = -ENOENT;
	}
	return ret;
}
