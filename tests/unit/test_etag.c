/* If-Match and If-None-Match: what is well-formed, and what holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "domain/etag.h"

static void
knows_what_is_malformed(void **state)
{
	static const char *const good[] = { "", "*", "\"1\"", "W/\"1\"",
		"\"1\", \"2\"", "\"1\",W/\"2\"\t,\"a!b\"", "\"\"",
		", \"1\",, \"2\" ,", "\"a,b\"", "\"\xc3\xa9\"" };
	static const char *const bad[] = { "1", "\"1", "1\"", "w/\"1\"", "W/1",
		"*, \"1\"", "\"1\", *", "**", "\"1\" \"2\"", "\"a b\"",
		"\"a\"b", ",", " ", "W/ \"1\"", "'1'", "\"1\";\"2\"" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (!etag_valid(good[i]))
			fail_msg("refuses %s", good[i]);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (etag_valid(bad[i]))
			fail_msg("takes %s", bad[i]);
}

static void
holds_as_the_rfc_says(void **state)
{
	static const struct {
		const char *match, *none;
		bool absent, at_5; /* what does not exist; what has "5" */
	} cases[] = {
		{ "", "", true, true },
		{ "*", "", false, true },
		{ "\"5\"", "", false, true },
		{ "\"4\"", "", false, false },
		{ "\"05\"", "", false, false },
		{ "\"\"", "", false, false },
		/* strong comparison */
		{ "W/\"5\"", "", false, false },
		{ "W/\"5\", \"5\"", "", false, true },
		{ "\"3\",, \"a,b\" , \"5\"", "", false, true },
		{ "", "*", true, false },
		{ "", "\"5\"", true, false },
		/* weak comparison */
		{ "", "W/\"5\"", true, false },
		{ "", "\"4\"", true, true },
		{ "", "\"3\", W/\"5\"", true, false },
		{ "\"5\"", "\"5\"", false, false },
		{ "\"5\"", "\"4\"", false, true },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct condition c = { cases[i].match, cases[i].none };

		if (condition_holds(&c, -1) != cases[i].absent ||
		    condition_holds(&c, 5) != cases[i].at_5)
			fail_msg(
			    "If-Match: %s, If-None-Match: %s", c.match, c.none);
	}
}

static void
names_what_is_held(void **state)
{
	(void)state;
	assert_true(etag_names("*", 7));
	assert_true(etag_names("W/\"7\"", 7));
	assert_true(etag_names("\"6\", \"7\"", 7));
	assert_false(etag_names("", 7));
	assert_false(etag_names("\"70\"", 7));
	assert_false(etag_names("\"7", 7));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_what_is_malformed),
		cmocka_unit_test(holds_as_the_rfc_says),
		cmocka_unit_test(names_what_is_held),
	};

	return cmocka_run_group_tests_name("etag", tests, NULL, NULL);
}
