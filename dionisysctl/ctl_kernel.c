/* SPDX-License-Identifier: GPL-2.0-only */
#include "ctl_kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/safex.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

void ctl_kernel_features(uint64_t features, char lines[2][CTL_FEATURES])
{
	snprintf(lines[0], CTL_FEATURES, "reservations change %s, CPU time is %s, loops end by %s",
		 features & SAFEX_FEATURE_DL_DIRECT ? "at once" : "by a thread",
		 features & SAFEX_FEATURE_EXACT_CPU ? "exact" : "computed",
		 features & SAFEX_FEATURE_MAY_GOTO ? "may_goto" : "checks");
	snprintf(lines[1], CTL_FEATURES, "programs are called %s, at %s cost",
		 features & SAFEX_FEATURE_CALL_DIRECT ? "directly" : "by trampolines",
		 features & SAFEX_FEATURE_IRQ_APART ? "their own" : "an interrupted task's");
}

static void print(const struct safex_info *info)
{
	char lines[2][CTL_FEATURES];

	printf("interface %u, objects alive %u\n", info->abi, info->n_objects);
	printf("CPU promised %.1f %% of %.1f %%, extensions' time %.1f %% of %.1f %%\n",
	       (double)info->cpu_used_ppm / 1e4, (double)info->cpu_cap_ppm / 1e4,
	       (double)info->extension_used_ppm / 1e4, (double)info->extension_cap_ppm / 1e4);
	printf("both together %.1f %% of %.1f %% of a CPU\n", (double)info->host_used_ppm / 1e4,
	       (double)info->host_cap_ppm / 1e4);
	ctl_kernel_features(info->features, lines);
	printf("%s\n%s\n", lines[0], lines[1]);
}

int ctl_kernel_print(void)
{
	struct safex_info info;
	int fd, err = 0;

	fd = open(SAFEX_DEVICE, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || ioctl(fd, SAFEX_IOC_INFO, &info))
		err = errno;
	if (fd >= 0)
		close(fd);
	if (err) {
		fprintf(stderr, "dionisysctl: %s: %s%s\n", SAFEX_DEVICE, strerror(err),
			err == ENOENT ? " (is the module safex inserted?)" : "");
		return 1;
	}
	print(&info);
	return 0;
}
