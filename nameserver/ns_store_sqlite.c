/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Store in one SQLite file.
 *
 * The loop reads; a thread of its own writes, because a commit waits for the
 * disk and for whoever else holds the file. All transactions that come while it
 * waits are committed together by the next one: one fdatasync() for all. The loop
 * waits for it where what is decided next may depend on the outcome.
 *
 * The thread begins by checking the whole file, which takes seconds when it is
 * large: nothing is changed in a damaged one, and who serves it ends.
 *
 * The file is guarded by a lock file of its own, so that people can still
 * back the database up while it is served.
 */
#include "ns_cache.h"
#include "ns_sql.h"
#include "dio_log.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/queue.h>
#include <sys/stat.h>
#include <unistd.h>

/* A transaction on its way: to the writer and back. */
struct job {
	STAILQ_ENTRY(job) link;
	const struct ns_txn *txn;
	struct ns_txn	 *copy;		/* txn, if that is not the caller's, who waits */
	ns_store_done	 *done;
	void		 *arg;
	int		  err;
	uint64_t	  revision;
	bool		  made;		/* under the mutex */
};

STAILQ_HEAD(jobs, job);

struct sql_store {
	struct ns_store	 store;
	struct ns_sql	*reader;	/* the loop's, as all down to made_fd */
	struct ns_cache	*cache;		/* of what it read and nobody has changed since */
	uint64_t	 revision;	/* of the last whose done() was called */
	unsigned int	 pending;	/* whose done() was not */
	int		 broken;	/* 0, or the -errno for which nothing is written any more */
	struct event_base *base;
	struct event	*made_event;
	int		 made_fd;	/* the writer adds to it when it has made some */
	int		 lock;		/* of the name, FILE.lock */
	int		 inode;		/* the file itself, locked, whatever other names it has */

	pthread_t	 thread;
	bool		 runs;		/* thread */
	struct ns_sql	*writer;	/* the thread's, while it runs */

	pthread_mutex_t	 mutex;		/* of what follows */
	pthread_cond_t	 work;		/* there is some wanted */
	pthread_cond_t	 waited;	/* one that is waited for is made */
	struct jobs	 wanted, made;	/* in the order in which they came */
	bool		 checked, ends;
	int		 damage;	/* the writer's word for broken */
};

static struct sql_store *to_sql(struct ns_store *s)
{
	return (struct sql_store *)s;
}

/* The writer. */

/* Those with a comparison that fails change nothing. */
static int apply_jobs(struct ns_sql *w, struct jobs *jobs, uint64_t *revision)
{
	struct job *j;

	STAILQ_FOREACH(j, jobs, link) {
		j->err = ns_sql_apply(w, j->txn, *revision + 1);
		j->revision = j->err ? 0 : ++*revision;
		if (j->err && j->err != -EAGAIN)
			return j->err;
	}
	return 0;
}

/* One transaction of the database for all. *applied: a failure is not of one of them. */
static int commit_jobs(struct ns_sql *w, struct jobs *jobs, bool *applied)
{
	uint64_t revision = ns_sql_revision(w);
	int err = ns_sql_begin(w);

	*applied = true;
	if (err)
		return err;
	err = apply_jobs(w, jobs, &revision);
	*applied = !err;
	if (!err && revision != ns_sql_revision(w))
		err = ns_sql_commit(w, revision);
	ns_sql_rollback(w);
	return err;
}

static void fail_jobs(struct jobs *jobs, int err)
{
	struct job *j;

	STAILQ_FOREACH(j, jobs, link) {
		j->err = err;
		j->revision = 0;
	}
}

/* Each by itself: what one asks for must not fail others. */
static void commit_one_by_one(struct ns_sql *w, struct jobs *jobs)
{
	struct jobs all = STAILQ_HEAD_INITIALIZER(all), one;
	bool applied;
	struct job *j;
	int err;

	STAILQ_CONCAT(&all, jobs);
	while ((j = STAILQ_FIRST(&all))) {
		STAILQ_REMOVE_HEAD(&all, link);
		STAILQ_INIT(&one);
		STAILQ_INSERT_TAIL(&one, j, link);
		err = commit_jobs(w, &one, &applied);
		if (err)
			fail_jobs(&one, err);
		STAILQ_CONCAT(jobs, &one);
	}
}

