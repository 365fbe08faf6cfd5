// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every rule of /dev/safex: a request that is good but for one field is
 * refused for that field, and the good one is not.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include "st.h"

#define N(array)	(sizeof(array) / sizeof((array)[0]))
#define ALL		SAFEX_RIGHTS_ALL

/* One field of a request, and what comes of this value in it. */
struct st_rule {
	const char *name;
	size_t at, size;
	uint64_t value;
	int error;		/* 0: it is accepted */
};

#define SET(type, field, v) \
	offsetof(struct type, field), sizeof(((struct type *)0)->field), (uint64_t)(v)
#define M(field, v)	SET(safex_manager_create, field, v)
#define C(field, v)	SET(safex_class_create, field, v)
#define E(field, v)	SET(safex_ext_create, field, v)
#define CH(field, v)	SET(safex_channel_create, field, v)
#define O(field, v)	SET(safex_object, field, v)

static void st_apply(void *request, const struct st_rule *r)
{
	memcpy((char *)request + r->at, &r->value, r->size);
}

static const struct st_rule st_manager_rules[] = {
	{ "manager: id given", M(id, 1), -EINVAL },
	{ "manager: guard's id given", M(guard, 1), -EINVAL },
	{ "manager: padding", M(pad, 1), -EINVAL },
	{ "manager: no name", M(name[0], 0), -EINVAL },
	{ "manager: space in the name", M(name[1], ' '), -EINVAL },
	{ "manager: control character in the name", M(name[1], '\n'), -EINVAL },
	{ "manager: high byte in the name", M(name[1], 0xe9), -EINVAL },
	{ "manager: something behind the name", M(name[63], 'x'), -EINVAL },
	{ "manager: period below 1 ms", M(period, ST_MS - 1), -ERANGE },
	{ "manager: period of 1 ms", M(period, ST_MS), 0 },
	{ "manager: period of 10 s", M(period, 10 * ST_S), 0 },
	{ "manager: period above 10 s", M(period, 10 * ST_S + 1), -ERANGE },
	{ "manager: period that is all bits", M(period, -1), -ERANGE },
	{ "manager: budget below 1 us", M(budget, ST_US - 1), -ERANGE },
	{ "manager: budget of 1 us", M(budget, ST_US), 0 },
	{ "manager: budget of 10 ms, its period", M(budget, 10 * ST_MS), 0 },
	{ "manager: budget above 10 ms", M(budget, 10 * ST_MS + 1), -ERANGE },
	{ "manager: more than 64 attributes", M(n_attrs, 65), -EINVAL },
	{ "manager: attribute that isn't counted", M(n_attrs, 4), -EINVAL },
	{ "manager: attribute without a name", M(attrs[1].name[0], 0), -EINVAL },
	{ "manager: attribute's name twice", M(attrs[1].name[0], 't'), -EEXIST },
	{ "manager: space in an attribute's name", M(attrs[1].name[0], ' '), -EINVAL },
	{ "manager: attribute's name doesn't end", M(attrs[1].name[31], 'x'), -EINVAL },
	{ "manager: unknown right", M(attrs[1].rights, ALL + 1), -EINVAL },
	{ "manager: role twice", M(attrs[1].role, SAFEX_ROLE_TARGET), -EEXIST },
	{ "manager: unknown role", M(attrs[1].role, SAFEX_ROLE_SHARE + 1), -EINVAL },
};

