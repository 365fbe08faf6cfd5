/* SPDX-License-Identifier: GPL-2.0-only */
/* bubblewrap, resource limits, and the pipes to and from it. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "sx_sandbox.h"
#include "sx_tools.h"

#define WALL_MS		30000
#define ARGS_MAX	256

static const struct {
	int resource;
	rlim_t value;
} limits[] = {
	{ RLIMIT_AS, 2ull << 30 },    { RLIMIT_CPU, 20 },	/* seconds */
	{ RLIMIT_FSIZE, 8u << 20 },   { RLIMIT_NOFILE, 64 },
	{ RLIMIT_NPROC, 64 },	      { RLIMIT_STACK, 8u << 20 },
	{ RLIMIT_CORE, 0 },	      { RLIMIT_MEMLOCK, 0 },
};

struct args {
	const char *v[ARGS_MAX];
	size_t n;
};

static void add(struct args *a, const char *first, const char *second, const char *third)
{
	const char *const all[] = { first, second, third };

	for (size_t i = 0; i < 3 && all[i]; i++)
		if (a->n + 1 < ARGS_MAX)
			a->v[a->n++] = all[i];
}

/* The whole world that the compiler sees. names: room for the paths of its libraries. */
static void describe(struct args *a, const struct sx_tools *t, char *names, size_t size)
{
	static const char *const fixed[] = { "--unshare-user", "--unshare-all", "--disable-userns",
		"--clearenv", "--die-with-parent", "--new-session", "--cap-drop", "ALL",
		"--uid", "65534", "--gid", "65534", "--setenv", "LD_LIBRARY_PATH", "/lib" };

	add(a, t->bwrap, NULL, NULL);
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		add(a, fixed[i], NULL, NULL);
	add(a, "--ro-bind", t->clang, SX_IN_CLANG);
	for (const char *lib = t->libraries; *lib; lib += strlen(lib) + 1) {
		size_t n = (size_t)snprintf(names, size, "/lib/%s", strrchr(lib, '/') + 1) + 1;

		/* The dynamic linker is named by its path, all others are searched. */
		add(a, "--ro-bind", lib, strstr(lib, "/ld-linux") || n > size ? lib : names);
		if (n <= size) {
			names += n;
			size -= n;
		}
	}
	add(a, "--ro-bind", t->resource, SX_IN_RESOURCE);
	add(a, "--ro-bind", t->sdk, SX_IN_SDK);
	add(a, "--size", "16777216", NULL);
	add(a, "--tmpfs", "/tmp", NULL);
	add(a, "--chdir", "/tmp", NULL);
	add(a, "--remount-ro", "/", NULL);
	add(a, SX_IN_CLANG, NULL, NULL);
}

