/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Store in one SQLite file. The loop reads, a thread writes (ns_writer.h), and what
 * is between the two is in memory (ns_pending.h): nothing of this waits.
 *
 * The file is guarded by a lock file of its own, so that people can still
 * back the database up while it is served.
 */
#include "ns_cache.h"
#include "ns_pending.h"
#include "ns_writer.h"
#include "dio_log.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct sql_store {
	struct ns_store	   store;
	struct ns_sql	  *reader, *written;	/* written: the writer's, while it runs */
	struct ns_writer  *writer;
	struct ns_pending *on_way;		/* to it */
	struct ns_cache	  *cache;	/* of what the reader read and nobody has changed since */
	uint64_t	   given;	/* revision of the last that the writer was given */
	uint64_t	   answered;	/* of the last whose done() was called, and the highest */
	unsigned int	   pending;	/* whose done() was not */
	int		   broken;	/* 0, or the -errno for which nothing is written any more */
	struct event_base *base;
	struct event	  *back;	/* some are back from the writer */
	int		   lock;	/* of the name, FILE.lock */
	int		   inode;	/* the file itself, locked, whatever other names it has */
};

static struct sql_store *to_sql(struct ns_store *s)
{
	return (struct sql_store *)s;
}

/* A comparison that fails: another program may have changed what is in memory. */
static void forget_compared(struct sql_store *q, const struct ns_txn *t)
{
	for (unsigned int i = 0; i < t->n_compare; i++)
		ns_cache_forget(q->cache, t->compare[i].key);
}

static void answer(struct sql_store *q, struct ns_job *j)
{
	q->pending--;
	ns_pending_gone(q->on_way, j->txn, j->revision);
	if (!j->err) {
		q->answered = j->revision;
		ns_cache_forget_changed(q->cache, j->txn);
	} else if (j->err == -EAGAIN) {
		forget_compared(q, j->txn);
	}
	j->done(j->arg, j->err, j->err ? 0 : j->revision);
	ns_txn_free(j->txn);
	free(j);
}

static void answer_all(struct sql_store *q)
{
	struct ns_jobs back = STAILQ_HEAD_INITIALIZER(back);
	struct ns_job *j;

	q->broken = ns_writer_take(q->writer, &back);
	if (q->broken)
		event_base_loopbreak(q->base);
	while ((j = STAILQ_FIRST(&back))) {
		STAILQ_REMOVE_HEAD(&back, link);
		answer(q, j);
	}
}

static void on_back(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	answer_all(arg);
}

/* Of what is durable, and perhaps of a little more that is not answered yet. */
static int get_written(struct sql_store *q, const char *key, struct ns_value *out)
{
	int err = ns_cache_get(q->cache, key, out);

	if (err != -ENOENT)
		return err;
	err = ns_sql_get(q->reader, key, out);
	if (!err)
		ns_cache_keep(q->cache, key, out);
	return err;
}

static int sql_get(struct ns_store *s, const char *key, struct ns_value *out)
{
	struct sql_store *q = to_sql(s);
	int err = ns_pending_get(q->on_way, key, out);

	return err == -ENODATA ? get_written(q, key, out) : err;
}

static int sql_list(struct ns_store *s, const char *prefix, const char *after, size_t limit,
		    struct ns_items *out)
{
	struct sql_store *q = to_sql(s);
	size_t deleted = ns_pending_deleted(q->on_way, prefix);
	size_t most = limit < SIZE_MAX - deleted ? limit + deleted : SIZE_MAX;
	int err = ns_sql_list(q->reader, prefix, after, most, out);

	return err ? err : ns_pending_merge(q->on_way, prefix, after, limit, out);
}

static int revision_of(struct sql_store *q, const char *key, uint64_t *revision)
{
	struct ns_value v = { 0 };
	int err = ns_pending_revision(q->on_way, key, revision);

	if (err != -ENODATA)
		return err;
	err = get_written(q, key, &v);
	*revision = v.revision;
	ns_value_free(&v);
	return err == -ENOENT ? 0 : err;
}

/* 0: all comparisons hold; -EAGAIN: one does not. */
static int holds(struct sql_store *q, const struct ns_txn *t)
{
	uint64_t revision;
	int err = 0;

	for (unsigned int i = 0; !err && i < t->n_compare; i++) {
		err = revision_of(q, t->compare[i].key, &revision);
		if (!err && revision != t->compare[i].revision)
			err = -EAGAIN;
	}
	return err;
}

static struct ns_job *job_new(const struct ns_txn *t, ns_store_done *done, void *arg)
{
	struct ns_job *j = malloc(sizeof(*j));

	if (!j)
		return NULL;
	*j = (struct ns_job){ .txn = ns_txn_copy(t), .done = done, .arg = arg };
	if (j->txn)
		return j;
	free(j);
	return NULL;
}

