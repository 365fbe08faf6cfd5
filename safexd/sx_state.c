/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sx_state.h"

#define MAGIC	0x53585303u

/*
 * Of this boot. The next version of safexd may find it, too: one whose facts
 * have another size must not take it for its own; other changes raise MAGIC.
 */
struct sx_file {
	uint32_t magic, size;
	uint32_t n_initial;		/* so many initial expressions follow */
	struct sx_facts facts;
};

static void path_of(const char *dir, uint32_t id, const char *suffix, char *path, size_t size)
{
	snprintf(path, size, "%s/%u%s", dir, id, suffix);
}

/* A part is written when there was no room for all. */
static int write_whole(int fd, const void *data, size_t size)
{
	ssize_t n = write(fd, data, size);

	if (n < 0)
		return -errno;
	return (size_t)n == size ? 0 : -ENOSPC;
}

static int write_all(int fd, const struct sx_file *file, char (*initial)[SX_EXPRESSION])
{
	int err = write_whole(fd, file, sizeof(*file));

	return err || !file->n_initial ?
		err : write_whole(fd, initial, file->n_initial * sizeof(*initial));
}

int sx_state_save(const char *dir, const struct sx_facts *facts,
		  char (*initial)[SX_EXPRESSION])
{
	struct sx_file file = { MAGIC, sizeof(file), initial ? facts->n_attrs : 0, *facts };
	char path[256], temporary[256];
	int fd, err;

	if (!dir[0])
		return 0;
	path_of(dir, facts->id, "", path, sizeof(path));
	path_of(dir, facts->id, ".new", temporary, sizeof(temporary));
	fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	err = write_all(fd, &file, initial);
	if (close(fd) && !err)
		err = -errno;
	if (!err && rename(temporary, path))
		err = -errno;
	if (err)
		unlink(temporary);
	return err;
}

void sx_state_remove(const char *dir, uint32_t id)
{
	char path[256];

	if (!dir[0])
		return;
	path_of(dir, id, "", path, sizeof(path));
	unlink(path);
}

static int is_text(const char *s, size_t size)
{
	return memchr(s, '\0', size) != NULL;
}

static int is_sound(const struct sx_file *file, uint32_t id)
{
	const struct sx_facts *f = &file->facts;

	if (file->magic != MAGIC || file->size != sizeof(*file) || f->id != id || f->n_attrs > SAFEX_ATTRS_MAX ||
	    (file->n_initial && file->n_initial != f->n_attrs) ||
	    !is_text(f->key.name, sizeof(f->key.name)) ||
	    !is_text(f->key.second, sizeof(f->key.second)))
		return 0;
	for (unsigned int i = 0; i < f->n_attrs; i++)
		if (!is_text(f->attrs[i].name, sizeof(f->attrs[i].name)))
			return 0;
	return 1;
}

/* Their texts were checked when they were made, by the one who wrote the file. */
static int read_initial(int fd, unsigned int n, char (**initial)[SX_EXPRESSION])
{
	size_t size = n * sizeof(**initial);

	*initial = malloc(size);
	if (!*initial)
		return -ENOMEM;
	if (read(fd, *initial, size) == (ssize_t)size)
		return 0;
	free(*initial);
	*initial = NULL;
	return -EPROTO;
}

int sx_state_load(const char *dir, uint32_t id, struct sx_facts *facts,
		  char (**initial)[SX_EXPRESSION])
{
	struct sx_file file;
	char path[256];
	int fd, err = 0;

	*initial = NULL;
	if (!dir[0])
		return -ENOENT;
	path_of(dir, id, "", path, sizeof(path));
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	if (read(fd, &file, sizeof(file)) != sizeof(file) || !is_sound(&file, id))
		err = -EPROTO;
	else if (file.n_initial)
		err = read_initial(fd, file.n_initial, initial);
	close(fd);
	if (!err)
		*facts = file.facts;
	return err;
}
