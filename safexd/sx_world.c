/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include "dio_filter.h"
#include "sx_tools.h"
#include "sx_world.h"

/*
 * No Landlock: what is not mounted in the compiler's own namespace cannot be
 * named there, all of it is read-only, and after its start the compiler may
 * neither mount nor make another namespace.
 */
static const char *const fixed[] = {
	"--unshare-user", "--unshare-all", "--disable-userns", "--clearenv", "--die-with-parent",
	"--new-session", "--cap-drop", "ALL", "--uid", "65534", "--gid", "65534",
	"--hostname", "none", "--setenv", "LD_LIBRARY_PATH", "/lib",
};

/*
 * Of clang, its dynamic linker, and bubblewrap's process 1 (wait4). No thread,
 * no process, no socket, nothing of another process, no name of this machine.
 */
static const struct dio_filter_rule calls[] = {
	DIO_ALLOW(access), DIO_ALLOW(arch_prctl), DIO_ALLOW(brk), DIO_ALLOW(close), DIO_ALLOW(execve),
	DIO_ALLOW(exit), DIO_ALLOW(exit_group), DIO_ALLOW(fstat), DIO_ALLOW(futex), DIO_ALLOW(getcwd),
	DIO_ALLOW(getpid), DIO_ALLOW(getrandom), DIO_ALLOW(gettid), DIO_ALLOW(lseek), DIO_ALLOW(lstat),
	DIO_ALLOW(madvise), DIO_ALLOW(mmap), DIO_ALLOW(mprotect), DIO_ALLOW(mremap), DIO_ALLOW(munmap),
	DIO_ALLOW(newfstatat), DIO_ALLOW(openat), DIO_ALLOW(pread64), DIO_ALLOW(read),
	DIO_ALLOW(readlink), DIO_ALLOW(restart_syscall), DIO_ALLOW(rseq), DIO_ALLOW(rt_sigaction),
	DIO_ALLOW(rt_sigprocmask), DIO_ALLOW(rt_sigreturn), DIO_ALLOW(set_robust_list),
	DIO_ALLOW(set_tid_address), DIO_ALLOW(sigaltstack), DIO_ALLOW(stat), DIO_ALLOW(tgkill),
	DIO_ALLOW(wait4), DIO_ALLOW(write), DIO_ALLOW(writev),
	{ .call = "prlimit64", .arg = 3, .mask = ~UINT64_C(0), .value = 0 },	/* only asks */
};

static void add(struct sx_args *a, const char *first, const char *second, const char *third)
{
	const char *const all[] = { first, second, third };

	for (size_t i = 0; i < 3 && all[i]; i++)
		if (a->n + 1 < SX_ARGS_MAX)
			a->v[a->n++] = all[i];
}

/* The dynamic linker is named by its path, all others are searched in /lib. */
static void add_libraries(struct sx_args *a, const char *lib)
{
	char *name = a->names;
	size_t left = sizeof(a->names);

	for (; *lib; lib += strlen(lib) + 1) {
		size_t n = (size_t)snprintf(name, left, "/lib/%s", strrchr(lib, '/') + 1) + 1;

		add(a, "--ro-bind", lib, strstr(lib, "/ld-linux") || n > left ? lib : name);
		if (n <= left) {
			name += n;
			left -= n;
		}
	}
}

int sx_world_describe(struct sx_args *a, const struct sx_tools *t, int status, int filter,
		      const char *const argv[])
{
	snprintf(a->status, sizeof(a->status), "%d", status);
	snprintf(a->filter, sizeof(a->filter), "%d", filter);
	a->n = 0;
	add(a, t->bwrap, NULL, NULL);
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		add(a, fixed[i], NULL, NULL);
	add(a, "--json-status-fd", a->status, NULL);
	add(a, "--seccomp", a->filter, NULL);
	add(a, "--ro-bind", t->clang, SX_IN_CLANG);
	add_libraries(a, t->libraries);
	add(a, "--ro-bind", t->resource, SX_IN_RESOURCE);
	add(a, "--ro-bind", t->sdk, SX_IN_SDK);
	add(a, "--remount-ro", "/", NULL);
	add(a, "--chdir", "/", NULL);
	add(a, SX_IN_CLANG, NULL, NULL);
	for (; *argv; argv++)
		add(a, *argv, NULL, NULL);
	a->v[a->n] = NULL;
	return a->n + 1 < SX_ARGS_MAX ? 0 : -E2BIG;
}

int sx_world_filter(void)
{
	return dio_filter_program(calls, sizeof(calls) / sizeof(calls[0]));
}

/* A limit that is lower already stays as it is: raising it would need a privilege. */
static int lower(int resource, rlim_t soft, rlim_t hard)
{
	struct rlimit r;

	if (getrlimit(resource, &r))
		return -errno;
	r.rlim_max = hard < r.rlim_max ? hard : r.rlim_max;
	r.rlim_cur = soft < r.rlim_max ? soft : r.rlim_max;
	return setrlimit(resource, &r) ? -errno : 0;
}

/*
 * The soft limit of CPU time says why it ends (SIGXCPU); nobody waits at the hard
 * one. None of processes: the user's are counted, all of them, and the compiler
 * may make none (calls, above).
 */
int sx_world_limit(const struct sx_limits *l)
{
	const struct {
		int resource;
		rlim_t soft, hard;
	} limits[] = {
		{ RLIMIT_AS, l->memory, l->memory }, { RLIMIT_CPU, l->cpu_s, l->cpu_s + 1 },
		{ RLIMIT_FSIZE, l->out, l->out },    { RLIMIT_STACK, 8u << 20, 8u << 20 },
		{ RLIMIT_NOFILE, 32, 32 },	     { RLIMIT_CORE, 0, 0 },
		{ RLIMIT_MEMLOCK, 0, 0 },	     { RLIMIT_MSGQUEUE, 0, 0 },
		{ RLIMIT_RTPRIO, 0, 0 },
	};

	int ret = 0;

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]) && !ret; i++)
		ret = lower(limits[i].resource, limits[i].soft, limits[i].hard);
	return ret;
}
