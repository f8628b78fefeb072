/* Time, and its calendar. */
#include <time.h>

#include "base/clock.h"

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

/*
 * Days of the proleptic Gregorian calendar since 1970-01-01, and back: the
 * year begins in March, so that the leap day is its last; 400 years are an
 * era. (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms".)
 */
static int64_t
days_join(int64_t year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400, of_era = y - era * 400;
	int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 +
			  day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 +
	       of_year - 719468;
}

static void
days_split(int64_t days, struct civil *c)
{
	int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t day = z - era * 146097;
	int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	int64_t of_year = day - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * of_year + 2) / 153; /* 0: March */

	c->day = (int)(of_year - (153 * month + 2) / 5 + 1);
	c->month = (int)(month < 10 ? month + 3 : month - 9);
	c->year = (int)(year + era * 400 + (c->month <= 2));
}

int64_t
clock_join(const struct civil *c)
{
	int64_t seconds = days_join(c->year, c->month, c->day) * 86400 +
			  c->hour * 3600 + c->minute * 60 + c->second;

	return seconds * CLOCK_SECOND + c->micro;
}

void
clock_split(int64_t t, struct civil *c)
{
	int64_t of_day = t % CLOCK_DAY;
	int seconds;

	if (of_day < 0)
		of_day += CLOCK_DAY;
	days_split((t - of_day) / CLOCK_DAY, c);
	seconds = (int)(of_day / CLOCK_SECOND);
	c->hour = seconds / 3600;
	c->minute = seconds / 60 % 60;
	c->second = seconds % 60;
	c->micro = (int)(of_day % CLOCK_SECOND);
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

/* Two digits, and what follows them; where that ends. */
static char *
two(char *p, int value, char after)
{
	*p++ = (char)('0' + value / 10);
	*p++ = (char)('0' + value % 10);
	*p++ = after;
	return p;
}

void
clock_text(int64_t t, char out[CLOCK_TEXT])
{
	struct civil c;
	char *p = out;

	clock_split(t, &c);
	p = two(p, c.year / 100, ' ') - 1;
	p = two(p, c.year % 100, '-');
	p = two(p, c.month, '-');
	p = two(p, c.day, 'T');
	p = two(p, c.hour, ':');
	p = two(p, c.minute, ':');
	p = two(p, c.second, '.');
	p = two(p, c.micro / 10000, ' ') - 1;
	p = two(p, c.micro / 100 % 100, ' ') - 1;
	p = two(p, c.micro % 100, 'Z');
	*p = '\0';
}
