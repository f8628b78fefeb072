/* Times that come again, also on the days when clocks are changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "base/clock.h"
#include "model/cron_seek.c"

/* "2026-03-08 07:00:30", UTC; "" for none. */
static int64_t
utc(const char *s)
{
	struct civil c = { 0 };

	if (*s == '\0')
		return CLOCK_NONE;
	assert_int_equal(sscanf(s, "%d-%d-%d %d:%d:%d", &c.year, &c.month,
			     &c.day, &c.hour, &c.minute, &c.second) >= 5,
	    1);
	return clock_join(&c);
}

static struct cron
parsed(const char *text)
{
	struct cron c;

	if (!cron_parse(text, &c))
		fail_msg("%s is refused", text);
	return c;
}

/* The first time after then, or CLOCK_NONE when there is none in 5 years. */
static int64_t
next_time(const struct cron *c, const char *zone, int64_t after)
{
	int64_t low = floor_div(after, CLOCK_SECOND), found;
	char *before = enter(zone);

	found = seek(c, low, low + 5 * INT64_C(366) * DAY);
	leave(before);
	return found == NEVER ? CLOCK_NONE : found * CLOCK_SECOND;
}

static void
assert_time(int64_t found, const char *wanted, const char *what)
{
	char text[CLOCK_TEXT] = "none";

	if (found != CLOCK_NONE)
		clock_text(found, text);
	if (found != utc(wanted))
		fail_msg("%s: %s, not %s", what, text, wanted);
}

static void
reads_fields(void **state)
{
	struct cron c;

	(void)state;
	c = parsed("0,30 8-10 1-31/10 jan,JUL-Sep mon-fri");
	assert_int_equal(c.minutes, UINT64_C(1) << 0 | UINT64_C(1) << 30);
	assert_int_equal(c.hours, 7 << 8);
	assert_int_equal(c.days, 1u << 1 | 1u << 11 | 1u << 21 | 1u << 31);
	assert_int_equal(c.months, 1 << 1 | 7 << 7);
	assert_int_equal(c.weekdays, 0x3e);
	assert_false(c.any_day);
	assert_false(c.any_weekday);

	c = parsed("\t*/15  *\t*/2 * 5-7 ");
	assert_int_equal(c.minutes, UINT64_C(1) | UINT64_C(1) << 15 |
					UINT64_C(1) << 30 | UINT64_C(1) << 45);
	assert_int_equal(c.hours, 0xffffff);
	assert_int_equal(c.weekdays, 0x61);
	assert_true(c.any_day);

	assert_int_equal(parsed("* * * * *").minutes, (UINT64_C(1) << 60) - 1);
	assert_int_equal(parsed("* * * * *").weekdays, 0x7f);
	assert_int_equal(parsed("* * * * 0").weekdays, 1);
	assert_int_equal(parsed("* * * * 7").weekdays, 1);
	assert_int_equal(parsed("* * * * fri-sun").weekdays, 0x61);
	assert_int_equal(parsed("59 23 31 12 6").hours, 1 << 23);
	assert_int_equal(parsed("@weekly").weekdays, 1);
	assert_int_equal(parsed("@YEARLY").months, 1 << 1);
	assert_int_equal(parsed("@monthly").days, 1 << 1);
	assert_int_equal(parsed("@daily").hours, 1);
	assert_int_equal(parsed("@hourly").hours, 0xffffff);
}

/* The word that tests/unit/cron-cases has for it; of one that is wrong it has
 * the field, which nobody asks of this parser. */
static const char *
judged(const char *text, const char *word)
{
	struct cron c;

	if (cron_parse(text, &c))
		return next_time(&c, "UTC", 0) != CLOCK_NONE ? "right"
							     : "never";
	return strcmp(word, "right") != 0 && strcmp(word, "never") != 0
		   ? word
		   : "wrong";
}

static const char *
judged_zone(const char *name)
{
	return zone_known(name) && cron_zone_usable(name) ? "zone" : "no-zone";
}

/* As environment/cron.py judges. */
static void
judges_the_shared_cases(void **state)
{
	FILE *f = fopen("tests/unit/cron-cases", "re");
	char line[256], *text, *escape;
	const char *found;
	int count = 0;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (*line == '#' || (text = strchr(line, '\t')) == NULL)
			continue;
		*text++ = '\0';
		if ((escape = strstr(text, "\\n")) != NULL)
			memcpy(escape, "\n", 2);
		found = strstr(line, "zone") != NULL ? judged_zone(text)
						     : judged(text, line);
		if (strcmp(found, line) != 0)
			fail_msg("\"%s\" is %s, not %s", text, found, line);
		count++;
	}
	fclose(f);
	assert_true(count > 60);
}

