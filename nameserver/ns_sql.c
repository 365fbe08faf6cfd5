/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One connection to the database; the only file of the suite that knows SQLite.
 *
 *	kv(key, value, revision)	the map; revision of the last change
 *	state(one, revision)		one row: of the last transaction
 *
 * SQLite's integers are signed: revisions stay below 2^63, which is checked
 * where they are raised.  Values are bound, never formatted into statements.
 */
#include "ns_sql.h"
#include "dio_log.h"

#include <errno.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define APPLICATION_ID	0x44696f31	/* "Dio1", in the file's header */
#define SCHEMA_VERSION	1
#define BUSY_MS		2000		/* others only read: a backup, a look */
#define WAL_KEEP	"4194304"	/* bytes of log that stay, when a reader has made it long */

enum {
	Q_GET, Q_LIST, Q_PUT, Q_DEL, Q_RAISE, Q_REVISION, Q_BEGIN, Q_COMMIT, Q_ROLLBACK, Q_COUNT
};

static const char *const query_text[Q_COUNT] = {
	[Q_GET] = "SELECT value, revision FROM kv WHERE key = ?1",
	/* One lower bound: with two, all rows between them are read. */
	[Q_LIST] = "SELECT key, value, revision FROM kv"
		   " WHERE key >= ?1 AND key < ?2 ORDER BY key LIMIT ?3",
	[Q_PUT] = "INSERT INTO kv(key, value, revision) VALUES (?1, ?2, ?3)"
		  " ON CONFLICT(key) DO UPDATE"
		  " SET value = excluded.value, revision = excluded.revision",
	[Q_DEL] = "DELETE FROM kv WHERE key = ?1",
	[Q_RAISE] = "UPDATE state SET revision = ?1 WHERE one = 1",
	[Q_REVISION] = "SELECT revision FROM state WHERE one = 1",
	[Q_BEGIN] = "BEGIN IMMEDIATE",
	[Q_COMMIT] = "COMMIT",
	[Q_ROLLBACK] = "ROLLBACK",
};

struct ns_sql {
	sqlite3		*db;
	sqlite3_stmt	*query[Q_COUNT];
	uint64_t	 revision;	/* of the last transaction, when it was opened or made here */
};

static int sql_errno(int rc)
{
	/* How it tells of a full disk when it begins. */
	if (rc == SQLITE_IOERR_SHMSIZE)
		return -ENOSPC;
	switch (rc & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return 0;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EBADMSG;
	case SQLITE_PERM:
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
		return -EACCES;
	default:
		return -EIO;
	}
}

static int sql_failed(struct ns_sql *q, const char *what, int rc)
{
	int err = sql_errno(rc == SQLITE_IOERR ? sqlite3_extended_errcode(q->db) : rc);

	if (err)
		dio_error("database: %s: %s", what, q->db ? sqlite3_errmsg(q->db) : "out of memory");
	return err;
}

/* A cached statement must not keep its locks or the caller's buffers. */
static void query_done(sqlite3_stmt *st)
{
	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
}

/* Runs a statement that gives no rows, its parameters being bound. */
static int query_run(struct ns_sql *q, int which)
{
	int rc = sqlite3_step(q->query[which]);

	query_done(q->query[which]);
	return sql_failed(q, query_text[which], rc);
}

static int bind_key(sqlite3_stmt *st, int at, const char *key)
{
	return sqlite3_bind_text(st, at, key, -1, SQLITE_STATIC);
}

static int column_value(sqlite3_stmt *st, int at, struct ns_value *out)
{
	const void *blob = sqlite3_column_blob(st, at);
	int size = sqlite3_column_bytes(st, at);
	void *copy = malloc(size > 0 ? size : 1);

	if (!copy)
		return -ENOMEM;
	if (size > 0)
		memcpy(copy, blob, size);
	*out = (struct ns_value){ copy, size, sqlite3_column_int64(st, at + 1) };
	return 0;
}

int ns_sql_get(struct ns_sql *q, const char *key, struct ns_value *out)
{
	sqlite3_stmt *st = q->query[Q_GET];
	int rc = bind_key(st, 1, key), err;

	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		err = column_value(st, 0, out);
	else
		err = rc == SQLITE_DONE ? -ENOENT : sql_failed(q, "get", rc);
	query_done(st);
	return err;
}

/* One more item from the row that st is at. */
static int append_row(struct ns_items *out, sqlite3_stmt *st)
{
	struct ns_item *grown = realloc(out->item, (out->n + 1) * sizeof(*grown));
	const char *key = (const char *)sqlite3_column_text(st, 0);
	int err;

	if (!grown)
		return -ENOMEM;
	out->item = grown;
	grown[out->n].key = key ? strdup(key) : NULL;
	if (!grown[out->n].key)
		return -ENOMEM;
	err = column_value(st, 1, &grown[out->n].value);
	if (err)
		free(grown[out->n].key);
	else
		out->n++;
	return err;
}

int ns_sql_list(struct ns_sql *q, const char *prefix, const char *after, size_t limit,
		struct ns_items *out)
{
	sqlite3_stmt *st = q->query[Q_LIST];
	struct ns_items got = { 0 };
	char begin[NS_KEY_MAX + 1], end[NS_KEY_MAX];
	int rc, err = 0;

