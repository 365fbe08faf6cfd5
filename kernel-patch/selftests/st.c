// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>
#include "st.h"

#define ST_PATIENCE	(5 * ST_S)

int st_dev = -1;
static int st_checks, st_failed;

bool st_ok(bool ok, const char *name, ...)
{
	va_list args;

	printf("%sok %d ", ok ? "" : "not ", ++st_checks);
	va_start(args, name);
	vprintf(name, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
	st_failed += !ok;
	return ok;
}

bool st_says(const char *text, const char *these)
{
	size_t n = strcspn(these, "|");

	for (; *these; these += n + !!these[n], n = strcspn(these, "|"))
		if (n && memmem(text, strlen(text), these, n))
			return true;
	return false;
}

bool st_is(long long got, long long want, const char *name)
{
	bool ok = st_ok(got == want, "%s", name);

	if (!ok)
		st_note("got %lld, want %lld", got, want);
	return ok;
}

void st_note(const char *fmt, ...)
{
	va_list args;

	printf("# ");
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}

int st_done(void)
{
	printf("1..%d\n", st_checks);
	return st_failed ? 1 : 0;
}

int64_t st_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * ST_S + t.tv_nsec;
}

bool st_wait(bool (*cond)(void *arg), void *arg)
{
	int64_t end = st_ns() + ST_PATIENCE;

	while (!cond(arg)) {
		if (st_ns() > end)
			return false;
		poll(NULL, 0, 5);
	}
	return true;
}

static int st_call(int fd, unsigned long cmd, void *arg)
{
	int ret = ioctl(fd, cmd, arg);

	return ret < 0 ? -errno : ret;
}

void st_attr(struct safex_attr *attrs, uint32_t slot, const char *name,
	     int64_t value, uint32_t rights, uint32_t role)
{
	struct safex_attr *a = &attrs[slot];

	memset(a, 0, sizeof(*a));
	strncpy(a->name, name, sizeof(a->name) - 1);
	a->value = value;
	a->rights = rights;
	a->role = role;
}

/* Static storage: one set of arguments at a time. */
struct safex_manager_create *st_manager_args(const char *name)
{
	static struct safex_manager_create m;

	memset(&m, 0, sizeof(m));
	strncpy(m.name, name, sizeof(m.name) - 1);
	m.period = 10 * ST_MS;
	m.budget = 50 * ST_US;
	return &m;
}

struct safex_class_create *st_class_args(uint32_t manager,
					 const struct safex_manager_create *m)
{
	static struct safex_class_create c;

	memset(&c, 0, sizeof(c));
	c.cd = 42;
	c.manager = manager;
	c.pidfd = -1;
	c.n_attrs = m->n_attrs;
	memcpy(c.attrs, m->attrs, sizeof(c.attrs));
	return &c;
}

int st_manager(struct safex_manager_create *m)
{
	int ret = st_call(st_dev, SAFEX_IOC_MANAGER, m);

	return ret ? ret : (int)m->id;
}

int st_class(struct safex_class_create *c)
{
	int ret = st_call(st_dev, SAFEX_IOC_CLASS, c);

	return ret ? ret : (int)c->id;
}

int st_ext(struct safex_ext_create *e)
{
	int ret = st_call(st_dev, SAFEX_IOC_EXT, e);

	return ret ? ret : (int)e->id;
}

int st_monitor(uint32_t class_id, uint64_t budget, uint64_t reads,
	       uint64_t writes)
{
	struct safex_ext_create e = {
		.name = "monitor", .kind = SAFEX_KIND_MONITOR,
		.class_id = class_id, .period = 10 * ST_MS, .budget = budget,
		.read_mask = reads, .write_mask = writes,
	};

	return st_ext(&e);
}

int st_handler(uint32_t class_id, uint64_t budget, uint64_t reads,
	       uint64_t writes)
{
	struct safex_ext_create e = {
		.name = "handler", .kind = SAFEX_KIND_HANDLER,
		.class_id = class_id, .budget = budget,
		.read_mask = reads, .write_mask = writes,
	};

	return st_ext(&e);
}

int st_keep(uint32_t id, uint32_t version)
{
	struct safex_keep keep = { .id = id, .version = version };

	return st_call(st_dev, SAFEX_IOC_KEEP, &keep);
}

int st_version(const struct safex_ext_create *e)
{
	struct safex_ext_create copy = *e;

	return st_call(st_dev, SAFEX_IOC_VERSION, &copy);
}

int st_channel(uint32_t monitor, uint32_t handler)
{
	struct safex_channel_create c = { .monitor = monitor, .handler = handler };
	int ret = st_call(st_dev, SAFEX_IOC_CHANNEL, &c);

	return ret ? ret : (int)c.id;
}

int st_object(unsigned long cmd, uint32_t kind, uint32_t id)
{
	struct safex_object o = { .kind = kind, .id = id };

	return st_call(st_dev, cmd, &o);
}

int st_stat(uint32_t kind, uint32_t id, struct safex_stat *s)
{
	memset(s, 0, sizeof(*s));
	s->object.kind = kind;
	s->object.id = id;
	return st_call(st_dev, SAFEX_IOC_STAT, s);
}

int st_set(int class_fd, uint32_t slot, int64_t value, uint32_t *verdict)
{
	struct safex_set set = { .slot = slot, .value = value };
	int ret = st_call(class_fd, SAFEX_IOC_CLASS_SET, &set);

	*verdict = set.verdict;
	return ret;
}

void st_info(struct safex_info *info)
{
	memset(info, 0, sizeof(*info));
	st_call(st_dev, SAFEX_IOC_INFO, info);
}

uint32_t st_count(void)
{
	struct safex_info info;

	return st_call(st_dev, SAFEX_IOC_INFO, &info) ? UINT32_MAX :
		info.n_objects;
}

int st_parameter(const char *name, int value)
{
	char path[80];
	int was = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/sys/module/safex/parameters/%s", name);
	f = fopen(path, "r+e");
	if (!f)
		return -1;
	if (fscanf(f, "%d", &was) == 1) {
		rewind(f);
		fprintf(f, "%d", value);
	}
	fclose(f);
	return was;
}

void st_forget_records(void)
{
	struct pollfd p = { .fd = st_dev, .events = POLLIN };
	struct safex_record r;

	while (poll(&p, 1, 0) == 1 && read(st_dev, &r, sizeof(r)) == sizeof(r))
		;
}

bool st_record(uint32_t ext, uint32_t kind, struct safex_record *r)
{
	int64_t end = st_ns() + ST_PATIENCE;
	struct pollfd p = { .fd = st_dev, .events = POLLIN };

	while (st_ns() < end) {
		if (poll(&p, 1, 100) == 1 &&
		    read(st_dev, r, sizeof(*r)) == sizeof(*r) &&
		    r->ext == ext && r->kind == kind)
			return true;
	}
	return false;
}
