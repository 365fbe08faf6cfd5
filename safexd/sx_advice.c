/* SPDX-License-Identifier: GPL-2.0-only */
#include <stddef.h>
#include <string.h>
#include "sx_advice.h"

#define DOCKER "docker run --security-opt seccomp=unconfined --security-opt apparmor=unconfined "         \
	       "--security-opt systempaths=unconfined"
#define APPARMOR                                                                                   \
	": AppArmor may allow user namespaces to named programs only (Ubuntu since 23.10): give "    \
	"/usr/bin/bwrap a profile with \"userns,\" in /etc/apparmor.d, or set "                      \
	"sysctl kernel.apparmor_restrict_unprivileged_userns=0; in a container: " DOCKER

/* Of several that fit the first: what is said of a limit may speak of namespaces, too. */
static const struct {
	const char *said, *advice;
} known[] = {
	{ "bubblewrap cannot be run", ": install bubblewrap" },
	{ "Unknown option", ": install bubblewrap 0.8 or newer" },
	{ "Too many open files", ": raise the limit of open files (ulimit -n, LimitNOFILE=)" },
	{ "Resource temporarily unavailable", ": raise the limit of processes (ulimit -u, TasksMax=)" },
	{ "Cannot allocate memory", ": raise the limit of memory (ulimit -v, MemoryMax=)" },
	{ "setting up uid map: Operation", ": root without CAP_SETFCAP may not have a user namespace; "
					   "run it as another user, or with that capability" },
	{ "setting up uid map", APPARMOR },
	{ "loopback: ", APPARMOR },
	{ "Read-only file system", ": /proc/sys is read-only, as in a container: " DOCKER },
	{ "namespace", ": allow user namespaces (sysctl user.max_user_namespaces, "
		       "kernel.unprivileged_userns_clone where it exists); in a container: " DOCKER },
	{ "Failed to make / slave", ": mounting is not allowed, as in a container: " DOCKER },
	{ "mount", ": mounting is not allowed, as in a container: " DOCKER },
	{ "pivot_root", ": mounting is not allowed, as in a container: " DOCKER },
	{ "system call filter", ": run a kernel with CONFIG_SECCOMP_FILTER" },
	{ "Can't find source path", ": compiler and headers must be readable (DIONISYS_CLANG, DIONISYS_SDK)" },
};

const char *sx_advice(const char *said)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strstr(said, known[i].said))
			return known[i].advice;
	return "";
}
