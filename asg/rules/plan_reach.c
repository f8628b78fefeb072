/*
 * Zones out of reach. One that is gone is made good in the others at once. When
 * most are gone at the same time it is rather asg's own host that is cut off:
 * what runs in them may be well and serve, and to end it as soon as it can be
 * reached again would be the fault. So nothing of it is given up for a while.
 * (The node lifecycle controller of Kubernetes does alike: it evicts nothing
 * while no node answers, and pods of one that is out of reach after 300 s.)
 */
#include "base/clock.h"
#include "rules/plan_steps.h"

enum { CUT_OFF_SECONDS = 300 };

static int
out_of_reach(const struct group *g, const struct group_config *c)
{
	int n, away = 0;

	for (n = 0; n < c->zone_count; n++)
		away += g->unreachable[n];
	return away;
}

/* They come back one after the other: it lasts until the last one has. */
static bool
is_cut_off(struct group *g, const struct group_config *c, int64_t now,
    struct events *ev)
{
	int away = out_of_reach(g, c);
	bool so = g->cut_off.since != 0 ? away > 0
					: away >= 2 && 2 * away > c->zone_count;
	int64_t lasted;
	enum alert_change change = alert_update(
	    &g->cut_off, so, now, 0, &lasted);

	if (change == ALERT_FIRES)
		event_note(ev, g, NULL, now,
		    "%d of %d zones cannot be reached at once: asg itself may "
		    "be cut off, so nothing in them is given up for %d s",
		    away, c->zone_count, CUT_OFF_SECONDS);
	else if (change == ALERT_RESOLVED)
		event_note(ev, g, NULL, now,
		    "all zones can be reached again, after %.1f s",
		    (double)lasted / 1e6);
	return so && now - g->cut_off.since < CUT_OFF_SECONDS * CLOCK_SECOND;
}

void
plan_reach(struct group *g, const struct group_config *c, int64_t now,
    struct events *ev)
{
	struct instance *i;
	int k;

	if (!is_cut_off(g, c, now, ev))
		return;
	for (k = 0; k < c->zone_count; k++) {
		g->unsure[k] |= g->unreachable[k];
		g->unreachable[k] = false;
	}
	group_each (i, g) {
		if (i->lifecycle != TERMINATING && i->presence == UNREACHABLE)
			i->presence = PRESENCE_UNKNOWN;
	}
}
