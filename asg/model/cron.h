/*
 * Times that come again: the five fields of crontab(5) in a time zone.
 *
 * A local time that a clock put forward leaves out is told by the clock as it
 * was before the gap; one that a clock put back passes twice comes the first
 * time only (RFC 5545, 3.3.5). So it is for items that people have, too.
 */
#ifndef CRON_H
#define CRON_H

#include <stdbool.h>
#include <stdint.h>

struct cron {
	uint64_t minutes;                       /* bit n: minute n */
	uint32_t hours, days, months, weekdays; /* weekday 0 is Sunday */
	bool any_day, any_weekday; /* the field begins with an asterisk */
};

/*
 * minute hour day month weekday: numbers, lists, ranges, steps, names of
 * months and weekdays, 7 for Sunday; @hourly, @daily, @weekly, @monthly,
 * @yearly. When both day fields are restricted either one suffices. false: it
 * is no such expression (what is wrong with it environment/cron.py tells).
 */
bool cron_parse(const char *, struct cron *);

/*
 * Has this host the rules of a zone that zone.h knows? Its tzdata may be older
 * than the name, or missing. A link is as good as the zone it leads to.
 */
bool cron_zone_usable(const char *name);

/*
 * The latest time in (after, until] that the expression names, or CLOCK_NONE.
 * Looks back from until by two days at most. Not for several threads.
 */
int64_t cron_latest(
    const struct cron *, const char *zone, int64_t after, int64_t until);

#endif
