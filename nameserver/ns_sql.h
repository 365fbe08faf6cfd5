/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One connection to the database of ns_store_sqlite.c.
 *
 * Thread: one at a time. Functions give 0 or -errno: -EBUSY: another program
 * holds the database; -ENOSPC, -EIO, -ENOMEM, -EBADMSG, -EACCES.
 */
#ifndef NS_SQL_H
#define NS_SQL_H

#include "ns_store.h"

struct ns_sql;

/*
 * The writer comes first: it makes the tables, and sees that it may write. Errors are
 * those of ns_store_sqlite_open().
 */
int ns_sql_open(const char *file, bool writer, struct ns_sql **out);
void ns_sql_close(struct ns_sql *q);	/* NULL is fine */

/* Of the writer: reads all of the file. -EBADMSG: it is damaged, and the log says how. */
int ns_sql_check(struct ns_sql *q);
/* Ends what another thread does with it, as ns_sql_check(), with -ECANCELED. */
void ns_sql_interrupt(struct ns_sql *q);

/* What is committed, and, of the writer, what it has applied since. */
int ns_sql_get(struct ns_sql *q, const char *key, struct ns_value *out);
int ns_sql_list(struct ns_sql *q, const char *prefix, const char *after, size_t limit,
		struct ns_items *out);
uint64_t ns_sql_revision(const struct ns_sql *q);

/* Of the writer: begin, any number of transactions, and commit or rollback of them all. */
int ns_sql_begin(struct ns_sql *q);
/* -EAGAIN: a comparison does not hold, and nothing was changed. */
int ns_sql_apply(struct ns_sql *q, const struct ns_txn *t, uint64_t revision);
/* revision: of the last that was applied. After an error: rollback. */
int ns_sql_commit(struct ns_sql *q, uint64_t revision);
void ns_sql_rollback(struct ns_sql *q);

#endif
