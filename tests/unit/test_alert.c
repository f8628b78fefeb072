/* What is told when it lasts, and when it is over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "model/alert.h"

#define S CLOCK_SECOND

static const int64_t NOW = INT64_C(1800000000) * S;

static void
tells_once_when_it_lasts_and_once_when_it_is_over(void **state)
{
	struct alert l = { 0 };
	int64_t lasted = 0;
	int n, begun = 0, over = 0;

	(void)state;
	for (n = 0; n < 60; n++)
		switch (alert_update(
		    &l, n < 30 || n == 31, NOW + n * S, 3 * S, &lasted)) {
		case ALERT_FIRES:
			assert_int_equal(n, 3);
			begun++;
			break;
		case ALERT_RESOLVED:
			assert_int_equal(n, 35);
			over++;
			break;
		case ALERT_UNCHANGED:
			break;
		}
	assert_int_equal(begun, 1);
	assert_int_equal(over, 1);
	assert_int_equal(lasted, 32 * S);
	assert_int_equal(l.since, 0);
}

static void
tells_nothing_of_a_moment(void **state)
{
	struct alert l = { 0 };
	int64_t lasted;
	int n;

	(void)state;
	for (n = 0; n < 600; n++)
		assert_int_equal(
		    alert_update(&l, n % 10 < 2, NOW + n * S, 3 * S, &lasted),
		    ALERT_UNCHANGED);
}

/* Now so, now not: it is one thing, which is told once. */
static void
takes_what_comes_again_for_the_same(void **state)
{
	struct alert l = { 0 };
	int64_t lasted;
	int n, told = 0;

	(void)state;
	for (n = 0; n < 600; n++)
		told += alert_update(&l, n % 2 == 0, NOW + n * S, 3 * S,
			    &lasted) != ALERT_UNCHANGED;
	assert_int_equal(told, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    tells_once_when_it_lasts_and_once_when_it_is_over),
		cmocka_unit_test(tells_nothing_of_a_moment),
		cmocka_unit_test(takes_what_comes_again_for_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
