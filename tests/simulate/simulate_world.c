/* A world of the simulator: what is true, what is seen, what goes wrong. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/log.h"
#include "simulate.h"

/* ---- chance (xorshift64*, Vigna 2016) */

static uint64_t
any(struct simulation *s)
{
	s->random ^= s->random >> 12;
	s->random ^= s->random << 25;
	s->random ^= s->random >> 27;
	return s->random * UINT64_C(2685821657736338717);
}

static int
below(struct simulation *s, int n)
{
	return (int)(any(s) % (uint64_t)n);
}

static int64_t
in_seconds(struct simulation *s, int least, int most)
{
	return s->now + (least + below(s, most - least + 1)) * CLOCK_SECOND;
}

/* ---- what is true becomes what is observed */

static struct thing *
thing_of(struct simulation *s, struct world *w, struct instance *i)
{
	struct thing *t;

	if (i->slot != 0)
		return &w->things[i->slot - 1];
	w->things = list_grow(w->things, (size_t)w->thing_count, &w->thing_size,
	    sizeof(*w->things));
	i->slot = ++w->thing_count;
	t = &w->things[i->slot - 1];
	memset(t, 0, sizeof(*t));
	t->runs_at = in_seconds(s, 0, 5);
	t->broken = below(s, 200) == 0 ||
		    (i->release[0] != '\0' && strcmp(i->release, w->bad) == 0);
	s->launched++;
	return t;
}

static bool
zone_is_away(
    const struct simulation *s, const struct world *w, const struct instance *i)
{
	return s->now < w->zone_away &&
	       strcmp(i->zone, w->config.zones[w->bad_zone]) == 0;
}

static void
see_launching(
    struct simulation *s, struct world *w, struct instance *i, struct thing *t)
{
	i->presence = zone_is_away(s, w, i) ? UNREACHABLE : STARTING;
	if (s->now < t->runs_at || i->presence == UNREACHABLE)
		return;
	if (s->now < w->launches_fail) {
		i->failed = true;
		snprintf(i->reason, sizeof(i->reason), "no room");
		t->gone_at = s->now;
		return;
	}
	snprintf(i->address, sizeof(i->address), "10.0.0.1");
	i->presence = RUNNING;
	t->healthy_at = in_seconds(s, 1, 20);
}

static enum presence
presence_of(const struct simulation *s, const struct world *w,
    const struct instance *i, const struct thing *t)
{
	if (zone_is_away(s, w, i))
		return UNREACHABLE;
	if (s->now < w->provider_away)
		return PRESENCE_UNKNOWN;
	if (t->gone_at != 0 && s->now >= t->gone_at)
		return ABSENT;
	return t->ended ? STOPPED : RUNNING;
}

bool
world_is_well(
    const struct simulation *s, const struct world *w, const struct instance *i)
{
	const struct thing *t = &w->things[i->slot - 1];

	return !t->ended && !t->hung && !t->sick && !t->broken &&
	       t->gone_at == 0 && s->now >= t->healthy_at &&
	       !zone_is_away(s, w, i);
}

static enum health
health_of(const struct simulation *s, const struct world *w,
    const struct instance *i, const struct thing *t)
{
	if (t->ended || t->hung || t->sick || t->gone_at != 0 ||
	    zone_is_away(s, w, i))
		return HEALTH_DEAD;
	if (t->broken || s->now < t->healthy_at)
		return i->lifecycle == PENDING ? HEALTH_INITIAL : HEALTH_DEAD;
	if (s->now < w->slow)
		return HEALTH_DEAD;
	return s->now < w->database_away ? HEALTH_UNREADY : HEALTH_UP;
}

void
world_see_zones(const struct simulation *s, struct world *w)
{
	int n;

	for (n = 0; n < w->config.zone_count; n++)
		w->group.unreachable[n] = s->now < w->zone_away &&
					  n == w->bad_zone;
}

void
world_see(struct simulation *s, struct world *w, struct instance *i)
{
	struct thing *t = thing_of(s, w, i);

	if (i->lifecycle == LAUNCHING) {
		see_launching(s, w, i, t);
		return;
	}
	if (i->lifecycle == TERMINATING && t->gone_at == 0)
		t->gone_at = in_seconds(s, 0, 10);
	if (i->lifecycle == DRAINING && t->idle_at == 0)
		t->idle_at = in_seconds(s, 0, 60);
	i->presence = presence_of(s, w, i, t);
	i->health = health_of(s, w, i, t);
	memcpy(i->reason, "L7STS", 6);
	i->reported_alive = i->health == HEALTH_UP ||
			    i->health == HEALTH_UNREADY;
	i->responsive = i->reported_alive || t->sick;
	i->refused = t->ended;
	i->routing = i->lifecycle == DRAINING ? ROUTE_DRAIN : ROUTE_READY;
	i->sessions = t->idle_at == 0 || s->now < t->idle_at;
}

/* ---- what happens to them */

static struct thing *
anybody(struct simulation *s, struct world *w)
{
	struct instance *i;

	if (w->group.count == 0)
		return NULL;
	i = &w->group.instances[below(s, (int)w->group.count)];
	return i->slot != 0 ? &w->things[i->slot - 1] : NULL;
}

static void
fault(struct simulation *s, struct world *w)
{
	struct thing *t = anybody(s, w);

	if (t == NULL)
		return;
	s->faults++;
	switch (below(s, 4)) {
	case 0:
		t->ended = true;
		break;
	case 1:
		t->hung = true;
		break;
	case 2:
		t->sick = true;
		break;
	case 3: /* removed by hand */
		t->ended = true;
		t->gone_at = s->now;
		break;
	}
}

