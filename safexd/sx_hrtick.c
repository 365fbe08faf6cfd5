/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "dio_log.h"
#include "sx_hrtick.h"

#define FEATURES	"/sys/kernel/debug/sched/features"
#define RT_PERIOD	"/proc/sys/kernel/sched_rt_period_us"
#define RT_RUNTIME	"/proc/sys/kernel/sched_rt_runtime_us"

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		err = -errno;
	close(fd);
	return err;
}

static int read_file(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0)
		return -errno;
	got = read(fd, text, size - 1);
	close(fd);
	if (got <= 0)
		return -EIO;
	text[got] = '\0';
	return 0;
}

static int allow_all(void)
{
	char period[32];
	int err = read_file(RT_PERIOD, period, sizeof(period));

	return err ? err : write_file(RT_RUNTIME, period);
}

void sx_hrtick_enable(void)
{
	int err = write_file(FEATURES, "HRTICK");

	if (!err)
		err = write_file(FEATURES, "HRTICK_DL");
	if (err)
		dio_warn("reservations are enforced at the tick only: " FEATURES ": %s",
			 strerror(-err));
	else
		dio_info("reservations are enforced by a timer (HRTICK, HRTICK_DL)");
	err = allow_all();
	if (err)
		dio_warn("reservations of more than 90 %% may be refused: " RT_RUNTIME ": %s",
			 strerror(-err));
}
