// SPDX-License-Identifier: GPL-2.0-only
/*
 * A program that calls no function of the module does not hold it: it outlives
 * the module, and can be given to the next one.  Where programs look at a flag of
 * the module that they were loaded for, that one refuses it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "st.h"
#include "st_raw.h"

static int st_guard_program(void)
{
	static struct st_code c;
	char log[256] = "";
	int fd;

	c.n = 0;
	MOVI(&c, BPF_REG_0, 0);
	EXIT(&c);
	fd = st_raw_load(&c, SAFEX_KIND_GUARD, log, sizeof(log));
	st_ok(fd >= 0, "stale: a guard is loaded %s", log);
	return fd;
}

static bool st_is_removed(void *unused)
{
	(void)unused;
	return !system("rmmod safex 2>/dev/null");
}

static void st_reload(const char *module)
{
	char insert[256];

	close(st_dev);
	st_raw_forget();
	st_ok(st_wait(st_is_removed, NULL), "stale: the module goes");
	snprintf(insert, sizeof(insert), "insmod %s", module);
	st_is(system(insert), 0, "stale: and comes again");
	st_dev = open(SAFEX_DEVICE, O_RDWR | O_CLOEXEC);
	st_ok(st_dev >= 0 && st_raw_init(), "stale: with types of its own");
}

/* module: the file that it is inserted of. */
void st_test_stale(const char *module)
{
	struct safex_manager_create *m;
	struct st_raw r;
	int old, own, want;

	if (!st_ok(module && st_raw_init(), "stale: there are types"))
		return;
	old = st_guard_program();
	st_reload(module);
	own = st_guard_program();
	m = st_manager_args("stale");
	st_ok(st_manager(m) > 0, "stale: a manager is created");
	want = st_features() & SAFEX_FEATURE_CALL_DIRECT ? -EINVAL : 0;
	st_is(st_raw_bind(&r, old, SAFEX_KIND_GUARD, m->guard), want,
	      "stale: the program of the module before");
	st_raw_unbind(&r);
	st_is(st_raw_bind(&r, own, SAFEX_KIND_GUARD, m->guard), 0,
	      "stale: one of its own is bound");
	st_raw_unbind(&r);
	close(old);
	close(own);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MANAGER, m->id);
	st_is(st_count(), 0, "stale: nothing is left");
}