static void
outage(struct simulation *s, struct world *w)
{
	int64_t end = in_seconds(s, 60, 3600);
	int n;

	s->outages++;
	switch (below(s, 6)) {
	case 0:
		w->launches_fail = end;
		break;
	case 1:
		w->database_away = end;
		break;
	case 2:
		w->zone_away = end;
		w->bad_zone = below(s, w->config.zone_count);
		break;
	case 3:
		w->provider_away = end;
		break;
	case 4:
		for (n = 0; n < w->thing_count; n++)
			w->things[n].hung = true;
		break;
	case 5: /* none answers in time, for a moment */
		w->slow = in_seconds(s, STEP_SECONDS, 20);
		break;
	}
}

/* What a refresh has passed by is not taken back: it goes (cli/operate.c). */
static void
take_back(const struct group *g, struct instance *i, int64_t now)
{
	i->protect = false;
	if (g->refresh.phase == REFRESH_NONE &&
	    strcmp(i->release, g->release) != 0) {
		i->to_terminate = true;
	} else if (i->lifecycle == STANDBY) {
		i->lifecycle = PENDING;
		i->state_since = now;
	}
}

static void
command_instance(struct simulation *s, struct world *w)
{
	struct group *g = &w->group;
	struct instance *i;

	if (g->count == 0)
		return;
	i = &g->instances[below(s, (int)g->count)];
	if (i->lifecycle == STANDBY || i->protect) {
		take_back(g, i, s->now);
	} else if (i->lifecycle == IN_SERVICE && below(s, 2) == 0) {
		i->lifecycle = STANDBY;
	} else if (i->lifecycle == IN_SERVICE && below(s, 2) == 0) {
		i->protect = true;
	} else if (plan_is_member(i)) {
		i->to_terminate = true;
		i->protect = false;
	}
}

/* One in three is of a release that does not start. */
static void
refresh(struct simulation *s, struct world *w)
{
	static const struct refresh_policy policies[] = {
		{ .min_healthy = 100, .max_healthy = 200, .batch = 100 },
		{ .min_healthy = 75, .max_healthy = 100, .batch = 25 },
		{ .min_healthy = 100, .max_healthy = 125, .batch = 25 },
		{ .min_healthy = 90, .max_healthy = 110, .batch = 10 },
		{ .min_healthy = 100,
		    .max_healthy = 200,
		    .batch = 100,
		    .first = 1,
		    .hold = true },
	};
	struct refresh *r = &w->group.refresh;
	struct refresh_policy p = policies[below(s, 5)];
	char target[16];

	if (r->phase != REFRESH_NONE)
		return;
	s->refreshes++;
	p.bake = below(s, 60) * CLOCK_SECOND;
	p.timeout = 600 * CLOCK_SECOND;
	if (below(s, 4) == 0) {
		p.pause_after = 50;
		p.pause = 120 * CLOCK_SECOND;
		p.pause_goes_on = below(s, 2);
	}
	snprintf(target, sizeof(target), "r%d", ++w->releases);
	refresh_begin(r, &p, target, false, s->now);
	if (below(s, 3) == 0)
		memcpy(w->bad, target, sizeof(target));
}

static void
command(struct simulation *s, struct world *w)
{
	struct group *g = &w->group;

	s->commands++;
	switch (below(s, 5)) {
	case 0:
		g->desired = g->min + below(s, g->max - g->min + 1);
		break;
	case 1:
		w->load = below(s, 2 * w->config.desired + 1) * PER_TARGET;
		break;
	case 2:
		command_instance(s, w);
		break;
	case 3:
		g->suspended ^= 1u << below(s, PROCESSES);
		break;
	case 4:
		refresh(s, w);
		break;
	}
	if (g->desired > w->surge_desired)
		w->surge_desired = g->desired;
}

/* About one fault an instance and week; commands and outages now and then. */
bool
world_disturb(struct simulation *s, struct world *w)
{
	int steps = 7 * 86400 / STEP_SECONDS;
	bool any_done = false;

	if (below(s, steps) < w->config.desired) {
		fault(s, w);
		any_done = true;
	}
	if (below(s, steps) < 50) {
		command(s, w);
		any_done = true;
	}
	if (below(s, steps) < 4) {
		outage(s, w);
		any_done = true;
	}
	return any_done;
}

/* Of ten stages each takes three minutes, and what holds it up may come by. */
static bool
world_is_refreshed(const struct simulation *s, const struct world *w)
{
	const struct refresh *r = &w->group.refresh;

	return r->phase != REFRESH_NONE &&
	       s->now - r->started_at < CLOCK_DAY / 12;
}

bool
world_in_trouble(const struct simulation *s, const struct world *w)
{
	return s->now < w->launches_fail || s->now < w->database_away ||
	       s->now < w->zone_away || s->now < w->provider_away ||
	       s->now < w->slow || world_is_refreshed(s, w);
}

/* An operator who comes by takes back what holds the group up. */
bool
world_tidy_up(struct world *w)
{
	bool any_done = w->group.suspended != 0;
	struct instance *i;

	w->group.suspended = 0;
	group_each (i, &w->group) {
		if (i->protect) {
			any_done = true;
			take_back(&w->group, i, 0);
		}
		if (i->lifecycle != STANDBY || i->to_terminate)
			continue;
		i->to_terminate = true;
		any_done = true;
	}
	return any_done;
}
