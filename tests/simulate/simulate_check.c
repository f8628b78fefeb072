/* The rules of plan.h, asked of each step of a world. */
#include <stdarg.h>
#include <string.h>

#include "base/clock.h"
#include "simulate.h"

static void
violation(struct simulation *s, const struct world *w, const char *fmt, ...)
{
	char when[CLOCK_TEXT];
	va_list ap;

	if (s->violations++ >= 10 || s->out == NULL)
		return;
	clock_text(s->now, when);
	fprintf(s->out, "%.19s group %s of %d: ", when, w->config.name,
	    w->group.desired);
	va_start(ap, fmt);
	vfprintf(s->out, fmt, ap);
	va_end(ap);
	fputc('\n', s->out);
}

static bool
runs(enum presence p)
{
	return p == RUNNING || p == PRESENCE_UNKNOWN;
}

static bool
serves(const struct instance *i)
{
	return i->lifecycle == IN_SERVICE && !i->unhealthy && !i->to_terminate;
}

/* Nothing is seen of it, so it counts for nothing. */
static bool
is_seen(const struct instance *i)
{
	return plan_is_member(i) &&
	       (i->lifecycle == IN_SERVICE || i->presence != UNREACHABLE);
}

static int
count(const struct group *g, bool (*what)(const struct instance *))
{
	size_t n;
	int sum = 0;

	for (n = 0; n < g->count; n++)
		sum += what(&g->instances[n]);
	return sum;
}

/* Unhealthy, running and on its way out, and another one comes for it. */
static bool
is_being_replaced(const struct group *g, const struct instance *i)
{
	const char *release = g->refresh.phase != REFRESH_NONE
				  ? g->refresh.target
				  : g->release;

	return strcmp(i->release, release) == 0 &&
	       (i->lifecycle == DRAINING || i->lifecycle == TERMINATING) &&
	       i->unhealthy && runs(i->presence) && !i->failed;
}

bool
world_converged(const struct world *w)
{
	const struct group *g = &w->group;
	int ready = count(g, serves);

	return ready == g->desired && (size_t)ready == g->count &&
	       g->refresh.phase == REFRESH_NONE;
}

/* So many must serve, as far as it is plan() that takes some away. */
static int
least(const struct group *g)
{
	const struct refresh *r = &g->refresh;
	int n = (r->policy.min_healthy * g->desired + 99) / 100;

	if (r->phase == REFRESH_NONE)
		return g->desired;
	/* At least one can be replaced. */
	return r->policy.max_healthy <= 100 && n == g->desired ? n - 1 : n;
}

static int
most(const struct group *g)
{
	const struct refresh *r = &g->refresh;
	int n = g->desired * r->policy.max_healthy / 100;

	if (r->phase == REFRESH_NONE)
		return g->max;
	n = n > g->desired ? n : g->desired + 1;
	return n > g->max ? n : g->max;
}

/* One was in service before the step and is not any more. */
static void
check_leaving(struct simulation *s, struct world *w, const struct before *b,
    const struct was *was, const struct instance *is)
{
	if (is->unhealthy && runs(was->presence)) {
		s->replaced++;
		if (b->ready == 0 && b->suspicious >= 2)
			violation(
			    s, w, "%s ended while all looked dead", is->id);
	}
	if (is->unhealthy && was->well && w->config.desired > 1)
		violation(
		    s, w, "%s was replaced for what is not its own", is->id);
	if (is->unhealthy || was->to_terminate || !was->alive)
		return;
	s->scaled_in++;
	if (count(&w->group, serves) < least(&w->group))
		violation(
		    s, w, "%s scaled in below %d", is->id, least(&w->group));
	if (was->protect && !w->group.refresh.back)
		violation(s, w, "%s was protected", is->id);
}

/* That stay, or are to come; of its half, when the group is refreshed. */
static int
good_in_zone(
    const struct group *g, const struct instance *like, const char *zone)
{
	const struct instance *i;
	int sum = 0;

	group_each (i, g) {
		sum += plan_is_member(i) && !i->unhealthy && !i->to_terminate &&
		       plan_is_new(g, i) == plan_is_new(g, like) &&
		       strcmp(i->zone, zone) == 0;
	}
	return sum;
}

static bool
may_launch(const struct simulation *s, struct world *w, int zone)
{
	return !w->group.unreachable[zone] &&
	       plan_backoff_of(&w->group, w->config.zones[zone])->until <=
		   s->now;
}

