/* What the client library may write where, and what is made of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "db_bind.h"

static void
bind_one(const char *out, MYSQL_BIND *b, struct cell *c, ...)
{
	va_list ap;

	va_start(ap, c);
	bind_out(out, b, c, &ap);
	va_end(ap);
}

/* A column that fills its buffer is cut (MYSQL_DATA_TRUNCATED), not settled. */
static void
text_leaves_room_for_its_nul(void **state)
{
	MYSQL_BIND b = { 0 };
	struct cell c = { 0 };
	char text[6] = "xxxxx", beside[4] = "abc";

	(void)state;
	bind_one("s", &b, &c, text, sizeof(text));
	assert_int_equal(b.buffer_length, sizeof(text) - 1);
	c.length = b.buffer_length;
	settle("s", &c);
	assert_int_equal(text[5], '\0');
	assert_string_equal(text, "xxxxx");
	assert_string_equal(beside, "abc");
}

static void
null_is_empty(void **state)
{
	MYSQL_BIND b = { 0 };
	struct cell c = { 0 };
	char text[6] = "xxxxx";

	(void)state;
	bind_one("s", &b, &c, text, sizeof(text));
	c.null = true;
	settle("s", &c);
	assert_string_equal(text, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_leaves_room_for_its_nul),
		cmocka_unit_test(null_is_empty),
	};

	return cmocka_run_group_tests_name("db_bind", tests, NULL, NULL);
}
