/* One step of each instance by itself, and what has become of its launch. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "rules/plan_steps.h"

/* ---- launches that fail */

static void
launch_failed(struct group *g, struct instance *i, int64_t now, const char *why,
    struct events *ev)
{
	struct backoff *b = plan_backoff_of(g, i->zone);
	struct event *e = event_add(ev, EVENT_LAUNCH, g, i, now);

	e->failed = true;
	snprintf(e->text, sizeof(e->text), "%s Failed: %.200s", i->cause, why);
	plan_refresh_launched(g, i, why);
	i->failed = true;
	i->requested_at = now;
	i->cause[0] = '\0';
	event_cause_add(i->cause, now, "its launch failed: %.200s", why);
	group_enter(i, TERMINATING, now);
	snprintf(b->error, sizeof(b->error), "%s", why);
	/* Several that were begun together are one failure. */
	if (now < b->until)
		return;
	b->until = now + group_backoff_seconds(b->failures++) * CLOCK_SECOND;
}

static void
came_into_service(
    struct group *g, struct instance *i, int64_t now, struct events *ev)
{
	plan_reset_backoff(plan_backoff_of(g, i->zone));
	i->fault_since = 0;
	group_enter(i, IN_SERVICE, now);
	if (i->in_service_at != 0) {
		event_note(ev, g, i, now, "is in service again");
		return;
	}
	i->in_service_at = now;
	plan_refresh_launched(g, i, NULL);
	event_add(ev, EVENT_LAUNCH, g, i, now);
}

/* ---- each instance by itself */

static void
advance_launching(struct group *g, const struct group_config *c,
    struct instance *i, int64_t now, struct events *ev)
{
	if (i->failed) {
		launch_failed(g, i, now, i->reason, ev);
	} else if (i->presence == UNREACHABLE &&
		   now - i->state_since > c->grace) {
		launch_failed(g, i, now, "its zone cannot be reached", ev);
	} else if (i->presence == RUNNING && i->address[0] != '\0') {
		i->launched_at = now;
		group_enter(i, PENDING, now);
	}
}

#define SAID_503 (5 * CLOCK_SECOND)

/* It does not answer, and neither do most of the others: it gets more time. */
static int64_t
grace_of(const struct group *g, const struct group_config *c,
    const struct instance *i)
{
	bool shared = g->together.since != 0 && !i->responsive && !i->refused;

	return c->grace + (shared ? SHARED_SECONDS * CLOCK_SECOND : 0);
}

static void
advance_pending(struct group *g, const struct group_config *c,
    struct instance *i, int64_t now, struct events *ev)
{
	int64_t from;
	bool late;

	if (is_suspended(g, PROCESS_ADD_TO_LOAD_BALANCER))
		return;
	if (i->slot == 0) /* all are taken: its time has not begun */
		i->state_since = now;
	if (i->health == HEALTH_UNREADY && now - i->fault_since >= SAID_503)
		i->fault_since =
		    now; /* not in every pass: it is written down */
	from = i->fault_since != 0 ? i->fault_since + SAID_503 : i->state_since;
	late = i->health != HEALTH_UNREADY && now - from > grace_of(g, c, i);
	if (i->presence == ABSENT || i->presence == STOPPED)
		launch_failed(g, i, now, "it ended before it was healthy", ev);
	else if (i->health == HEALTH_UP)
		came_into_service(g, i, now, ev);
	else if (late && i->health == HEALTH_DEAD)
		launch_failed(g, i, now, i->reason, ev);
	else if (late && i->health == HEALTH_INITIAL)
		launch_failed(
		    g, i, now, "no check ended in its grace period", ev);
}

static void
advance_draining(const struct group_config *c, struct instance *i, int64_t now)
{
	/* READY and not dead: a balancer was not told yet. */
	bool told = i->routing != ROUTE_READY || i->health == HEALTH_DEAD;
	bool drained = told && i->sessions == 0;

	if (drained || !i->responsive || now - i->state_since > c->drain)
		group_enter(i, TERMINATING, now);
}

void
plan_advance(struct group *g, const struct group_config *c, int64_t now,
    struct events *ev)
{
	struct instance *i;

	group_each (i, g) {
		if (i->lifecycle == LAUNCHING)
			advance_launching(g, c, i, now, ev);
		else if (i->lifecycle == PENDING)
			advance_pending(g, c, i, now, ev);
		else if (i->lifecycle == DRAINING)
			advance_draining(c, i, now);
	}
}

/* ---- what is gone */

static bool
is_gone(const struct instance *i)
{
	return i->lifecycle == TERMINATING && i->presence == ABSENT && !i->busy;
}

void
plan_forget(struct group *g, int64_t now, struct events *ev)
{
	const struct instance *i;
	size_t kept = 0;

	group_each (i, g) {
		if (!is_gone(i))
			g->instances[kept++] = *i;
		else if (!i->failed)
			event_add(ev, EVENT_TERMINATE, g, i, now);
	}
	g->count = kept;
}
