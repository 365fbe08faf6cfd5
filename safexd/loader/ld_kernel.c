/* SPDX-License-Identifier: GPL-2.0-only */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ld_advice.h"
#include "ld_kernel.h"
#include "ld_log.h"

#define LOG_SIZE	(64 * 1024)
#define SAID_SIZE	2048
/* A program this long to verify was refused for that: do not do it twice. */
#define LONG_VERDICT	200000
#define LOG_STATS	4
#define LOG_STATES	1
/* BPF_F_LINK of <linux/bpf.h>, which Debian 12's is too old for. */
#define MAP_HAS_LINK	(1U << 13)

static const char *pin_dir;
static char verifier_log[LOG_SIZE];
static char said[SAID_SIZE];	/* libbpf's last words */

static void remember(const char *text)
{
	size_t used = strlen(said), length = strlen(text);

	if (length >= sizeof(said))
		return;
	if (used + length >= sizeof(said))
		used = 0;
	memcpy(said + used, text, length + 1);
}

static int print(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	char line[512];

	if (level == LIBBPF_DEBUG)
		return 0;
	vsnprintf(line, sizeof(line), fmt, ap);
	remember(line);
	return 0;
}

void ld_kernel_init(const char *dir)
{
	pin_dir = dir;
	libbpf_set_print(print);
}

static void pin_path(uint32_t id, char *path, size_t size)
{
	snprintf(path, size, "%s/%u", pin_dir, id);
}

static struct bpf_map *struct_ops_map(struct bpf_object *obj)
{
	struct bpf_map *map, *found = NULL;

	bpf_object__for_each_map(map, obj) {
		if (bpf_map__type(map) != BPF_MAP_TYPE_STRUCT_OPS)
			continue;
		if (found)
			return NULL;
		found = map;
	}
	return found;
}

/* `id` is the first member of all of safex's struct_ops types. */
static int set_id(struct bpf_object *obj, uint32_t id)
{
	struct bpf_map *map = struct_ops_map(obj);
	size_t size = 0;
	void *value;

	if (!map || !(bpf_map__map_flags(map) & MAP_HAS_LINK)) {
		remember("the object has not exactly one program table with a link\n");
		return -EINVAL;
	}
	value = bpf_map__initial_value(map, &size);
	if (!value || size < sizeof(id))
		return -EINVAL;
	memcpy(value, &id, sizeof(id));
	return 0;
}

static int open_and_load(const void *data, size_t length, uint32_t id,
			 unsigned int log_level, struct bpf_object **out)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts,
		.object_name = "extension",
		.kernel_log_buf = verifier_log,
		.kernel_log_size = sizeof(verifier_log),
		.kernel_log_level = log_level);
	struct bpf_object *obj;
	int err;

	said[0] = verifier_log[0] = '\0';
	obj = bpf_object__open_mem(data, length, &opts);
	if (!obj)
		return -errno;
	err = set_id(obj, id);
	if (!err)
		err = bpf_object__load(obj);
	if (err) {
		bpf_object__close(obj);
		return err;
	}
	*out = obj;
	return 0;
}

/*
 * Most programs load: the first try has no log but its statistics, which are
 * cheap. A refused one is tried again for its reason, unless that would take
 * as long as the refusal did.
 */
static int load_with_reason(const void *data, size_t length, uint32_t id,
			    struct bpf_object **out)
{
	int err = open_and_load(data, length, id, LOG_STATS, out);

	if (!err || ld_log_processed(verifier_log) > LONG_VERDICT)
		return err;
	return open_and_load(data, length, id, LOG_STATES, out);
}

static int attach_and_pin(struct bpf_object *obj, uint32_t id)
{
	struct bpf_link *link = bpf_map__attach_struct_ops(struct_ops_map(obj));
	char path[128];
	int err;

	if (!link)
		return -errno;
	pin_path(id, path, sizeof(path));
	err = bpf_link__pin(link, path);
	if (err)
		bpf_link__detach(link);
	bpf_link__destroy(link);
	return err;
}

static void explain(int err, char *message, size_t size)
{
	unsigned long n = ld_log_processed(verifier_log);

	ld_advice(verifier_log, message, size);
	if (n > LONG_VERDICT)
		snprintf(message, size, "there are too many ways through it: the kernel's verifier gave "
			 "up after %lu instructions; fewer branches, or two extensions", n);
	else if (!message[0])
		snprintf(message, size, "the kernel refused the program: %s%s%.*s", strerror(-err),
			 said[0] ? ": " : "", (int)strcspn(said, "\n"), said);
}

int ld_kernel_load(const void *data, size_t length, uint32_t id,
		   char *message, size_t size)
{
	struct bpf_object *obj;
	int err;

	err = load_with_reason(data, length, id, &obj);
	if (err) {
		explain(err, message, size);
		return err;
	}
	verifier_log[0] = '\0';
	err = attach_and_pin(obj, id);
	if (err)
		explain(err, message, size);
	bpf_object__close(obj);
	return err;
}

/*
 * Detaching is what unbinds at once: the last reference to a link, which the
 * pin holds, goes only after an RCU grace period and a work item.
 */
int ld_kernel_unload(uint32_t id)
{
	struct bpf_link *link;
	char path[128];
	int err;

	pin_path(id, path, sizeof(path));
	link = bpf_link__open(path);
	if (!link)
		return -errno;
	err = bpf_link__detach(link);
	if (!err && unlink(path))
		err = -errno;
	bpf_link__destroy(link);
	return err;
}

int ld_kernel_pins(uint32_t *ids, unsigned int max)
{
	DIR *dir = opendir(pin_dir);
	const struct dirent *e;
	unsigned int n = 0;

	if (!dir)
		return -errno;
	while (n < max && (e = readdir(dir))) {
		char *end;
		unsigned long id = strtoul(e->d_name, &end, 10);

		if (e->d_name[0] >= '1' && e->d_name[0] <= '9' && !*end &&
		    id <= UINT32_MAX)
			ids[n++] = id;
	}
	closedir(dir);
	return n;
}
