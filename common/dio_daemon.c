/* SPDX-License-Identifier: GPL-2.0-only */
#include "dio_daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <event2/event.h>

#include "dio_log.h"

static int open_standard_descriptors(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
		if (fd < 0)
			return -errno;
	} while (fd <= STDERR_FILENO);
	close(fd);
	return 0;
}

int dio_daemon_init(void)
{
	static const struct rlimit no_core = { 0, 0 };
	int rc = open_standard_descriptors();

	if (rc)
		return rc;
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR || signal(SIGHUP, SIG_IGN) == SIG_ERR)
		return -errno;
	umask(027);
	/* Memory of a daemon holds others' sources: it is not for core files or ptrace. */
	if (setrlimit(RLIMIT_CORE, &no_core) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0)
		return -errno;
	return 0;
}

int dio_daemon_descriptors(unsigned int n)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) != 0)
		return -errno;
	if (r.rlim_cur >= n)
		return 0;
	r.rlim_cur = r.rlim_max < n ? r.rlim_max : n;
	return setrlimit(RLIMIT_NOFILE, &r) == 0 ? 0 : -errno;
}

static void on_signal(evutil_socket_t sig, short what, void *base)
{
	(void)sig;
	(void)what;
	event_base_loopexit(base, NULL);
}

/* Others read their configuration again; options are read once. */
static void on_hangup(evutil_socket_t sig, short what, void *arg)
{
	(void)sig;
	(void)what;
	(void)arg;
	dio_info("SIGHUP changes nothing: options are read at the start only");
}

/* The events live as long as the process. */
int dio_daemon_signals(struct event_base *base)
{
	static const struct {
		int number;
		event_callback_fn handler;
	} signals[] = { { SIGTERM, on_signal }, { SIGINT, on_signal }, { SIGHUP, on_hangup } };
	static struct event *events[sizeof(signals) / sizeof(signals[0])];
	size_t i;

	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		events[i] = evsignal_new(base, signals[i].number, signals[i].handler, base);
		if (!events[i] || evsignal_add(events[i], NULL) != 0)
			return -ENOMEM;
	}
	return 0;
}

/* The parent's handlers would tell the parent, or write to whatever has their descriptor here. */
void dio_daemon_child(const char *name)
{
	prctl(PR_SET_NAME, name);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	signal(SIGHUP, SIG_IGN);
}

/* One datagram, as sd_notify(3) describes; '@' begins an abstract name. */
static int notify_manager(const char *path)
{
	static const char ready[] = "READY=1";
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	size_t len = strlen(path);
	ssize_t n;
	int fd;

	if (len == 0 || len >= sizeof(un.sun_path) || (path[0] != '/' && path[0] != '@'))
		return -EINVAL;
	memcpy(un.sun_path, path, len);
	if (path[0] == '@')
		un.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	n = sendto(fd, ready, sizeof(ready) - 1, MSG_NOSIGNAL, (struct sockaddr *)&un,
		   offsetof(struct sockaddr_un, sun_path) + len);
	len = n < 0 ? errno : 0;
	close(fd);
	return -(int)len;
}

static int notify_descriptor(const char *text)
{
	char *end;
	long fd = strtol(text, &end, 10);
	ssize_t n;

	if (end == text || *end || fd < 0 || fd > 65535)
		return -EINVAL;
	n = write(fd, "R", 1);
	if (n != 1)
		return n < 0 ? -errno : -EIO;
	return close(fd) == 0 ? 0 : -errno;
}

int dio_daemon_ready(void)
{
	const char *path = getenv("NOTIFY_SOCKET");
	const char *fd = getenv("DIO_READY_FD");
	int rc = 0;

	if (path)
		rc = notify_manager(path);
	if (rc == 0 && fd)
		rc = notify_descriptor(fd);
	/* Once: and no child is to tell in our name. */
	unsetenv("NOTIFY_SOCKET");
	unsetenv("DIO_READY_FD");
	return rc;
}

static int check_directory(int fd, mode_t mode, uid_t uid, gid_t gid)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return -errno;
	if (st.st_uid != uid || st.st_gid != gid || (st.st_mode & 07777) != mode)
		return -EPERM;
	return 0;
}

/* A directory just made is ours alone until it has its owner and its mode. */
static int set_up_directory(int fd, mode_t mode, uid_t uid, gid_t gid)
{
	if (fchown(fd, uid, gid) != 0 || fchmod(fd, mode) != 0)
		return -errno;
	return 0;
}

int dio_daemon_directory(const char *path, mode_t mode, uid_t uid, gid_t gid)
{
	bool made = mkdir(path, 0700) == 0;
	int fd, rc;

	if (!made && errno != EEXIST)
		return -errno;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	rc = made ? set_up_directory(fd, mode, uid, gid) : check_directory(fd, mode, uid, gid);
	close(fd);
	return rc;
}
