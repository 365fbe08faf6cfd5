/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The thread that writes the database: a commit waits for the disk, and for
 * whoever else holds the file. All transactions that come while it waits are
 * committed together by the next one: one fdatasync() for all.
 *
 * It begins by checking the whole file, which takes seconds when it is large:
 * nothing is changed in a damaged one.
 *
 * Thread: these functions are the loop's.
 */
#ifndef NS_WRITER_H
#define NS_WRITER_H

#include <sys/queue.h>

#include "ns_sql.h"

/* A transaction, to the writer and back. */
struct ns_job {
	STAILQ_ENTRY(ns_job) link;
	struct ns_txn	*txn;
	uint64_t	 revision;	/* higher than of any before */
	ns_store_done	*done;		/* with arg, the loop's to call */
	void		*arg;
	int		 err;		/* as in ns_store_done, when it is back */
};

STAILQ_HEAD(ns_jobs, ns_job);

struct ns_writer;

/* 0 or -errno. sql, a writer, is the thread's until ns_writer_stop(). */
int ns_writer_start(struct ns_sql *sql, struct ns_writer **out);
/* What it has been given and not begun stays undone. NULL is fine. */
void ns_writer_stop(struct ns_writer *w);

/* An eventfd: readable when some are back, or the file is found to be damaged. */
int ns_writer_fd(const struct ns_writer *w);
void ns_writer_give(struct ns_writer *w, struct ns_job *job);
/*
 * Appends those that are back, in the order in which they were given, and calms
 * the eventfd. 0, or -EBADMSG: the file is damaged, and all have failed with that.
 */
int ns_writer_take(struct ns_writer *w, struct ns_jobs *back);

#endif
