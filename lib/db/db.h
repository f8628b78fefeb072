/*
 * One connection to MariaDB and its prepared statements; the only door to
 * the client library. A struct db belongs to one thread.
 *
 * A statement is a constant of a domain file. What goes into it and comes out
 * is said where it is run, each with its type, which the compiler checks; how
 * many there are is held against the server's own count:
 *
 *	db_run(db, &rename, db_text(name), db_uuid(id));
 *	db_one(db, &get, DB_IN(db_uuid(id)), DB_OUT(db_to_text(name)));
 */
#ifndef DB_H
#define DB_H

#include <stddef.h>
#include <stdint.h>

#include "base/crypto.h"
#include "base/status.h"
#include "base/uuid.h"

enum dbrc {
	DB_DONE,
	DB_NONE,      /* no such row */
	DB_DUP,       /* a unique key exists already */
	DB_RETRY,     /* deadlock or lock wait: the transaction is gone */
	DB_READ_ONLY, /* the server takes no writes: nothing was done */
	DB_LOST,      /* no connection, or it broke; nothing is known */
	DB_AWAY,      /* it can do nothing for us now, or no time is left */
	DB_FAIL,      /* our mistake, or the server's */
};

struct db_conf {
	const char *address; /* /path/of/socket or host:port */
	/* NULL, or a file whose first line is the address of now: read for each
	 * connection, since the database may move while we run. */
	const char *address_file;
	const char *name;
	const char *user;
	const char *password;
};

struct stmt {
	const char *sql;
};

/* ---- parameters and columns, to be made by the functions below */

enum db_type {
	DB_UUID,   /* BINARY(16) */
	DB_DIGEST, /* BINARY(32) */
	DB_NAME,   /* 8 bytes */
	DB_TEXT,
	DB_INT,
	DB_TIME, /* DATETIME(6) in UTC; here of clock.h */
};

struct db_in {
	enum db_type type;
	union {
		const void *data; /* NULL is sent as NULL; not copied */
		int64_t n;
	};
};

struct db_out {
	enum db_type type;
	unsigned size; /* bytes at data */
	void *data;
};

static inline struct db_in
db_uuid(const struct uuid *u)
{
	return (struct db_in){ DB_UUID, { .data = u } };
}

/* DIGEST_SIZE bytes. */
static inline struct db_in
db_digest(const uint8_t *d)
{
	return (struct db_in){ DB_DIGEST, { .data = d } };
}

static inline struct db_in
db_name(const uint8_t *eight_bytes)
{
	return (struct db_in){ DB_NAME, { .data = eight_bytes } };
}

static inline struct db_in
db_text(const char *s)
{
	return (struct db_in){ DB_TEXT, { .data = s } };
}

/* "" is sent as NULL. */
static inline struct db_in
db_text_or_null(const char *s)
{
	return db_text(s != NULL && *s == '\0' ? NULL : s);
}

static inline struct db_in
db_int(int64_t n)
{
	return (struct db_in){ DB_INT, { .n = n } };
}

/* CLOCK_NONE is sent as NULL. */
static inline struct db_in
db_time(int64_t t)
{
	return (struct db_in){ DB_TIME, { .n = t } };
}

/* Of a column that is NULL: zeros, "", 0, CLOCK_NONE. */
static inline struct db_out
db_to_uuid(struct uuid *u)
{
	return (struct db_out){ DB_UUID, sizeof(*u), u };
}

/* DIGEST_SIZE bytes. */
static inline struct db_out
db_to_digest(uint8_t *d)
{
	return (struct db_out){ DB_DIGEST, DIGEST_SIZE, d };
}

static inline struct db_out
db_to_int(int64_t *n)
{
	return (struct db_out){ DB_INT, sizeof(*n), n };
}

static inline struct db_out
db_to_time(int64_t *t)
{
	return (struct db_out){ DB_TIME, sizeof(*t), t };
}

/* Of size bytes, its NUL included; a longer text is an error (DB_FAIL). */
static inline struct db_out
db_to_text_n(char *s, size_t size)
{
	return (struct db_out){ DB_TEXT, (unsigned)size, s };
}

/* An array of char; a pointer does not compile (a bit field of width -1). */
#define db_to_text(array) \
	db_to_text_n(&(array)[0], sizeof(array) + 0 * sizeof(struct { \
		int array_wanted : DB_IS_POINTER(array) ? -1 : 1; \
	}))
#define DB_IS_POINTER(a) __builtin_types_compatible_p(__typeof__(a), char *)

struct db_ins {
	const struct db_in *v;
	size_t n;
};

struct db_outs {
	const struct db_out *v;
	size_t n;
};

#define DB_LIST(list, one, ...) \
	((struct list){ (const struct one[]){ __VA_ARGS__ }, \
	    sizeof((const struct one[]){ __VA_ARGS__ }) / \
		sizeof(struct one) })
#define DB_IN(...)  DB_LIST(db_ins, db_in, __VA_ARGS__)
#define DB_OUT(...) DB_LIST(db_outs, db_out, __VA_ARGS__)

struct db;

/*
 * Does not connect: the first statement does, and again after a loss.
 * The configuration is kept by reference. NULL when memory is short.
 */
struct db *db_new(const struct db_conf *);
void db_free(struct db *);

/*
 * No statement begins after this moment of clock_boot(): a call answers
 * DB_AWAY instead, and a transaction is rolled back. One that has begun may
 * take two seconds more. 0, as at first: whenever it likes.
 */
void db_until(struct db *, int64_t moment);

/* Why the last call answered DB_LOST, DB_AWAY or DB_FAIL; or "". */
const char *db_error(const struct db *);

/*
 * Run a statement that writes: db_run(db, &stmt, parameter…). db_affected() is
 * the number of rows that it matched.
 */
#define db_run(db, st, ...) db_write((db), (st), DB_IN(__VA_ARGS__))
enum dbrc db_write(struct db *, const struct stmt *, struct db_ins);
int64_t db_affected(const struct db *);

/*
 * Run one that reads. Each db_next() puts the next row where the columns said,
 * or answers DB_NONE at the end. Rows come one by one from the server, so
 * whatever there is takes the memory of one; what was not read is dropped by
 * the next statement, or by db_stop(), which whoever ends early calls: the
 * server waits meanwhile.
 */
enum dbrc db_select(
    struct db *, const struct stmt *, struct db_ins, struct db_outs);
enum dbrc db_next(struct db *);
void db_stop(struct db *);

/* The same for one row, or DB_NONE. */
enum dbrc db_one(
    struct db *, const struct stmt *, struct db_ins, struct db_outs);

/*
 * An answer as an outcome, for those who have nothing better to say: OK,
 * NOT_FOUND, READ_ONLY, UNAVAILABLE (DB_LOST, DB_RETRY, DB_AWAY) or
 * SERVER_ERROR.
 */
enum status db_status(enum dbrc);

/*
 * Call work(db, arg) inside a transaction and commit when it answers
 * DB_DONE, else roll back and answer what it did. After DB_RETRY (up to 3
 * times) and once after DB_LOST it is called anew from its beginning, even
 * when the loss was at COMMIT and the outcome is unknown: so work must
 * recognise what it has already done.
 */
enum dbrc db_transaction(
    struct db *, enum dbrc (*work)(struct db *, void *), void *arg);

/*
 * The next statement is the last of the transaction and commits it, in one way
 * to the server and back; it reads no row. (The first one of a transaction
 * begins it so by itself. It had better read none either: the server then
 * describes the columns each time, for a compound statement is not known to
 * have any.)
 */
void db_last(struct db *);

#endif
