/* Small things that everything stands on: ids, time, text, the buffer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf_json.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/uuid.h"

static void
uuids_read_as_they_were_written(void **state)
{
	struct uuid a, b;
	char text[UUID_TEXT];

	(void)state;
	uuid_new(&a);
	assert_int_equal(a.b[6] >> 4, 7);
	assert_int_equal(a.b[8] >> 6, 2);
	uuid_text(&a, true, text);
	assert_int_equal(strlen(text), 36);
	assert_true(uuid_parse(text, true, &b) && uuid_equal(&a, &b));
	uuid_text(&a, false, text);
	assert_int_equal(strlen(text), 32);
	assert_true(uuid_parse(text, false, &b) && uuid_equal(&a, &b));
}

static void
what_is_no_uuid_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"x",
		"01234567-89ab-7def-8123-456789abcde",
		"01234567-89ab-7def-8123-456789abcdef0",
		"0123456789ab7def8123456789abcdef",
		"01234567-89ab-7def-8123-456789abcdeg",
		"00000000-0000-0000-0000-000000000000",
	};
	struct uuid id;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(uuid_parse(bad[i], true, &id));
}

static void
derived_ids_are_stable_and_apart(void **state)
{
	struct uuid space = { { 1 } }, other = { { 2 } }, a, b;

	(void)state;
	uuid_derive(&a, &space, "key");
	uuid_derive(&b, &space, "key");
	assert_true(uuid_equal(&a, &b));
	uuid_derive(&b, &space, "kez");
	assert_false(uuid_equal(&a, &b));
	uuid_derive(&b, &other, "key");
	assert_false(uuid_equal(&a, &b));
}

static void
time_goes_both_ways(void **state)
{
	struct civil c = { 2028, 2, 29, 23, 59, 59, 999999 }, back;
	char text[CLOCK_TEXT];

	(void)state;
	clock_split(clock_join(&c), &back);
	assert_memory_equal(&c, &back, sizeof(c));
	clock_text(clock_join(&c), text);
	assert_string_equal(text, "2028-02-29T23:59:59.999999Z");
	clock_text(-1, text);
	assert_string_equal(text, "1969-12-31T23:59:59.999999Z");
	assert_true(clock_date_valid(2028, 2, 29));
	assert_false(clock_date_valid(2100, 2, 29));
	assert_false(clock_date_valid(2026, 4, 31));
	assert_false(clock_date_valid(2026, 13, 1));
}

static void
logins_are_one_in_any_case(void **state)
{
	char a[64], b[64];

	(void)state;
	assert_int_equal(text_fold("Me@Example.ORG", a, sizeof(a)), 0);
	assert_int_equal(text_fold("me@example.org", b, sizeof(b)), 0);
	assert_string_equal(a, b);
	assert_int_equal(text_fold("STRASSE", a, sizeof(a)), 0);
	assert_int_equal(text_fold("stra\xc3\x9f"
				   "e",
			     b, sizeof(b)),
	    0);
	assert_string_equal(a, b);
	assert_int_equal(text_fold("abc", a, 3), -1);
}

static void
a_refused_text_leaves_no_trace(void **state)
{
	char dst[9] = "before";
	struct fault f;

	(void)state;
	assert_int_equal(
	    text_take("a\nb", TEXT_LINE, 0, 2, dst, sizeof(dst), "x", &f),
	    INVALID_FIELD);
	assert_int_equal(
	    text_take("abc", TEXT_LINE, 0, 2, dst, sizeof(dst), "x", &f),
	    INVALID_FIELD);
	assert_string_equal(dst, "before");
	assert_string_equal(f.field, "x");
}

static void
the_buffer_grows(void **state)
{
	struct buf b = { 0 };
	int i;

	(void)state;
	for (i = 0; i < 100000; i++)
		buf_add(&b, "0123456789", 10);
	assert_int_equal(b.len, 1000000);
	assert_int_equal(strlen(b.data), 1000000);
	buf_clear(&b);
	assert_int_equal(b.len, 0);
	buf_json_open(&b, NULL, '{');
	buf_json_int(&b, "a", -1);
	buf_json_string(&b, "b", "\x01\"");
	buf_json_open(&b, "c", '[');
	buf_json_bool(&b, NULL, true);
	buf_json_null(&b, NULL);
	buf_json_close(&b, ']');
	buf_json_close(&b, '}');
	assert_string_equal(
	    b.data, "{\"a\":-1,\"b\":\"\\u0001\\\"\",\"c\":[true,null]}");
	buf_free(&b);
}

/* Wherever the buffer ends: ASan watches its edge. */
static void
each_byte_is_escaped_as_it_must_be(void **state)
{
	char text[1024], one[8];
	struct buf b = { 0 };
	size_t n, i, width;
	int c;

	(void)state;
	for (c = 1; c < 128; c++) {
		n = 1000 + (size_t)c % 7;
		memset(text, c, n);
		text[n] = '\0';
		buf_free(&b);
		for (i = 0; i < 30; i++) {
			b.len = 0;
			buf_json_string(&b, NULL, text + i);
		}
		if (c == '"' || c == '\\' || c == '\n')
			snprintf(one, sizeof(one), "\\%c", c == '\n' ? 'n' : c);
		else if (c < ' ' || c == '<' || c == 127)
			snprintf(one, sizeof(one), "\\u%04x", (unsigned)c);
		else
			snprintf(one, sizeof(one), "%c", c);
		width = strlen(one);
		assert_int_equal(b.len, 2 + (n - 29) * width);
		for (i = 0; i < n - 29; i++)
			assert_memory_equal(b.data + 1 + i * width, one, width);
	}
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(uuids_read_as_they_were_written),
		cmocka_unit_test(what_is_no_uuid_is_refused),
		cmocka_unit_test(derived_ids_are_stable_and_apart),
		cmocka_unit_test(time_goes_both_ways),
		cmocka_unit_test(logins_are_one_in_any_case),
		cmocka_unit_test(a_refused_text_leaves_no_trace),
		cmocka_unit_test(the_buffer_grows),
		cmocka_unit_test(each_byte_is_escaped_as_it_must_be),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
