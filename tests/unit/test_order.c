/* Fractional keys: the server's and the app's must agree on what is one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "domain/order.h"

static void
knows_a_key(void **state)
{
	(void)state;
	assert_true(order_valid("a0"));
	assert_true(order_valid("a0V"));
	assert_true(order_valid("Zz"));
	assert_true(order_valid("b00"));
	assert_true(order_valid("z00000000000000000000000000"));
	assert_false(order_valid(""));
	assert_false(order_valid("a"));
	assert_false(order_valid("a00")); /* a fraction ends in 0 */
	assert_false(order_valid("b0"));  /* too short for its head */
	assert_false(order_valid("0a"));
	assert_false(order_valid("a0-"));
	assert_false(order_valid("A00000000000000000000000000"));
}

static void
bounds_its_length(void **state)
{
	char key[ORDER_MAX + 2];

	(void)state;
	memset(key, 'V', sizeof(key));
	key[0] = 'a';
	key[ORDER_MAX] = '\0';
	assert_true(order_valid(key));
	key[ORDER_MAX] = 'V';
	key[ORDER_MAX + 1] = '\0';
	assert_false(order_valid(key));
}

static void
appends(void **state)
{
	static const char *const steps[][2] = {
		{ "", "a0" },
		{ "a0", "a1" },
		{ "a9", "aA" },
		{ "aZ", "aa" },
		{ "az", "b00" },
		{ "bzz", "c000" },
		{ "a0V", "a1" },
		{ "Zz", "a0" },
		{ "Z0", "Z1" },
		{ "Yzz", "Z0" },
	};
	char out[ORDER_MAX + 1];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		order_after(steps[i][0], out);
		assert_string_equal(out, steps[i][1]);
	}
}

static void
every_key_is_after_the_last(void **state)
{
	char last[ORDER_MAX + 1] = "Yx0V", out[ORDER_MAX + 1];
	int i;

	(void)state;
	for (i = 0; i < 20000; i++) {
		order_after(last, out);
		assert_true(order_valid(out));
		assert_true(strcmp(last, out) < 0);
		strcpy(last, out);
	}
}

static void
the_last_integer_still_has_a_successor(void **state)
{
	char out[ORDER_MAX + 1];

	(void)state;
	order_after("zzzzzzzzzzzzzzzzzzzzzzzzzzz", out);
	assert_true(order_valid(out));
	assert_true(strcmp("zzzzzzzzzzzzzzzzzzzzzzzzzzz", out) < 0);
}

static void
a_full_key_still_has_a_successor(void **state)
{
	char last[ORDER_MAX + 1], out[ORDER_MAX + 1];

	(void)state;
	memset(last, 'z', ORDER_MAX);
	last[ORDER_MAX] = '\0';
	order_after(last, out);
	assert_string_equal(out, last); /* the greatest key of all */
	last[ORDER_MAX - 1] = 'y';
	order_after(last, out);
	assert_true(order_valid(out));
	assert_true(strcmp(last, out) < 0);
	last[ORDER_MAX - 1] = 'z';
	last[100] = 'V';
	order_after(last, out);
	assert_true(order_valid(out));
	assert_true(strcmp(last, out) < 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_a_key),
		cmocka_unit_test(bounds_its_length),
		cmocka_unit_test(appends),
		cmocka_unit_test(every_key_is_after_the_last),
		cmocka_unit_test(the_last_integer_still_has_a_successor),
		cmocka_unit_test(a_full_key_still_has_a_successor),
	};

	return cmocka_run_group_tests_name("order", tests, NULL, NULL);
}
