#include <stdio.h>
#include <time.h>

#include "clock.h"

int64_t
clock_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * CLOCK_SECOND + ts.tv_nsec / 1000;
}

int64_t
clock_boot(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return t.tv_sec * CLOCK_SECOND + t.tv_nsec / 1000;
}

int64_t
clock_join(const struct civil *c)
{
	struct tm tm = { .tm_year = c->year - 1900,
		.tm_mon = c->month - 1,
		.tm_mday = c->day,
		.tm_hour = c->hour,
		.tm_min = c->minute,
		.tm_sec = c->second };

	return timegm(&tm) * CLOCK_SECOND + c->micro;
}

void
clock_split(int64_t t, struct civil *c)
{
	int64_t micro = t % CLOCK_SECOND;
	time_t seconds;
	struct tm tm;

	if (micro < 0)
		micro += CLOCK_SECOND;
	seconds = (time_t)((t - micro) / CLOCK_SECOND);
	gmtime_r(&seconds, &tm);
	*c = (struct civil){ tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
		tm.tm_hour, tm.tm_min, tm.tm_sec, (int)micro };
}

bool
clock_date_valid(int year, int month, int day)
{
	struct civil c = { .year = year, .month = month, .day = day };
	struct civil back;

	if (year < 1 || year > 9999)
		return false;
	clock_split(clock_join(&c), &back);
	return back.year == year && back.month == month && back.day == day;
}

void
clock_text(int64_t t, char out[CLOCK_TEXT])
{
	struct civil c;

	clock_split(t, &c);
	snprintf(out, CLOCK_TEXT, "%04u-%02u-%02uT%02u:%02u:%02u.%06uZ",
	    (unsigned)c.year % 10000, (unsigned)c.month % 100,
	    (unsigned)c.day % 100, (unsigned)c.hour % 100,
	    (unsigned)c.minute % 100, (unsigned)c.second % 100,
	    (unsigned)c.micro % 1000000);
}
