/* Sessions, with a database that answers as it is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "domain/session.h"
#include "fake_db.h"

#define TOKEN "0123456789012345678901234567890123456789012"

static struct {
	enum dbrc found, replayed;
	int64_t sessions;
} database;

static struct uuid account = { { 1 } }, id = { { 2 } }, request = { { 3 } };

static enum dbrc
answer(const char *sql, struct db_ins in, struct db_outs out)
{
	(void)in;
	if (strstr(sql, "auth_request") != NULL)
		return *sql == 'S' ? database.replayed : DB_DONE;
	if (strstr(sql, "COUNT(*)") != NULL)
		fake_int(out, 0, database.sessions);
	else if (*sql == 'S') {
		fake_uuid(out, 0, &id);
		if (out.n > 1)
			fake_uuid(out, 1, &account);
		return database.found;
	}
	return DB_DONE;
}

static int
reset(void **state)
{
	(void)state;
	fake_reset();
	database.found = DB_DONE;
	database.replayed = DB_NONE;
	database.sessions = 0;
	return 0;
}

static void
a_token_is_43_characters_of_base64url(void **state)
{
	char token[SESSION_TOKEN], other[SESSION_TOKEN];
	struct session s;

	(void)state;
	session_new(&s, &account, "Agent\x01 \xc3\xa9", "::1", token);
	assert_int_equal(strspn(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijkl"
				       "mnopqrstuvwxyz0123456789-_"),
	    SESSION_TOKEN - 1);
	assert_string_equal(s.user_agent, "Agent? ??");
	session_new(&s, &account, "", "::1", other);
	assert_string_not_equal(token, other);
}

static void
what_is_no_token_is_not_asked_for(void **state)
{
	struct session s;

	(void)state;
	assert_int_equal(session_find(NULL, TOKEN "3", &s), STATUS_NO_SESSION);
	assert_int_equal(session_find_recent(NULL, "", &s), STATUS_NO_SESSION);
	assert_string_equal(fake_log, "");
}

static void
an_unknown_token_is_no_session(void **state)
{
	struct session s;

	(void)state;
	database.found = DB_NONE;
	assert_int_equal(session_find(NULL, TOKEN, &s), STATUS_NO_SESSION);
	database.found = DB_LOST;
	assert_int_equal(session_find(NULL, TOKEN, &s), STATUS_UNAVAILABLE);
}

/* What was not found, or could not be, is asked for again. */
static void
a_session_is_asked_for_once_in_a_moment(void **state)
{
	struct session s;

	(void)state;
	database.found = DB_LOST;
	assert_int_equal(
	    session_find_recent(NULL, TOKEN, &s), STATUS_UNAVAILABLE);
	database.found = DB_DONE;
	assert_int_equal(session_find_recent(NULL, TOKEN, &s), STATUS_OK);
	memset(&s, 0, sizeof(s));
	assert_int_equal(session_find_recent(NULL, TOKEN, &s), STATUS_OK);
	assert_true(uuid_equal(&s.account, &account));
	assert_true(uuid_equal(&s.id, &id));
	assert_int_equal(fake_count("SELECT session"), 2);
	assert_int_equal(session_find(NULL, TOKEN, &s), STATUS_OK);
	assert_int_equal(fake_count("SELECT session"), 3);
}

static void
the_oldest_goes_when_there_are_too_many(void **state)
{
	struct session s = { .account = account };

	(void)state;
	database.sessions = SESSION_MAX - 1;
	assert_int_equal(session_insert(NULL, &s, TOKEN), DB_DONE);
	assert_int_equal(fake_count("DELETE session"), 1); /* the expired */
	fake_reset();
	database.sessions = SESSION_MAX;
	assert_int_equal(session_insert(NULL, &s, TOKEN), DB_DONE);
	assert_int_equal(fake_count("DELETE session"), 2);
}

static void
a_late_copy_of_a_revocation_is_good(void **state)
{
	(void)state;
	assert_int_equal(
	    session_revoke(NULL, &account, &id, &request), STATUS_OK);
	assert_int_equal(fake_count("INSERT auth_request"), 1);
	fake_affected = 0;
	assert_int_equal(
	    session_revoke(NULL, &account, &id, &request), STATUS_NOT_FOUND);
	database.replayed = DB_DONE;
	assert_int_equal(
	    session_revoke(NULL, &account, &id, &request), STATUS_OK);
	assert_int_equal(fake_count("INSERT auth_request"), 1);
}

/* It must not end sessions that began after the one that asks was revoked. */
static void
who_is_revoked_revokes_nobody(void **state)
{
	struct session s = { .account = account, .id = id };

	(void)state;
	database.found = DB_NONE;
	assert_int_equal(session_revoke_all(NULL, &s), STATUS_OK);
	assert_int_equal(session_revoke_others(NULL, &s), DB_NONE);
	assert_int_equal(fake_count("DELETE session"), 0);
	database.found = DB_DONE;
	assert_int_equal(session_revoke_all(NULL, &s), STATUS_OK);
	assert_int_equal(fake_count("DELETE session"), 1);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, reset)
	const struct CMUnitTest tests[] = {
		TEST(a_token_is_43_characters_of_base64url),
		TEST(what_is_no_token_is_not_asked_for),
		TEST(an_unknown_token_is_no_session),
		TEST(a_session_is_asked_for_once_in_a_moment),
		TEST(the_oldest_goes_when_there_are_too_many),
		TEST(a_late_copy_of_a_revocation_is_good),
		TEST(who_is_revoked_revokes_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
