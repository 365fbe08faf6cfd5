/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ld_btf.h"

#define LD_BTF_MAX	4
#define ATTR_END(field) (offsetof(union bpf_attr, field) + \
			 sizeof(((union bpf_attr *)0)->field))

long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);

static struct {
	uint32_t id;
	int fd;
} table[LD_BTF_MAX];
static unsigned int n_table;

static long sys_bpf(int cmd, union bpf_attr *attr, size_t size)
{
	return __real_syscall(__NR_bpf, cmd, attr, size);
}

static bool is_module(int fd, const char *module)
{
	struct bpf_btf_info info = { 0 };
	union bpf_attr attr = { 0 };
	char name[64] = "";

	info.name = (uintptr_t)name;
	info.name_len = sizeof(name);
	attr.info.bpf_fd = fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = (uintptr_t)&info;
	if (sys_bpf(BPF_OBJ_GET_INFO_BY_FD, &attr, ATTR_END(info)))
		return false;
	return info.kernel_btf && !strcmp(name, module);
}

static int keep(uint32_t id, int fd)
{
	if (n_table == LD_BTF_MAX)
		return -ENOSPC;
	table[n_table].id = id;
	table[n_table++].fd = fd;
	return 0;
}

/* 0: kept; 1: another one or gone; -errno. */
static int look_at(uint32_t id, const char *module)
{
	union bpf_attr attr = { 0 };
	int fd, err = 1;

	attr.btf_id = id;
	fd = sys_bpf(BPF_BTF_GET_FD_BY_ID, &attr, ATTR_END(open_flags));
	if (fd < 0)
		return errno == ENOENT ? 1 : -errno;
	if (is_module(fd, module))
		err = keep(id, fd);
	if (err)
		close(fd);
	return err;
}

int ld_btf_take(const char *module)
{
	uint32_t id = 0;
	int err = 1;

	while (err > 0) {
		union bpf_attr attr = { 0 };

		attr.start_id = id;
		if (sys_bpf(BPF_BTF_GET_NEXT_ID, &attr, ATTR_END(open_flags)))
			return -errno;
		id = attr.next_id;
		err = look_at(id, module);
	}
	return err;
}

unsigned int ld_btf_count(void)
{
	return n_table;
}

static long next_id(union bpf_attr *attr)
{
	for (unsigned int i = 0; i < n_table; i++) {
		if (table[i].id > attr->start_id) {
			attr->next_id = table[i].id;
			return 0;
		}
	}
	errno = ENOENT;
	return -1;
}

static long fd_by_id(const union bpf_attr *attr)
{
	for (unsigned int i = 0; i < n_table; i++) {
		if (table[i].id == attr->btf_id)
			return fcntl(table[i].fd, F_DUPFD_CLOEXEC, 3);
	}
	errno = ENOENT;
	return -1;
}

/* As libc's: six words are passed on, whatever the call takes. */
long __wrap_syscall(long number, ...)
{
	long a[6];
	va_list ap;

	va_start(ap, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	if (number == __NR_bpf && n_table && (int)a[0] == BPF_BTF_GET_NEXT_ID)
		return next_id((union bpf_attr *)a[1]);
	if (number == __NR_bpf && n_table && (int)a[0] == BPF_BTF_GET_FD_BY_ID)
		return fd_by_id((const union bpf_attr *)a[1]);
	return __real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
