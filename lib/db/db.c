/* The connection, its statements and its transactions. */
#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "db/db_bind.h"
#include "db/db_error.h"

enum {
	PREPARED = 96, /* statements of one program, at most */
	CONNECT_S = 1,
	ANSWER_S = 2, /* of one statement; above what a slow disk needs */
	RETRIES = 3,
};

struct db {
	const struct db_conf *conf;
	MYSQL *my;     /* NULL: not connected */
	int64_t until; /* db_set_deadline() */
	/*
	 * Where its transaction is. The first statement brings START
	 * TRANSACTION along, and the last one COMMIT (db_last()): on its way a
	 * request asks twice less.
	 */
	enum stage { OUTSIDE, FIRST, INSIDE, LAST, COMMITTED } stage;
	struct prepared {
		const struct stmt *stmt;
		enum stage stage; /* FIRST and LAST: with what they bring */
		MYSQL_STMT *handle;
		size_t columns; /* that were asked for when it ran */
		struct cell cells[DB_BIND_COLUMNS];
	} prepared[PREPARED];
	size_t nprepared;
	struct prepared *reading; /* its rows are not all read */
	int64_t affected;
	char error[256];
};

enum status
db_status(enum dbrc rc)
{
	switch (rc) {
	case DB_DONE:
		return STATUS_OK;
	case DB_NONE:
		return STATUS_NOT_FOUND;
	case DB_READ_ONLY:
		return STATUS_READ_ONLY;
	case DB_RETRY:
	case DB_LOST:
	case DB_AWAY:
		return STATUS_UNAVAILABLE;
	case DB_DUP:
	case DB_FAIL:
		break;
	}
	return STATUS_SERVER_ERROR;
}

struct db *
db_new(const struct db_conf *conf)
{
	struct db *db = calloc(1, sizeof(*db));

	if (db != NULL)
		db->conf = conf;
	return db;
}

/* Statements die with their connection. */
static void
disconnect(struct db *db)
{
	size_t i;

	db->reading = NULL;
	for (i = 0; i < db->nprepared; i++)
		mysql_stmt_close(db->prepared[i].handle);
	db->nprepared = 0;
	if (db->my != NULL)
		mysql_close(db->my);
	db->my = NULL;
}

void
db_free(struct db *db)
{
	if (db == NULL)
		return;
	disconnect(db);
	free(db);
}

void
db_set_deadline(struct db *db, int64_t moment)
{
	db->until = moment;
	db->error[0] = '\0';
}

const char *
db_error(const struct db *db)
{
	return db->error;
}

int64_t
db_affected(const struct db *db)
{
	return db->affected;
}

/* An error number as an answer; a broken connection is closed at once. */
static enum dbrc
failure(struct db *db, unsigned code, const char *text)
{
	enum dbrc rc = db_error_means(code);

	if (rc != DB_DUP && rc != DB_RETRY)
		snprintf(db->error, sizeof(db->error), "%u %s", code, text);
	if (rc == DB_LOST)
		disconnect(db);
	return rc;
}

/* A statement that began now would end after its request's time. */
static bool
late(struct db *db)
{
	if (db->until == 0 || clock_boot() < db->until)
		return false;
	if (*db->error == '\0')
		snprintf(db->error, sizeof(db->error), "no time is left");
	return true;
}

/* That of the file; the other one while there is none, or nothing in it. */
static const char *
address_of(const struct db_conf *conf, char *line, size_t size)
{
	if (conf->address_file == NULL ||
	    !file_line(conf->address_file, line, size))
		return conf->address;
	return *line == '/' || strchr(line, ':') != NULL ? line : conf->address;
}