	/* The first key behind after; and behind all that begin with prefix: keys are ASCII. */
	snprintf(begin, sizeof(begin), "%s%s", after ? after : prefix, after ? "\001" : "");
	strcpy(end, prefix);
	end[strlen(end) - 1]++;
	if (bind_key(st, 1, strcmp(begin, prefix) < 0 ? prefix : begin) || bind_key(st, 2, end) ||
	    sqlite3_bind_int64(st, 3, limit > INT_MAX ? INT_MAX : (sqlite3_int64)limit))
		err = -ENOMEM;
	while (!err && (rc = sqlite3_step(st)) != SQLITE_DONE)
		err = rc == SQLITE_ROW ? append_row(&got, st) : sql_failed(q, "list", rc);
	query_done(st);
	if (err)
		ns_items_free(&got);
	else
		*out = got;
	return err;
}

/* 0: all comparisons hold; -EAGAIN: one does not. */
static int sql_holds(struct ns_sql *q, const struct ns_txn *t)
{
	unsigned int i;

	for (i = 0; i < t->n_compare; i++) {
		struct ns_value v = { 0 };
		int err = ns_sql_get(q, t->compare[i].key, &v);
		uint64_t revision = v.revision;

		ns_value_free(&v);
		if (err && err != -ENOENT)
			return err;
		if (revision != t->compare[i].revision)
			return -EAGAIN;
	}
	return 0;
}

static int sql_put(struct ns_sql *q, const struct ns_put *p, uint64_t revision)
{
	sqlite3_stmt *st = q->query[Q_PUT];

	/* The put's buffer outlives the step. */
	if (bind_key(st, 1, p->key) ||
	    sqlite3_bind_blob64(st, 2, p->data, p->size, SQLITE_STATIC) ||
	    sqlite3_bind_int64(st, 3, (sqlite3_int64)revision)) {
		query_done(st);
		return -ENOMEM;
	}
	return query_run(q, Q_PUT);
}

static int sql_del(struct ns_sql *q, const char *key)
{
	if (bind_key(q->query[Q_DEL], 1, key))
		return -ENOMEM;
	return query_run(q, Q_DEL);
}

static int sql_raise(struct ns_sql *q, uint64_t revision)
{
	if (revision > INT64_MAX)
		return -ENOSPC;
	if (sqlite3_bind_int64(q->query[Q_RAISE], 1, (sqlite3_int64)revision))
		return -ENOMEM;
	return query_run(q, Q_RAISE);
}

int ns_sql_begin(struct ns_sql *q)
{
	return query_run(q, Q_BEGIN);
}

int ns_sql_apply(struct ns_sql *q, const struct ns_txn *t, uint64_t revision)
{
	int err = sql_holds(q, t);
	unsigned int i;

	for (i = 0; !err && i < t->n_put; i++)
		err = sql_put(q, &t->put[i], revision);
	for (i = 0; !err && i < t->n_del; i++)
		err = sql_del(q, t->del[i].key);
	return err;
}

int ns_sql_commit(struct ns_sql *q, uint64_t revision)
{
	int err = sql_raise(q, revision);

	if (!err)
		err = query_run(q, Q_COMMIT);
	if (!err)
		q->revision = revision;
	return err;
}

void ns_sql_rollback(struct ns_sql *q)
{
	/* A failed COMMIT may have ended the transaction, or left it open. */
	if (!sqlite3_get_autocommit(q->db))
		(void)query_run(q, Q_ROLLBACK);
}

uint64_t ns_sql_revision(const struct ns_sql *q)
{
	return q->revision;
}

static int sql_exec(struct ns_sql *q, const char *text)
{
	return sql_failed(q, text, sqlite3_exec(q->db, text, NULL, NULL, NULL));
}

/* The first column of the first row, for pragmas and the revision. */
static int sql_number(struct ns_sql *q, const char *text, int64_t *out)
{
	sqlite3_stmt *st;
	int rc = sqlite3_prepare_v2(q->db, text, -1, &st, NULL);
	int err = sql_failed(q, text, rc);

	if (err)
		return err;
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		*out = sqlite3_column_int64(st, 0);
	else
		err = rc == SQLITE_DONE ? -EBADMSG : sql_failed(q, text, rc);
	sqlite3_finalize(st);
	return err;
}

static const char schema_1[] =
	"CREATE TABLE kv("
	" key TEXT PRIMARY KEY NOT NULL,"
	" value BLOB NOT NULL,"
	" revision INTEGER NOT NULL) STRICT;"
	"CREATE TABLE state("
	" one INTEGER PRIMARY KEY CHECK (one = 1),"
	" revision INTEGER NOT NULL) STRICT;"
	"INSERT INTO state(one, revision) VALUES (1, 0);"
	"PRAGMA application_id = 1147760433;"
	"PRAGMA user_version = 1;";
_Static_assert(APPLICATION_ID == 1147760433, "written as a number in schema_1");

