/* SPDX-License-Identifier: GPL-2.0-only */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
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

/* No dots: bpffs keeps them for itself. section: "" for the link. */
static void pin_path(const struct ld_pin *pin, const char *section, char *path, size_t size)
{
	snprintf(path, size, "%s/%u-%u%s%s", pin_dir, pin->id, pin->version,
		 *section ? "-" : "", section);
}

static const char *const sections[] = { "data", "bss" };

#define SECTIONS (sizeof(sections) / sizeof(sections[0]))

/* Of variables; libbpf's name of it begins with the object's. */
static struct bpf_map *section_map(struct bpf_object *obj, const char *section)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, obj) {
		const char *dot = strrchr(bpf_map__name(map), '.');

		if (bpf_map__is_internal(map) && dot && !strcmp(dot + 1, section))
			return map;
	}
	return NULL;
}

static bool shares(struct bpf_map *map, const struct ld_pin *from, const char *section)
{
	unsigned int size = bpf_map__value_size(map);
	struct bpf_map_info info = { 0 };
	unsigned int length = sizeof(info);
	char path[128];
	bool ok;
	int fd;

	pin_path(from, section, path, sizeof(path));
	fd = bpf_obj_get(path);
	if (fd < 0)
		return false;
	ok = !bpf_map_get_info_by_fd(fd, &info, &length) && info.value_size == size &&
	     !bpf_map__reuse_fd(map, fd);
	close(fd);
	return ok;
}

/* All variables or none: a version that has half of another's is neither. */
static int share_variables(struct bpf_object *obj, const struct ld_pin *from)
{
	for (size_t i = 0; i < SECTIONS; i++) {
		struct bpf_map *map = section_map(obj, sections[i]);

		if (map && !shares(map, from, sections[i]))
			return -ENOENT;
	}
	return 0;
}

static void unpin_variables(const struct ld_pin *pin)
{
	char path[128];

	for (size_t i = 0; i < SECTIONS; i++) {
		pin_path(pin, sections[i], path, sizeof(path));
		unlink(path);
	}
}

static int pin_variables(struct bpf_object *obj, const struct ld_pin *pin)
{
	char path[128];

	for (size_t i = 0; pin->version && i < SECTIONS; i++) {
		struct bpf_map *map = section_map(obj, sections[i]);

		pin_path(pin, sections[i], path, sizeof(path));
		if (map && bpf_obj_pin(bpf_map__fd(map), path))
			return -errno;
	}
	return 0;
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

static int open_and_load(const void *data, size_t length, const struct ld_pin *pin,
			 uint32_t share, unsigned int log_level, struct bpf_object **out)
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
	err = set_id(obj, pin->id);
	if (!err && share)
		err = share_variables(obj, &(struct ld_pin){ pin->id, share });
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
static int load_with_reason(const void *data, size_t length, const struct ld_pin *pin,
			    uint32_t share, struct bpf_object **out)
{
	int err = open_and_load(data, length, pin, share, LOG_STATS, out);

	if (!err || ld_log_processed(verifier_log) > LONG_VERDICT)
		return err;
	return open_and_load(data, length, pin, share, LOG_STATES, out);
}

static int attach_and_pin(struct bpf_object *obj, const struct ld_pin *pin)
{
	struct bpf_link *link = bpf_map__attach_struct_ops(struct_ops_map(obj));
	char path[128];
	int err;

	if (!link)
		return -errno;
	pin_path(pin, "", path, sizeof(path));
	err = bpf_link__pin(link, path);
	if (!err) {
		err = pin_variables(obj, pin);
		if (err)
			unlink(path);
	}
	if (err) {
		unpin_variables(pin);
		bpf_link__detach(link);
	}
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

int ld_kernel_load(const void *data, size_t length, const struct ld_pin *pin,
		   uint32_t *share, char *message, size_t size)
{
	struct bpf_object *obj;
	int err;

	err = load_with_reason(data, length, pin, *share, &obj);
	if (err == -ENOENT && *share) {
		*share = 0;
		err = load_with_reason(data, length, pin, 0, &obj);
	}
	if (err) {
		explain(err, message, size);
		return err;
	}
	verifier_log[0] = '\0';
	err = attach_and_pin(obj, pin);
	if (err)
		explain(err, message, size);
	bpf_object__close(obj);
	return err;
}

/*
 * Detaching is what unbinds at once: the last reference to a link, which the
 * pin holds, goes only after an RCU grace period and a work item.
 */
int ld_kernel_unload(const struct ld_pin *pin)
{
	struct bpf_link *link;
	char path[128];
	int err;

	unpin_variables(pin);
	pin_path(pin, "", path, sizeof(path));
	link = bpf_link__open(path);
	if (!link)
		return -errno;
	err = bpf_link__detach(link);
	if (!err && unlink(path))
		err = -errno;
	bpf_link__destroy(link);
	return err;
}

int ld_kernel_pinned(const struct ld_pin *pin)
{
	struct bpf_link *link;
	char path[128];

	pin_path(pin, "", path, sizeof(path));
	link = bpf_link__open(path);
	if (!link)
		return -errno;
	bpf_link__destroy(link);
	return 0;
}

/* "12-3" and "12-3-bss" */
static bool is_pin(const char *name, struct ld_pin *pin)
{
	char *end;

	if (name[0] < '1' || name[0] > '9')
		return false;
	pin->id = strtoul(name, &end, 10);
	if (*end != '-')
		return false;
	pin->version = strtoul(end + 1, &end, 10);
	return !*end || *end == '-';
}

int ld_kernel_pins(struct ld_pin *pins, unsigned int max)
{
	DIR *dir = opendir(pin_dir);
	const struct dirent *e;
	unsigned int n = 0;

	if (!dir)
		return -errno;
	while (n < max && (e = readdir(dir)))
		n += is_pin(e->d_name, &pins[n]);
	closedir(dir);
	return n;
}