/* A directory with the rules of Kolkata alone, as on a host without links. */
static void
a_link_is_as_good_as_its_zone(void **state)
{
	char directory[] = "/tmp/allday-zones-XXXXXX", command[256];
	struct cron c = parsed("30 5 * * *");

	(void)state;
	assert_non_null(mkdtemp(directory));
	snprintf(command, sizeof(command),
	    "mkdir %s/Asia && cp /usr/share/zoneinfo/Asia/Kolkata %s/Asia",
	    directory, directory);
	assert_int_equal(system(command), 0);
	setenv("TZDIR", directory, 1);
	assert_true(cron_zone_usable("Asia/Calcutta"));
	assert_true(cron_zone_usable("Asia/Kolkata"));
	assert_true(cron_zone_usable("UTC"));
	assert_true(cron_zone_usable("+09:00"));
	assert_false(cron_zone_usable("Europe/Kiev"));
	assert_false(cron_zone_usable("Nowhere/City"));
	assert_time(next_time(&c, "Asia/Calcutta", utc("2026-01-01 12:00")),
	    "2026-01-02 00:00", "05:30 in Calcutta");
	unsetenv("TZDIR");
	snprintf(command, sizeof(command), "rm -r %s", directory);
	assert_int_equal(system(command), 0);
}