/* Under the exclusive transaction: nobody sees a schema half made. */
static int sql_migrate_locked(struct ns_sql *q)
{
	int64_t version = 0, id = 0, tables = 0;
	int err = sql_number(q, "PRAGMA user_version", &version);

	if (!err)
		err = sql_number(q, "PRAGMA application_id", &id);
	if (!err)
		err = sql_number(q, "SELECT count(*) FROM sqlite_schema", &tables);
	if (err)
		return err;
	if (!version && !id && !tables)
		return sql_exec(q, schema_1);
	if (id != APPLICATION_ID) {
		dio_error("database: this file is another program's");
		return -EBADMSG;
	}
	if (version != SCHEMA_VERSION) {
		dio_error("database: schema %lld, this program knows up to %d",
			  (long long)version, SCHEMA_VERSION);
		return -EPROTONOSUPPORT;
	}
	return 0;
}

static int sql_migrate(struct ns_sql *q)
{
	int err = sql_exec(q, "BEGIN EXCLUSIVE");

	if (err)
		return err;
	err = sql_migrate_locked(q);
	if (!err)
		err = sql_exec(q, "COMMIT");
	if (err && !sqlite3_get_autocommit(q->db))
		(void)sql_exec(q, "ROLLBACK");
	return err;
}

static int sql_prepare(struct ns_sql *q)
{
	int i, err = 0;

	for (i = 0; !err && i < Q_COUNT; i++)
		err = sql_failed(q, query_text[i],
				 sqlite3_prepare_v3(q->db, query_text[i], -1,
						    SQLITE_PREPARE_PERSISTENT, &q->query[i], NULL));
	return err;
}

static int sql_load_revision(struct ns_sql *q)
{
	int64_t revision = 0;
	int err = sql_number(q, query_text[Q_REVISION], &revision);

	if (!err && revision < 0)
		err = -EBADMSG;
	q->revision = revision;
	return err;
}

/* Who can't write must not say that it serves. What is tried is taken back: it may be damaged. */
static int sql_try_write(struct ns_sql *q)
{
	int err = sqlite3_db_readonly(q->db, "main") ? -EACCES : ns_sql_begin(q);

	if (!err)
		err = sql_raise(q, q->revision);
	ns_sql_rollback(q);
	return err;
}

/* "ok", or the first thing that is wrong. Also in what a crash left behind. */
int ns_sql_check(struct ns_sql *q)
{
	static const char text[] = "PRAGMA integrity_check(1)";
	const char *said = NULL;
	sqlite3_stmt *st;
	int rc = sqlite3_prepare_v2(q->db, text, -1, &st, NULL);
	int err = 0;

	if (rc == SQLITE_OK) {
		rc = sqlite3_step(st);
		said = rc == SQLITE_ROW ? (const char *)sqlite3_column_text(st, 0) : NULL;
	}
	if (rc == SQLITE_INTERRUPT) {
		err = -ECANCELED;
	} else if (!said || strcmp(said, "ok")) {
		dio_error("database is damaged: %s", said ? said : sqlite3_errmsg(q->db));
		err = -EBADMSG;
	}
	sqlite3_finalize(st);
	return err;
}

void ns_sql_interrupt(struct ns_sql *q)
{
	sqlite3_interrupt(q->db);
}

static int sql_open(struct ns_sql *q, const char *file)
{
	int rc = sqlite3_open_v2(file, &q->db,
				 SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX |
					 SQLITE_OPEN_NOFOLLOW, NULL);
	int err = sql_failed(q, file, rc);

	if (err)
		return err;
	sqlite3_extended_result_codes(q->db, 1);
	sqlite3_busy_timeout(q->db, BUSY_MS);
	return sql_exec(q, "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;");
}

/* It makes the file what it is to be, before anybody reads. */
static int sql_open_writer(struct ns_sql *q)
{
	int err = sql_exec(q, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
			      "PRAGMA journal_size_limit = " WAL_KEEP);

	if (!err)
		err = sql_migrate(q);
	if (!err)
		err = sql_prepare(q);
	if (!err)
		err = sql_load_revision(q);
	if (!err)
		err = sql_try_write(q);
	return err;
}

static int sql_open_reader(struct ns_sql *q)
{
	int err = sql_exec(q, "PRAGMA query_only = ON");

	return err ? err : sql_prepare(q);
}

int ns_sql_open(const char *file, bool writer, struct ns_sql **out)
{
	struct ns_sql *q = calloc(1, sizeof(*q));
	int err;

	if (!q)
		return -ENOMEM;
	err = sql_open(q, file);
	if (!err)
		err = writer ? sql_open_writer(q) : sql_open_reader(q);
	if (err)
		ns_sql_close(q);
	else
		*out = q;
	return err;
}

/*
 * The last connection writes the log back into the file as it closes, unless
 * there was an interrupt that no statement has taken since.
 */
void ns_sql_close(struct ns_sql *q)
{
	if (!q)
		return;
	(void)sqlite3_exec(q->db, "SELECT 1", NULL, NULL, NULL);
	for (int i = 0; i < Q_COUNT; i++)
		sqlite3_finalize(q->query[i]);
	sqlite3_close(q->db);
	free(q);
}
