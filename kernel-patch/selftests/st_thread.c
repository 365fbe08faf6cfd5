// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module's own thread, as /proc shows it.
 */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include "st.h"

static bool st_named(const char *pid, const char *wanted)
{
	char path[300], name[32] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	if (!fgets(name, sizeof(name), f))
		*name = 0;
	fclose(f);
	name[strcspn(name, "\n")] = 0;
	return !strcmp(name, wanted);
}

static int st_switches(const char *pid)
{
	char path[300], line[128];
	int n = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%s/status", pid);
	f = fopen(path, "re");
	while (f && n < 0 && fgets(line, sizeof(line), f))
		sscanf(line, "voluntary_ctxt_switches: %d", &n);
	if (f)
		fclose(f);
	return n;
}

int st_thread_switches(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *e;
	int n = -1;

	while (proc && n < 0 && (e = readdir(proc)))
		if (e->d_name[0] > '0' && e->d_name[0] <= '9' &&
		    st_named(e->d_name, "safex"))
			n = st_switches(e->d_name);
	if (proc)
		closedir(proc);
	return n;
}
