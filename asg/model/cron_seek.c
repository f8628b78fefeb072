/* The times that an expression names, in a zone whose clocks change. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/zone.h"
#include "model/cron.h"

enum {
	MINUTE = 60, /* seconds */
	HOUR = 60 * MINUTE,
	DAY = 24 * HOUR,
	/* No clock was put forward or back by more (Samoa, 2011). */
	LOOKBACK = 25 * HOUR
};

#define NEVER    INT64_MAX
#define ZONEINFO "/usr/share/zoneinfo"

/* ---- time zones */

/* Is there a file with the rules of that name? (TZDIR: tzset(3).) */
static bool
has_rules(const char *name)
{
	const char *directory = getenv("TZDIR");
	char path[4096], magic[4] = "";
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s",
	    directory != NULL ? directory : ZONEINFO, name);
	if ((f = fopen(path, "re")) == NULL)
		return false;
	if (fread(magic, 1, sizeof(magic), f) != sizeof(magic))
		*magic = '\0';
	fclose(f);
	return memcmp(magic, "TZif", sizeof(magic)) == 0;
}

/* What TZ must be; false when this host does not know it. */
static bool
rules_of(const char *zone, char *tz, size_t size)
{
	const char *canonical;
	int ahead;

	if (strcmp(zone, "UTC") == 0) {
		snprintf(tz, size, "UTC0");
		return true;
	}
	/* POSIX counts to the west. */
	if (zone_offset(zone, &ahead)) {
		snprintf(
		    tz, size, "<OFF>%c%s", *zone == '-' ? '+' : '-', zone + 1);
		return true;
	}
	if ((canonical = zone_canonical(zone)) == NULL)
		return false;
	snprintf(tz, size, "%s", has_rules(zone) ? zone : canonical);
	return has_rules(tz);
}

bool
cron_zone_usable(const char *name)
{
	char ignored[ZONE_SIZE];

	return rules_of(name, ignored, sizeof(ignored));
}

/* The zone that was set before, for leave(); to be freed there. */
static char *
enter(const char *zone)
{
	const char *before = getenv("TZ");
	char *kept = before != NULL ? strdup(before) : NULL;
	char tz[ZONE_SIZE];

	if (!rules_of(zone, tz, sizeof(tz)))
		snprintf(tz, sizeof(tz), "UTC0"); /* no file says that zone */
	if ((before != NULL && kept == NULL) || setenv("TZ", tz, 1) != 0)
		oom();
	tzset();
	return kept;
}

static void
leave(char *before)
{
	if (before == NULL)
		unsetenv("TZ");
	else if (setenv("TZ", before, 1) != 0)
		oom();
	tzset();
	free(before);
}

/* Seconds that local time is ahead of UTC. */
static int64_t
offset(int64_t t)
{
	time_t at = (time_t)t;
	struct tm tm;

	return localtime_r(&at, &tm) != NULL ? tm.tm_gmtoff : 0;
}

/* The end of the time from t on, limit at most, that has its offset. */
static int64_t
steady_until(int64_t t, int64_t limit)
{
	int64_t ahead = offset(t), low = t, high, middle;

	/* No zone changes twice within a day. */
	high = t + DAY < limit ? t + DAY : limit;
	if (offset(high - 1) == ahead)
		return high;
	high--;
	while (high - low > 1) {
		middle = low + (high - low) / 2;
		if (offset(middle) == ahead)
			low = middle;
		else
			high = middle;
	}
	return high;
}

/* ---- seeking: local time is in seconds as if it were UTC */

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static bool
day_matches(const struct cron *c, int64_t day)
{
	bool by_day, by_weekday;
	struct civil civil;

	clock_split(day * CLOCK_DAY, &civil);
	if ((c->months >> civil.month & 1) == 0)
		return false;
	by_day = c->days >> civil.day & 1;
	/* 1970-01-01 was a Thursday. */
	by_weekday = c->weekdays >> (((day + 4) % 7 + 7) % 7) & 1;
	return c->any_day || c->any_weekday ? by_day && by_weekday
					    : by_day || by_weekday;
}

/* The first minute of the day from the given one on, or 1440. */
static int
minute_of_day(const struct cron *c, int minute)
{
	for (; minute < 1440; minute++)
		if ((c->hours >> minute / 60 & 1) != 0 &&
		    (c->minutes >> minute % 60 & 1) != 0)
			break;
	return minute;
}

/* The first local time in [from, to) that the expression names, or NEVER. */
static int64_t
first_within(const struct cron *c, int64_t from, int64_t to)
{
	int64_t day = floor_div(from, DAY), at;
	int minute = (int)((from - day * DAY + MINUTE - 1) / MINUTE);

	for (; day * DAY < to; day++, minute = 0) {
		if (!day_matches(c, day))
			continue;
		if ((minute = minute_of_day(c, minute)) == 1440)
			continue;
		at = day * DAY + minute * MINUTE;
		return at < to ? at : NEVER;
	}
	return NEVER;
}

/*
 * Of the local times in [from, to), which a clock put forward left out: told by
 * the clock as it was before, which ahead says. The first in (after, until].
 */
static int64_t
first_left_out(const struct cron *c, int64_t from, int64_t to, int64_t ahead,
    int64_t after, int64_t until)
{
	int64_t found;

	from = from > after + ahead ? from : after + ahead + 1;
	found = from < to ? first_within(c, from, to) : NEVER;
	return found != NEVER && found - ahead <= until ? found - ahead : NEVER;
}

/*
 * The first time in (after, until], or NEVER; seconds. The time between is
 * walked in pieces of one offset each. What is named for every hour goes by
 * the clock as it is; else each local time is due once: done is the first one
 * that was not reached yet, which a clock put forward leaves behind the
 * piece's beginning, and one put back leaves ahead of it.
 */
static int64_t
seek(const struct cron *c, int64_t after, int64_t until)
{
	bool hourly = c->hours == 0xffffff;
	int64_t t = after - LOOKBACK, end, ahead, from, found, left_out;
	int64_t done = t + offset(t);

	for (; t <= until; t = end) {
		ahead = offset(t);
		end = steady_until(t, until + 1);
		if (hourly)
			done = t + ahead;
		left_out = first_left_out(
		    c, done, t + ahead, done - t, after, until);
		from = done > t + ahead ? done : t + ahead;
		if (from <= after + ahead)
			from = after + ahead + 1;
		found = first_within(c, from, end + ahead);
		if (found != NEVER)
			found -= ahead;
		if (found != NEVER || left_out != NEVER)
			return found < left_out ? found : left_out;
		done = end + ahead;
	}
	return NEVER;
}

int64_t
cron_latest(
    const struct cron *c, const char *zone, int64_t after, int64_t until)
{
	int64_t low = floor_div(after, CLOCK_SECOND);
	int64_t high = floor_div(until, CLOCK_SECOND), t, found = NEVER;
	char *before;

	if (after == CLOCK_NONE || low < high - 2 * DAY)
		low = high - 2 * DAY;
	/* Offsets are whole minutes: no minute began. */
	if (low >= high || floor_div(low, MINUTE) == floor_div(high, MINUTE))
		return CLOCK_NONE;
	before = enter(zone);
	while ((t = seek(c, low, high)) != NEVER)
		low = found = t;
	leave(before);
	return found == NEVER ? CLOCK_NONE : found * CLOCK_SECOND;
}
