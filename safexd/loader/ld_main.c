/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * safexd-loader: the one process that may load programs. Started by safexd
 * while that is still root, with its end of the socket pair as descriptor 3;
 * ends when the front closes the other end. Whatever it has loaded is pinned
 * and goes on.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dio_daemon.h"
#include "dio_log.h"
#include "ld_btf.h"
#include "ld_filter.h"
#include "ld_kernel.h"
#include "ld_ops.h"

#define LD_SOCKET	3
#define LD_USER		"safexd-loader"
#define LD_MODULE	"safex"

static const char *const capabilities[] = { "cap_bpf", "cap_perfmon", NULL };

static int open_device(struct ld_ops *ops)
{
	ops->device = open(SAFEX_DEVICE, O_RDWR | O_CLOEXEC);
	if (ops->device < 0) {
		dio_error("%s: %s: is safex.ko loaded?", SAFEX_DEVICE, strerror(errno));
		return -1;
	}
	return 0;
}

/* Needs CAP_SYS_ADMIN, so it comes before the identity changes. */
static int take_types(void)
{
	int err = ld_btf_take(LD_MODULE);

	if (err)
		dio_error("types of module " LD_MODULE ": %s", strerror(-err));
	return err;
}

/* Stays there: a private /sys/fs/bpf cannot be walked through once not root. */
static int enter_pins(void)
{
	if (chdir(LD_PIN_DIR)) {
		dio_error("%s: %s", LD_PIN_DIR, strerror(errno));
		return -1;
	}
	return 0;
}

static int become(const char *user)
{
	int err = dio_daemon_become(user, capabilities);

	if (err)
		dio_error("cannot become user %s: %s", user, strerror(-err));
	return err;
}

static int filter(void)
{
	int err = ld_filter();

	if (err)
		dio_error("system calls cannot be restricted: %s: does the kernel have "
			  "CONFIG_SECCOMP_FILTER?", strerror(-err));
	return err;
}

int main(int argc, char **argv)
{
	const char *user = argc > 1 ? argv[1] : LD_USER;
	struct ld_ops ops;
	int err;

	dio_log_open("safexd-loader", DIO_LOG_INFO);
	if (dio_daemon_init() || open_device(&ops) || take_types() ||
	    enter_pins() || become(user) || filter())
		return EXIT_FAILURE;
	ld_kernel_init(".");
	ld_ops_sweep(&ops);
	err = ld_serve(LD_SOCKET, ld_ops_handle, &ops);
	if (err)
		dio_error("ended: %s", strerror(-err));
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
