/* SPDX-License-Identifier: GPL-2.0-only */
#include "ns_writer.h"
#include "dio_log.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct ns_writer {
	struct ns_sql	*sql;		/* the thread's, as damage before it is told */
	pthread_t	 thread;
	int		 fd;		/* it adds to it when some are back */

	pthread_mutex_t	 mutex;		/* of what follows */
	pthread_cond_t	 work;		/* there is some wanted */
	struct ns_jobs	 wanted, made;	/* in the order in which they were given */
	bool		 checked, ends;
	int		 damage;
};

/* Those with a comparison that fails change nothing. *last: the revision there is then. */
static int apply_jobs(struct ns_sql *sql, struct ns_jobs *jobs, uint64_t *last)
{
	struct ns_job *j;

	STAILQ_FOREACH(j, jobs, link) {
		j->err = ns_sql_apply(sql, j->txn, j->revision);
		if (!j->err)
			*last = j->revision;
		else if (j->err != -EAGAIN)
			return j->err;
	}
	return 0;
}

/* One transaction of the database for all. *applied: a failure is not of one of them. */
static int commit_jobs(struct ns_sql *sql, struct ns_jobs *jobs, bool *applied)
{
	uint64_t last = ns_sql_revision(sql);
	int err = ns_sql_begin(sql);

	*applied = true;
	if (err)
		return err;
	err = apply_jobs(sql, jobs, &last);
	*applied = !err;
	if (!err && last != ns_sql_revision(sql))
		err = ns_sql_commit(sql, last);
	ns_sql_rollback(sql);
	return err;
}

static void fail_jobs(struct ns_jobs *jobs, int err)
{
	struct ns_job *j;

	STAILQ_FOREACH(j, jobs, link)
		j->err = err;
}

/* Each by itself: what one asks for must not fail others. */
static void commit_one_by_one(struct ns_sql *sql, struct ns_jobs *jobs)
{
	struct ns_jobs all = STAILQ_HEAD_INITIALIZER(all), one;
	bool applied;
	struct ns_job *j;
	int err;

	STAILQ_CONCAT(&all, jobs);
	while ((j = STAILQ_FIRST(&all))) {
		STAILQ_REMOVE_HEAD(&all, link);
		STAILQ_INIT(&one);
		STAILQ_INSERT_TAIL(&one, j, link);
		err = commit_jobs(sql, &one, &applied);
		if (err)
			fail_jobs(&one, err);
		STAILQ_CONCAT(jobs, &one);
	}
}

static void make_jobs(struct ns_sql *sql, struct ns_jobs *jobs)
{
	bool applied = true;
	int err = commit_jobs(sql, jobs, &applied);

	if (err && !applied && STAILQ_NEXT(STAILQ_FIRST(jobs), link))
		commit_one_by_one(sql, jobs);
	else if (err)
		fail_jobs(jobs, err);
}

/* The counter can't be full: whoever reads it takes all. */
static void tell_loop(struct ns_writer *w)
{
	const uint64_t one = 1;

	while (write(w->fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

/* Under the mutex; it is not held while they are made. */
static void serve_wanted(struct ns_writer *w)
{
	struct ns_jobs jobs = STAILQ_HEAD_INITIALIZER(jobs);

	STAILQ_CONCAT(&jobs, &w->wanted);
	pthread_mutex_unlock(&w->mutex);
	if (w->damage)
		fail_jobs(&jobs, w->damage);
	else
		make_jobs(w->sql, &jobs);
	pthread_mutex_lock(&w->mutex);
	STAILQ_CONCAT(&w->made, &jobs);
	tell_loop(w);
}

static void *write_all(void *arg)
{
	struct ns_writer *w = arg;
	int damage = ns_sql_check(w->sql);

	if (!damage)
		dio_info("database: checked, it is sound");
	pthread_mutex_lock(&w->mutex);
	w->checked = true;
	w->damage = damage;
	if (damage)
		tell_loop(w);
	while (!w->ends) {
		if (STAILQ_EMPTY(&w->wanted))
			pthread_cond_wait(&w->work, &w->mutex);
		else
			serve_wanted(w);
	}
	pthread_mutex_unlock(&w->mutex);
	return NULL;
}

/* Signals are the loop's. */
static int start_thread(struct ns_writer *w)
{
	sigset_t all, before;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&w->thread, NULL, write_all, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -err;
}

static void writer_free(struct ns_writer *w)
{
	if (w->fd >= 0)
		close(w->fd);
	pthread_cond_destroy(&w->work);
	pthread_mutex_destroy(&w->mutex);
	free(w);
}

int ns_writer_start(struct ns_sql *sql, struct ns_writer **out)
{
	struct ns_writer *w = calloc(1, sizeof(*w));
	int err;

	if (!w)
		return -ENOMEM;
	w->sql = sql;
	STAILQ_INIT(&w->wanted);
	STAILQ_INIT(&w->made);
	pthread_mutex_init(&w->mutex, NULL);
	pthread_cond_init(&w->work, NULL);
	w->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = w->fd < 0 ? -errno : start_thread(w);
	if (err)
		writer_free(w);
	else
		*out = w;
	return err;
}

void ns_writer_stop(struct ns_writer *w)
{
	if (!w)
		return;
	pthread_mutex_lock(&w->mutex);
	if (!w->checked)
		ns_sql_interrupt(w->sql);
	w->ends = true;
	pthread_cond_signal(&w->work);
	pthread_mutex_unlock(&w->mutex);
	pthread_join(w->thread, NULL);
	writer_free(w);
}

int ns_writer_fd(const struct ns_writer *w)
{
	return w->fd;
}

void ns_writer_give(struct ns_writer *w, struct ns_job *job)
{
	pthread_mutex_lock(&w->mutex);
	STAILQ_INSERT_TAIL(&w->wanted, job, link);
	pthread_cond_signal(&w->work);
	pthread_mutex_unlock(&w->mutex);
}

int ns_writer_take(struct ns_writer *w, struct ns_jobs *back)
{
	uint64_t n;
	int damage;

	while (read(w->fd, &n, sizeof(n)) < 0 && errno == EINTR)
		;
	pthread_mutex_lock(&w->mutex);
	STAILQ_CONCAT(back, &w->made);
	damage = w->damage;
	pthread_mutex_unlock(&w->mutex);
	return damage;
}