static void make_jobs(struct ns_sql *w, struct jobs *jobs, int damage)
{
	bool applied = true;
	int err = damage ? damage : commit_jobs(w, jobs, &applied);

	if (err && !applied && STAILQ_NEXT(STAILQ_FIRST(jobs), link))
		commit_one_by_one(w, jobs);
	else if (err)
		fail_jobs(jobs, err);
}

/* The counter can't be full: whoever reads it takes all. */
static void tell_loop(struct sql_store *q)
{
	const uint64_t one = 1;

	while (write(q->made_fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

/* Under the mutex. */
static void give_back(struct sql_store *q, struct jobs *jobs)
{
	struct job *j;

	while ((j = STAILQ_FIRST(jobs))) {
		STAILQ_REMOVE_HEAD(jobs, link);
		j->made = true;
		if (j->copy)
			STAILQ_INSERT_TAIL(&q->made, j, link);
		else
			pthread_cond_signal(&q->waited);
	}
	if (!STAILQ_EMPTY(&q->made))
		tell_loop(q);
}

/* Under the mutex; it is not held while they are made. */
static void serve_wanted(struct sql_store *q)
{
	struct jobs jobs = STAILQ_HEAD_INITIALIZER(jobs);

	STAILQ_CONCAT(&jobs, &q->wanted);
	pthread_mutex_unlock(&q->mutex);
	make_jobs(q->writer, &jobs, q->damage);
	pthread_mutex_lock(&q->mutex);
	give_back(q, &jobs);
}

static void *write_all(void *arg)
{
	struct sql_store *q = arg;
	int damage = ns_sql_check(q->writer);

	pthread_mutex_lock(&q->mutex);
	q->checked = true;
	q->damage = damage;
	if (damage)
		tell_loop(q);
	while (!q->ends) {
		if (STAILQ_EMPTY(&q->wanted))
			pthread_cond_wait(&q->work, &q->mutex);
		else
			serve_wanted(q);
	}
	pthread_mutex_unlock(&q->mutex);
	return NULL;
}

/* Signals are the loop's. */
static int start_writer(struct sql_store *q)
{
	sigset_t all, before;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&q->thread, NULL, write_all, q);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	q->runs = !err;
	return -err;
}

static void stop_writer(struct sql_store *q)
{
	if (!q->runs)
		return;
	pthread_mutex_lock(&q->mutex);
	if (!q->checked)
		ns_sql_interrupt(q->writer);
	q->ends = true;
	pthread_cond_signal(&q->work);
	pthread_mutex_unlock(&q->mutex);
	pthread_join(q->thread, NULL);
	q->runs = false;
}

/* The loop. */

static void answer(struct sql_store *q, struct job *j)
{
	q->pending--;
	if (!j->err) {
		/* One that was waited for may be answered before an earlier one. */
		if (j->revision > q->revision)
			q->revision = j->revision;
		ns_cache_forget_changed(q->cache, j->txn);
	}
	j->done(j->arg, j->err, j->revision);
}

/* Under the mutex. */
static void see_damage(struct sql_store *q)
{
	q->broken = q->damage;
	if (q->broken)
		event_base_loopbreak(q->base);
}

static void answer_made(struct sql_store *q)
{
	struct jobs jobs = STAILQ_HEAD_INITIALIZER(jobs);
	struct job *j;

	pthread_mutex_lock(&q->mutex);
	STAILQ_CONCAT(&jobs, &q->made);
	see_damage(q);
	pthread_mutex_unlock(&q->mutex);
	while ((j = STAILQ_FIRST(&jobs))) {
		STAILQ_REMOVE_HEAD(&jobs, link);
		answer(q, j);
		ns_txn_free(j->copy);
		free(j);
	}
}

static void on_made(evutil_socket_t fd, short what, void *arg)
{
	uint64_t n;

	(void)what;
	if (read(fd, &n, sizeof(n)) == sizeof(n))
		answer_made(arg);
}

static int sql_get(struct ns_store *s, const char *key, struct ns_value *out)
{
	struct sql_store *q = to_sql(s);
	int err = ns_cache_get(q->cache, key, out);

	if (err != -ENOENT)
		return err;
	err = ns_sql_get(q->reader, key, out);
	if (!err)
		ns_cache_keep(q->cache, key, out);
	return err;
}

static int sql_list(struct ns_store *s, const char *prefix, const char *after, size_t limit,
		    struct ns_items *out)
{
	return ns_sql_list(to_sql(s)->reader, prefix, after, limit, out);
}

/* Under the mutex. */
static void want(struct sql_store *q, struct job *j)
{
	q->pending++;
	STAILQ_INSERT_TAIL(&q->wanted, j, link);
	pthread_cond_signal(&q->work);
}

static void sql_commit_later(struct ns_store *s, const struct ns_txn *t, ns_store_done *done,
			     void *arg)
{
	struct sql_store *q = to_sql(s);
	struct ns_txn *copy = ns_txn_copy(t);
	struct job *j = copy ? malloc(sizeof(*j)) : NULL;

	if (!j) {
		ns_txn_free(copy);
		done(arg, -ENOMEM, 0);
		return;
	}
	*j = (struct job){ .txn = copy, .copy = copy, .done = done, .arg = arg };
	pthread_mutex_lock(&q->mutex);
	want(q, j);
	pthread_mutex_unlock(&q->mutex);
}

/* Others' answers stay for the loop: nobody is called back in the midst of this. */
static void sql_commit(struct ns_store *s, const struct ns_txn *t, ns_store_done *done, void *arg)
{
	struct job j = { .txn = t, .done = done, .arg = arg };
	struct sql_store *q = to_sql(s);

	pthread_mutex_lock(&q->mutex);
	want(q, &j);
	while (!j.made)
		pthread_cond_wait(&q->waited, &q->mutex);
	see_damage(q);
	pthread_mutex_unlock(&q->mutex);
	answer(q, &j);
}

static void sql_drain(struct ns_store *s)
{
	struct sql_store *q = to_sql(s);
	struct pollfd made = { q->made_fd, POLLIN, 0 };

	while (q->pending) {
		poll(&made, 1, -1);
		on_made(q->made_fd, 0, q);
	}
}

static int sql_broken(struct ns_store *s)
{
	return to_sql(s)->broken;
}

static uint64_t sql_revision(struct ns_store *s)
{
	return to_sql(s)->revision;
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
	stop_writer(q);
	if (q->made_event)
		event_free(q->made_event);
	close_fd(q->made_fd);
	ns_cache_free(q->cache);
	ns_sql_close(q->reader);
	ns_sql_close(q->writer);
	/* Not before: it would drop SQLite's own locks on the file. */
	close_fd(q->inode);
	close_fd(q->lock);
	pthread_cond_destroy(&q->work);
	pthread_cond_destroy(&q->waited);
	pthread_mutex_destroy(&q->mutex);
	free(q);
}

static const struct ns_store_engine sql_engine = {
	.name = "sqlite",
	.get = sql_get,
	.list = sql_list,
	.commit = sql_commit,
	.commit_later = sql_commit_later,
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
		err = ns_sql_open(file, true, &q->writer);
	if (!err && was_empty && !ns_sql_revision(q->writer))
		dio_warn("database: %s was empty: it begins anew, and knows nothing of what there was",
			 file);
	if (!err)
		err = ns_sql_open(file, false, &q->reader);
	if (err)
		return err;
	q->revision = ns_sql_revision(q->writer);
	q->cache = ns_cache_new();
	return q->cache ? 0 : -ENOMEM;
}

static int listen_to_writer(struct sql_store *q, struct event_base *base)
{
	q->base = base;
	q->made_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (q->made_fd < 0)
		return -errno;
	q->made_event = event_new(base, q->made_fd, EV_READ | EV_PERSIST, on_made, q);
	return q->made_event && !event_add(q->made_event, NULL) ? 0 : -ENOMEM;
}

static struct sql_store *sql_new(void)
{
	struct sql_store *q = calloc(1, sizeof(*q));

	if (!q)
		return NULL;
	q->store.engine = &sql_engine;
	q->made_fd = q->lock = q->inode = -1;
	STAILQ_INIT(&q->wanted);
	STAILQ_INIT(&q->made);
	pthread_mutex_init(&q->mutex, NULL);
	pthread_cond_init(&q->work, NULL);
	pthread_cond_init(&q->waited, NULL);
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
		err = listen_to_writer(q, base);
	if (!err)
		err = start_writer(q);
	if (err)
		sql_close(&q->store);
	else
		*out = &q->store;
	return err;
}
