/* Accounts, with a database and hashes that answer as they are told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "domain/account.h"
#include "fake_db.h"

#define GOOD "an unusual sentence"

static struct {
	enum dbrc inserted, by_login, replayed, held;
	struct uuid created_by; /* of the account that there is */
	int64_t attempts;
} database;

static int hashes, nobodys_hashes;

static const struct uuid account = { { 1 } }, request = { { 2 } },
			 other_request = { { 3 } };
static const struct session session = { .account = { { 1 } } };

static enum dbrc
answer(const char *sql, struct db_ins in, struct db_outs out)
{
	(void)in;
	if (strncmp(sql, "INSERT INTO account (", 21) == 0)
		return database.inserted;
	if (strstr(sql, "FROM auth_request WHERE id") != NULL)
		return database.replayed;
	if (strstr(sql, "SELECT attempts") != NULL)
		fake_int(out, 0, database.attempts);
	else if (strstr(sql, "login_key = ?") != NULL && out.n == 5) {
		fake_uuid(out, 0, &account);
		fake_uuid(out, 4, &database.created_by);
		return database.by_login;
	} else if (strstr(sql, "FOR UPDATE") != NULL)
		return database.held;
	else if (strstr(sql, "SELECT hash") != NULL)
		fake_text(out, 0, "hash of " GOOD);
	return strstr(sql, "account_removal") != NULL && *sql == 'S' ? DB_NONE
								     : DB_DONE;
}

int
password_hash(const char *password, char out[PASSWORD_HASH])
{
	hashes++;
	snprintf(out, PASSWORD_HASH, "hash of %s", password);
	return 0;
}

enum password_rc
password_check(const char *password, const char *hash)
{
	hashes++;
	nobodys_hashes += hash == NULL;
	return hash != NULL && strcmp(hash + strlen("hash of "), password) == 0
		   ? PASSWORD_RIGHT
		   : PASSWORD_WRONG;
}

bool
password_outdated(const char *hash)
{
	(void)hash;
	return false;
}

static int
reset(void **state)
{
	(void)state;
	fake_reset();
	memset(&database, 0, sizeof(database));
	database.replayed = DB_NONE;
	hashes = nobodys_hashes = 0;
	return 0;
}

static void
set_password(struct password *p, const char *text)
{
	snprintf(p->text, sizeof(p->text), "%s", text);
	p->typed = text;
}

static enum status
log_in(const char *password, int *retry_after)
{
	struct attempt by = attempt_of_address("192.0.2.1", 30);
	struct password p;
	struct account a;

	set_password(&p, password);
	return account_login(NULL, "somebody", &p, &by, &a, retry_after);
}

static void
a_right_password_is_forgotten_as_an_attempt(void **state)
{
	int retry_after = 0;

	(void)state;
	assert_int_equal(log_in(GOOD, &retry_after), STATUS_OK);
	assert_int_equal(fake_count("DELETE login_attempt"), 2);
	fake_reset();
	assert_int_equal(log_in("wrong", &retry_after), STATUS_WRONG_LOGIN);
	assert_int_equal(fake_count("DELETE login_attempt"), 1); /* old ones */
}

/* As long as a known login: nobody learns which there are. */
static void
an_unknown_login_costs_a_hash(void **state)
{
	int retry_after = 0;

	(void)state;
	database.by_login = DB_NONE;
	assert_int_equal(log_in(GOOD, &retry_after), STATUS_WRONG_LOGIN);
	assert_int_equal(nobodys_hashes, 1);
	assert_int_equal(hashes, 1);
}

static void
too_many_attempts_cost_no_hash(void **state)
{
	int retry_after = 0;

	(void)state;
	database.attempts = 31;
	assert_int_equal(log_in(GOOD, &retry_after), STATUS_TOO_MANY);
	assert_int_equal(hashes, 0);
	assert_int_not_equal(retry_after, 0);
}

