/* What reaches the server, and what is asked again, with a client library that
 * writes down what it is told and fails where a test says so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include <errmsg.h>
#include <mysql.h>
#include <mysqld_error.h>

#include "db/db.h"

/* ---- the client library */

struct handle {
	char sql[256];
	int fetched;
};

static struct {
	char log[4096]; /* what was sent, each with a newline */
	int connections, open_handles;
	int sent;
	int fails_at;   /* the so-manieth that is sent; 0: none */
	unsigned error; /* then */
	int rows;       /* of a SELECT */
	int cut_at;     /* the row that does not fit; 0: none */
} server;

static MYSQL connection;

static bool
send_it(const char *sql)
{
	size_t used = strlen(server.log);

	snprintf(server.log + used, sizeof(server.log) - used, "%s\n", sql);
	return ++server.sent != server.fails_at;
}

MYSQL *
mysql_init(MYSQL *my)
{
	(void)my;
	return &connection;
}

int
mysql_options(MYSQL *my, enum mysql_option option, const void *value)
{
	(void)my, (void)option, (void)value;
	return 0;
}

MYSQL *
mysql_real_connect(MYSQL *my, const char *host, const char *user,
    const char *password, const char *name, unsigned port, const char *path,
    unsigned long flags)
{
	(void)host, (void)user, (void)password, (void)name, (void)port;
	(void)path, (void)flags;
	server.connections++;
	return my;
}

void
mysql_close(MYSQL *my)
{
	(void)my;
}

unsigned
mysql_errno(MYSQL *my)
{
	(void)my;
	return server.error;
}

const char *
mysql_error(MYSQL *my)
{
	(void)my;
	return "as told";
}

int
mysql_real_query(MYSQL *my, const char *sql, unsigned long n)
{
	(void)my, (void)n;
	return send_it(sql) ? 0 : 1;
}

MYSQL_STMT *
mysql_stmt_init(MYSQL *my)
{
	struct handle *h = calloc(1, sizeof(*h));

	(void)my;
	server.open_handles++;
	return (MYSQL_STMT *)h;
}

int
mysql_stmt_prepare(MYSQL_STMT *st, const char *sql, unsigned long n)
{
	struct handle *h = (struct handle *)st;

	snprintf(h->sql, sizeof(h->sql), "%.*s", (int)n, sql);
	return 0;
}

my_bool
mysql_stmt_close(MYSQL_STMT *st)
{
	server.open_handles--;
	free(st);
	return 0;
}

unsigned long
mysql_stmt_param_count(MYSQL_STMT *st)
{
	const char *p = ((struct handle *)st)->sql;
	unsigned long n = 0;

	for (; (p = strchr(p, '?')) != NULL; p++)
		n++;
	return n;
}

unsigned
mysql_stmt_field_count(MYSQL_STMT *st)
{
	return strstr(((struct handle *)st)->sql, "SELECT") != NULL ? 1 : 0;
}

my_bool
mysql_stmt_bind_param(MYSQL_STMT *st, MYSQL_BIND *b)
{
	(void)st, (void)b;
	return 0;
}

my_bool
mysql_stmt_bind_result(MYSQL_STMT *st, MYSQL_BIND *b)
{
	(void)st, (void)b;
	return 0;
}

int
mysql_stmt_execute(MYSQL_STMT *st)
{
	struct handle *h = (struct handle *)st;

	h->fetched = 0;
	return send_it(h->sql) ? 0 : 1;
}

int
mysql_stmt_fetch(MYSQL_STMT *st)
{
	int n = ++((struct handle *)st)->fetched;

	if (n > server.rows)
		return MYSQL_NO_DATA;
	return n == server.cut_at ? MYSQL_DATA_TRUNCATED : 0;
}

my_bool
mysql_stmt_free_result(MYSQL_STMT *st)
{
	(void)st;
	strcat(server.log, "(dropped)\n");
	return 0;
}

int
mysql_stmt_next_result(MYSQL_STMT *st)
{
	(void)st;
	return -1;
}

unsigned long long
mysql_stmt_affected_rows(MYSQL_STMT *st)
{
	(void)st;
	return 1;
}

unsigned
mysql_stmt_errno(MYSQL_STMT *st)
{
	(void)st;
	return server.error;
}

const char *
mysql_stmt_error(MYSQL_STMT *st)
{
	(void)st;
	return "as told";
}

/* ---- tests */

static const struct db_conf conf = { .address = "/socket" };
static const struct stmt read_one = { "SELECT n" };
static const struct stmt write_one = { "UPDATE a" };
static const struct stmt write_two = { "UPDATE b" };
static struct db *db;
static int64_t n;

static int
reset(void **state)
{
	(void)state;
	memset(&server, 0, sizeof(server));
	server.rows = 1;
	db = db_new(&conf);
	return db == NULL;
}

static int
end(void **state)
{
	(void)state;
	db_free(db);
	return server.open_handles;
}

static enum dbrc
ask(void)
{
	return db_one(db, &read_one, DB_IN(), DB_OUT(db_to_int(&n)));
}

static void
fail_at(int sent, unsigned error)
{
	server.fails_at = sent;
	server.error = error;
}

