/*
 * What a group should do next. Pure: depends on its arguments alone and
 * changes nothing but them; no clock, no input or output, no randomness but
 * the seed's.
 */
#ifndef PLAN_H
#define PLAN_H

#include "model/event.h"
#include "model/group.h"

/*
 * One step of one group, from what was observed: desired capacity (scheduled
 * actions, scaling policies), then the lifecycle state of each instance. What
 * is to be done follows from the states: LAUNCHING and TERMINATING are work
 * for the provider, the others say how the balancers route.
 *
 * - A replacement is in service before the one it replaces is drained, unless
 *   all slots of the balancers are taken.
 * - At most max(1, desired / 10) instances that still run are replaced at a
 *   time; while all of them look dead, one. What the provider says has ended
 *   is made up for at once.
 * - Not for a fault that a replacement would have as well (plan_fault.c).
 * - Nor for zones out of reach when they are most of them: then it may be asg
 *   that is cut off (plan_reach.c).
 * - "Not ready" (the database is away) replaces nothing.
 * - Never above max but by that many, which zones are evened out with too.
 * - Instances in service are never too few for scale-in to wait for a new one.
 *
 * Time is linear in the instances (n log n when some are to be terminated).
 */
void plan(struct group *, const struct group_config *, int64_t now,
    uint64_t *seed, struct events *);

/*
 * What a step is about: of a group that is refreshed the instances of the
 * target, or the others, else all; how many of them there are to be, and of
 * what release those are that are launched for it; and how many are to stay,
 * which can be more, until others serve in their place.
 */
struct part {
	enum { PART_ALL, PART_NEW, PART_OLD } which;
	int desired, keep;
	const char *release;
};

/* Is it of the release that the group is refreshed to? */
bool plan_is_new(const struct group *, const struct instance *);
bool plan_is_of(
    const struct group *, const struct part *, const struct instance *);

/*
 * Groups whose refreshes began at the same moment are one deployment: all of
 * them have the release when the last one is done, and when one goes back the
 * others do. Once in each pass, before plan().
 */
void plan_deployments(struct group *, int count, int64_t now, struct events *);

/* Have it launch the release that it had before its refresh; why is a sentence.
 */
void plan_go_back(
    struct group *, int64_t now, const char *why, struct events *);

/* How many that still run may be replaced at a time. */
int plan_surge(int desired);

/* ---- choice of zones and of instances (plan_choose.c) */

/*
 * The zone for one more instance: the one with the fewest of those that can be
 * reached and do not back off; NULL when there is none, or when it is unsure
 * whether that can be reached, which the next list tells. What is unhealthy or
 * to be terminated does not count: its replacement goes where it was.
 */
const char *plan_choose_zone(const struct group *, const struct group_config *,
    const struct part *, int64_t now);

/*
 * Choose up to wanted instances in service for scale-in: from the zone with
 * the most, there by the termination policy; protected and unhealthy ones are
 * left out. The number chosen; chosen[] has room for wanted.
 */
size_t plan_choose_victims(struct group *, const struct group_config *,
    const struct part *, size_t wanted, struct instance **chosen);

/*
 * How many are to be moved to the zone with the fewest that may launch: half of
 * what the fullest has more, and all that are in none of the group's zones; but
 * none that is protected.
 */
int plan_zones_excess(
    const struct group *, const struct group_config *, int64_t now);

/* Does this instance count for the capacity: not on its way out? */
bool plan_is_member(const struct instance *);

struct backoff *plan_backoff_of(struct group *, const char *zone);
void plan_reset_backoff(struct backoff *);

#endif
