/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <event2/event.h>

#include "dio_daemon.h"

/* What changes a process for good is tried in a child; its exit code is the verdict. */
static int in_child(int (*body)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(body());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int init_without_descriptors(void)
{
	struct stat st;
	int fd;

	for (fd = 0; fd < 3; fd++)
		close(fd);
	if (dio_daemon_init() != 0)
		return 1;
	for (fd = 0; fd < 3; fd++)
		if (fstat(fd, &st) != 0 || !S_ISCHR(st.st_mode))
			return 2;
	if (dup(0) != 3)
		return 3;
	if (umask(0) != 027 || prctl(PR_GET_DUMPABLE) != 0)
		return 4;
	return signal(SIGPIPE, SIG_DFL) == SIG_IGN ? 0 : 5;
}

static int few_descriptors(void)
{
	struct rlimit r = { 64, 2048 };

	if (setrlimit(RLIMIT_NOFILE, &r) != 0 || dio_daemon_descriptors(512) != 0 ||
	    getrlimit(RLIMIT_NOFILE, &r) != 0 || r.rlim_cur != 512)
		return 1;
	/* Never fewer, and no more than may be. */
	if (dio_daemon_descriptors(100) != 0 || getrlimit(RLIMIT_NOFILE, &r) != 0 ||
	    r.rlim_cur != 512)
		return 2;
	if (dio_daemon_descriptors(100000) != 0 || getrlimit(RLIMIT_NOFILE, &r) != 0)
		return 3;
	return r.rlim_cur == 2048 ? 0 : 4;
}

static void descriptors(void **state)
{
	(void)state;
	assert_int_equal(in_child(few_descriptors), 0);
}

static void init(void **state)
{
	(void)state;
	assert_int_equal(in_child(init_without_descriptors), 0);
}

static int end_by_signal(void)
{
	struct event_base *base = event_base_new();

	alarm(20);
	if (dio_daemon_signals(base) != 0)
		return 1;
	kill(getpid(), SIGTERM);
	return event_base_dispatch(base) == 0 && event_base_got_exit(base) ? 0 : 2;
}

static void end_once_more(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	kill(getpid(), SIGTERM);
}

/* The second signal ends it, the first does not. */
static int live_through_hangup(void)
{
	struct event_base *base = event_base_new();
	const struct timeval soon = { 0, 50000 };

	alarm(20);
	if (dio_daemon_init() != 0 || kill(getpid(), SIGHUP) != 0 || dio_daemon_signals(base) != 0)
		return 1;
	kill(getpid(), SIGHUP);
	event_base_once(base, -1, EV_TIMEOUT, end_once_more, NULL, &soon);
	return event_base_dispatch(base) == 0 && event_base_got_exit(base) ? 0 : 2;
}

static void signals(void **state)
{
	(void)state;
	assert_int_equal(in_child(end_by_signal), 0);
	assert_int_equal(in_child(live_through_hangup), 0);
}

static void ready_by_descriptor(void **state)
{
	char number[16], got[4] = "";
	int p[2];

	(void)state;
	assert_int_equal(pipe(p), 0);
	snprintf(number, sizeof(number), "%d", p[1]);
	setenv("DIO_READY_FD", number, 1);
	assert_int_equal(dio_daemon_ready(), 0);
	assert_int_equal(read(p[0], got, sizeof(got)), 1);
	assert_string_equal(got, "R");
	/* Told once, and the descriptor is closed: the other side sees the end. */
	assert_int_equal(read(p[0], got, sizeof(got)), 0);
	assert_null(getenv("DIO_READY_FD"));
	assert_int_equal(dio_daemon_ready(), 0);
	close(p[0]);
	setenv("DIO_READY_FD", "3x", 1);
	assert_int_equal(dio_daemon_ready(), -EINVAL);
}

static void ready_by_socket(void **state)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	socklen_t len = sizeof(un);
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	char path[120] = "@", got[32] = "";

	(void)state;
	/* The kernel chooses an abstract name: NUL and five digits. */
	assert_int_equal(bind(fd, (struct sockaddr *)&un, sizeof(sa_family_t)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&un, &len), 0);
	memcpy(path + 1, un.sun_path + 1, len - sizeof(sa_family_t) - 1);
	setenv("NOTIFY_SOCKET", path, 1);
	assert_int_equal(dio_daemon_ready(), 0);
	assert_int_equal(recv(fd, got, sizeof(got), MSG_DONTWAIT), 7);
	assert_string_equal(got, "READY=1");
	assert_null(getenv("NOTIFY_SOCKET"));
	close(fd);
	setenv("NOTIFY_SOCKET", "relative", 1);
	assert_int_equal(dio_daemon_ready(), -EINVAL);
}

