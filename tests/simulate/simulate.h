/*
 * plan() against a world of faults: no processes, no balancers, time that
 * passes as fast as it can be computed. The same seed gives the same week.
 */
#ifndef SIMULATE_H
#define SIMULATE_H

#include <stdio.h>

#include "rules/plan.h"

enum { STEP_SECONDS = 10, CALM_PASSES = 120, PER_TARGET = 100 };

/* What is true of an instance, whatever plan() believes. */
struct thing {
	bool ended;  /* killed */
	bool hung;   /* runs and answers nothing */
	bool sick;   /* runs and answers 500 */
	bool broken; /* it will never be healthy */
	int64_t runs_at, healthy_at, idle_at, gone_at; /* 0: not decided */
};

struct world {
	struct group group;
	struct group_config config;
	struct thing *things; /* [slot - 1] of an instance */
	int thing_count;
	size_t thing_size;
	double load; /* requests a second */
	/* the end of a bad time, 0 for none */
	int64_t launches_fail, database_away, zone_away, provider_away, slow;
	int bad_zone;
	int releases;           /* that there were */
	char bad[RELEASE_SIZE]; /* never healthy; "" for none */
	int quiet;              /* passes since anything was done to it */
	bool well;              /* it had converged in the last pass */
	int surge_desired;      /* the highest desired since it was calm */
};

struct simulation {
	int64_t now;
	uint64_t random; /* of the world */
	uint64_t seed;   /* of plan() */
	struct world *worlds;
	int world_count;
	long passes, faults, commands, outages, launched, replaced, scaled_in;
	long refreshes, taken_back;
	int slowest;    /* passes until all was well again */
	int most_ahead; /* members above max */
	int violations;
	FILE *out; /* where violations are told; NULL: nowhere */
};

/* Days of so many instances in groups of 1 to 2,000. */
void simulation_open(struct simulation *, int instances, int seed);
void simulation_run(struct simulation *, int days);
void simulation_close(struct simulation *);

/* ---- simulate_world.c */

/* Observe one instance, and which zones can be reached. */
void world_see(struct simulation *, struct world *, struct instance *);
void world_see_zones(const struct simulation *, struct world *);

/* It would serve, were what it needs there and the machine not slow. */
bool world_is_well(
    const struct simulation *, const struct world *, const struct instance *);

/* Perhaps something goes wrong, or an operator does something: true then. */
bool world_disturb(struct simulation *, struct world *);

/* Does a bad time last, which nothing done to the group can cure? */
bool world_in_trouble(const struct simulation *, const struct world *);

/* An operator takes back what holds the group up; false: there is nothing. */
bool world_tidy_up(struct world *);

/* The rules of plan.h, asked of one step (simulate_check.c). */
struct was {
	char id[ID_SIZE];
	enum lifecycle lifecycle;
	enum presence presence;
	bool alive, to_terminate, protect;
	bool well; /* whatever is said of it */
};
struct before {
	int ready, suspicious, count;
	struct was *list; /* the instances before the step */
};
void check_step(struct simulation *, struct world *, const struct before *);
bool world_converged(const struct world *);

#endif
