/* Names of time zones: the table, and the offsets beside it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/zone.h"
#include "base/zone_table.h"

static void
the_table_is_sorted_and_closed(void **state)
{
	size_t i;

	(void)state;
	assert_true(zone_table_count > 590);
	for (i = 0; i < zone_table_count; i++) {
		const struct zone_entry *e = &zone_table[i];

		if (i > 0 && strcmp(zone_table[i - 1].name, e->name) >= 0)
			fail_msg("%s is not in its place", e->name);
		if (strlen(e->name) >= ZONE_SIZE)
			fail_msg("%s is too long", e->name);
		assert_string_equal(zone_canonical(e->canonical), e->canonical);
	}
}

static void
names_are_known(void **state)
{
	static const char *const known[] = { "UTC", "GMT", "Asia/Seoul",
		"Asia/Calcutta", "Asia/Saigon", "Europe/Kiev",
		"America/Buenos_Aires", "America/Argentina/Buenos_Aires",
		"EST5EDT", "EST", "ROK", "Zulu", "GB-Eire", "Etc/GMT+12",
		"America/Coyhaique", "+00:00", "-00:00", "+09:00", "-03:30",
		"+23:59", "-23:59" };
	static const char *const unknown[] = { "", "/", "Asia", "Asia/",
		"Asia/Seol", "asia/seoul", "America/Argentina", "../passwd",
		"Asia/../Asia/Seoul", "/usr/share/zoneinfo/UTC", "right/UTC",
		"posix/Asia/Seoul", "posixrules", "localtime", "tzdata.zi",
		"KST-9", "UTC0", "Asia/Seoul ", "Etc/Unknown", "+24:00",
		"+09:60", "+9:00", "+0900", "09:00", "+09:00:00", "+09", "+",
		" 09:00", "+ 9:00", "+09:0\xd9\xa0" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (!zone_known(known[i]))
			fail_msg("%s is unknown", known[i]);
	for (i = 0; i < sizeof(unknown) / sizeof(*unknown); i++)
		if (zone_known(unknown[i]))
			fail_msg("\"%s\" is known", unknown[i]);
}

static void
links_lead_to_zones(void **state)
{
	int seconds;

	(void)state;
	assert_string_equal(zone_canonical("Asia/Calcutta"), "Asia/Kolkata");
	assert_string_equal(zone_canonical("EST5EDT"), "America/New_York");
	assert_string_equal(zone_canonical("Asia/Seoul"), "Asia/Seoul");
	assert_null(zone_canonical("+09:00"));
	assert_true(zone_offset("-03:30", &seconds));
	assert_int_equal(seconds, -12600);
	assert_true(zone_offset("+23:59", &seconds));
	assert_int_equal(seconds, 86340);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_is_sorted_and_closed),
		cmocka_unit_test(names_are_known),
		cmocka_unit_test(links_lead_to_zones),
	};

	return cmocka_run_group_tests_name("zone", tests, NULL, NULL);
}
