/* SPDX-License-Identifier: GPL-2.0-only */
/* What a compiled object depends on, as one number: key of the cache. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sha2.h>
#include "sx_pipeline.h"

/* Each part with its length before it, so that parts cannot run into each other. */
static void part(SHA2_CTX *s, const void *data, size_t size)
{
	uint64_t n = size;

	SHA256Update(s, (const uint8_t *)&n, sizeof(n));
	SHA256Update(s, data, size);
}

static void file(SHA2_CTX *s, const char *path)
{
	uint8_t buf[65536];
	size_t n = 0;
	ssize_t got;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	while (fd >= 0 && n < sizeof(buf) && (got = read(fd, buf + n, sizeof(buf) - n)) > 0)
		n += (size_t)got;
	if (fd >= 0)
		close(fd);
	part(s, path, strlen(path));
	part(s, buf, n);
}

static int is_header(const struct dirent *d)
{
	return strlen(d->d_name) > 2 && !strcmp(d->d_name + strlen(d->d_name) - 2, ".h");
}

static void headers(SHA2_CTX *s, const char *sdk)
{
	char path[512], directory[160];
	struct dirent **list;
	int n;

	snprintf(directory, sizeof(directory), "%s/safex", sdk);
	n = scandir(directory, &list, is_header, alphasort);
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, list[i]->d_name);
		file(s, path);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
}

/* Another build may check more: what an earlier one made is not for it. */
int sx_program_digest(uint8_t digest[SX_DIGEST])
{
	uint8_t buf[65536];
	SHA2_CTX s;
	ssize_t got;
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	SHA256Init(&s);
	while ((got = read(fd, buf, sizeof(buf))) > 0)
		SHA256Update(&s, buf, (size_t)got);
	close(fd);
	SHA256Final(digest, &s);
	return got < 0 ? -EIO : 0;
}

void sx_pipeline_digest(const struct sx_tools *tools, const struct sx_job *job,
			uint8_t digest[SX_DIGEST])
{
	SHA2_CTX s;
	uint32_t role = job->role;

	SHA256Init(&s);
	part(&s, tools->stages, sizeof(tools->stages));
	part(&s, &tools->timed_loops, sizeof(tools->timed_loops));
	part(&s, tools->version, strlen(tools->version));
	headers(&s, tools->sdk);
	part(&s, &role, sizeof(role));
	part(&s, job->file, strlen(job->file));
	part(&s, job->source, job->length);
	for (unsigned int i = 0; i < job->n_attrs; i++) {
		part(&s, job->attrs[i].name, strlen(job->attrs[i].name));
		part(&s, &job->attrs[i].rights, sizeof(job->attrs[i].rights));
	}
	SHA256Final(digest, &s);
}
