/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the nameserver asks of a store: an ordered map from keys to values
 * with one revision, a number that every committed transaction raises.
 *
 * Reads answer at once from the engine's own memory or file, and see every
 * transaction that was begun before, unless it has failed: what is decided next
 * may depend on it.  A commit answers when it is durable, which may be later: only
 * then may anybody outside be told that it has happened.  If one fails, so do
 * those behind it that compare what it would have written.
 * What a watch needs is here already: values carry the revision of their last
 * change.
 *
 * Thread: the event loop's only.  An engine passes the conformance suite in
 * test_ns_store.c, or it is none.
 */
#ifndef NS_STORE_H
#define NS_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NS_KEY_MAX	256		/* bytes, with the NUL; printable ASCII */
#define NS_VALUE_MAX	(512 * 1024)	/* bytes */
#define NS_TXN_MAX	16		/* of each: compares, puts, deletes */

struct event_base;
struct ns_store;

struct ns_value {
	void	*data;			/* malloc'ed, the holder's */
	size_t	 size;
	uint64_t revision;		/* of the last change; never 0 */
};

struct ns_item {
	char		*key;
	struct ns_value	 value;
};

struct ns_items {
	struct ns_item	*item;
	size_t		 n;
};

struct ns_compare {
	char	 key[NS_KEY_MAX];
	uint64_t revision;		/* 0: there must be no such key */
};

struct ns_put {
	char	 key[NS_KEY_MAX];
	void	*data;
	size_t	 size;
};

struct ns_del {
	char	 key[NS_KEY_MAX];
};

/*
 * If every comparison holds, all puts and deletes happen, else nothing.
 * err is the first failure of the builders below; a commit then returns it.
 */
struct ns_txn {
	int			err;
	unsigned int		n_compare, n_put, n_del;
	struct ns_compare	compare[NS_TXN_MAX];
	struct ns_put		put[NS_TXN_MAX];
	struct ns_del		del[NS_TXN_MAX];
};

/*
 * Called once, before ns_store_commit() returns or later.  err: 0 and the new
 * revision; -EAGAIN: a comparison failed; -EBUSY: another program holds the
 * database; -EIO, -ENOSPC, -ENOMEM: the engine;
 * -E2BIG, -EINVAL: the transaction is not one.  After any error nothing has
 * changed.
 */
typedef void ns_store_done(void *arg, int err, uint64_t revision);

struct ns_store_engine {
	const char *name;
	int (*get)(struct ns_store *s, const char *key, struct ns_value *out);
	int (*list)(struct ns_store *s, const char *prefix, const char *after,
		    size_t limit, struct ns_items *out);
	void (*commit)(struct ns_store *s, const struct ns_txn *txn,
		       ns_store_done *done, void *arg);
	void (*drain)(struct ns_store *s);	/* NULL: commits answer at once */
	int (*broken)(struct ns_store *s);	/* NULL: never */
	uint64_t (*revision)(struct ns_store *s);
	void (*close)(struct ns_store *s);
};

/* First member of every engine's own structure. */
struct ns_store {
	const struct ns_store_engine *engine;
};

/*
 * Opens or creates the database; only one process may have it open. Commits are
 * answered from base's loop, which outlives the store. One that turns out to be
 * damaged is broken, and breaks the loop.
 * 0 or -errno: -EPROTONOSUPPORT: written by a newer version; -EBADMSG: not
 * our database or damaged; -EBUSY: another process has it.
 */
int ns_store_sqlite_open(const char *file, struct event_base *base, struct ns_store **out);

/* In memory, for tests. NULL: out of memory. */
struct ns_store *ns_store_mem_new(void);
/* The n-th commit from now (1: the next) fails with err and changes nothing. */
void ns_store_mem_fail(struct ns_store *s, unsigned int n, int err);

/* 0, -ENOENT, -EIO, -ENOMEM. out is untouched on failure. */
int ns_store_get(struct ns_store *s, const char *key, struct ns_value *out);
void ns_value_free(struct ns_value *v);
/* 0 or -ENOMEM, and out is untouched. */
int ns_value_copy(struct ns_value *out, const void *data, size_t size, uint64_t revision);
/* The same, with the key. */
int ns_item_copy(struct ns_item *out, const char *key, const void *data, size_t size,
		 uint64_t revision);
/* For tables in memory. salt: a secret, where nobody may choose which keys fall together; or 0. */
uint64_t ns_store_hash(const char *key, uint64_t salt);

/*
 * At most limit items whose keys begin with prefix and come after `after`
 * (NULL: from the first), in byte order of the keys.
 */
int ns_store_list(struct ns_store *s, const char *prefix, const char *after,
		  size_t limit, struct ns_items *out);
void ns_items_free(struct ns_items *items);

/* A copy of txn goes on its way: the caller's may end. */
void ns_store_commit(struct ns_store *s, const struct ns_txn *txn,
		     ns_store_done *done, void *arg);
/* Waits until every commit is answered, those that an answer asks for included. */
void ns_store_drain(struct ns_store *s);
/* 0, or the -errno for which it will never write again: its server ends. */
int ns_store_broken(struct ns_store *s);
/* Of the last transaction that was answered. */
uint64_t ns_store_revision(struct ns_store *s);
/* Drains it first. NULL is fine. */
void ns_store_close(struct ns_store *s);

/* Builders. Keys and values are copied; a value of NULL sets -ENOMEM. */
void ns_txn_begin(struct ns_txn *t);
void ns_txn_compare(struct ns_txn *t, const char *key, uint64_t revision);
void ns_txn_del(struct ns_txn *t, const char *key);
void ns_txn_put(struct ns_txn *t, const char *key, const void *data, size_t size);
void ns_txn_end(struct ns_txn *t);	/* releases what the builders took */
struct ns_txn *ns_txn_copy(const struct ns_txn *t);	/* NULL: out of memory */
void ns_txn_free(struct ns_txn *copy);

#endif
