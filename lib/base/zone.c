/* Which time zones there are. */
#include <stdlib.h>
#include <string.h>

#include "base/zone.h"
#include "base/zone_table.h"

static int
compare(const void *name, const void *entry)
{
	return strcmp(name, ((const struct zone_entry *)entry)->name);
}

const char *
zone_canonical(const char *name)
{
	const struct zone_entry *found;

	found = bsearch(
	    name, zone_table, zone_table_count, sizeof(*zone_table), compare);
	return found != NULL ? found->canonical : NULL;
}

/* Two digits below limit, or -1. */
static int
two_digits(const char *s, int limit)
{
	int n;

	if (s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9')
		return -1;
	n = (s[0] - '0') * 10 + s[1] - '0';
	return n < limit ? n : -1;
}

bool
zone_offset(const char *s, int *seconds)
{
	int hours, minutes;

	if (strlen(s) != 6 || strchr("+-", *s) == NULL || s[3] != ':' ||
	    (hours = two_digits(s + 1, 24)) < 0 ||
	    (minutes = two_digits(s + 4, 60)) < 0)
		return false;
	*seconds = (hours * 60 + minutes) * 60 * (*s == '-' ? -1 : 1);
	return true;
}

bool
zone_known(const char *s)
{
	int ignored;

	return zone_canonical(s) != NULL || zone_offset(s, &ignored);
}
