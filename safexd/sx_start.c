/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dio_daemon.h"
#include "dio_log.h"
#include "loader/ld_kernel.h"
#include "loader/ld_proto.h"
#include "sx_hrtick.h"
#include "sx_start.h"

#define LOADER_SOCKET	3

static const struct passwd *user(const char *name)
{
	const struct passwd *pw = getpwnam(name);

	if (!pw)
		dio_error("there is no user %s: create it (useradd -r %s)", name, name);
	return pw;
}

static int directory(const char *path, mode_t mode, const char *owner)
{
	const struct passwd *pw = user(owner);
	int err = pw ? dio_daemon_directory(path, mode, pw->pw_uid, pw->pw_gid) : -ENOENT;

	if (err && pw)
		dio_error("directory %s: %s", path, strerror(-err));
	return err;
}

static int directories(const struct sx_options *o)
{
	char state[256];
	int err;

	snprintf(state, sizeof(state), "%s/state", o->run);
	err = directory(o->run, 0755, o->user);
	if (!err)
		err = directory(state, 0700, o->user);
	if (!err)
		err = directory(o->cache, 0700, o->user);
	if (!err)
		err = directory(LD_PIN_DIR, 0700, o->loader_user);
	return err;
}

static int open_device(int *device)
{
	*device = open(SAFEX_DEVICE, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (*device >= 0)
		return 0;
	dio_error("%s: %s: is safex.ko loaded?", SAFEX_DEVICE, strerror(errno));
	return -errno;
}

/*
 * The loader gets its socket and stderr, and nothing else of ours but the variable
 * that says whether stderr is the journal.
 */
static void exec_loader(const struct sx_options *o, int sock)
{
	char *const argv[] = { (char *)o->loader, (char *)o->loader_user, NULL };
	const char *stream = getenv(DIO_LOG_JOURNAL);
	char journal[64], *environment[] = { NULL, NULL };

	if (stream && snprintf(journal, sizeof(journal), DIO_LOG_JOURNAL "=%s", stream) <
			      (int)sizeof(journal))
		environment[0] = journal;
	if (dup2(sock, LOADER_SOCKET) == LOADER_SOCKET &&
	    !fcntl(LOADER_SOCKET, F_SETFD, 0) && !close_range(LOADER_SOCKET + 1, ~0U, 0))
		execve(o->loader, argv, environment);
	dio_error("%s: %s", o->loader, strerror(errno));
	_exit(127);
}

int sx_start_loader(const struct sx_options *o, int *sock)
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return -errno;
	pid = fork();
	if (!pid)
		exec_loader(o, pair[1]);
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return -errno;
	}
	*sock = pair[0];
	return 0;
}

/* ORDER: root's work first; the loader is forked before the identity goes. */
int sx_start(const struct sx_options *o, struct sx_privileged *out)
{
	static const char *const no_capabilities[] = { NULL };
	int err = directories(o);

	if (!err)
		err = open_device(&out->device);
	if (!err && o->hrtick)
		sx_hrtick_enable();
	if (!err) {
		err = sx_start_loader(o, &out->loader);
		if (err)
			dio_error("loader cannot be started: %s", strerror(-err));
	}
	if (err)
		return err;
	err = dio_daemon_become(o->user, no_capabilities);
	if (err)
		dio_error("cannot become user %s: %s", o->user, strerror(-err));
	return err;
}
