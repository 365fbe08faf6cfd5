/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the compiler, its libraries, the sandbox and the headers are. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "sx_pipeline.h"

/* Others have other arguments: see sx_compile.c. */
#define CLANG	"/usr/lib/llvm-19/bin/clang"
#define RESOURCE "/usr/lib/llvm-19/lib/clang/19"
#define BWRAP	"/usr/bin/bwrap"
#define LINKER	"/lib64/ld-linux-x86-64.so.2"

/* The first bytes that a trusted program prints; all programs here are our own choice. */
static int ask(const char *const argv[], char *buf, size_t size)
{
	int fds[2], status;
	size_t n = 0;
	ssize_t got;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (!pid) {
		dup2(fds[1], STDOUT_FILENO);
		execve(argv[0], (char *const *)argv, (char *[]){ NULL });
		_exit(127);
	}
	close(fds[1]);
	while (pid > 0 && n + 1 < size && (got = read(fds[0], buf + n, size - 1 - n)) > 0)
		n += (size_t)got;
	buf[n] = '\0';
	close(fds[0]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status))
		return -ENOENT;
	return 0;
}

/* "libz.so.1 => /lib/libz.so.1 (0x7f..)" and "/lib64/ld.so (0x7f..)": the paths. */
static int take_libraries(struct sx_tools *t, const char *list)
{
	size_t n = 0;

	for (const char *line = list; line; line = strchr(line, '\n')) {
		const char *path = strchr(line += *line == '\n', '/');
		const char *next = strchr(line, '\n');
		size_t length = path ? strcspn(path, " \n") : 0;

		if (!length || (next && path > next))
			continue;
		if (n + length + 2 > sizeof(t->libraries))
			return -ENOSPC;
		memcpy(t->libraries + n, path, length);
		t->libraries[n + length] = '\0';
		n += length + 1;
	}
	t->libraries[n] = '\0';
	return n ? 0 : -ENOENT;
}

static int find_sdk(struct sx_tools *t)
{
	const char *set = secure_getenv("DIONISYS_SDK");
	char header[160];

	if ((size_t)snprintf(t->sdk, sizeof(t->sdk), "%s", set ? set : DIO_PKGDATADIR "/sdk") >=
	    sizeof(t->sdk))
		return -ENAMETOOLONG;
	snprintf(header, sizeof(header), "%s/safex/extension.h", t->sdk);
	return access(header, R_OK) ? -ENOENT : 0;
}

int sx_tools_find(struct sx_tools *t)
{
	char list[8192];
	int ret;

	*t = (struct sx_tools){ 0 };
	if (access(CLANG, X_OK) || access(BWRAP, X_OK))
		return -ENOENT;
	ret = find_sdk(t);
	if (!ret)
		ret = ask((const char *[]){ LINKER, "--list", CLANG, NULL }, list, sizeof(list));
	if (!ret)
		ret = take_libraries(t, list);
	if (!ret)
		ret = ask((const char *[]){ CLANG, "--version", NULL }, list, sizeof(list));
	if (!ret)
		ret = sx_program_digest(t->stages);
	if (ret)
		return ret;
	snprintf(t->clang, sizeof(t->clang), "%s", CLANG);
	snprintf(t->resource, sizeof(t->resource), "%s", RESOURCE);
	snprintf(t->bwrap, sizeof(t->bwrap), "%s", BWRAP);
	snprintf(t->version, sizeof(t->version), "%.*s", (int)strcspn(list, "\n"), list);
	return 0;
}
