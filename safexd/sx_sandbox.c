/* SPDX-License-Identifier: GPL-2.0-only */
/* A run of bubblewrap: its start, the pipes to and from it, and its end. */
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "dio_clock.h"
#include "sx_sandbox.h"
#include "sx_world.h"

/* Read and write end of: stdin, stdout, stderr, bubblewrap's report. */
enum { IN_R, IN_W, OUT_R, OUT_W, ERR_R, ERR_W, REPORT_R, REPORT_W, PIPES };

/* How long a sandbox that is to be killed may take to say what is in it. */
#define REPORT_MS	5000

struct run {
	const struct sx_limits *limits;
	struct sx_args args;
	int fds[PIPES];
	int filter;
	pid_t parent;
};

static void close_all(const int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
}

/* Nothing of the caller's goes along but the three streams and what bubblewrap itself takes. */
static void child(const struct run *r)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != r->parent || dup2(r->fds[IN_R], 0) < 0 || dup2(r->fds[OUT_W], 1) < 0 ||
	    dup2(r->fds[ERR_W], 2) < 0 || close_range(3, ~0u, CLOSE_RANGE_CLOEXEC) ||
	    fcntl(r->fds[REPORT_W], F_SETFD, 0) || fcntl(r->filter, F_SETFD, 0))
		_exit(SX_SANDBOX_NOT_RUN);
	if (sx_world_limit(r->limits))
		dprintf(2, "its limits cannot be set: %s", strerror(errno));
	else if (execve(r->args.v[0], (char *const *)r->args.v, (char *[]){ NULL }))
		dprintf(2, "bubblewrap cannot be run: %s: %s", r->args.v[0], strerror(errno));
	_exit(SX_SANDBOX_NOT_RUN);
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
static int converse(struct pollfd p[3], const char *input, size_t left, struct stream s[2],
		    unsigned int wall_ms)
{
	int64_t end = dio_now_ms() + wall_ms, rest;
	int ret = 0;

	while (ret >= 0 && (p[1].fd >= 0 || p[2].fd >= 0)) {
		rest = end - dio_now_ms();
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

/*
 * What bubblewrap says on the way: the number of its process 1, which is the
 * first of all inside, and an exit code only of a command that it has started.
 */
static void read_report(int report, char *text, size_t size)
{
	size_t n = 0;
	ssize_t got;

	fcntl(report, F_SETFL, O_NONBLOCK);
	while (n + 1 < size && (got = read(report, text + n, size - 1 - n)) > 0)
		n += (size_t)got;
	text[n] = '\0';
}

static pid_t first_inside(const char *report)
{
	static const char key[] = "\"child-pid\":";
	const char *at = strstr(report, key);

	return at ? (pid_t)strtol(at + sizeof(key) - 1, NULL, 10) : 0;
}

static const char *limit_of(int ret, int exited)
{
	if (ret == -ETIMEDOUT)
		return "it took too long";
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

/*
 * Process 1 asks to die with bubblewrap only after it has started the compiler.
 * What has lost bubblewrap is a child of this process, and keeps its number
 * until it is waited for; when process 1 is gone, all inside are.
 */
static void end_inside(pid_t first)
{
	siginfo_t any;

	if (first <= 0 || waitid(P_PID, (id_t)first, &any, WEXITED | WNOHANG | WNOWAIT))
		return;
	kill(first, SIGKILL);
	while (waitpid(first, NULL, 0) < 0 && errno == EINTR)
		;
}

/* After this nothing of it is left. Whether the compiler ran; status: as of waitpid(). */
static bool end(struct sx_sandbox *run, bool killed, int *status)
{
	struct pollfd report = { run->report, POLLIN, 0 };
	char text[512];

	if (killed) {
		poll(&report, 1, REPORT_MS);
		kill(run->pid, SIGKILL);
	}
	while (waitpid(run->pid, status, 0) < 0 && errno == EINTR)
		;
	read_report(run->report, text, sizeof(text));
	end_inside(first_inside(text));
	close(run->report);
	run->pid = 0;
	return strstr(text, "exit-code");
}

static int collect(struct sx_sandbox *run, struct sx_output *o, const void *input, size_t size)
{
	struct pollfd p[3] = { { run->in, POLLOUT, 0 }, { run->out, POLLIN, 0 },
			       { run->err, POLLIN, 0 } };
	struct stream s[2] = { { run->out, NULL, 0, run->limits->out },
			       { run->err, NULL, 0, run->limits->err } };
	int status, ret;

	ret = converse(p, input, size, s, run->limits->wall_ms);
	o->started = end(run, ret, &status) || ret;
	for (int i = 0; i < 3; i++)
		if (p[i].fd >= 0)
			close(p[i].fd);
	o->out = s[0].data;
	o->err = s[1].data;
	o->out_size = s[0].n;
	o->err_size = s[1].n;
	o->exited = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
	if (o->started)
		o->limit = limit_of(ret, o->exited);
	return ret == 0 || o->limit ? 0 : ret;
}

static int start(struct run *r, struct sx_sandbox *run)
{
	pid_t pid;

	r->parent = getpid();
	pid = fork();
	if (!pid)
		child(r);
	if (pid < 0) {
		close_all(r->fds, PIPES);
		return -EAGAIN;
	}
	close_all((int[]){ r->fds[IN_R], r->fds[OUT_W], r->fds[ERR_W], r->fds[REPORT_W] }, 4);
	*run = (struct sx_sandbox){ pid, r->fds[IN_W], r->fds[OUT_R], r->fds[ERR_R],
				    r->fds[REPORT_R], r->limits };
	return 0;
}

/* The first byte of every input is in its pipe: who has read it is loaded. */
static int open_pipes(int *fds)
{
	for (size_t i = 0; i < PIPES; i += 2) {
		if (pipe2(fds + i, O_CLOEXEC)) {
			close_all(fds, i);
			return -EMFILE;
		}
	}
	fcntl(fds[IN_W], F_SETFL, O_NONBLOCK);
	if (write(fds[IN_W], "\n", 1) == 1)
		return 0;
	close_all(fds, PIPES);
	return -EIO;
}

int sx_sandbox_start(const struct sx_tools *tools, const char *const argv[], struct sx_sandbox *run)
{
	struct run r = { .limits = &tools->limits };
	int ret;

	run->pid = 0;
	if (!*tools->clang || !*tools->bwrap)
		return -ENOENT;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	r.filter = sx_world_filter();
	if (r.filter < 0)
		return r.filter;
	ret = open_pipes(r.fds);
	if (!ret) {
		ret = sx_world_describe(&r.args, tools, r.fds[REPORT_W], r.filter, argv);
		if (ret)
			close_all(r.fds, PIPES);
		else
			ret = start(&r, run);
	}
	close(r.filter);
	return ret;
}

bool sx_sandbox_waits(const struct sx_sandbox *run)
{
	siginfo_t ended = { 0 };

	return run->pid && !waitid(P_PID, (id_t)run->pid, &ended, WEXITED | WNOHANG | WNOWAIT) &&
	       !ended.si_pid;
}

bool sx_sandbox_loaded(const struct sx_sandbox *run)
{
	int unread;

	return run->pid && !ioctl(run->in, FIONREAD, &unread) && !unread;
}

int sx_sandbox_finish(struct sx_sandbox *run, const void *input, size_t size,
		      struct sx_output *output)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, before;
	int ret;

	*output = (struct sx_output){ 0 };
	sigaction(SIGPIPE, &ignore, &before);
	ret = collect(run, output, input, size);
	sigaction(SIGPIPE, &before, NULL);
	return ret;
}

void sx_sandbox_drop(struct sx_sandbox *run)
{
	int status;

	if (!run->pid)
		return;
	end(run, true, &status);
	close_all((int[]){ run->in, run->out, run->err }, 3);
}

void sx_output_release(struct sx_output *o)
{
	free(o->out);
	free(o->err);
	*o = (struct sx_output){ 0 };
}