static void child(const struct args *a, const int fds[6])
{
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		struct rlimit r = { limits[i].value, limits[i].value };

		if (setrlimit(limits[i].resource, &r))
			_exit(SX_SANDBOX_NOT_RUN);
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpgid(0, 0);
	if (dup2(fds[0], 0) < 0 || dup2(fds[3], 1) < 0 || dup2(fds[5], 2) < 0)
		_exit(SX_SANDBOX_NOT_RUN);
	close_range(3, ~0u, 0);
	execve(a->v[0], (char *const *)a->v, (char *[]){ NULL });
	_exit(SX_SANDBOX_NOT_RUN);
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

struct stream {
	int fd;
	char *data;
	size_t n, max;
};

/* 1: goes on, 0: end, -E2BIG */
static int take(struct stream *s)
{
	char *bigger;
	ssize_t got;

	bigger = realloc(s->data, s->n + 65536 + 1);
	if (!bigger)
		return -ENOMEM;
	s->data = bigger;
	got = read(s->fd, s->data + s->n, 65536);
	if (got < 0)
		return errno == EINTR || errno == EAGAIN ? 1 : -errno;
	s->n += (size_t)got;
	s->data[s->n] = '\0';
	return s->n > s->max ? -E2BIG : got > 0;
}

static int give(int fd, const char **at, size_t *left)
{
	ssize_t put = write(fd, *at, *left < 65536 ? *left : 65536);

	if (put < 0 && errno != EINTR && errno != EAGAIN)
		return 0;	/* it has read enough: its answer says what is wrong */
	if (put > 0) {
		*at += put;
		*left -= (size_t)put;
	}
	return *left > 0;
}

static void end_of(struct pollfd *p)
{
	close(p->fd);
	p->fd = -1;
}

/* Feeds and drains the three pipes until both outputs end. 0 or -errno. */
static int converse(struct pollfd p[3], const char *input, size_t left, struct stream s[2])
{
	int64_t end = now_ms() + WALL_MS, rest;
	int ret = 0;

	while (ret >= 0 && (p[1].fd >= 0 || p[2].fd >= 0)) {
		rest = end - now_ms();
		if (rest <= 0)
			return -ETIMEDOUT;
		if (poll(p, 3, (int)rest) < 0 && errno != EINTR)
			return -errno;
		if (p[0].fd >= 0 && p[0].revents && !give(p[0].fd, &input, &left))
			end_of(&p[0]);
		for (int i = 1; i < 3 && ret >= 0; i++) {
			if (p[i].fd < 0 || !p[i].revents)
				continue;
			ret = take(&s[i - 1]);
			if (ret == 0)
				end_of(&p[i]);
		}
	}
	return ret < 0 ? ret : 0;
}

static const char *limit_of(int ret, int exited)
{
	if (ret == -ETIMEDOUT)
		return "it took longer than 30 s";
	if (ret == -E2BIG)
		return "its output was too large";
	switch (exited < 0 ? -exited : exited > 128 ? exited - 128 : 0) {
	case 0:
		return NULL;
	case SIGXCPU:
	case SIGKILL:
		return "it took too much CPU time";
	case SIGXFSZ:
		return "its output was too large";
	case SIGABRT:
		return "it took too much memory";
	default:
		return "it crashed";
	}
}

static int collect(struct sx_output *o, pid_t pid, int fds[6], const void *input, size_t size)
{
	struct pollfd p[3] = { { fds[1], POLLOUT, 0 }, { fds[2], POLLIN, 0 }, { fds[4], POLLIN, 0 } };
	struct stream s[2] = { { fds[2], NULL, 0, SX_SANDBOX_OUT_MAX },
			       { fds[4], NULL, 0, SX_SANDBOX_ERR_MAX } };
	int status, ret;

	ret = converse(p, input, size, s);
	if (ret)
		kill(pid, SIGKILL);	/* all inside die with it */
	for (int i = 0; i < 3; i++)
		if (p[i].fd >= 0)
			close(p[i].fd);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	o->out = s[0].data;
	o->err = s[1].data;
	o->out_size = s[0].n;
	o->err_size = s[1].n;
	o->exited = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
	o->limit = limit_of(ret, o->exited);
	return ret == 0 || o->limit ? 0 : ret;
}

static void close_all(const int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
}

static int start(const struct args *a, const void *input, size_t size, struct sx_output *o)
{
	int fds[6];		/* read and write end of: stdin, stdout, stderr */
	pid_t pid;

	for (size_t i = 0; i < 6; i += 2) {
		if (pipe2(fds + i, O_CLOEXEC)) {
			close_all(fds, i);
			return -EMFILE;
		}
	}
	fcntl(fds[1], F_SETFL, O_NONBLOCK);
	pid = fork();
	if (!pid)
		child(a, fds);
	close(fds[0]);
	close(fds[3]);
	close(fds[5]);
	if (pid < 0) {
		close_all((int[]){ fds[1], fds[2], fds[4] }, 3);
		return -EAGAIN;
	}
	return collect(o, pid, fds, input, size);
}

int sx_sandbox_run(const struct sx_tools *tools, const char *const argv[], const void *input,
		   size_t size, struct sx_output *output)
{
	struct args a = { .n = 0 };
	char names[sizeof(tools->libraries)];
	struct sigaction ignore = { .sa_handler = SIG_IGN }, before;
	int ret;

	*output = (struct sx_output){ 0 };
	if (!*tools->clang || !*tools->bwrap)
		return -ENOENT;
	describe(&a, tools, names, sizeof(names));
	for (; *argv; argv++)
		add(&a, *argv, NULL, NULL);
	if (a.n + 1 >= ARGS_MAX)
		return -E2BIG;
	sigaction(SIGPIPE, &ignore, &before);
	ret = start(&a, input, size, output);
	sigaction(SIGPIPE, &before, NULL);
	return ret;
}

void sx_output_release(struct sx_output *o)
{
	free(o->out);
	free(o->err);
	*o = (struct sx_output){ 0 };
}
