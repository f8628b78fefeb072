/* The desired capacity: by the file, by the schedule, by the policies. */
#include <stdio.h>

#include "base/clock.h"
#include "rules/plan_steps.h"
#include "rules/scale.h"

static void
apply_scheduled(
    struct group *g, const struct scheduled *s, int64_t now, struct events *ev)
{
	int desired = s->desired >= 0 ? s->desired : g->desired;
	char cause[TEXT_SIZE];

	g->min = s->min >= 0 ? s->min : g->min;
	g->max = s->max >= 0 ? s->max : g->max;
	if (g->max < g->min)
		g->max = g->min;
	desired = config_clamp(desired, g->min, g->max);
	snprintf(cause, sizeof(cause),
	    "of the scheduled action \"%s\" (%s): min %d, max %d", s->text,
	    s->time_zone, g->min, g->max);
	event_set_desired(ev, g, desired, now, cause);
}

/* The earliest of them, or -1. */
static int
first_due(const int64_t *due, int count)
{
	int n, first = -1;

	for (n = 0; n < count; n++)
		if (due[n] != CLOCK_NONE && (first < 0 || due[n] < due[first]))
			first = n;
	return first;
}

/*
 * What was due since the last time, in order; after a longer absence, of each
 * action the last one only. That time is moved on once a minute: the state is
 * not to be written in every pass.
 */
static void
run_schedule(struct group *g, const struct group_config *c, int64_t now,
    struct events *ev)
{
	int64_t due[SCHEDULE_MAX], from = g->scheduled;
	int n;

	if (from == 0 || from > now)
		from = g->scheduled = now;
	for (n = 0; n < c->schedule_count; n++)
		due[n] = cron_latest(
		    &c->schedule[n].cron, c->schedule[n].time_zone, from, now);
	if (first_due(due, c->schedule_count) >= 0 ||
	    now - from > 60 * CLOCK_SECOND)
		g->scheduled = now;
	while ((n = first_due(due, c->schedule_count)) >= 0) {
		apply_scheduled(g, &c->schedule[n], now, ev);
		due[n] = CLOCK_NONE;
	}
}

/* What the file says anew holds. */
static void
adopt_file(struct group *g, const struct group_config *c, int64_t now,
    struct events *ev)
{
	int before = g->desired;
	bool fresh = g->file_max == 0;

	group_adopt(g, c);
	if (!fresh && before != g->desired)
		event_note(ev, g, NULL, now,
		    "desired capacity: %d to %d, because the environment file "
		    "says so",
		    before, g->desired);
}

void
plan_desired(struct group *g, const struct group_config *c, int64_t now,
    struct events *ev)
{
	char cause[SCALE_CAUSE] = "";
	int desired;

	adopt_file(g, c, now, ev);
	if (c->schedule_count == 0 ||
	    is_suspended(g, PROCESS_SCHEDULED_ACTIONS))
		g->scheduled = 0;
	else
		run_schedule(g, c, now, ev);
	if (is_suspended(g, PROCESS_ALARM_NOTIFICATION) || c->policy_count == 0)
		return;
	/* What is measured while most are out of order is not the load. */
	if (g->together.since != 0)
		g->load.requests = g->load.response_ms = g->load.cpu = -1;
	desired = scale(
	    c, &g->scale, &g->load, g->min, g->desired, g->max, now, cause);
	event_set_desired(ev, g, desired, now, cause);
}