static const struct st_rule st_class_rules[] = {
	{ "class: id given", C(id, 1), -EINVAL },
	{ "class: no descriptor", C(cd, 0), -EINVAL },
	{ "class: no such manager", C(manager, 999999), -ENOENT },
	{ "class: manager 0", C(manager, 0), -ENOENT },
	{ "class: not a pidfd", C(pidfd, 1), -EBADF },
	{ "class: no descriptor of a process", C(pidfd, 999), -EBADF },
	{ "class: negative descriptor", C(pidfd, -2), -EBADF },
	{ "class: more than 64 attributes", C(n_attrs, 65), -EINVAL },
	{ "class: attributes that are all bits", C(n_attrs, -1), -EINVAL },
	{ "class: attribute that isn't counted", C(n_attrs, 5), -EINVAL },
	{ "class: manager's attributes missing", C(n_attrs, 3), -EINVAL },
	{ "class: manager's attribute renamed", C(attrs[0].name[0], 'T'), -EINVAL },
	{ "class: own attribute without a name", C(attrs[5].name[0], 0), -EINVAL },
	{ "class: own attribute with manager's name", C(attrs[5].name[0], 't'), -EEXIST },
	{ "class: more rights than declared", C(attrs[0].rights, ALL), -EINVAL },
	{ "class: another role than declared", C(attrs[0].role, SAFEX_ROLE_SHARE), -EINVAL },
	{ "class: own attribute takes a role", C(attrs[5].role, SAFEX_ROLE_PERIOD), -EEXIST },
	{ "class: own attribute, unknown right", C(attrs[5].rights, ALL + 1), -EINVAL },
	{ "class: own attribute, unknown role", C(attrs[5].role, 99), -EINVAL },
	{ "class: target of 0", C(attrs[0].value, 0), -ERANGE },
	{ "class: target below 0", C(attrs[0].value, -1), -ERANGE },
	{ "class: target below minimum", C(attrs[0].value, 4 * ST_MS), -ERANGE },
	{ "class: target is minimum", C(attrs[0].value, 5 * ST_MS), 0 },
	{ "class: target is maximum", C(attrs[0].value, 20 * ST_MS), 0 },
	{ "class: target above maximum", C(attrs[0].value, 20 * ST_MS + 1), -ERANGE },
	{ "class: period below target", C(attrs[1].value, 9 * ST_MS), -ERANGE },
	{ "class: period is target", C(attrs[1].value, 10 * ST_MS), -EDQUOT },
	{ "class: period below 1 ms", C(attrs[1].value, ST_MS - 1), -ERANGE },
	{ "class: period above 10 s", C(attrs[1].value, 10 * ST_S + 1), -ERANGE },
	{ "class: period below 0", C(attrs[1].value, -1), -ERANGE },
	{ "class: minimum below 0", C(attrs[2].value, -1), -ERANGE },
	{ "class: minimum of 0", C(attrs[2].value, 0), 0 },
	{ "class: minimum above target", C(attrs[2].value, 10 * ST_MS + 1), -ERANGE },
	{ "class: maximum below target", C(attrs[3].value, 10 * ST_MS - 1), -ERANGE },
};

static const struct st_rule st_ext_rules[] = {
	{ "extension: id given", E(id, 1), -EINVAL },
	{ "extension: no name", E(name[0], 0), -EINVAL },
	{ "extension: bad name", E(name[1], '\t'), -EINVAL },
	{ "extension: no such class", E(class_id, 999999), -ENOENT },
	{ "extension: neither monitor nor handler", E(kind, SAFEX_KIND_MANAGER), -EINVAL },
	{ "extension: no kind", E(kind, 0), -EINVAL },
	{ "extension: handler with a period", E(kind, SAFEX_KIND_HANDLER), -EINVAL },
	{ "extension: budget of 0", E(budget, 0), -ERANGE },
	{ "extension: budget below 1 us", E(budget, ST_US - 1), -ERANGE },
	{ "extension: budget of 1 us", E(budget, ST_US), 0 },
	{ "extension: budget above 10 ms", E(budget, 10 * ST_MS + 1), -ERANGE },
	{ "extension: budget that is all bits", E(budget, -1), -ERANGE },
	{ "extension: budget above what is left", E(budget, 2 * ST_MS), -EDQUOT },
	{ "extension: period of 0", E(period, 0), -ERANGE },
	{ "extension: period below the manager's", E(period, 10 * ST_MS - 1), -ERANGE },
	{ "extension: period of the manager", E(period, 10 * ST_MS), 0 },
	{ "extension: period of 10 s", E(period, 10 * ST_S), 0 },
	{ "extension: period above 10 s", E(period, 10 * ST_S + 1), -ERANGE },
	{ "extension: reads what it may not", E(read_mask, 1 << 4), -EACCES },
	{ "extension: reads what isn't there", E(read_mask, 1ull << 63), -EACCES },
	{ "extension: writes what it may not", E(write_mask, 1 << 0), -EACCES },
	{ "extension: writes what isn't there", E(write_mask, 1 << 6), -EACCES },
};

static struct safex_manager_create *st_good_manager(void)
{
	struct safex_manager_create *m = st_manager_args("rules");