/*
 * The writer compares once more, with what it has written: what this one builds on
 * may fail, or another program may have changed the file.
 */
static int give(struct sql_store *q, const struct ns_txn *t, ns_store_done *done, void *arg)
{
	int err = holds(q, t);
	struct ns_job *j;

	if (err == -EAGAIN)
		forget_compared(q, t);
	if (err)
		return err;
	j = job_new(t, done, arg);
	if (!j)
		return -ENOMEM;
	j->revision = q->given + 1;
	err = ns_pending_add(q->on_way, j->txn, j->revision);
	if (err) {
		ns_txn_free(j->txn);
		free(j);
		return err;
	}
	q->given++;
	q->pending++;
	ns_writer_give(q->writer, j);
	return 0;
}

static void sql_commit(struct ns_store *s, const struct ns_txn *t, ns_store_done *done, void *arg)
{
	int err = give(to_sql(s), t, done, arg);

	if (err)
		done(arg, err, 0);
}

static void sql_drain(struct ns_store *s)
{
	struct sql_store *q = to_sql(s);
	struct pollfd back = { .events = POLLIN };

	if (!q->pending)
		return;
	back.fd = ns_writer_fd(q->writer);
	while (q->pending) {
		poll(&back, 1, -1);
		answer_all(q);
	}
}

static int sql_broken(struct ns_store *s)
{
	return to_sql(s)->broken;
}

static uint64_t sql_revision(struct ns_store *s)
{
	return to_sql(s)->answered;
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

static void sql_close(struct ns_store *s)
{
	struct sql_store *q = to_sql(s);

	sql_drain(s);
	if (q->back)
		event_free(q->back);
	ns_writer_stop(q->writer);
	ns_pending_free(q->on_way);
	ns_cache_free(q->cache);
	ns_sql_close(q->reader);
	ns_sql_close(q->written);
	/* Not before: it would drop SQLite's own locks on the file. */
	close_fd(q->inode);
	close_fd(q->lock);
	free(q);
}

static const struct ns_store_engine sql_engine = {
	.name = "sqlite",
	.get = sql_get,
	.list = sql_list,
	.commit = sql_commit,
	.drain = sql_drain,
	.broken = sql_broken,
	.revision = sql_revision,
	.close = sql_close,
};

static int lock_file(const char *name, mode_t mode, int *fd)
{
	*fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, mode);
	if (*fd < 0)
		return -errno;
	if (flock(*fd, LOCK_EX | LOCK_NB))
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	return 0;
}

/* Held until close: two nameservers on one file would each trust its own view. */
static int sql_lock(struct sql_store *q, const char *file)
{
	char name[PATH_MAX];
	int n = snprintf(name, sizeof(name), "%s.lock", file), err;

	if (n < 0 || (size_t)n >= sizeof(name))
		return -ENAMETOOLONG;
	err = lock_file(name, 0600, &q->lock);
	return err ? err : lock_file(file, 0644, &q->inode);
}

/* Without a byte; a first start may have ended there, or all that there was is lost. */
static bool is_empty(const char *file)
{
	struct stat st;

	return !lstat(file, &st) && !st.st_size;
}

static int sql_open(struct sql_store *q, const char *file)
{
	bool was_empty = is_empty(file);	/* before it is made, to be locked */
	int err = sql_lock(q, file);

	if (!err)
		err = ns_sql_open(file, true, &q->written);
	if (!err && was_empty && !ns_sql_revision(q->written))
		dio_warn("database: %s was empty: it begins anew, and knows nothing of what there was",
			 file);
	if (!err)
		err = ns_sql_open(file, false, &q->reader);
	if (err)
		return err;
	q->given = q->answered = ns_sql_revision(q->written);
	q->on_way = ns_pending_new();
	q->cache = ns_cache_new();
	return q->on_way && q->cache ? 0 : -ENOMEM;
}

static int start_writer(struct sql_store *q, struct event_base *base)
{
	int err = ns_writer_start(q->written, &q->writer);

	if (err)
		return err;
	q->base = base;
	q->back = event_new(base, ns_writer_fd(q->writer), EV_READ | EV_PERSIST, on_back, q);
	return q->back && !event_add(q->back, NULL) ? 0 : -ENOMEM;
}

static struct sql_store *sql_new(void)
{
	struct sql_store *q = calloc(1, sizeof(*q));

	if (!q)
		return NULL;
	q->store.engine = &sql_engine;
	q->lock = q->inode = -1;
	return q;
}

int ns_store_sqlite_open(const char *file, struct event_base *base, struct ns_store **out)
{
	struct sql_store *q = sql_new();
	int err;

	if (!q)
		return -ENOMEM;
	err = sql_open(q, file);
	if (!err)
		err = start_writer(q, base);
	if (err)
		sql_close(&q->store);
	else
		*out = &q->store;
	return err;
}
