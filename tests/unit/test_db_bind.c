/* What the client library may write where, and what is made of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/clock.h"
#include "db/db_bind.h"

/* A column that fills its buffer is cut (MYSQL_DATA_TRUNCATED), not finished.
 */
static void
text_leaves_room_for_its_nul(void **state)
{
	MYSQL_BIND b = { 0 };
	struct cell c = { 0 };
	char text[6] = "xxxxx", beside[4] = "abc";

	(void)state;
	db_bind_out(DB_OUT(db_to_text(text)), &b, &c);
	assert_int_equal(b.buffer_length, sizeof(text) - 1);
	c.length = b.buffer_length;
	db_bind_finish_row(&c, 1);
	assert_int_equal(text[5], '\0');
	assert_string_equal(text, "xxxxx");
	assert_string_equal(beside, "abc");
}

static void
null_is_empty(void **state)
{
	MYSQL_BIND b[4] = { 0 };
	struct cell c[4] = { 0 };
	char text[6] = "xxxxx";
	struct uuid id = { { 1 } }, none = { { 0 } };
	int64_t n = 7, t = 7;
	int i;

	(void)state;
	db_bind_out(DB_OUT(db_to_text(text), db_to_uuid(&id), db_to_int(&n),
			db_to_time(&t)),
	    b, c);
	for (i = 0; i < 4; i++)
		c[i].null = true;
	db_bind_finish_row(c, 4);
	assert_string_equal(text, "");
	assert_true(uuid_equal(&id, &none));
	assert_int_equal(n, 0);
	assert_true(t == CLOCK_NONE);
}

/* Each type as the server shall see it; NULL where there is nothing. */
static void
parameters_have_their_types(void **state)
{
	static const uint8_t bytes[DIGEST_SIZE];
	static const struct uuid id;
	MYSQL_BIND b[9] = { 0 };
	struct cell c[9] = { 0 };

	(void)state;
	db_bind_in(DB_IN(db_uuid(&id), db_digest(bytes), db_name(bytes),
		       db_text("abc"), db_text_or_null(""), db_uuid(NULL),
		       db_int(-1), db_time(0), db_time(CLOCK_NONE)),
	    b, c);
	assert_int_equal(b[0].buffer_length, 16);
	assert_int_equal(b[1].buffer_length, DIGEST_SIZE);
	assert_int_equal(b[2].buffer_length, 8);
	assert_int_equal(b[3].buffer_length, 3);
	assert_int_equal(b[3].buffer_type, MYSQL_TYPE_STRING);
	assert_true(!*b[3].is_null && *b[4].is_null && *b[5].is_null);
	assert_true(*(int64_t *)b[6].buffer == -1);
	assert_int_equal(((MYSQL_TIME *)b[7].buffer)->year, 1970);
	assert_true(!*b[7].is_null && *b[8].is_null);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_leaves_room_for_its_nul),
		cmocka_unit_test(null_is_empty),
		cmocka_unit_test(parameters_have_their_types),
	};

	return cmocka_run_group_tests_name("db_bind", tests, NULL, NULL);
}
