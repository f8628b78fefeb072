/* Is a request all there? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fcgi/framing.h"

enum { BEGIN = 1, ABORT, END, PARAMS, STDIN };

static uint8_t bytes[REQUEST_MAX];
static size_t n;

static void
add(int type, size_t length, int padding)
{
	uint8_t header[] = { 1, (uint8_t)type, 0, 1, (uint8_t)(length >> 8),
		(uint8_t)length, (uint8_t)padding, 0 };

	memcpy(bytes + n, header, sizeof(header));
	memset(bytes + n + sizeof(header), 'x', length + (size_t)padding);
	n += sizeof(header) + length + (size_t)padding;
}

static int
request(void **state)
{
	(void)state;
	n = 0;
	add(BEGIN, 8, 0);
	add(PARAMS, 700, 4);
	add(PARAMS, 0, 0);
	add(STDIN, 30000, 0);
	add(STDIN, 5, 3);
	add(STDIN, 0, 0);
	return 0;
}

static void
every_beginning_is_a_part(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < n; i++)
		assert_int_equal(framing_of(bytes, i), FRAMING_PART);
	assert_int_equal(framing_of(bytes, n), FRAMING_WHOLE);
}

static void
nothing_follows(void **state)
{
	(void)state;
	assert_int_equal(framing_of(bytes, n + 1), FRAMING_WRONG);
}

static void
without_parameters_and_body(void **state)
{
	(void)state;
	n = 0;
	add(BEGIN, 8, 0);
	add(PARAMS, 0, 0);
	assert_int_equal(framing_of(bytes, n), FRAMING_PART);
	add(STDIN, 0, 0);
	assert_int_equal(framing_of(bytes, n), FRAMING_WHOLE);
}

static void
the_largest_fits(void **state)
{
	(void)state;
	n = 0;
	add(BEGIN, 8, 0);
	add(PARAMS, 65535, 1);
	add(PARAMS, 0, 0);
	add(STDIN, 32768, 0);
	add(STDIN, 32768, 0);
	add(STDIN, 0, 0);
	assert_true(n < sizeof(bytes));
	assert_int_equal(framing_of(bytes, n), FRAMING_WHOLE);
}

/* What nginx does not send; at is a byte of the first or second header. */
static void
another_is_wrong(void **state)
{
	static const struct {
		size_t at;
		uint8_t is;
	} cases[] = { { 0, 0 }, { 0, 2 }, { 0, 'G' }, { 1, 0 }, { 1, PARAMS },
		{ 1, 9 }, { 3, 0 }, { 3, 2 }, { 5, 7 }, { 5, 9 }, { 16, 0 },
		{ 17, BEGIN }, { 17, ABORT }, { 17, END }, { 17, STDIN },
		{ 18, 1 }, { 19, 2 } };
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		request(state);
		bytes[cases[i].at] = cases[i].is;
		assert_int_equal(framing_of(bytes, n), FRAMING_WRONG);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(every_beginning_is_a_part, request),
		cmocka_unit_test_setup(nothing_follows, request),
		cmocka_unit_test(without_parameters_and_body),
		cmocka_unit_test(the_largest_fits),
		cmocka_unit_test(another_is_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