static enum dbrc
connect_to(struct db *db)
{
	static const char session[] =
	    "SET SESSION "
	    "sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,"
	    "ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION', "
	    "time_zone = '+00:00', tx_isolation = 'READ-COMMITTED', "
	    "innodb_lock_wait_timeout = 1, "
	    /* ANSWER_S: the server gives up when we do. */
	    "max_statement_time = 2, "
	    /*
	     * A program that stops half way must not keep its locks.
	     * (idle_write_transaction_timeout spares those of a SELECT FOR
	     * UPDATE: findings/.)
	     */
	    "idle_transaction_timeout = 1";
	unsigned connect_s = CONNECT_S, answer_s = ANSWER_S, port = 0;
	char now[256], host[256] = "localhost";
	const char *address = address_of(db->conf, now, sizeof(now)), *colon;
	bool local = *address == '/';

	if (!local && (colon = strrchr(address, ':')) != NULL) {
		snprintf(host, sizeof(host), "%.*s", (int)(colon - address),
		    address);
		port = (unsigned)atoi(colon + 1);
	}
	if ((db->my = mysql_init(NULL)) == NULL)
		return DB_FAIL;
	/* Never MYSQL_OPT_RECONNECT: it commits half a transaction. */
	mysql_options(db->my, MYSQL_OPT_CONNECT_TIMEOUT, &connect_s);
	mysql_options(db->my, MYSQL_OPT_READ_TIMEOUT, &answer_s);
	mysql_options(db->my, MYSQL_OPT_WRITE_TIMEOUT, &answer_s);
	mysql_options(db->my, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	mysql_options(db->my, MYSQL_INIT_COMMAND, session);
	if (mysql_real_connect(db->my, host, db->conf->user, db->conf->password,
		db->conf->name, port, local ? address : NULL,
		CLIENT_FOUND_ROWS) == NULL) {
		failure(db, mysql_errno(db->my), mysql_error(db->my));
		disconnect(db);
		return DB_LOST;
	}
	return DB_DONE;
}

/*
 * MariaDB's compound statement: it ends at the first that fails, with that
 * one's error, and leaves the transaction open.
 */
static bool
prepare_at(MYSQL_STMT *h, const struct stmt *st, enum stage stage)
{
	struct buf sql = { 0 };
	bool ok;

	buf_printf(&sql, "BEGIN NOT ATOMIC%s %s;%s END",
	    stage == FIRST ? " START TRANSACTION;" : "", st->sql,
	    stage == LAST ? " COMMIT;" : "");
	ok = mysql_stmt_prepare(h, sql.data, sql.len) == 0;
	buf_free(&sql);
	return ok;
}

/* A statement is prepared once for each connection, and place of it. */
static enum dbrc
prepare(struct db *db, const struct stmt *st, struct prepared **ret)
{
	bool plain = db->stage != FIRST && db->stage != LAST;
	enum stage stage = plain ? INSIDE : db->stage;
	MYSQL_STMT *h;
	enum dbrc rc;
	size_t i;

	for (i = 0; i < db->nprepared; i++)
		if (db->prepared[i].stmt == st &&
		    db->prepared[i].stage == stage) {
			*ret = &db->prepared[i];
			return DB_DONE;
		}
	assert(db->nprepared < PREPARED);
	if ((h = mysql_stmt_init(db->my)) == NULL)
		return DB_FAIL;
	if (plain ? mysql_stmt_prepare(h, st->sql, strlen(st->sql)) != 0
		  : !prepare_at(h, st, stage)) {
		rc = failure(db, mysql_stmt_errno(h), mysql_stmt_error(h));
		mysql_stmt_close(h);
		return rc;
	}
	*ret = &db->prepared[db->nprepared++];
	**ret = (struct prepared){ .stmt = st, .stage = stage, .handle = h };
	return DB_DONE;
}

/*
 * Unread rows come before the next answer; after those of
 * a compound statement comes its own end.
 */
void
db_stop(struct db *db)
{
	MYSQL_STMT *h;

	if (db->reading == NULL)
		return;
	h = db->reading->handle;
	db->reading = NULL;
	mysql_stmt_free_result(h);
	while (mysql_stmt_next_result(h) == 0)
		;
}

/* Where the rows go: for all of them. */
static bool
bind_result(struct prepared *p, struct db_outs out)
{
	MYSQL_BIND binds[DB_BIND_COLUMNS];

	assert(mysql_stmt_field_count(p->handle) == out.n);
	assert(out.n <= DB_BIND_COLUMNS);
	memset(binds, 0, out.n * sizeof(binds[0]));
	memset(p->cells, 0, out.n * sizeof(p->cells[0]));
	p->columns = out.n;
	db_bind_out(out, binds, p->cells);
	return mysql_stmt_bind_result(p->handle, binds) == 0;
}

static bool
bind_and_execute(struct prepared *p, struct db_ins in)
{
	MYSQL_BIND binds[DB_BIND_PARAMETERS];
	struct cell cells[DB_BIND_PARAMETERS];

	assert(mysql_stmt_param_count(p->handle) == in.n);
	assert(in.n <= DB_BIND_PARAMETERS);
	memset(binds, 0, in.n * sizeof(binds[0]));
	memset(cells, 0, in.n * sizeof(cells[0]));
	db_bind_in(in, binds, cells);
	return mysql_stmt_bind_param(p->handle, binds) == 0 &&
	       mysql_stmt_execute(p->handle) == 0;
}

/* A statement with what goes in and comes out. */
struct call {
	const struct stmt *stmt;
	struct db_ins in;
	struct db_outs out;
};

/*
 * One try: connect if need be, prepare, bind, execute. Rows are left with the
 * server until they are read, so none but one is ever here.
 */
static enum dbrc
execute(struct db *db, const struct call *c)
{
	struct prepared *p = NULL;
	enum dbrc rc;
	MYSQL_STMT *h;

	assert(db->stage != COMMITTED);
	db_stop(db);
	if (late(db))
		return DB_AWAY;
	db->error[0] = '\0';
	/* A transaction that lost its connection must start over. */
	if (db->my == NULL && (db->stage == INSIDE || db->stage == LAST ||
				  (rc = connect_to(db)) != DB_DONE))
		return DB_LOST;
	if ((rc = prepare(db, c->stmt, &p)) != DB_DONE)
		return rc;
	h = p->handle;
	if (db->stage == FIRST)
		db->stage = INSIDE;
	if (!bind_and_execute(p, c->in))
		return failure(db, mysql_stmt_errno(h), mysql_stmt_error(h));
	if (db->stage == LAST)
		db->stage = COMMITTED;
	db->affected = (int64_t)mysql_stmt_affected_rows(h);
	if (c->out.n == 0) {
		assert(mysql_stmt_field_count(h) == 0);
		return DB_DONE;
	}
	db->reading = p;
	return bind_result(p, c->out)
		   ? DB_DONE
		   : failure(db, mysql_stmt_errno(h), mysql_stmt_error(h));
}

enum dbrc
db_next(struct db *db)
{
	struct prepared *p = db->reading;

	/* Whatever failed has said so before. */
	if (p == NULL)
		return DB_NONE;
	switch (mysql_stmt_fetch(p->handle)) {
	case 0:
		db_bind_finish_row(p->cells, p->columns);
		return DB_DONE;
	case MYSQL_NO_DATA:
		db_stop(db);
		return DB_NONE;
	case MYSQL_DATA_TRUNCATED:
		/* A buffer smaller than its column is our bug. */
		snprintf(db->error, sizeof(db->error), "a column was cut");
		db_stop(db);
		return DB_FAIL;
	default:
		/* Of rows that come one by one only the connection knows it. */
		db->reading = NULL;
		return failure(db, mysql_errno(db->my), mysql_error(db->my));
	}
}

/* Execute, and read one row if row. */
static enum dbrc
run(struct db *db, const struct call *c, bool row)
{
	enum dbrc rc = execute(db, c);

	if (rc == DB_DONE && row) {
		rc = db_next(db);
		db_stop(db);
	}
	return rc;
}

/*
 * An idle connection may have died unnoticed. A single SELECT may simply be
 * asked again; all writes are in transactions, which db_transaction() knows
 * how to repeat.
 */
static enum dbrc
run_again(struct db *db, const struct call *c, bool row)
{
	bool again = c->out.n > 0 && db->stage == OUTSIDE && db->my != NULL;
	enum dbrc rc = run(db, c, row);

	return rc == DB_LOST && again ? run(db, c, row) : rc;
}

enum dbrc
db_write(struct db *db, const struct stmt *st, struct db_ins in)
{
	return run_again(db, &(struct call){ st, in, { NULL, 0 } }, false);
}

enum dbrc
db_select(
    struct db *db, const struct stmt *st, struct db_ins in, struct db_outs out)
{
	return run_again(db, &(struct call){ st, in, out }, false);
}

enum dbrc
db_one(
    struct db *db, const struct stmt *st, struct db_ins in, struct db_outs out)
{
	return run_again(db, &(struct call){ st, in, out }, true);
}

/* COMMIT and ROLLBACK: plain text, they have no parameter. */
static enum dbrc
plain(struct db *db, const char *sql)
{
	db_stop(db);
	if (late(db))
		return DB_AWAY;
	if (db->my == NULL)
		return DB_LOST;
	if (mysql_real_query(db->my, sql, strlen(sql)) != 0)
		return failure(db, mysql_errno(db->my), mysql_error(db->my));
	return DB_DONE;
}

static enum dbrc
transaction(struct db *db, enum dbrc (*work)(struct db *, void *), void *arg)
{
	enum stage stage;
	enum dbrc rc;

	db->stage = FIRST;
	rc = work(db, arg);
	stage = db->stage;
	db->stage = OUTSIDE;
	if (stage == FIRST || stage == COMMITTED)
		return rc;
	if (rc == DB_DONE)
		rc = plain(db, "COMMIT");
	if (rc != DB_DONE && db->my != NULL && plain(db, "ROLLBACK") != DB_DONE)
		disconnect(db);
	return rc;
}

void
db_last(struct db *db)
{
	if (db->stage == INSIDE)
		db->stage = LAST;
}

enum dbrc
db_transaction(struct db *db, enum dbrc (*work)(struct db *, void *), void *arg)
{
	bool lost = false;
	enum dbrc rc;
	int i;

	for (i = 0;; i++) {
		rc = transaction(db, work, arg);
		if (rc == DB_LOST && !lost)
			lost = true;
		else if (rc != DB_RETRY || i == RETRIES)
			return rc;
	}
}
