/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dio_filter.h"

static int add(scmp_filter_ctx ctx, const struct dio_filter_rule *rule)
{
	int call = seccomp_syscall_resolve_name(rule->call);

	if (call == __NR_SCMP_ERROR)
		return -EINVAL;
	if (!rule->arg)
		return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, call, 0);
	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, call, 1,
				SCMP_CMP64(rule->arg - 1, SCMP_CMP_MASKED_EQ, rule->mask, rule->value));
}

static scmp_filter_ctx filter(const struct dio_filter_rule *rules, size_t n)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));

	for (size_t i = 0; ctx && i < n; i++) {
		if (add(ctx, &rules[i])) {
			seccomp_release(ctx);
			return NULL;
		}
	}
	return ctx;
}

int dio_filter_load(const struct dio_filter_rule *rules, size_t n)
{
	scmp_filter_ctx ctx = filter(rules, n);
	int ret;

	if (!ctx)
		return -EINVAL;
	ret = seccomp_load(ctx);
	seccomp_release(ctx);
	return ret;
}

int dio_filter_program(const struct dio_filter_rule *rules, size_t n)
{
	scmp_filter_ctx ctx = filter(rules, n);
	int fd, ret;

	if (!ctx)
		return -EINVAL;
	fd = memfd_create("filter", MFD_CLOEXEC);
	if (fd < 0)
		ret = -errno;
	else
		ret = seccomp_export_bpf(ctx, fd);
	seccomp_release(ctx);
	if (!ret && lseek(fd, 0, SEEK_SET))
		ret = -errno;
	if (!ret)
		return fd;
	if (fd >= 0)
		close(fd);
	return ret;
}
