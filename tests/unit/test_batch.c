/* No transaction of a removal takes long, however slow the database is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "domain/batch.h"

enum { LONGEST_US = 200000, TURNS = 20 };

/* The size after so many batches of items that take so long each. */
static int64_t
size_after(int turns, int64_t item_us)
{
	int64_t size = BATCH_FIRST;

	for (; turns > 0; turns--)
		size = batch_next(size, size * item_us);
	return size;
}

static void
quick_ones_come_to_the_most(void **state)
{
	(void)state;
	assert_int_equal(size_after(TURNS, 0), BATCH_MAX);
	assert_int_equal(size_after(TURNS, 1000), BATCH_MAX);
	assert_int_equal(size_after(1, 1000), 2 * BATCH_FIRST);
}

static void
none_is_long(void **state)
{
	int64_t item_us;
	int turns;

	(void)state;
	for (item_us = 0; item_us <= LONGEST_US / BATCH_FIRST; item_us += 100)
		for (turns = 0; turns < TURNS; turns++)
			assert_true(
			    size_after(turns, item_us) * item_us <= LONGEST_US);
}

static void
there_is_always_one(void **state)
{
	(void)state;
	assert_int_equal(batch_next(BATCH_MAX, 1000000000), 1);
	assert_int_equal(batch_next(1, 1000000000), 1);
}

static void
a_slow_moment_passes(void **state)
{
	int64_t size = batch_next(BATCH_MAX, 1000000);
	int turns;

	(void)state;
	assert_int_equal(size, BATCH_MAX / 10);
	for (turns = 0; turns < TURNS; turns++)
		size = batch_next(size, 0);
	assert_int_equal(size, BATCH_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quick_ones_come_to_the_most),
		cmocka_unit_test(none_is_long),
		cmocka_unit_test(there_is_always_one),
		cmocka_unit_test(a_slow_moment_passes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