static void directory(void **state)
{
	char dir[] = "/tmp/dio-daemon-XXXXXX", path[64], link[64];
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/run", dir);
	snprintf(link, sizeof(link), "%s/link", dir);
	umask(077);
	assert_int_equal(dio_daemon_directory(path, 0755, getuid(), getgid()), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	assert_int_equal(dio_daemon_directory(path, 0755, getuid(), getgid()), 0);
	assert_int_equal(dio_daemon_directory(path, 0700, getuid(), getgid()), -EPERM);
	assert_int_equal(dio_daemon_directory(path, 0755, getuid() + 1, getgid()), -EPERM);
	assert_int_equal(symlink(path, link), 0);
	assert_int_equal(dio_daemon_directory(link, 0755, getuid(), getgid()), -ENOTDIR);
	unlink(link);
	rmdir(path);
	rmdir(dir);
}

static bool has_only(cap_flag_t flag, cap_value_t cap)
{
	cap_t have = cap_get_proc(), want = cap_init();
	bool same;

	cap_set_flag(want, CAP_PERMITTED, 1, &cap, CAP_SET);
	cap_set_flag(want, CAP_EFFECTIVE, 1, &cap, CAP_SET);
	cap_set_flag(want, CAP_INHERITABLE, 1, &cap, CAP_SET);
	same = (cap_compare(have, want) & (1 << flag)) == 0;
	cap_free(have);
	cap_free(want);
	return same;
}

static int become_nobody(void)
{
	static const char *const keep[] = { "cap_net_bind_service", NULL };
	uid_t r, e, s;
	gid_t group;

	if (dio_daemon_become("nobody", keep) != 0)
		return 1;
	getresuid(&r, &e, &s);
	if (r == 0 || e != r || s != r || getgid() == 0)
		return 2;
	if (getgroups(1, &group) != 1 || group != getgid())
		return 3;
	if (!has_only(CAP_PERMITTED, CAP_NET_BIND_SERVICE) ||
	    !has_only(CAP_EFFECTIVE, CAP_NET_BIND_SERVICE) ||
	    !has_only(CAP_INHERITABLE, CAP_NET_BIND_SERVICE))
		return 4;
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_NET_BIND_SERVICE, 0, 0) != 1)
		return 5;
	if (prctl(PR_CAPBSET_READ, CAP_SYS_ADMIN) != 0 || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return 6;
	if (setuid(0) == 0 || prctl(PR_GET_KEEPCAPS) != 0)
		return 7;
	/* Again, as nobody: the identity is right already; another's is refused. */
	if (dio_daemon_become("nobody", NULL) != 0 || dio_daemon_become("root", NULL) != -EPERM)
		return 8;
	return 0;
}

static int become_without_caps(void)
{
	cap_t none = cap_init(), have;
	int rc = dio_daemon_become("nobody", NULL);

	have = cap_get_proc();
	rc = rc || cap_compare(have, none) ? 1 : 0;
	cap_free(have);
	cap_free(none);
	return rc;
}

static int become_nonsense(void)
{
	static const char *const bad[] = { "cap_of_fools", NULL };

	if (dio_daemon_become("nobody", bad) != -EINVAL)
		return 1;
	if (dio_daemon_become("no-such-user-here", NULL) != -ENOENT)
		return 2;
	return 0;
}

static void become(void **state)
{
	(void)state;
	assert_int_equal(in_child(become_nonsense), 0);
	if (geteuid() != 0)
		skip();
	assert_int_equal(in_child(become_nobody), 0);
	assert_int_equal(in_child(become_without_caps), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(init),		   cmocka_unit_test(descriptors),
		cmocka_unit_test(signals),
		cmocka_unit_test(ready_by_descriptor), cmocka_unit_test(ready_by_socket),
		cmocka_unit_test(directory),	   cmocka_unit_test(become),
	};

	return cmocka_run_group_tests_name("dio_daemon", tests, NULL, NULL);
}
