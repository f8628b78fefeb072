/* When something has lasted long enough to fire, and when it is resolved. */
#include <string.h>

#include "base/clock.h"
#include "model/alert.h"

#define CALM (3 * CLOCK_SECOND)

static enum alert_change
begin(struct alert *a, int64_t now, int64_t after)
{
	a->clear_since = 0;
	if (a->since == 0)
		a->since = now;
	if (a->firing || now - a->since < after)
		return ALERT_UNCHANGED;
	a->firing = true;
	return ALERT_FIRES;
}

enum alert_change
alert_update(
    struct alert *a, bool holds, int64_t now, int64_t after, int64_t *lasted)
{
	enum alert_change change = ALERT_UNCHANGED;

	if (holds)
		return begin(a, now, after);
	if (a->since == 0)
		return ALERT_UNCHANGED;
	if (a->clear_since == 0)
		a->clear_since = now;
	if (now - a->clear_since < CALM)
		return ALERT_UNCHANGED;
	*lasted = a->clear_since - a->since;
	if (a->firing)
		change = ALERT_RESOLVED;
	memset(a, 0, sizeof(*a));
	return change;
}
