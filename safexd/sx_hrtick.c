/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "dio_log.h"
#include "sx_hrtick.h"

#define FEATURES "/sys/kernel/debug/sched/features"

static int enable(const char *feature)
{
	int fd = open(FEATURES, O_WRONLY | O_CLOEXEC);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, feature, strlen(feature)) < 0)
		err = -errno;
	close(fd);
	return err;
}

void sx_hrtick_enable(void)
{
	int err = enable("HRTICK");

	if (!err)
		err = enable("HRTICK_DL");
	if (err)
		dio_warn("reservations are enforced at the tick only: " FEATURES ": %s",
			 strerror(-err));
	else
		dio_info("reservations are enforced by a timer (HRTICK, HRTICK_DL)");
}