static enum status
sign_up(const char *password)
{
	struct attempt by = attempt_of_address("192.0.2.1", 30);
	struct account_new in = { .login = "somebody" };
	struct account a;
	int retry_after;

	set_password(&in.password, password);
	return account_create(NULL, &in, &by, 1, &request, &a, &retry_after);
}

static void
a_new_account_has_a_password_and_a_counter(void **state)
{
	(void)state;
	assert_int_equal(sign_up(GOOD), STATUS_OK);
	assert_int_equal(fake_count("INSERT credential"), 1);
	assert_int_equal(fake_count("INSERT change_counter"), 1);
}

static void
a_common_password_costs_nothing(void **state)
{
	(void)state;
	assert_int_equal(sign_up("password123"), STATUS_COMMON_PASSWORD);
	assert_string_equal(fake_log, "");
	assert_int_equal(hashes, 0);
}

static void
a_login_that_exists_is_taken(void **state)
{
	(void)state;
	database.inserted = DB_DUP;
	database.created_by = other_request;
	assert_int_equal(sign_up(GOOD), STATUS_LOGIN_TAKEN);
	/* By this very request: its first copy's answer was lost. */
	database.created_by = request;
	assert_int_equal(sign_up(GOOD), STATUS_OK);
	/* And its password has been changed since. */
	assert_int_equal(sign_up("another sentence"), STATUS_LOGIN_TAKEN);
	assert_int_equal(fake_count("INSERT credential"), 0);
}

static void
a_late_copy_brings_no_account_back(void **state)
{
	(void)state;
	database.replayed = DB_DONE;
	assert_int_equal(sign_up(GOOD), STATUS_LOGIN_TAKEN);
	assert_int_equal(fake_count("INSERT credential"), 0);
}

static enum status
delete_account(const char *password)
{
	struct password p;
	int retry_after;

	set_password(&p, password);
	return account_delete(NULL, &session, &p, &retry_after);
}

/* A write of the list in flight waits for the counter, and then finds none. */
static void
the_counter_is_deleted_first(void **state)
{
	const char *counter, *row;

	(void)state;
	assert_int_equal(delete_account(GOOD), STATUS_OK);
	counter = strstr(fake_log, "DELETE change_counter;");
	row = strstr(fake_log, "DELETE account;");
	assert_non_null(counter);
	assert_non_null(row);
	assert_true(counter < row);
	assert_int_equal(fake_count("INSERT account_removal"), 1);
}

static void
a_wrong_password_deletes_nothing(void **state)
{
	(void)state;
	assert_int_equal(delete_account("wrong"), STATUS_WRONG_PASSWORD);
	database.held = DB_NONE; /* changed between the check and the lock */
	assert_int_equal(delete_account(GOOD), STATUS_WRONG_PASSWORD);
	assert_null(strstr(fake_log, "DELETE account;"));
}

static void
a_late_copy_changes_no_password_again(void **state)
{
	struct password current, next;
	int retry_after;

	(void)state;
	set_password(&current, "of before");
	set_password(&next, "another sentence");
	database.replayed = DB_DONE;
	assert_int_equal(account_change_password(NULL, &session, &request,
			     &current, &next, &retry_after),
	    STATUS_OK);
	assert_int_equal(fake_count("UPDATE credential"), 0);
	assert_int_equal(hashes, 0);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, reset)
	const struct CMUnitTest tests[] = {
		TEST(a_right_password_is_forgotten_as_an_attempt),
		TEST(an_unknown_login_costs_a_hash),
		TEST(too_many_attempts_cost_no_hash),
		TEST(a_new_account_has_a_password_and_a_counter),
		TEST(a_common_password_costs_nothing),
		TEST(a_login_that_exists_is_taken),
		TEST(a_late_copy_brings_no_account_back),
		TEST(the_counter_is_deleted_first),
		TEST(a_wrong_password_deletes_nothing),
		TEST(a_late_copy_changes_no_password_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
