/* SPDX-License-Identifier: GPL-2.0-only */
#include "ns_process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dio_process.h"

/* Of this machine, for as long as it runs; "": it can't be read now. */
static const char *this_boot(void)
{
	static char boot[NS_BOOT_MAX];
	ssize_t n;
	int fd;

	if (boot[0])
		return boot;
	fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, boot, NS_BOOT_MAX - 1);
	boot[n > 0 ? n : 0] = '\0';
	if (fd >= 0)
		close(fd);
	return boot;
}

void ns_process_boot(char boot[NS_BOOT_MAX])
{
	strcpy(boot, this_boot());
}

static int process_open(pid_t pid, uint64_t id, struct ns_process *out)
{
	int fd = dio_process_open_id(pid, id);

	if (fd < 0)
		return fd;
	*out = (struct ns_process){ .pid = pid, .id = dio_process_id(fd, pid) };
	strcpy(out->boot, this_boot());
	if (!dio_process_ended(fd))
		return fd;
	close(fd);
	return -ESRCH;
}

int ns_process_of(pid_t pid, uint64_t id, struct ns_process *out)
{
	int fd = process_open(pid, id, out);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

int ns_process_caller(pid_t pid, uint64_t id, struct ns_process *out)
{
	if (!pid)
		return -ESRCH;
	if (!id)
		return ns_process_of(pid, 0, out);
	*out = (struct ns_process){ .pid = pid, .id = id };
	strcpy(out->boot, this_boot());
	return 0;
}

int ns_process_open(const struct ns_process *p)
{
	const char *boot = this_boot();
	int fd;

	if (strcmp(p->boot, boot))
		return boot[0] ? -ESRCH : -EIO;
	fd = dio_process_open_id(p->pid, p->id);
	return fd == -EINVAL ? -ESRCH : fd;
}

bool ns_process_same(const struct ns_process *a, const struct ns_process *b)
{
	return a->pid == b->pid && a->id == b->id && !strcmp(a->boot, b->boot);
}

bool ns_process_alive(const struct ns_process *p)
{
	int fd = p->pid ? ns_process_open(p) : -1;

	if (!p->pid)
		return true;
	if (fd >= 0)
		close(fd);
	/* Out of descriptors or memory: no proof that it has ended. */
	return fd != -ESRCH;
}

void ns_process_name(const struct ns_process *p, char name[DIO_NAME_MAX])
{
	char path[64], comm[DIO_NAME_MAX];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/comm", p->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	name[0] = '\0';
	if (fd >= 0) {
		ssize_t n = read(fd, comm, sizeof(comm) - 1);

		comm[n > 0 ? n : 0] = '\0';
		comm[strcspn(comm, "\n")] = '\0';
		close(fd);
		if (ns_process_alive(p))
			ns_name_print(comm, name);
	}
}
