/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For tests: a compiler that an extension has taken over, in the place of
 * clang. Tries what it should not be able to do and prints "NAME: yes" or
 * "NAME: no" for each, and what it finds.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#define DO(name, expression) static bool name(void) { return (expression) >= 0; }
/* Of what would need a privilege or would harm this machine: is the kernel asked at all? */
#define ASK(name, expression) \
	static bool name(void) { errno = 0; return (expression) >= 0 || errno != EPERM; }

DO(read_users, open("/etc/passwd", O_RDONLY))
DO(read_processes, open("/proc/self/status", O_RDONLY))
DO(read_devices, open("/dev/null", O_RDONLY))
DO(write_here, open("t-intruder.tmp", O_WRONLY | O_CREAT, 0600) >= 0 ? unlink("t-intruder.tmp") : -1)
DO(use_internet, socket(AF_INET, SOCK_STREAM, 0))
DO(use_local_sockets, socket(AF_UNIX, SOCK_STREAM, 0))
DO(use_netlink, socket(AF_NETLINK, SOCK_RAW, 0))
DO(trace, ptrace(PTRACE_TRACEME, 0, 0, 0))
DO(find_parent, syscall(SYS_getppid) - 2)
DO(signal_group, kill(0, 0))
DO(make_memory_file, memfd_create("x", 0))
DO(know_machine, sysinfo(&(struct sysinfo){ 0 }))
DO(make_pipe, pipe((int[2]){ 0 }))
DO(duplicate, dup(0))
DO(change_directory, chdir("/"))
DO(change_priority, setpriority(PRIO_PROCESS, 0, 19))
DO(change_personality, syscall(SYS_personality, 0xffffffff))
DO(change_name, prctl(PR_SET_NAME, "x"))
DO(lower_limits, setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 }))
DO(watch_files, syscall(SYS_inotify_init1, 0))
ASK(share_memory, syscall(SYS_shmget, 0, 0, 01600))
ASK(send_messages, syscall(SYS_msgctl, -1, 0, NULL))
DO(map_processes, syscall(SYS_pidfd_open, getpid(), 0))
ASK(mount_files, mount("none", "/nonexistent", "tmpfs", 0, ""))
ASK(change_root, chroot("/nonexistent"))
ASK(load_bpf, syscall(SYS_bpf, BPF_PROG_LOAD, NULL, 0))
ASK(use_keys, syscall(SYS_keyctl, -1))
ASK(handle_faults, syscall(SYS_userfaultfd, -1))
ASK(use_rings, syscall(SYS_io_uring_setup, 1, NULL))
ASK(measure, syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0))
ASK(read_log, syscall(SYS_syslog, -1, NULL, 0))
DO(read_memory, syscall(SYS_process_vm_readv, getpid(), NULL, 0, NULL, 0, 0))
ASK(enter_namespace, syscall(SYS_setns, -1, 0))
ASK(load_module, syscall(SYS_init_module, NULL, 0, NULL))

static bool make_process(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	return pid > 0 && waitpid(pid, NULL, 0) == pid;
}

/* In a process of its own, where there can be one. */
static bool make_namespace(void)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return !unshare(CLONE_NEWUSER);
	if (!pid)
		_exit(unshare(CLONE_NEWUSER) != 0);
	return waitpid(pid, &status, 0) == pid && !status;
}

static bool know_host(void)
{
	struct utsname u;

	return !uname(&u) && strcmp(u.nodename, "none");
}

/* As bubblewrap's own descriptors or a daemon's would be; 2 is the last that it needs. */
static bool use_descriptors(void)
{
	struct stat st;

	for (int fd = 3; fd < 1024; fd++)
		if (!fstat(fd, &st))
			return true;
	return false;
}

static bool read_environment(void)
{
	return getenv("NOTE");
}

static bool write_libraries(void)
{
	return open("/lib/libc.so.6", O_WRONLY) >= 0 || open("/clang", O_WRONLY) >= 0;
}

static const struct {
	const char *name;
	bool (*act)(void);
} acts[] = {
#define ACT(name) { #name, name }
	ACT(read_users), ACT(read_processes), ACT(read_devices), ACT(write_here), ACT(use_internet),
	ACT(use_local_sockets), ACT(use_netlink), ACT(find_parent), ACT(signal_group),
	ACT(make_memory_file), ACT(know_machine), ACT(change_directory), ACT(change_priority),
	ACT(change_personality), ACT(change_name), ACT(lower_limits), ACT(watch_files),
	ACT(share_memory), ACT(send_messages), ACT(map_processes), ACT(make_process),
	ACT(make_namespace), ACT(know_host), ACT(use_descriptors), ACT(read_environment),
	ACT(make_pipe), ACT(duplicate), ACT(read_memory),
	{ "-", NULL },	/* others are refused to most, or not in every kernel */
	ACT(mount_files), ACT(change_root), ACT(load_bpf), ACT(use_keys), ACT(handle_faults),
	ACT(use_rings), ACT(measure), ACT(read_log), ACT(enter_namespace), ACT(load_module),
	ACT(write_libraries), ACT(trace),
};

static void list(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *e;

	while (dir && (e = readdir(dir)))
		if (e->d_name[0] != '.')
			printf("sees %s%s\n", path, e->d_name);
}

/* -cc1 FD: the acts; "wait": endless, without using CPU time. */
int main(int argc, char **argv)
{
	extern char **environ;

	if (argc > 2 && !strcmp(argv[2], "wait"))
		for (;;)
			read(0, (char[1]){ 0 }, 1);
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
		printf("%s: %s\n", acts[i].name, !acts[i].act ? "" : acts[i].act() ? "yes" : "no");
	printf("uid %d\n", (int)syscall(SYS_getuid));
	for (char **e = environ; *e; e++)
		printf("environment %.*s\n", (int)strcspn(*e, "="), *e);
	list("/");
	list("/tmp/");
	return 0;
}
