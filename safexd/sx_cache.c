/* SPDX-License-Identifier: GPL-2.0-only */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dio_log.h"
#include "sx_cache.h"
#include "sx_pack.h"

struct sx_cached {
	uint8_t digest[SX_DIGEST];
	uint8_t *data;
	size_t size;
};

struct sx_cache {
	char dir[128];
	struct sx_cached entries[SX_CACHE_ENTRIES];
	unsigned int next;		/* to be replaced */
	unsigned int n_files;
};

static void path_of(const struct sx_cache *c, const uint8_t *digest,
		    const char *suffix, char *path, size_t size)
{
	int n = snprintf(path, size, "%s/", c->dir);

	for (unsigned int i = 0; i < SX_DIGEST; i++)
		n += snprintf(path + n, size - n, "%02x", digest[i]);
	snprintf(path + n, size - n, "%s", suffix);
}

static struct sx_cached *find(struct sx_cache *c, const uint8_t *digest)
{
	for (unsigned int i = 0; i < SX_CACHE_ENTRIES; i++) {
		struct sx_cached *e = &c->entries[i];

		if (e->data && !memcmp(e->digest, digest, SX_DIGEST))
			return e;
	}
	return NULL;
}

/* data becomes the cache's. */
static struct sx_cached *remember(struct sx_cache *c, const uint8_t *digest,
				  uint8_t *data, size_t size)
{
	struct sx_cached *e = &c->entries[c->next++ % SX_CACHE_ENTRIES];

	free(e->data);
	memcpy(e->digest, digest, SX_DIGEST);
	e->data = data;
	e->size = size;
	return e;
}

static int read_file(const char *path, uint8_t **data, size_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;
	ssize_t got = -1;

	if (fd < 0)
		return -errno;
	*data = NULL;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size <= SX_PACK_MAX)
		*data = malloc(st.st_size + 1);
	if (*data)
		got = read(fd, *data, st.st_size);
	(void)futimens(fd, NULL);	/* it was used: others go first */
	close(fd);
	if (got > 0 && got == st.st_size) {
		*size = got;
		return 0;
	}
	free(*data);
	return -EIO;
}

static struct sx_cached *load(struct sx_cache *c, const uint8_t *digest)
{
	char path[256];
	uint8_t *data = NULL;
	size_t size = 0;

	if (!c->dir[0])
		return NULL;
	path_of(c, digest, "", path, sizeof(path));
	return read_file(path, &data, &size) ? NULL : remember(c, digest, data, size);
}

int sx_cache_get(struct sx_cache *c, const uint8_t digest[SX_DIGEST],
		 struct sx_result *result)
{
	struct sx_cached *e = find(c, digest);

	if (!e)
		e = load(c, digest);
	if (!e)
		return -ENOENT;
	if (!sx_unpack(e->data, e->size, result) && !result->status.code &&
	    !memcmp(result->digest, digest, SX_DIGEST))
		return 0;
	sx_result_release(result);
	free(e->data);
	e->data = NULL;
	return -ENOENT;
}

/* Complete or not there: by another name first. */
static int write_file(const char *path, const char *temporary,
		      const uint8_t *data, size_t size)
{
	int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	ssize_t done;

	if (fd < 0)
		return -errno;
	done = write(fd, data, size);
	if (close(fd) || done != (ssize_t)size || rename(temporary, path)) {
		unlink(temporary);
		return -EIO;
	}
	return 0;
}

static unsigned int count_files(const char *path)
{
	DIR *dir = opendir(path);
	unsigned int n = 0;

	if (!dir)
		return 0;
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static bool is_older(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

/* The file that was not used for longest; none could be: -ENOENT. */
static int evict(struct sx_cache *c)
{
	DIR *dir = opendir(c->dir);
	struct timespec oldest = { 0 };
	char name[NAME_MAX + 1] = "";
	struct dirent *e;
	struct stat st;
	int err;

	while (dir && (e = readdir(dir))) {
		if (fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode) ||
		    (name[0] && !is_older(&st.st_mtim, &oldest)))
			continue;
		oldest = st.st_mtim;
		strcpy(name, e->d_name);
	}
	err = !dir || !name[0] || unlinkat(dirfd(dir), name, 0) ? -ENOENT : 0;
	if (dir)
		closedir(dir);
	c->n_files -= !err;
	return err;
}

static void save(struct sx_cache *c, const uint8_t *digest, const uint8_t *data, size_t size)
{
	char path[256], temporary[256];
	int err;

	if (!c->dir[0] || (c->n_files >= SX_CACHE_FILES && evict(c)))
		return;
	path_of(c, digest, "", path, sizeof(path));
	path_of(c, digest, ".new", temporary, sizeof(temporary));
	err = write_file(path, temporary, data, size);
	if (err)
		dio_warn("cache %s: %s", path, strerror(-err));
	else
		c->n_files++;
}

void sx_cache_put(struct sx_cache *c, const uint8_t digest[SX_DIGEST],
		  const struct sx_result *result)
{
	uint8_t *data;
	size_t size;

	if (find(c, digest) || sx_pack(result, &data, &size))
		return;
	save(c, digest, data, size);
	remember(c, digest, data, size);
}

struct sx_cache *sx_cache_new(const char *dir)
{
	struct sx_cache *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	snprintf(c->dir, sizeof(c->dir), "%s", dir);
	if (c->dir[0])
		c->n_files = count_files(c->dir);
	return c;
}

void sx_cache_free(struct sx_cache *c)
{
	if (!c)
		return;
	for (unsigned int i = 0; i < SX_CACHE_ENTRIES; i++)
		free(c->entries[i].data);
	free(c);
}
