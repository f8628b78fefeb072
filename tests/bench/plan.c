/*
 * How long one plan() of one group takes. Each time is the median of several
 * passes, each of a group made anew; making it is not counted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "rules/plan.h"

enum { ZONES = 3, SIZES = 3, ROUNDS = 60, PASSES_MAX = 20 * ROUNDS };

static const int64_t NOW = INT64_C(1800000000) * CLOCK_SECOND;

static const int sizes[SIZES] = { 100, 1000, 10000 };
static const int passes[SIZES] = { 20, 5, 1 }; /* in a round */

static void
die_of(struct instance *i, enum presence presence)
{
	i->presence = presence;
	i->health = HEALTH_DEAD;
	i->responsive = false;
}

static void
settled(struct group *g, struct group_config *c)
{
	(void)g;
	(void)c;
}

static void
unhealthy(struct group *g, struct group_config *c)
{
	size_t n;

	(void)c;
	for (n = 0; n < g->count; n += 10)
		die_of(&g->instances[n], RUNNING);
}

/* Of three zones and two halves. */
static void
zone_lost(struct group *g, struct group_config *c)
{
	size_t n;

	(void)c;
	for (n = 0; n < g->count; n += ZONES * 2)
		die_of(&g->instances[n], ABSENT);
}

static void
empty(struct group *g, struct group_config *c)
{
	(void)c;
	g->count = 0;
}

static void
scale_in(struct group *g, struct group_config *c)
{
	c->desired = (int)g->count / 2;
}

static const struct {
	const char *name;
	void (*make)(struct group *, struct group_config *);
} cases[] = {
	{ "settled", settled },
	{ "10 % unhealthy", unhealthy },
	{ "half of a zone lost", zone_lost },
	{ "empty, to be filled", empty },
	{ "scale-in to half", scale_in },
};

enum { CASES = sizeof(cases) / sizeof(*cases) };

/* All in service, in turn in each zone, of two releases, in no order of age. */
static void
fill(struct group *g, const struct group_config *c)
{
	struct instance *i;
	char id[ID_SIZE];
	int n;

	memset(g, 0, sizeof(*g));
	memcpy(g->name, c->name, sizeof(g->name));
	group_adopt(g, c);
	for (n = 0; n < c->desired; n++) {
		snprintf(id, sizeof(id), "i-%08x", n * 2654435761u);
		i = group_add(g, id);
		memcpy(i->zone, c->zones[n % ZONES], sizeof(i->zone));
		memcpy(i->address, "10.0.0.1", 9);
		memcpy(i->release, n % 7 == 0 ? "1.0" : "1.1", 4);
		i->lifecycle = IN_SERVICE;
		i->presence = RUNNING;
		i->health = HEALTH_UP;
		i->routing = ROUTE_READY;
		i->responsive = true;
		i->state_since = i->launched_at = i->in_service_at =
		    NOW - CLOCK_DAY + n * INT64_C(7919) % 10007;
	}
}

/* Milliseconds. */
static double
one_pass(int which, int size)
{
	struct group_config c = { .name = "api",
		.desired = size,
		.max = INSTANCES_MAX,
		.grace = 10 * CLOCK_SECOND,
		.drain = 10 * CLOCK_SECOND,
		.zone_count = ZONES,
		.zones = { "a", "b", "c" } };
	struct timespec start, end;
	struct events ev = { 0 };
	uint64_t seed = 1;
	struct group g;

	fill(&g, &c);
	cases[which].make(&g, &c);
	clock_gettime(CLOCK_MONOTONIC, &start);
	plan(&g, &c, NOW, &seed, &ev);
	clock_gettime(CLOCK_MONOTONIC, &end);
	events_free(&ev);
	group_free(&g);
	return (double)(end.tv_sec - start.tv_sec) * 1e3 +
	       (double)(end.tv_nsec - start.tv_nsec) / 1e6;
}

static int
by_value(const void *x, const void *y)
{
	double a = *(const double *)x, b = *(const double *)y;

	return a < b ? -1 : a > b;
}

/* All sizes in turn, so that what disturbs the machine disturbs them all. */
static void
measure(int which, double medians[SIZES], double fastest[SIZES])
{
	double times[SIZES][PASSES_MAX];
	int counts[SIZES] = { 0 }, round, n, k;

	for (round = 0; round < ROUNDS; round++)
		for (k = 0; k < SIZES; k++)
			for (n = 0; n < passes[k]; n++)
				times[k][counts[k]++] = one_pass(
				    which, sizes[k]);
	for (k = 0; k < SIZES; k++) {
		qsort(times[k], (size_t)counts[k], sizeof(**times), by_value);
		medians[k] = times[k][counts[k] / 2];
		fastest[k] = times[k][0];
	}
}

static void
ratio(const char *name, double value, double target)
{
	printf("ratio %s %.3g <=%g %s\n", name, value, target,
	    value <= target ? "ok" : "short");
}

int
main(void)
{
	double medians[CASES][SIZES], fastest[CASES][SIZES], slowest = 0;
	int n;

	printf("%-23s %10d %10d %10d\n", "plan() of instances, ms", sizes[0],
	    sizes[1], sizes[2]);
	for (n = 0; n < CASES; n++) {
		measure(n, medians[n], fastest[n]);
		printf("%-23s %10.4f %10.4f %10.4f\n", cases[n].name,
		    medians[n][0], medians[n][1], medians[n][2]);
		if (medians[n][2] > slowest)
			slowest = medians[n][2];
	}
	ratio("plan-10000-ms", slowest, 50);
	/* How it grows, the fastest passes tell: what disturbs them are the
	 * caches that this machine shares with others. */
	ratio("plan-growth", fastest[0][2] / (10 * fastest[0][1]), 2);
	return 0;
}