	st_attr(m->attrs, 0, "t", 10 * ST_MS, SAFEX_EXT_READ, SAFEX_ROLE_TARGET);
	st_attr(m->attrs, 1, "p", 100 * ST_MS, SAFEX_EXT_READ, SAFEX_ROLE_PERIOD);
	st_attr(m->attrs, 2, "low", 5 * ST_MS, 0, SAFEX_ROLE_MINIMUM);
	st_attr(m->attrs, 3, "high", 20 * ST_MS, 0, SAFEX_ROLE_MAXIMUM);
	st_attr(m->attrs, 4, "secret", 0, SAFEX_APP_READ, 0);
	m->n_attrs = 5;
	return m;
}

static void st_managers(void)
{
	size_t i;

	for (i = 0; i < N(st_manager_rules); i++) {
		const struct st_rule *r = &st_manager_rules[i];
		struct safex_manager_create *m = st_good_manager();
		int id;

		st_apply(m, r);
		id = st_manager(m);
		st_is(id < 0 ? id : 0, r->error, r->name);
		st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MANAGER, id);
	}
	st_is(st_count(), 0, "rules: no manager is left");
}

/* One attribute of its own behind the manager's. */
static struct safex_class_create *st_good_class(const struct safex_manager_create *m)
{
	struct safex_class_create *c = st_class_args(m->id, m);

	st_attr(c->attrs, 5, "x", 0, ALL, 0);
	memset(c->attrs[5].name, 0, sizeof(c->attrs[5].name));
	c->attrs[5].name[0] = 'x';
	c->n_attrs = 6;
	return c;
}

static void st_classes(const struct safex_manager_create *m)
{
	uint32_t before = st_count();
	size_t i;

	for (i = 0; i < N(st_class_rules); i++) {
		const struct st_rule *r = &st_class_rules[i];
		struct safex_class_create *c = st_good_class(m);
		int id;

		st_apply(c, r);
		id = st_class(c);
		st_is(id < 0 ? id : 0, r->error, r->name);
		st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, id);
	}
	st_is(st_count(), before, "rules: no class is left");
}

static void st_exts(int cls)
{
	uint32_t before = st_count();
	size_t i;

	for (i = 0; i < N(st_ext_rules); i++) {
		const struct st_rule *r = &st_ext_rules[i];
		struct safex_ext_create e = {
			.name = "rules", .kind = SAFEX_KIND_MONITOR,
			.class_id = cls, .period = 20 * ST_MS,
			.budget = 50 * ST_US, .read_mask = 3,
		};
		int id;

		st_apply(&e, r);
		id = st_ext(&e);
		st_is(id < 0 ? id : 0, r->error, r->name);
		st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MONITOR, id);
	}
	st_is(st_count(), before, "rules: no extension is left");
}

/* Ids of objects there are, of kinds that do not fit. */
struct st_ids {
	int manager, guard, cls, monitor, handler, channel;
};

static void st_channels(const struct st_ids *o)
{
	const struct {
		const char *name;
		struct safex_channel_create c;
		int error;
	} rules[] = {
		{ "channel: from a handler", { .monitor = o->handler, .handler = o->handler }, -ENOENT },
		{ "channel: to a monitor", { .monitor = o->monitor, .handler = o->monitor }, -ENOENT },
		{ "channel: from nothing", { .monitor = 0, .handler = o->handler }, -ENOENT },
		{ "channel: to nothing", { .monitor = o->monitor, .handler = 999999 }, -ENOENT },
		{ "channel: of a class", { .monitor = o->cls, .handler = o->handler }, -ENOENT },
		{ "channel: twice", { .monitor = o->monitor, .handler = o->handler }, -EEXIST },
		{ "channel: id given", { .monitor = o->monitor, .handler = o->handler, .id = 1 }, -EINVAL },
		{ "channel: padding", { .monitor = o->monitor, .handler = o->handler, .pad = 1 }, -EINVAL },
	};
	size_t i;

	for (i = 0; i < N(rules); i++) {
		struct safex_channel_create c = rules[i].c;

		st_is(ioctl(st_dev, SAFEX_IOC_CHANNEL, &c) ? -errno : 0,
		      rules[i].error, rules[i].name);
	}
}