/* An idle connection may have died: a SELECT alone may be asked again. */
static void
a_lost_question_is_asked_again_once(void **state)
{
	(void)state;
	assert_int_equal(ask(), DB_DONE);
	fail_at(2, CR_SERVER_LOST);
	assert_int_equal(ask(), DB_DONE);
	assert_int_equal(server.connections, 2);
	assert_string_equal(
	    server.log, "SELECT n\n(dropped)\nSELECT n\nSELECT n\n(dropped)\n");
}

static void
a_new_connection_that_is_lost_is_not_tried_again(void **state)
{
	(void)state;
	fail_at(1, CR_SERVER_LOST);
	assert_int_equal(ask(), DB_LOST);
	assert_int_equal(server.connections, 1);
	assert_int_equal(server.sent, 1);
}

/* A cell is never filled with half of its value. */
static void
a_column_that_does_not_fit_is_an_error(void **state)
{
	(void)state;
	server.cut_at = 1;
	assert_int_equal(ask(), DB_FAIL);
	assert_string_equal(db_error(db), "a column was cut");
}

/* Rows that were not read stand before the next answer. */
static void
unread_rows_are_dropped(void **state)
{
	(void)state;
	server.rows = 5;
	assert_int_equal(
	    db_select(db, &read_one, DB_IN(), DB_OUT(db_to_int(&n))), DB_DONE);
	assert_int_equal(db_next(db), DB_DONE);
	assert_int_equal(db_run(db, &write_one), DB_DONE);
	assert_string_equal(server.log, "SELECT n\n(dropped)\nUPDATE a\n");
	assert_int_equal(db_next(db), DB_NONE);
}

static void
nothing_is_asked_after_the_deadline(void **state)
{
	(void)state;
	db_set_deadline(db, clock_boot() - 1);
	assert_int_equal(ask(), DB_AWAY);
	assert_string_equal(db_error(db), "no time is left");
	assert_string_equal(server.log, "");
	db_set_deadline(db, 0);
	assert_int_equal(ask(), DB_DONE);
}

static enum dbrc
write_both(struct db *d, void *last)
{
	enum dbrc rc = db_run(d, &write_one);

	if (rc != DB_DONE)
		return rc;
	if (*(bool *)last)
		db_last(d);
	return db_run(d, &write_two);
}

static enum dbrc
transact(bool last)
{
	return db_transaction(db, write_both, &last);
}

#define BEGUN     "BEGIN NOT ATOMIC START TRANSACTION; UPDATE a; END\n"
#define COMMITTED "BEGIN NOT ATOMIC UPDATE b; COMMIT; END\n"

static void
a_transaction_goes_along_with_its_statements(void **state)
{
	(void)state;
	assert_int_equal(transact(true), DB_DONE);
	assert_string_equal(server.log, BEGUN COMMITTED);
	server.log[0] = '\0';
	assert_int_equal(transact(false), DB_DONE);
	assert_string_equal(server.log, BEGUN "UPDATE b\nCOMMIT\n");
}

static void
a_failed_transaction_is_rolled_back(void **state)
{
	(void)state;
	fail_at(2, ER_PARSE_ERROR);
	assert_int_equal(transact(true), DB_FAIL);
	assert_string_equal(server.log, BEGUN COMMITTED "ROLLBACK\n");
}

static void
a_deadlock_begins_it_anew(void **state)
{
	(void)state;
	fail_at(2, ER_LOCK_DEADLOCK);
	assert_int_equal(transact(true), DB_DONE);
	assert_string_equal(
	    server.log, BEGUN COMMITTED "ROLLBACK\n" BEGUN COMMITTED);
	assert_int_equal(server.connections, 1);
}

/* Nobody knows whether it was committed: the work must recognise it. */
static void
a_lost_transaction_is_tried_once_more(void **state)
{
	(void)state;
	fail_at(2, CR_SERVER_LOST);
	assert_int_equal(transact(true), DB_DONE);
	assert_string_equal(server.log, BEGUN COMMITTED BEGUN COMMITTED);
	assert_int_equal(server.connections, 2);
}

static enum dbrc
always(struct db *d, void *rc)
{
	(void)db_run(d, &write_one);
	return *(enum dbrc *)rc;
}

static void
tries_have_an_end(void **state)
{
	enum dbrc retry = DB_RETRY, lost = DB_LOST;

	(void)state;
	assert_int_equal(db_transaction(db, always, &retry), DB_RETRY);
	assert_int_equal(server.sent, 2 * 4); /* each with its ROLLBACK */
	server.sent = 0;
	assert_int_equal(db_transaction(db, always, &lost), DB_LOST);
	assert_int_equal(server.sent, 2 * 2);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, reset, end)
	const struct CMUnitTest tests[] = {
		TEST(a_lost_question_is_asked_again_once),
		TEST(a_new_connection_that_is_lost_is_not_tried_again),
		TEST(a_column_that_does_not_fit_is_an_error),
		TEST(unread_rows_are_dropped),
		TEST(nothing_is_asked_after_the_deadline),
		TEST(a_transaction_goes_along_with_its_statements),
		TEST(a_failed_transaction_is_rolled_back),
		TEST(a_deadlock_begins_it_anew),
		TEST(a_lost_transaction_is_tried_once_more),
		TEST(tries_have_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
