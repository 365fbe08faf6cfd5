/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For tests: takes bubblewrap's arguments and runs the compiler without any
 * sandbox, where it was started, with a secret of its caller's in its
 * environment and on descriptor 9. The secret is the file "secret". Its user
 * is nobody special in a namespace of its own: who runs the tests as root
 * keeps an unharmed machine.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "sx_tools.h"

#define SECRET_FD	9

/* The place outside of what is at `dst` inside. */
static const char *outside(char **argv, int n, const char *dst)
{
	for (int i = 1; i + 2 < n; i++)
		if (!strcmp(argv[i], "--ro-bind") && !strcmp(argv[i + 2], dst))
			return argv[i + 1];
	return dst;
}

static char *translated(char **argv, int n, char *arg, const char *dst)
{
	const char *src = outside(argv, n, dst);
	size_t length = strlen(dst), size = strlen(src) + strlen(arg) + 1;
	char *text;

	if (strncmp(arg, dst, length))
		return arg;
	text = malloc(size);
	snprintf(text, size, "%s%s", src, arg + length);
	return text;
}

static int command(char **argv, int argc)
{
	for (int i = 1; i + 1 < argc; i++)
		if (!strcmp(argv[i], SX_IN_CLANG) && !strncmp(argv[i + 1], "-cc1", 4))
			return i;
	exit(127);
}

static void report_start(char **argv, int n)
{
	for (int i = 1; i + 1 < n; i++)
		if (!strcmp(argv[i], "--json-status-fd"))
			dprintf(atoi(argv[i + 1]), "{ \"exit-code\": 0 }\n");
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		exit(127);
	close(fd);
}

/* No capability outlives the exec; files are reached as their owner. */
static void drop_privileges(void)
{
	char uids[32], gids[32];

	snprintf(uids, sizeof(uids), "65534 %u 1", geteuid());
	snprintf(gids, sizeof(gids), "65534 %u 1", getegid());
	if (unshare(CLONE_NEWUSER))
		exit(127);
	put("/proc/self/setgroups", "deny");
	put("/proc/self/uid_map", uids);
	put("/proc/self/gid_map", gids);
}

int main(int argc, char **argv)
{
	char secret[64] = "NOTE=";
	int at = command(argv, argc), fd = open("secret", O_RDONLY);

	drop_privileges();
	report_start(argv, at);
	if (fd >= 0 && read(fd, secret + 5, sizeof(secret) - 6) > 0 && lseek(fd, 0, SEEK_SET) == 0)
		dup2(fd, SECRET_FD);
	for (int i = at + 1; i < argc; i++) {
		argv[i] = translated(argv, at, argv[i], SX_IN_SDK);
		argv[i] = translated(argv, at, argv[i], SX_IN_RESOURCE);
	}
	argv[at] = (char *)outside(argv, at, SX_IN_CLANG);
	execve(argv[at], argv + at, (char *[]){ secret, NULL });
	return 127;
}
