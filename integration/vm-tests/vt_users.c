/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What one user may not do to another: alice's calls against bob's process
 * and root's objects. Root's side of it looks what is left.
 */
#include "vt.h"

#include <dio_error.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t bobs;		/* a process of bob */
static DClass_descr_t roots;	/* with class, monitor and handler */

static int class_for(pid_t pid)
{
	DOptions_t o = { .size = sizeof(o), .pid = pid };
	DAttr_t attrs[] = { { .name = "target_cpu", .value = VT_MS }, { .name = NULL } };
	DClass_descr_t cd = DinitApp();

	return cd ? DxCreateAttrClass(cd, "cpu", attrs, &o) : -1;
}

static int for_bob(void)	{ return class_for(bobs); }
static int for_root(void)	{ return class_for(1); }
static int for_nobody(void)	{ return class_for(4000000); }
static int manager(void)	{ return DCreateSM("mine", 1, VT_CPU); }
static int end_manager(void)	{ return DDestroySM("cpu"); }
static int end_app(void)	{ return DendApp(roots); }
static int add_monitor(void)	{ return DCreateMonitor(roots, "cpu/x", 1, VT_EXT "watch.c"); }
static int end_monitor(void)	{ return DDestroyMonitor(roots, "cpu/watch"); }
static int set_wish(void)	{ return DSetAttr(roots, "cpu", "wish", 1); }

static int see_wish(void)
{
	int64_t value;

	return DGetAttr(roots, "cpu", "wish", &value);
}

static int see_records(void)
{
	DRecord_t r;
	size_t n;

	return DRecords(roots, 1, &r, 1, &n);
}

static int see_list(void)
{
	static DEntry_t e[8];
	size_t n;

	return DList(roots, 0, e, 8, &n) || n;
}

/* What the child says about its call, and root judges. */
struct said {
	int result, code;
	char text[4000];
};

static int (*asked)(void);
static struct said said;

static void child(int fd)
{
	struct said s = { 0 };

	if (setgid(VT_ALICE) || setuid(VT_ALICE) || !DinitApp())
		_exit(1);
	s.result = asked();
	s.code = DError();
	snprintf(s.text, sizeof(s.text), "%s", DErrorText());
	_exit(write(fd, &s, sizeof(s)) != sizeof(s));
}

/* All of the child's is gone with it: only then may root count. */
static int as_alice(int (*call)(void))
{
	int fds[2], status = -1;
	ssize_t got;
	pid_t pid;

	if (pipe(fds))
		return -1;
	asked = call;
	pid = fork();
	if (!pid)
		child(fds[1]);
	close(fds[1]);
	got = read(fds[0], &said, sizeof(said));
	close(fds[0]);
	waitpid(pid, &status, 0);
	return got == sizeof(said) && !status ? 0 : -1;
}

static const struct vt_refusal refusals[] = {
	{ "class-for-another-users-process", for_bob, DIO_E_DENIED, { "belongs to user 1002" } },
	{ "class-for-roots-process", for_root, DIO_E_DENIED, { "process 1 ", "user 0" } },
	{ "class-for-no-process", for_nobody, DIO_E_GONE, { "process 4000000" } },
	{ "manager-made-by-a-user", manager, DIO_E_DENIED, { "manager" } },
	{ "manager-ended-by-a-user", end_manager, DIO_E_DENIED, { "" } },
	{ "application-ended-by-another", end_app, DIO_E_DENIED, { "" } },
	{ "monitor-in-anothers-class", add_monitor, DIO_E_DENIED, { "" } },
	{ "monitor-ended-by-another", end_monitor, DIO_E_DENIED, { "" } },
	{ "attribute-set-by-another", set_wish, DIO_E_DENIED, { "" } },
	{ "attribute-read-by-another", see_wish, DIO_E_DENIED, { "" } },
	{ "records-read-by-another", see_records, DIO_E_DENIED, { "" } },
};

static void judge(const struct vt_refusal *r)
{
	struct vt_state before, after;
	char text[96];

	vt_state_read(&before);
	if (as_alice(r->call)) {
		vt_result(false, r->name, "alice's process failed");
		return;
	}
	vt_state_read(&after);
	if (!vt_state_same(&before, &after))
		vt_result(false, r->name, "left behind: %s", vt_state_text(&after, text));
	else if (!said.result || said.code != r->code || !strstr(said.text, r->part[0]) ||
		 (r->part[1] && !strstr(said.text, r->part[1])))
		vt_result(false, r->name, "%d, error %d, not %d: %s", said.result, said.code,
			  r->code, said.text);
	else
		vt_result(vt_daemons_same(), r->name, "a daemon has ended");
}

static pid_t start_bob(void)
{
	pid_t pid = fork();

	if (!pid) {
		if (setgid(VT_BOB) || setuid(VT_BOB))
			_exit(1);
		for (;;)
			pause();
	}
	return pid;
}

static int own(void)		{ return class_for(0); }

static void users(void)
{
	size_t i;

	for (i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		judge(&refusals[i]);
	vt_result(!as_alice(see_list) && !said.result, "anothers-objects-are-not-listed",
		  "%d: %s", said.result, said.text);
	vt_result(!as_alice(own) && !said.result, "own-class-by-a-user", "%s", said.text);
}

int vt_users(int argc, char **argv)
{
	struct vt_contract c = { .target = 20 * VT_MS, .period = 100 * VT_MS };

	(void)argc;
	(void)argv;
	vt_daemons_same();
	bobs = start_bob();
	roots = vt_manager() ? 0 : vt_class(&c);
	if (bobs < 0 || !roots || vt_extensions(roots))
		vt_result(false, "users-set-up", "%s", DErrorText());
	else
		users();
	kill(bobs, SIGKILL);
	waitpid(bobs, NULL, 0);
	vt_result(!DendApp(roots), "root-ends-its-application", "%s", DErrorText());
	return !vt_all_ok();
}
