/*
 * One connection to MariaDB and its prepared statements; the only door to
 * the client library. A struct db belongs to one thread.
 *
 * A statement is a constant of a domain file; its signatures say what goes in
 * and what comes out, one letter each, and are checked against the server's
 * own count when it is prepared:
 *
 *   letter  parameter              column
 *   u       const struct uuid *    struct uuid *
 *   h       const uint8_t[32] *    uint8_t *            BINARY(32)
 *   k       const uint8_t[8] *     -                    8 bytes
 *   s       const char *           char *, size_t       NULL reads as ""
 *   n       const char *           -                    "" is sent as NULL
 *   i       int64_t                int64_t *
 *   t       int64_t (clock.h)      int64_t *            DATETIME(6) in UTC
 *
 * A NULL pointer, or CLOCK_NONE for 't', is sent as NULL.
 */
#ifndef DB_H
#define DB_H

#include <stdint.h>

#include "status.h"

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
	const char *in;
	const char *out;
};

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
 * Run a statement with its parameters. After one that writes, db_affected()
 * is the number of rows it matched. After one that reads, follow with
 * db_next().
 */
enum dbrc db_run(struct db *, const struct stmt *, ...);
int64_t db_affected(const struct db *);

/*
 * The next row into the variables of stmt->out, or DB_NONE at the end. They are
 * taken from the first call for a result; later ones name the same. Rows come
 * one by one from the server, so whatever there is takes the memory of one;
 * what was not read is dropped by the next statement, or by db_stop(), which
 * whoever ends early calls: the server waits meanwhile.
 */
enum dbrc db_next(struct db *, const struct stmt *, ...);
void db_stop(struct db *);

/* Run and read one row: the parameters, then the variables. */
enum dbrc db_one(struct db *, const struct stmt *, ...);

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
