/* The strict reader: what RFC 8259 and RFC 7493 forbid never gets through. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/json.h"

static enum status
scan(const char *text)
{
	struct fault f;

	return json_scan(text, strlen(text), &f);
}

static void
accepts_strict_json(void **state)
{
	static const char *const good[] = {
		"{}",
		" { } ",
		"{\"a\":1}",
		"{\"a\":-0.5e+10,\"b\":[]}",
		"{\"a\":{\"b\":{\"c\":{}}}}",
		"{\"a\":\"\\ud83d\\ude00\"}",
		"{\"a\":\"\xed\x95\x9c\"}",
		"{\"a\":[1,2,{\"b\":null}]}",
		"{\"a\":\"\\u0041\\n\\/\"}",
		"{\"a\":true,\"b\":false}",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_int_equal(scan(good[i]), OK);
}

static void
refuses_everything_else(void **state)
{
	static const char *const bad[] = {
		"",
		" ",
		"[]",
		"1",
		"\"a\"",
		"null",
		"{",
		"}",
		"{\"a\"}",
		"{\"a\":}",
		"{\"a\":1,}",
		"{,}",
		"{'a':1}",
		"{a:1}",
		"{\"a\":NaN}",
		"{\"a\":Infinity}",
		"{\"a\":01}",
		"{\"a\":1.}",
		"{\"a\":.5}",
		"{\"a\":+1}",
		"{\"a\":1e}",
		"{\"a\":TRUE}",
		"{\"a\":tru}",
		"{\"a\":\"\t\"}",
		"{\"a\":\"\\x\"}",
		"{\"a\":\"\\u12\"}",
		"{\"a\":\"b}",
		"{\"a\":\"\\u0000\"}",
		"{\"a\":\"\\ud800\"}",
		"{\"a\":\"\\udc00\"}",
		"{\"a\":\"\\ud800\\u0041\"}",
		"{\"a\":\"\xff\"}",
		"{\"a\":\"\xc0\x80\"}",
		"{\"a\":\"\xed\xa0\x80\"}",
		"{} {}",
		"{}x",
		"{\"a\":1}//",
		"/**/{}",
		"{\"a\":[1,]}",
		"{\"\\u0061\":1}",
		"{\"a\":{\"b\":{\"c\":{\"d\":{}}}}}",
		"\xef\xbb\xbf{}",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (scan(bad[i]) != BAD_JSON)
			fail_msg("accepted: %s", bad[i]);
}

static void
names_the_duplicate(void **state)
{
	const char *text = "{\"x\":1,\"title\":1,\"title\":2}";
	struct fault f;

	(void)state;
	assert_int_equal(json_scan(text, strlen(text), &f), DUPLICATE_FIELD);
	assert_string_equal(f.field, "title");
	assert_int_equal(scan("{\"a\":{\"b\":1},\"c\":{\"b\":1}}"), OK);
	assert_int_equal(scan("{\"a\":{\"b\":1,\"b\":1}}"), DUPLICATE_FIELD);
}

static void
a_nul_byte_is_no_end(void **state)
{
	struct fault f;

	(void)state;
	assert_int_equal(json_scan("{}\0", 3, &f), BAD_JSON);
	assert_int_equal(json_scan("{\"a\":\"\0\"}", 9, &f), BAD_JSON);
}

static void
every_prefix_is_refused(void **state)
{
	const char *text = "{\"a\":[1,{\"b\":\"\\ud83d\\ude00\"}],\"c\":true}";
	struct fault f;
	size_t n;

	(void)state;
	for (n = 0; n < strlen(text); n++)
		assert_int_equal(json_scan(text, n, &f), BAD_JSON);
	assert_int_equal(json_scan(text, n, &f), OK);
}

static void
getters_do_not_coerce(void **state)
{
	const char *text = "{\"u\":\"\xed\x95\x9c\",\"s\":\"1\",\"b\":true,"
			   "\"n\":null,\"i\":1}";
	static const char *const known[] = { "s", "b", "n", "u", NULL };
	struct json *j;
	struct fault f;
	const char *s;
	bool b;

	(void)state;
	assert_int_equal(json_read(text, strlen(text), &j, &f), OK);
	assert_int_equal(json_get_string(j, "s", &s, &f), OK);
	assert_string_equal(s, "1");
	assert_int_equal(json_get_string(j, "u", &s, &f), OK);
	assert_string_equal(s, "\xed\x95\x9c");
	assert_int_equal(json_get_string(j, "i", &s, &f), INVALID_FIELD);
	assert_int_equal(json_get_string(j, "n", &s, &f), INVALID_FIELD);
	assert_int_equal(json_get_string(j, "x", &s, &f), MISSING_FIELD);
	assert_string_equal(f.field, "x");
	assert_int_equal(json_get_bool(j, "s", &b, &f), INVALID_FIELD);
	assert_int_equal(json_get_bool(j, "b", &b, &f), OK);
	assert_true(json_is_null(j, "n"));
	assert_false(json_is_null(j, "x"));
	assert_int_equal(json_only(j, known, &f), UNKNOWN_FIELD);
	assert_string_equal(f.field, "i");
	json_free(j);
}

/*
 * Texts with a few bytes changed, seeded: the sanitizers look on, and what the
 * scanner lets through json-c must understand too.
 */
static void
survives_mutation(void **state)
{
	static const char seed[] =
	    "{\"title\":\"\\ud83d\\ude00\\n\",\"a\":[1,-2.5e3],"
	    "\"due\":{\"date\":null},\"b\":true}";
	static const char bytes[] = "{}[]\":,\\u0dce+-.tfn \n\xff\xed\x00'";
	struct json *j;
	struct fault f;
	char text[sizeof(seed)];
	unsigned r = 1;
	int i, k, accepted = 0;

	(void)state;
	for (i = 0; i < 50000; i++) {
		memcpy(text, seed, sizeof(seed));
		for (k = 0; k < 1 + i % 4; k++) {
			r = r * 1103515245 + 12345;
			text[(r >> 8) % (sizeof(seed) - 1)] =
			    bytes[(r >> 20) % (sizeof(bytes) - 1)];
		}
		if (json_scan(text, sizeof(seed) - 1, &f) != OK)
			continue;
		assert_int_equal(json_read(text, sizeof(seed) - 1, &j, &f), OK);
		json_free(j);
		accepted++;
	}
	assert_true(accepted > 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts_strict_json),
		cmocka_unit_test(refuses_everything_else),
		cmocka_unit_test(names_the_duplicate),
		cmocka_unit_test(a_nul_byte_is_no_end),
		cmocka_unit_test(every_prefix_is_refused),
		cmocka_unit_test(getters_do_not_coerce),
		cmocka_unit_test(survives_mutation),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