static void st_objects(const struct st_ids *o)
{
	const struct {
		const char *name;
		unsigned long request;
		uint32_t kind, id;
		int error;
	} rules[] = {
		{ "activate: a manager", SAFEX_IOC_ACTIVATE, SAFEX_KIND_MANAGER, o->manager, -EINVAL },
		{ "activate: a channel", SAFEX_IOC_ACTIVATE, SAFEX_KIND_CHANNEL, o->channel, -EINVAL },
		{ "activate: no kind", SAFEX_IOC_ACTIVATE, 0, o->monitor, -EINVAL },
		{ "activate: another kind", SAFEX_IOC_ACTIVATE, SAFEX_KIND_HANDLER, o->monitor, -ENOENT },
		{ "activate: nothing", SAFEX_IOC_ACTIVATE, SAFEX_KIND_MONITOR, 999999, -ENOENT },
		{ "activate: without a program", SAFEX_IOC_ACTIVATE, SAFEX_KIND_MONITOR, o->monitor, -ENOEXEC },
		{ "destroy: a manager with a class", SAFEX_IOC_DESTROY, SAFEX_KIND_MANAGER, o->manager, -EBUSY },
		{ "destroy: a guard", SAFEX_IOC_DESTROY, SAFEX_KIND_GUARD, o->guard, -EINVAL },
		{ "destroy: a class with extensions", SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, o->cls, -EBUSY },
		{ "destroy: a monitor with a channel", SAFEX_IOC_DESTROY, SAFEX_KIND_MONITOR, o->monitor, -EBUSY },
		{ "destroy: a handler with a channel", SAFEX_IOC_DESTROY, SAFEX_KIND_HANDLER, o->handler, -EBUSY },
		{ "destroy: another kind", SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, o->manager, -ENOENT },
		{ "destroy: no kind", SAFEX_IOC_DESTROY, 0, o->monitor, -EINVAL },
		{ "destroy: unknown kind", SAFEX_IOC_DESTROY, 99, o->monitor, -ENOENT },
		{ "destroy: nothing", SAFEX_IOC_DESTROY, SAFEX_KIND_MONITOR, 0, -ENOENT },
		{ "class descriptor: of a manager", SAFEX_IOC_CLASS_FD, SAFEX_KIND_MANAGER, o->manager, -EINVAL },
		{ "class descriptor: of another kind", SAFEX_IOC_CLASS_FD, SAFEX_KIND_CLASS, o->manager, -ENOENT },
		{ "class descriptor: of nothing", SAFEX_IOC_CLASS_FD, SAFEX_KIND_CLASS, 999999, -ENOENT },
		{ "unknown request", _IOW('x', 0x7f, struct safex_object), SAFEX_KIND_CLASS, o->cls, -ENOTTY },
		{ "request of another size", _IOW('x', 0x48, uint32_t), SAFEX_KIND_CLASS, o->cls, -ENOTTY },
	};
	size_t i;

	for (i = 0; i < N(rules); i++)
		st_is(st_object(rules[i].request, rules[i].kind, rules[i].id),
		      rules[i].error, rules[i].name);
}

/* A descriptor for reading changes nothing; a bad address is said. */
static void st_descriptors(const struct st_ids *o)
{
	struct safex_object object = { SAFEX_KIND_MONITOR, o->monitor };
	static const unsigned long changes[] = {
		SAFEX_IOC_MANAGER, SAFEX_IOC_CLASS, SAFEX_IOC_EXT, SAFEX_IOC_CHANNEL,
		SAFEX_IOC_ACTIVATE, SAFEX_IOC_DESTROY, SAFEX_IOC_CLASS_FD,
	};
	int fd = open(SAFEX_DEVICE, O_RDONLY | O_CLOEXEC), refused = 0;
	uint32_t before = st_count();
	size_t i;

	for (i = 0; i < N(changes); i++)
		refused += ioctl(fd, changes[i], NULL) < 0 && errno == EBADF;
	st_is(refused, N(changes), "descriptor for reading: no change is made");
	st_is(ioctl(fd, SAFEX_IOC_STAT, NULL) ? -errno : 0, -EFAULT,
	      "no request at that address");
	st_is(ioctl(fd, SAFEX_IOC_INFO, 8) ? -errno : 0, -EFAULT,
	      "no room for the answer at that address");
	st_is(read(fd, &object, sizeof(object)) < 0 ? -errno : 0, -EINVAL,
	      "no room for a record");
	st_is(st_count(), before, "rules: nothing has changed");
	close(fd);
}

static void st_settings(int cls)
{
	int fd = st_object(SAFEX_IOC_CLASS_FD, SAFEX_KIND_CLASS, cls);
	struct safex_set set = { .slot = 5, .value = 1, .verdict = 1 };
	uint32_t verdict;

	st_is(st_set(fd, 6, 1, &verdict), -ENOENT, "set: no such attribute");
	st_is(st_set(fd, UINT32_MAX, 1, &verdict), -ENOENT, "set: slot that is all bits");
	st_is(ioctl(fd, SAFEX_IOC_CLASS_SET, &set) ? -errno : 0, -EINVAL,
	      "set: verdict given");
	st_is(ioctl(fd, SAFEX_IOC_CLASS_SET, NULL) ? -errno : 0, -EFAULT,
	      "set: no request at that address");
	st_is(ioctl(fd, SAFEX_IOC_DESTROY, &set) ? -errno : 0, -ENOTTY,
	      "set: not a request of a class's descriptor");
	close(fd);
}

