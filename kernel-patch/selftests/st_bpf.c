// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "st.h"

struct st_program {
	struct bpf_object *object;
	const struct bpf_map *map;	/* that link attaches */
	struct bpf_link *link;
	struct bpf_link **links;	/* of st_attach_all() */
	int n_links;
};

static int st_print(enum libbpf_print_level level, const char *fmt,
		    va_list args)
{
	return level == LIBBPF_WARN ? vfprintf(stderr, fmt, args) : 0;
}

static char *st_log;
static size_t st_log_room;

static int st_print_log(enum libbpf_print_level level, const char *fmt,
			va_list args)
{
	int n = level == LIBBPF_DEBUG ? 0 : vsnprintf(st_log, st_log_room, fmt, args);

	if (n > 0 && (size_t)n < st_log_room) {
		st_log += n;
		st_log_room -= n;
	}
	return n;
}

/* Only the wanted one is created, with the id in its first member. */
static int st_choose(struct bpf_object *object, const char *name, uint32_t id)
{
	struct bpf_map *map;
	uint32_t *value;
	size_t size;
	int ret = -ENOENT;

	bpf_object__for_each_map(map, object) {
		if (bpf_map__type(map) != BPF_MAP_TYPE_STRUCT_OPS)
			continue;
		if (strcmp(bpf_map__name(map), name)) {
			bpf_map__set_autocreate(map, false);
			continue;
		}
		value = bpf_map__initial_value(map, &size);
		if (!value)
			return -EINVAL;
		*value = id;
		ret = 0;
	}
	return ret;
}

int st_prepare(struct st_program **ret, const char *object, const char *map,
	       uint32_t id)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .kernel_log_level = 4);
	struct st_program *p = calloc(1, sizeof(*p));
	int error;

	libbpf_set_print(st_print);
	*ret = p;
	if (!p)
		return -ENOMEM;
	p->object = bpf_object__open_file(object, &opts);
	if (!p->object)
		return -errno;
	error = st_choose(p->object, map, id);
	if (!error)
		error = bpf_object__load(p->object);
	p->map = bpf_object__find_map_by_name(p->object, map);
	return error;
}

int st_link(struct st_program *p)
{
	p->link = bpf_map__attach_struct_ops(p->map);
	return p->link ? 0 : -errno;
}

int st_attach(struct st_program **ret, const char *object, const char *map,
	      uint32_t id)
{
	int error = st_prepare(ret, object, map, id);

	return error ? error : st_link(*ret);
}

static int st_link_all(struct st_program *p)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, p->object) {
		if (bpf_map__type(map) != BPF_MAP_TYPE_STRUCT_OPS ||
		    !bpf_map__autocreate(map))
			continue;
		p->links[p->n_links] = bpf_map__attach_struct_ops(map);
		if (!p->links[p->n_links])
			return -errno;
		p->n_links++;
	}
	return 0;
}

int st_attach_all(struct st_program **ret, const char *object,
		  const uint32_t *ids, int n)
{
	struct st_program *p = calloc(1, sizeof(*p));
	struct bpf_map *map;
	uint32_t *value;
	size_t size;
	int error;

	libbpf_set_print(st_print);
	*ret = p;
	p->links = calloc(n, sizeof(*p->links));
	p->object = bpf_object__open_file(object, NULL);
	if (!p->object)
		return -errno;
	bpf_object__for_each_map(map, p->object) {
		if (bpf_map__type(map) != BPF_MAP_TYPE_STRUCT_OPS)
			continue;
		if (!n) {
			bpf_map__set_autocreate(map, false);
			continue;
		}
		value = bpf_map__initial_value(map, &size);
		if (!value)
			return -EINVAL;
		*value = *ids++;
		n--;
	}
	if (n)
		return -EINVAL;
	error = bpf_object__load(p->object);
	return error ? error : st_link_all(p);
}

void st_detach(struct st_program *p)
{
	if (!p)
		return;
	bpf_link__destroy(p->link);
	while (p->n_links)
		bpf_link__destroy(p->links[--p->n_links]);
	free(p->links);
	bpf_object__close(p->object);
	free(p);
}

int st_unbind(struct st_program *p)
{
	return bpf_link_detach(bpf_link__fd(p->link)) ? -errno : 0;
}

int st_load(const char *object, const char *map, char *log, size_t size)
{
	struct bpf_object *o;
	int ret;

	*log = '\0';
	st_log = log;
	st_log_room = size;
	libbpf_set_print(st_print_log);
	o = bpf_object__open_file(object, NULL);
	if (!o)
		return -errno;
	ret = st_choose(o, map, 1);
	if (!ret)
		ret = bpf_object__load(o);
	bpf_object__close(o);
	return ret;
}
