/* The calendar, held against the C library's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <cmocka.h>

#include "base/clock.h"

static void
agrees_with_the_c_library(void **state)
{
	struct civil c, back;
	int64_t t, n;
	time_t seconds;
	struct tm tm;

	(void)state;
	/* From the year 1 to 9999, in steps that meet every hour and day. */
	for (n = -62135596800; n < 253402300800; n += 86400 * 3 + 3661) {
		seconds = (time_t)n;
		gmtime_r(&seconds, &tm);
		t = n * CLOCK_SECOND + 42;
		clock_split(t, &c);
		assert_int_equal(c.year, tm.tm_year + 1900);
		assert_int_equal(c.month, tm.tm_mon + 1);
		assert_int_equal(c.day, tm.tm_mday);
		assert_int_equal(c.hour, tm.tm_hour);
		assert_int_equal(c.minute, tm.tm_min);
		assert_int_equal(c.second, tm.tm_sec);
		assert_int_equal(c.micro, 42);
		back = c;
		assert_int_equal(clock_join(&back), t);
	}
}

static void
knows_the_days_that_there_are(void **state)
{
	(void)state;
	assert_true(clock_date_valid(2024, 2, 29));
	assert_false(clock_date_valid(2023, 2, 29));
	assert_false(clock_date_valid(1900, 2, 29));
	assert_true(clock_date_valid(2000, 2, 29));
	assert_false(clock_date_valid(2024, 4, 31));
	assert_false(clock_date_valid(2024, 13, 1));
	assert_false(clock_date_valid(2024, 0, 1));
	assert_false(clock_date_valid(2024, 1, 0));
	assert_false(clock_date_valid(0, 1, 1));
	assert_false(clock_date_valid(10000, 1, 1));
}

static void
writes_every_digit(void **state)
{
	char text[CLOCK_TEXT];

	(void)state;
	clock_text(0, text);
	assert_string_equal(text, "1970-01-01T00:00:00.000000Z");
	clock_text(-1, text);
	assert_string_equal(text, "1969-12-31T23:59:59.999999Z");
	clock_text(INT64_C(1763806332123456), text);
	assert_string_equal(text, "2025-11-22T10:12:12.123456Z");
	clock_text(INT64_C(-62135596800000000), text);
	assert_string_equal(text, "0001-01-01T00:00:00.000000Z");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_the_c_library),
		cmocka_unit_test(knows_the_days_that_there_are),
		cmocka_unit_test(writes_every_digit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