/* Copies are one with their original; what is closed makes room, also from a mapping. */
static void st_class_files(int cls)
{
	int fd[SAFEX_CLASS_FILES], i, opened = 0;
	void *page;

	for (i = 0; i < SAFEX_CLASS_FILES; i++) {
		fd[i] = st_object(SAFEX_IOC_CLASS_FD, SAFEX_KIND_CLASS, cls);
		opened += fd[i] >= 0;
	}
	st_is(opened, SAFEX_CLASS_FILES, "class descriptor: so many times");
	st_is(st_object(SAFEX_IOC_CLASS_FD, SAFEX_KIND_CLASS, cls), -ENOSPC,
	      "class descriptor: not once more");
	close(dup(fd[0]));
	page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd[0], 0);
	close(fd[0]);
	st_is(st_object(SAFEX_IOC_CLASS_FD, SAFEX_KIND_CLASS, cls), -ENOSPC,
	      "class descriptor: not while it is mapped");
	munmap(page, 4096);
	fd[0] = st_object(SAFEX_IOC_CLASS_FD, SAFEX_KIND_CLASS, cls);
	st_ok(fd[0] >= 0, "class descriptor: for one that was closed");
	for (i = 0; i < SAFEX_CLASS_FILES; i++)
		close(fd[i]);
}

/* As many as the table holds: the next is refused, and all of them go. */
static void st_full(const struct st_ids *o)
{
	static int ids[5000];
	int n = 0, i, ret;

	do {
		struct safex_manager_create *m = st_manager_args("full");

		m->period = 10 * ST_S;
		m->budget = ST_US;
		ret = st_manager(m);
		ids[n] = ret;
	} while (ret > 0 && ++n < 5000);
	st_is(ret, -ENOSPC, "full: there is an end");
	st_ok(st_count() >= 4095, "full: at 4096 objects");
	ret = st_channel(o->monitor, o->handler);
	st_is(ret, -EEXIST, "full: what is there is still known");
	for (i = 0; i < n; i++)
		st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MANAGER, ids[i]);
}

/* A contract needs both target and period; a budget fits into its period. */
static void st_pairs(void)
{
	static const struct {
		const char *name;
		uint32_t role;
	} halves[] = {
		{ "class: target without a period", SAFEX_ROLE_TARGET },
		{ "class: period without a target", SAFEX_ROLE_PERIOD },
	};
	struct safex_manager_create *m = st_manager_args("pair");
	size_t i;

	m->period = 2 * ST_MS;
	m->budget = 2 * ST_MS + 1;
	st_is(st_manager(m), -ERANGE, "manager: budget above its period");
	for (i = 0; i < N(halves); i++) {
		m = st_manager_args("half");

		st_attr(m->attrs, 0, "a", 10 * ST_MS, 0, halves[i].role);
		m->n_attrs = 1;
		st_manager(m);
		st_is(st_class(st_class_args(m->id, m)), -EINVAL, halves[i].name);
		st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MANAGER, m->id);
	}
}

void st_test_rules(void)
{
	static struct safex_manager_create m;
	struct st_ids o;

	st_managers();
	st_pairs();
	m = *st_good_manager();
	o.manager = st_manager(&m);
	o.guard = m.guard;
	st_classes(&m);
	o.cls = st_class(st_good_class(&m));
	st_exts(o.cls);
	o.monitor = st_monitor(o.cls, 50 * ST_US, 0, 0);
	o.handler = st_handler(o.cls, 50 * ST_US, 0, 0);
	o.channel = st_channel(o.monitor, o.handler);
	st_ok(o.channel > 0, "rules: objects to ask for");
	st_channels(&o);
	st_objects(&o);
	st_descriptors(&o);
	st_settings(o.cls);
	st_class_files(o.cls);
	st_full(&o);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CHANNEL, o.channel);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_HANDLER, o.handler);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MONITOR, o.monitor);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, o.cls);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MANAGER, o.manager);
	st_is(st_count(), 0, "rules: nothing is left");
}