static void
comes_next(void **state)
{
	static const struct {
		const char *text, *zone, *after, *next;
	} cases[] = {
		/* no change of clocks */
		{ "0 8 * * mon-fri", "Asia/Seoul", "2026-11-20 12:00",
		    "2026-11-22 23:00" }, /* Friday evening: Monday */
		{ "0 8 * * *", "UTC", "2026-01-01 08:00", "2026-01-02 08:00" },
		{ "0 8 * * *", "UTC", "2026-01-01 07:59:59",
		    "2026-01-01 08:00" },
		{ "*/5 * * * *", "Asia/Seoul", "2026-01-01 00:04:59",
		    "2026-01-01 00:05" },
		{ "30 5 * * *", "Asia/Kathmandu", "2026-01-01 00:00",
		    "2026-01-01 23:45" },
		{ "0 0 1 1 *", "UTC", "2025-12-31 23:59", "2026-01-01 00:00" },
		{ "0 0 29 2 *", "UTC", "2026-01-01 00:00", "2028-02-29 00:00" },
		{ "0 0 30 2 *", "UTC", "2026-01-01 00:00", "" },
		{ "0 0 31 4,6,9,11 *", "Europe/Berlin", "2026-01-01 00:00",
		    "" },
		{ "0 0 1 1 *", "UTC", "1969-06-01 00:00", "1970-01-01 00:00" },
		/* either day field suffices when both are restricted */
		{ "0 0 13 * fri", "UTC", "2026-11-07 00:00",
		    "2026-11-13 00:00" },
		{ "0 0 13 * mon", "UTC", "2026-11-07 00:00",
		    "2026-11-09 00:00" },
		{ "0 0 */13 * mon", "UTC", "2026-11-02 00:00",
		    "2026-12-14 00:00" }, /* else both: */
		{ "0 0 13 * *", "UTC", "2026-11-07 00:00", "2026-11-13 00:00" },
		/* New York, 2026-03-08: 02:00 EST is 03:00 EDT (07:00Z) */
		{ "30 2 * * *", "America/New_York", "2026-03-07 12:00",
		    "2026-03-08 07:30" },
		{ "0 2 * * *", "America/New_York", "2026-03-07 12:00",
		    "2026-03-08 07:00" },
		{ "0 3 * * *", "America/New_York", "2026-03-07 12:00",
		    "2026-03-08 07:00" },
		{ "59 1 * * *", "America/New_York", "2026-03-07 12:00",
		    "2026-03-08 06:59" },
		{ "0,30 2,3 * * *", "America/New_York", "2026-03-08 07:00",
		    "2026-03-08 07:30" }, /* 02:30 and 03:30 are one */
		{ "0,30 2,3 * * *", "America/New_York", "2026-03-08 07:30",
		    "2026-03-09 06:00" },
		{ "30 2 * * *", "America/New_York", "2026-03-08 07:30",
		    "2026-03-09 06:30" },
		/* Havana: 2026-03-08 00:00 CST is 01:00 CDT (05:00Z) */
		{ "30 0 * * *", "America/Havana", "2026-03-07 12:00",
		    "2026-03-08 05:30" },
		{ "30 0 * * *", "America/Havana", "2026-10-31 12:00",
		    "2026-11-01 04:30" },
		{ "30 2 * * *", "Europe/Berlin", "2026-03-28 12:00",
		    "2026-03-29 01:30" },
		{ "30 2 * * *", "Europe/Berlin", "2026-10-24 12:00",
		    "2026-10-25 00:30" },
		/* offsets, and a link */
		{ "0 8 * * *", "+09:00", "2026-01-01 12:00",
		    "2026-01-01 23:00" },
		{ "0 8 * * *", "-03:30", "2026-01-01 00:00",
		    "2026-01-01 11:30" },
		{ "0 8 * * *", "+23:59", "2026-01-01 12:00",
		    "2026-01-02 08:01" },
		{ "0 8 * * *", "US/Eastern", "2026-01-01 00:00",
		    "2026-01-01 13:00" },
		{ "30 * * * *", "America/New_York", "2026-03-08 06:30",
		    "2026-03-08 07:30" }, /* every hour: no gap to fill */
		/* 2026-11-01: 02:00 EDT is 01:00 EST (06:00Z) */
		{ "30 1 * * *", "America/New_York", "2026-10-31 12:00",
		    "2026-11-01 05:30" },
		{ "30 1 * * *", "America/New_York", "2026-11-01 05:30",
		    "2026-11-02 06:30" },
		{ "30 1 * * *", "America/New_York", "2026-11-01 06:15",
		    "2026-11-02 06:30" }, /* asked in the second hour */
		{ "0 2 * * *", "America/New_York", "2026-10-31 12:00",
		    "2026-11-01 07:00" },
		{ "0 1 * * *", "America/New_York", "2026-11-01 05:00",
		    "2026-11-02 06:00" },
		{ "30 * * * *", "America/New_York", "2026-11-01 05:30",
		    "2026-11-01 06:30" },
		/* Lord Howe: by half an hour. 2026-10-04: 02:00 is 02:30
		 * (15:30Z the day before); 2026-04-05: 02:00 is 01:30 (15:00Z)
		 */
		{ "15 2 * * *", "Australia/Lord_Howe", "2026-10-03 12:00",
		    "2026-10-03 15:45" },
		{ "30 2 * * *", "Australia/Lord_Howe", "2026-10-03 12:00",
		    "2026-10-03 15:30" },
		{ "45 1 * * *", "Australia/Lord_Howe", "2026-04-04 12:00",
		    "2026-04-04 14:45" },
		{ "45 1 * * *", "Australia/Lord_Howe", "2026-04-04 14:45",
		    "2026-04-05 15:15" },
		{ "0 2 * * *", "Australia/Lord_Howe", "2026-04-04 12:00",
		    "2026-04-04 15:30" },
		/* Azores: midnight itself is left out (2026-03-29 01:00Z) */
		{ "0 0 * * *", "Atlantic/Azores", "2026-03-28 12:00",
		    "2026-03-29 01:00" },
		/* Samoa left out the whole of 2011-12-30 */
		{ "0 12 30 12 *", "Pacific/Apia", "2011-12-29 00:00",
		    "2011-12-30 22:00" },
		/* Korea had summer time: 1988-05-08 02:00 is 03:00 */
		{ "30 2 * * *", "Asia/Seoul", "1988-05-07 12:00",
		    "1988-05-07 17:30" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cron c = parsed(cases[i].text);
		char what[128];

		snprintf(what, sizeof(what), "%s in %s after %s", cases[i].text,
		    cases[i].zone, cases[i].after);
		assert_time(next_time(&c, cases[i].zone, utc(cases[i].after)),
		    cases[i].next, what);
	}
}

static void
came_last(void **state)
{
	static const struct {
		const char *text, *zone, *after, *until, *latest;
	} cases[] = {
		{ "0 8 * * *", "UTC", "2026-01-01 07:59:59",
		    "2026-01-01 08:00:00", "2026-01-01 08:00" },
		{ "0 8 * * *", "UTC", "2026-01-01 08:00:00",
		    "2026-01-01 08:00:01", "" },
		{ "0 8 * * *", "UTC", "2026-01-01 08:00:00",
		    "2026-01-02 07:59:59", "" },
		{ "0 8 * * *", "UTC", "2026-01-01 00:00", "2026-01-03 00:00",
		    "2026-01-02 08:00" },
		{ "* * * * *", "UTC", "2026-01-01 00:00", "2026-01-01 10:11:12",
		    "2026-01-01 10:11" },
		/* two days at most */
		{ "0 8 1 1 *", "UTC", "2020-01-01 00:00", "2026-01-03 07:59",
		    "2026-01-01 08:00" },
		{ "0 8 1 1 *", "UTC", "2020-01-01 00:00", "2026-01-03 08:01",
		    "" },
		{ "0 8 * * *", "UTC", "", "2026-01-03 07:59",
		    "2026-01-02 08:00" },
		/* nothing lies between */
		{ "* * * * *", "UTC", "2026-01-01 00:00", "2026-01-01 00:00",
		    "" },
		{ "* * * * *", "UTC", "2026-01-02 00:00", "2026-01-01 00:00",
		    "" },
		/* as if there was no gap, once; the first of two passes */
		{ "30 2 * * *", "America/New_York", "2026-03-08 06:59",
		    "2026-03-08 07:30", "2026-03-08 07:30" },
		{ "30 2 * * *", "America/New_York", "2026-03-08 07:30",
		    "2026-03-08 08:30", "" },
		{ "30 1 * * *", "America/New_York", "2026-11-01 05:30",
		    "2026-11-01 06:30", "" },
		{ "30 1 * * *", "America/New_York", "2026-11-01 05:00",
		    "2026-11-01 12:00", "2026-11-01 05:30" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cron c = parsed(cases[i].text);
		char what[128];

		snprintf(what, sizeof(what), "%s in %s from %s to %s",
		    cases[i].text, cases[i].zone, cases[i].after,
		    cases[i].until);
		assert_time(cron_latest(&c, cases[i].zone, utc(cases[i].after),
				utc(cases[i].until)),
		    cases[i].latest, what);
	}
}

static void
looks_within_the_second(void **state)
{
	struct cron c = parsed("0 8 * * *");
	int64_t eight = utc("2026-01-01 08:00");

	(void)state;
	assert_int_equal(cron_latest(&c, "UTC", eight - 1, eight + 1), eight);
	assert_int_equal(
	    cron_latest(&c, "UTC", eight - 2, eight - 1), CLOCK_NONE);
	assert_int_equal(cron_latest(&c, "UTC", eight, eight + 1), CLOCK_NONE);
	assert_int_equal(next_time(&c, "UTC", eight - 1), eight);
	assert_int_equal(next_time(&c, "UTC", eight), eight + CLOCK_DAY);
}

/*
 * What the header says, minute by minute: is the minute that begins at t one?
 * Left out are the local times that no minute of the day after has; passed
 * twice is one that was there within the last three hours.
 */
static bool
named(const struct cron *c, int64_t local)
{
	struct civil civil;
	bool day, weekday;

	clock_split(local * CLOCK_SECOND, &civil);
	day = c->days >> civil.day & 1;
	weekday = c->weekdays >> ((local / 86400 + 4) % 7) & 1;
	return (c->minutes >> civil.minute & 1) != 0 &&
	       (c->hours >> civil.hour & 1) != 0 &&
	       (c->months >> civil.month & 1) != 0 &&
	       (c->any_day || c->any_weekday ? day && weekday : day || weekday);
}

static int64_t
local_time(int64_t t)
{
	time_t at = (time_t)t;
	struct tm tm;

	localtime_r(&at, &tm);
	return t + tm.tm_gmtoff;
}

/* Was a local time left out by a change before t, where it would be t? */
static bool
left_out(int64_t t, int64_t local)
{
	int64_t s;

	for (s = t - 3 * 3600; s <= t + 3 * 3600; s += 60)
		if (local_time(s) == local)
			return false;
	for (s = t; s >= t - 3 * 3600; s -= 60)
		if (local_time(s) - s == local - t)
			return true;
	return false;
}

static bool
due(const struct cron *c, int64_t t)
{
	int64_t now = local_time(t), s;

	if (c->hours == 0xffffff)
		return named(c, now);
	for (s = now - 2 * 3600; s <= now + 2 * 3600; s += 30 * 60)
		if (s != now && named(c, s) && left_out(t, s))
			return true;
	if (!named(c, now))
		return false;
	for (s = t - 60; s >= t - 3 * 3600; s -= 60)
		if (local_time(s) == now)
			return false;
	return true;
}

static void
agrees_with_a_walk(void **state)
{
	static const struct {
		const char *zone, *around;
	} changes[] = {
		{ "Asia/Seoul", "2026-03-29 00:00" },
		{ "Asia/Seoul", "1987-10-10 17:00" },
		{ "America/New_York", "2026-03-08 07:00" },
		{ "America/New_York", "2026-11-01 06:00" },
		{ "Australia/Lord_Howe", "2026-10-03 15:30" },
		{ "Australia/Lord_Howe", "2026-04-04 15:00" },
		{ "Atlantic/Azores", "2026-03-29 01:00" },
		{ "Africa/Casablanca", "2026-03-22 02:00" },
		{ "Antarctica/Troll", "2026-03-29 01:00" },
		{ "Antarctica/Troll", "2026-10-25 01:00" },
	};
	static const char *const expressions[] = { "* * * * *", "*/7 * * * *",
		"30 * * * *", "*/20 0-3 * * *", "15,45 2 * * *", "0 0 * * *",
		"10 1 * * sun", "50 23 * * sat", "* 1,2 * * *", "0 */2 * * *" };
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		for (j = 0; j < sizeof(expressions) / sizeof(expressions[0]);
		     j++) {
			const char *zone = changes[i].zone;
			struct cron c = parsed(expressions[j]);
			int64_t middle = utc(changes[i].around) / CLOCK_SECOND;
			int64_t t, wanted = CLOCK_NONE, start, found;

			start = middle - 6 * 3600 - (int64_t)(17 * i + j) * 60;
			found = next_time(&c, zone, start * CLOCK_SECOND);
			for (t = start + 60; t < middle + 6 * 3600; t += 60) {
				setenv("TZ", zone, 1);
				tzset();
				if (!due(&c, t))
					continue;
				wanted = t * CLOCK_SECOND;
				if (found != wanted)
					fail_msg("%s in %s: %lld, not %lld",
					    expressions[j], zone,
					    (long long)found,
					    (long long)wanted);
				found = next_time(&c, zone, wanted);
			}
			assert_int_equal(
			    cron_latest(&c, zone, start * CLOCK_SECOND,
				(t - 1) * CLOCK_SECOND),
			    wanted);
			unsetenv("TZ");
			tzset();
		}
}

static void
leaves_the_zone_as_it_was(void **state)
{
	struct cron c = parsed("0 8 * * *");
	time_t zero = 0;
	struct tm tm;

	(void)state;
	setenv("TZ", "America/New_York", 1);
	tzset();
	next_time(&c, "Asia/Seoul", utc("2026-01-01 00:00"));
	assert_string_equal(getenv("TZ"), "America/New_York");
	localtime_r(&zero, &tm);
	assert_int_equal(tm.tm_gmtoff, -5 * 3600);
	unsetenv("TZ");
	cron_latest(&c, "Asia/Seoul", 0, CLOCK_DAY);
	assert_null(getenv("TZ"));
}

/* Every second for 32 schedules: the minutes in which nothing begins are free,
 * and a date that never comes is found out about. */
static void
is_fast(void **state)
{
	struct cron c = parsed("0 8 * * mon"), never = parsed("0 0 30 2 *");
	int64_t start = utc("2026-01-01 00:00:30"), begun;
	struct timespec spent;
	int i;

	(void)state;
	for (i = 0; i < 1000; i++)
		cron_latest(&c, "Asia/Seoul", start, start + CLOCK_SECOND);
	for (i = 0; i < 32; i++)
		cron_latest(&c, "Asia/Seoul", start, start + CLOCK_DAY);
	begun = clock_now();
	assert_int_equal(
	    next_time(&never, "America/New_York", start), CLOCK_NONE);
	assert_true(clock_now() - begun < 10 * CLOCK_SECOND);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
	assert_true(spent.tv_sec < 30); /* it takes far less than one */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_fields),
		cmocka_unit_test(judges_the_shared_cases),
		cmocka_unit_test(a_link_is_as_good_as_its_zone),
		cmocka_unit_test(comes_next),
		cmocka_unit_test(came_last),
		cmocka_unit_test(looks_within_the_second),
		cmocka_unit_test(agrees_with_a_walk),
		cmocka_unit_test(leaves_the_zone_as_it_was),
		cmocka_unit_test(is_fast),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
