/* SPDX-License-Identifier: GPL-2.0-only */
#include <linux/bpf.h>

#include "dio_filter.h"
#include "ld_filter.h"

#define BPF(command)                                                                               \
	{                                                                                          \
		.call = "bpf", .arg = 1, .mask = UINT32_MAX, .value = (command)                    \
	}

/*
 * libbpf's and its own: no process, no socket, no other file than those it may
 * open as its user; of bpf(2) what makes, binds, pins and ends programs.
 */
static const struct dio_filter_rule calls[] = {
	DIO_ALLOW(access),
	DIO_ALLOW(brk),
	DIO_ALLOW(clock_gettime),
	DIO_ALLOW(close),
	DIO_ALLOW(dup),
	DIO_ALLOW(dup3),
	DIO_ALLOW(epoll_create1),
	DIO_ALLOW(exit),
	DIO_ALLOW(exit_group),
	DIO_ALLOW(faccessat),
	DIO_ALLOW(faccessat2),
	DIO_ALLOW(fcntl),
	DIO_ALLOW(fstat),
	DIO_ALLOW(fstatfs),
	DIO_ALLOW(futex),
	DIO_ALLOW(getdents64),
	DIO_ALLOW(getpid),
	DIO_ALLOW(getrandom),
	DIO_ALLOW(gettid),
	DIO_ALLOW(ioctl),
	DIO_ALLOW(lseek),
	DIO_ALLOW(lstat),
	DIO_ALLOW(madvise),
	DIO_ALLOW(memfd_create),
	DIO_ALLOW(mkdir),
	DIO_ALLOW(mkdirat),
	DIO_ALLOW(mmap),
	DIO_ALLOW(mprotect),
	DIO_ALLOW(mremap),
	DIO_ALLOW(munmap),
	DIO_ALLOW(newfstatat),
	DIO_ALLOW(open),
	DIO_ALLOW(openat),
	DIO_ALLOW(pread64),
	DIO_ALLOW(prlimit64),
	DIO_ALLOW(read),
	DIO_ALLOW(readlink),
	DIO_ALLOW(readlinkat),
	DIO_ALLOW(recvmsg),
	DIO_ALLOW(restart_syscall),
	DIO_ALLOW(rmdir),
	DIO_ALLOW(rseq),
	DIO_ALLOW(rt_sigaction),
	DIO_ALLOW(rt_sigprocmask),
	DIO_ALLOW(rt_sigreturn),
	DIO_ALLOW(sendmsg),
	DIO_ALLOW(stat),
	DIO_ALLOW(statfs),
	DIO_ALLOW(tgkill),
	DIO_ALLOW(uname),
	DIO_ALLOW(unlink),
	DIO_ALLOW(unlinkat),
	DIO_ALLOW(write),
	DIO_ALLOW(writev),
	BPF(BPF_MAP_CREATE),
	BPF(BPF_MAP_LOOKUP_ELEM),
	BPF(BPF_MAP_UPDATE_ELEM),
	BPF(BPF_MAP_DELETE_ELEM),
	BPF(BPF_MAP_FREEZE),
	BPF(BPF_PROG_LOAD),
	BPF(BPF_PROG_BIND_MAP),
	BPF(BPF_BTF_LOAD),
	BPF(BPF_OBJ_PIN),
	BPF(BPF_OBJ_GET),
	BPF(BPF_OBJ_GET_INFO_BY_FD),
	BPF(BPF_LINK_CREATE),
	BPF(BPF_LINK_DETACH),
	BPF(BPF_LINK_UPDATE),
};

int ld_filter(void)
{
	return dio_filter_load(calls, sizeof(calls) / sizeof(calls[0]));
}
