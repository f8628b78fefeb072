/*
 * Time is an int64_t: microseconds since 1970-01-01T00:00:00Z, always UTC.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define CLOCK_NONE   INT64_MIN /* no time: NULL in SQL, null in JSON */
#define CLOCK_SECOND INT64_C(1000000)
#define CLOCK_DAY    (86400 * CLOCK_SECOND)
#define CLOCK_TEXT   28 /* bytes of clock_text(), NUL included */

struct civil {
	int year, month, day, hour, minute, second, micro;
};

int64_t clock_now(void);

/* Microseconds since the machine was booted: nobody can set this clock. */
int64_t clock_boot(void);

/* Proleptic Gregorian calendar, both ways; years 1 to 9999. */
int64_t clock_join(const struct civil *);
void clock_split(int64_t, struct civil *);

/* Is there such a day? */
bool clock_date_valid(int year, int month, int day);

/* RFC 3339 with microseconds: 2026-11-22T10:11:12.123456Z */
void clock_text(int64_t, char out[CLOCK_TEXT]);

#endif