/* One that was launched is where the fewest are. */
static void
check_zone(struct simulation *s, struct world *w, const struct instance *i)
{
	int n, there = good_in_zone(&w->group, i, i->zone) - 1;

	for (n = 0; n < w->config.zone_count; n++)
		if (may_launch(s, w, n) &&
		    good_in_zone(&w->group, i, w->config.zones[n]) < there)
			violation(s, w, "%s was launched in %s instead of %s",
			    i->id, i->zone, w->config.zones[n]);
}

/* Were, whatever was said of them. */
static bool
enough_are_well(const struct world *w, const struct before *b)
{
	int k, well = 0;

	for (k = 0; k < b->count; k++)
		well += b->list[k].well && !b->list[k].to_terminate &&
			b->list[k].lifecycle <= IN_SERVICE;
	return well > 1 && well >= w->group.desired;
}

/* plan() keeps the order of those that stay, and adds at the end. */
static void
check_changes(struct simulation *s, struct world *w, const struct before *b)
{
	const struct instance *is;
	const struct was *was;
	size_t n = 0;
	int k;

	for (k = 0; k < b->count; k++) {
		was = &b->list[k];
		if (n == w->group.count ||
		    strcmp(w->group.instances[n].id, was->id) != 0) {
			if (was->lifecycle != TERMINATING)
				violation(s, w, "%s was forgotten", was->id);
			continue;
		}
		is = &w->group.instances[n++];
		if (was->lifecycle == IN_SERVICE && !plan_is_member(is))
			check_leaving(s, w, b, was, is);
	}
	for (; n < w->group.count; n++) {
		check_zone(s, w, &w->group.instances[n]);
		if (s->now < w->slow && enough_are_well(w, b))
			violation(s, w, "%s was launched for a slow moment",
			    w->group.instances[n].id);
	}
}

/* As plan() sees it after advancing. */
static void
judge(const struct world *w, struct before *b)
{
	const struct instance *i;

	b->ready = b->suspicious = 0;
	group_each (i, &w->group) {
		if (i->in_service_at == 0)
			continue;
		/* What just left still counts: it was decided on it. */
		if (serves(i) && i->health != HEALTH_DEAD)
			b->ready++;
		else if (i->lifecycle != STANDBY && i->unhealthy &&
			 runs(i->presence))
			b->suspicious++;
	}
}

/* At rest all are of one release, but who is kept. */
static void
check_releases(struct simulation *s, struct world *w)
{
	const struct instance *i;

	group_each (i, &w->group) {
		if (strcmp(i->release, w->group.release) != 0 && !i->protect)
			violation(s, w, "%s has release %s, which is not %s",
			    i->id, i->release, w->group.release);
	}
}

void
check_step(struct simulation *s, struct world *w, const struct before *b)
{
	struct group *g = &w->group;
	struct before judged = *b;
	int members = count(g, is_seen), surge, ahead, replaced = 0;
	const struct instance *i;
	bool launched = g->count > 0 &&
			g->instances[g->count - 1].requested_at == s->now &&
			g->instances[g->count - 1].lifecycle == LAUNCHING;

	if (g->desired > w->surge_desired)
		w->surge_desired = g->desired;
	surge = plan_surge(w->surge_desired);
	judge(w, &judged);
	check_changes(s, w, &judged);
	/* One more is tried when all die while one is ahead already; and each
	 * half replaces its own. */
	ahead = surge * (1 + (g->refresh.phase != REFRESH_NONE)) + g->all_dead;
	if (launched && members > most(g) + ahead)
		violation(s, w, "%d members, max is %d", members, most(g));
	if (launched && members - most(g) > s->most_ahead)
		s->most_ahead = members - most(g);
	group_each (i, g)
		replaced += is_being_replaced(g, i);
	if (replaced > surge)
		violation(s, w, "%d are replaced at once", replaced);
	if (g->desired < g->min || g->desired > g->max)
		violation(
		    s, w, "desired is outside of %d to %d", g->min, g->max);
	if (!world_converged(w)) {
		w->well = false;
		if (w->quiet == CALM_PASSES)
			violation(s, w,
			    "has not converged in %d passes: %d serve, %zu "
			    "records",
			    CALM_PASSES, count(g, serves), g->count);
		return;
	}
	check_releases(s, w);
	if (!w->well && w->quiet > s->slowest)
		s->slowest = w->quiet;
	w->well = true;
}
