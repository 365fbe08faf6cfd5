// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module's own thread, as /proc shows it.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
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

pid_t st_thread(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *e;
	pid_t pid = -1;

	while (proc && pid < 0 && (e = readdir(proc)))
		if (atoi(e->d_name) > 0 && st_named(e->d_name, "safex"))
			pid = atoi(e->d_name);
	if (proc)
		closedir(proc);
	return pid;
}

/* The first line of its status that fits. */
static bool st_thread_status(const char *format, void *value)
{
	char path[32], line[128];
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", st_thread());
	f = fopen(path, "re");
	while (f && !found && fgets(line, sizeof(line), f))
		found = sscanf(line, format, value) == 1;
	if (f)
		fclose(f);
	return found;
}

int st_thread_switches(void)
{
	int n = -1;

	st_thread_status("voluntary_ctxt_switches: %d", &n);
	return n;
}

bool st_thread_sleeps(void *unused)
{
	char state = 0;

	(void)unused;
	return st_thread_status("State: %c", &state) && state == 'S';
}
