/* Groups of several sizes, and the passes that they go through. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "simulate.h"

static const int sizes[] = { 1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000,
	2000 };

enum { SIZES = sizeof(sizes) / sizeof(*sizes), USUAL = 300 };

/* ---- worlds */

static void
begin_world(struct simulation *s, struct world *w, int desired, int n)
{
	struct group_config *c = &w->config;
	int z;

	snprintf(c->name, sizeof(c->name), "g%d", n);
	memcpy(w->group.name, c->name, sizeof(c->name));
	c->min = desired > 2 ? desired / 2 : 1;
	c->desired = desired;
	c->max = desired * 2;
	c->grace = 60 * CLOCK_SECOND;
	c->drain = 30 * CLOCK_SECOND;
	c->warm_up = 60 * CLOCK_SECOND;
	c->cooldown = 120 * CLOCK_SECOND;
	c->out_after = 30 * CLOCK_SECOND;
	c->in_after = 300 * CLOCK_SECOND;
	c->termination_policy = (enum termination_policy)(n % 4);
	c->zone_count = 1 + n % 3;
	for (z = 0; z < c->zone_count; z++)
		snprintf(c->zones[z], NAME_SIZE, "z%d", z);
	if (n % 4 == 3) {
		c->policy_count = 1;
		c->policies[0] = (struct policy){ .metric = REQUESTS_PER_TARGET,
			.target = PER_TARGET,
			.scale_in = true };
	}
	memcpy(w->group.release, "r0", 3);
	w->load = desired * PER_TARGET;
	w->surge_desired = desired;
	(void)s;
}

void
simulation_open(struct simulation *s, int instances, int seed)
{
	int n, left = instances, desired;

	memset(s, 0, sizeof(*s));
	s->now = INT64_C(1767225600) * CLOCK_SECOND; /* 2026-01-01 */
	s->random = (uint64_t)seed * 2 + 1;
	s->seed = (uint64_t)seed;
	s->worlds = calloc(
	    (size_t)(SIZES + 1 + instances / USUAL + 1), sizeof(*s->worlds));
	if (s->worlds == NULL)
		oom();
	for (n = 0; left > 0; n++) {
		desired = n < SIZES ? sizes[n] : USUAL;
		if (desired > left)
			desired = left;
		begin_world(s, &s->worlds[n], desired, n);
		left -= desired;
	}
	s->world_count = n;
}

void
simulation_close(struct simulation *s)
{
	int n;

	for (n = 0; n < s->world_count; n++) {
		group_free(&s->worlds[n].group);
		free(s->worlds[n].things);
	}
	free(s->worlds);
}

/* ---- passes */

static void
remember(const struct simulation *s, const struct world *w, struct before *b)
{
	const struct instance *i;
	struct was *was;
	size_t n;

	memset(b, 0, sizeof(*b));
	b->count = (int)w->group.count;
	b->list = malloc((w->group.count + 1) * sizeof(*b->list));
	if (b->list == NULL)
		oom();
	for (n = 0; n < w->group.count; n++) {
		i = &w->group.instances[n];
		was = &b->list[n];
		memcpy(was->id, i->id, sizeof(was->id));
		was->lifecycle = i->lifecycle;
		was->presence = i->presence;
		was->alive = i->health == HEALTH_UP ||
			     i->health == HEALTH_UNREADY;
		was->to_terminate = i->to_terminate;
		was->protect = i->protect;
		was->well = world_is_well(s, w, i);
	}
}

static void
step_world(struct simulation *s, struct world *w)
{
	struct events ev = { 0 };
	struct before before;
	struct load *l = &w->group.load;
	bool back;
	size_t n;

	world_see_zones(s, w);
	l->in_service = l->warming = 0;
	for (n = 0; n < w->group.count; n++) {
		struct instance *i = &w->group.instances[n];

		world_see(s, w, i);
		if (i->lifecycle == IN_SERVICE &&
		    s->now - i->in_service_at > w->config.warm_up)
			l->in_service++;
		else
			l->warming += plan_is_member(i);
	}
	l->requests = w->load;
	l->response_ms = l->cpu = -1;
	remember(s, w, &before);
	back = w->group.refresh.back;
	plan_deployments(&w->group, 1, s->now, &ev);
	plan(&w->group, &w->config, s->now, &s->seed, &ev);
	s->taken_back += !back && w->group.refresh.back;
	check_step(s, w, &before);
	s->passes++;
	free(before.list);
	events_free(&ev);
}

/* A world where all is well and nothing happens need not be looked at. */
static void
advance_world(struct simulation *s, struct world *w)
{
	bool disturbed = world_disturb(s, w);

	if (disturbed || world_in_trouble(s, w))
		w->quiet = 0;
	else if (w->quiet > CALM_PASSES)
		return;
	if (w->quiet == CALM_PASSES / 2 && world_tidy_up(w))
		w->quiet = 0;
	step_world(s, w);
	w->quiet++;
	if (world_converged(w))
		w->surge_desired = w->group.desired;
}

void
simulation_run(struct simulation *s, int days)
{
	int64_t end = s->now + days * CLOCK_DAY;
	int n;

	for (; s->now < end; s->now += STEP_SECONDS * CLOCK_SECOND)
		for (n = 0; n < s->world_count; n++)
			advance_world(s, &s->worlds[n]);
}
