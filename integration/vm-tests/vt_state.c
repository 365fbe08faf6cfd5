/* SPDX-License-Identifier: GPL-2.0-only */
/* What exists, asked of each part by itself; and whether the daemons live. */
#include "vt.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/safex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "dio_rpc.h"
#include "safexd_rpc.h"

#define PINS		"/sys/fs/bpf/safex"
#define DAEMONS		"/run/vm-daemons/"
#define CONTROL		"unix:/run/safexd/control"
#define ENTRIES		512

static int device(void)
{
	int fd = open(SAFEX_DEVICE, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		perror(SAFEX_DEVICE);
	return fd;
}

static long kernel_objects(void)
{
	struct safex_info info;
	int fd = device();
	long n = fd >= 0 && !ioctl(fd, SAFEX_IOC_INFO, &info) ? (long)info.n_objects : -1;

	if (fd >= 0)
		close(fd);
	return n;
}

/* Of programs; those of their variables have a name behind the version. */
static long pins(void)
{
	DIR *d = opendir(PINS);
	struct dirent *e;
	long n = 0;

	if (!d)
		return errno == ENOENT ? 0 : -1;
	while ((e = readdir(d)))
		n += e->d_name[0] != '.' && strchr(e->d_name, '-') == strrchr(e->d_name, '-');
	closedir(d);
	return n;
}

static long safexd_objects(void)
{
	struct dio_rpc_wait *w = dio_rpc_wait_new(CONTROL, SAFEXD_PROG, SAFEXD_V1);
	dio_x_list_result r = { 0 };
	long n = -1;

	if (!w)
		return -1;
	if (!dio_rpc_wait_call(w, SX_REPORT, dio_xdr_void, NULL, (xdrproc_t)xdr_dio_x_list_result,
			       &r, 5000)) {
		n = r.status.code ? -1 : (long)r.entries.entries_len;
		xdr_free((xdrproc_t)xdr_dio_x_list_result, (char *)&r);
	}
	dio_rpc_wait_free(w);
	return n;
}

static long nameserver_objects(void)
{
	static DEntry_t entries[ENTRIES];
	size_t found;

	return DList(0, 0, entries, ENTRIES, &found) ? -1 : (long)found;
}

void vt_state_read(struct vt_state *s)
{
	s->kernel = kernel_objects();
	s->pins = pins();
	s->safexd = safexd_objects();
	s->nameserver = nameserver_objects();
}

bool vt_state_same(const struct vt_state *a, const struct vt_state *b)
{
	return a->kernel == b->kernel && a->pins == b->pins && a->safexd == b->safexd &&
	       a->nameserver == b->nameserver;
}

const char *vt_state_text(const struct vt_state *s, char text[96])
{
	snprintf(text, 96, "kernel %ld pins %ld safexd %ld nameserver %ld", s->kernel, s->pins,
		 s->safexd, s->nameserver);
	return text;
}

static long number_in(const char *file)
{
	FILE *f = fopen(file, "re");
	long n = -1;

	if (!f)
		return -1;
	if (fscanf(f, "%ld", &n) != 1)
		n = -1;
	fclose(f);
	return n;
}

static bool lives(const char *name, long *first)
{
	char path[96];
	long pid;

	snprintf(path, sizeof(path), DAEMONS "%s.rc", name);
	if (!access(path, F_OK))
		return false;
	snprintf(path, sizeof(path), DAEMONS "%s.pid", name);
	pid = number_in(path);
	if (!*first)
		*first = pid;
	return pid > 0 && pid == *first && !kill(pid, 0);
}

bool vt_daemons_same(void)
{
	static long nameserver, safexd;

	return lives("nameserver", &nameserver) && lives("safexd", &safexd);
}

bool vt_has_checkers(void)
{
	const char *kernel = getenv("KERNEL");

	return kernel && !strcmp(kernel, "debug");
}

long vt_runs(const char *name)
{
	struct safex_object at = { 0 };
	struct safex_stat stat;
	long runs = -1;
	int fd = device();

	while (fd >= 0 && runs < 0 && !ioctl(fd, SAFEX_IOC_NEXT, &at)) {
		memset(&stat, 0, sizeof(stat));
		stat.object = at;
		if (!ioctl(fd, SAFEX_IOC_STAT, &stat) && !strcmp(stat.name, name))
			runs = (long)stat.runs;
	}
	if (fd >= 0)
		close(fd);
	return runs;
}
