/* The zone of the next instance, and the instances that scale-in takes. */
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "rules/plan.h"

bool
plan_is_member(const struct instance *i)
{
	return i->lifecycle == LAUNCHING || i->lifecycle == PENDING ||
	       i->lifecycle == IN_SERVICE;
}

static struct backoff *
find_backoff(const struct group *g, const char *zone)
{
	return list_find(
	    g->backoff, (size_t)g->backoff_count, sizeof(*g->backoff), zone);
}

struct backoff *
plan_backoff_of(struct group *g, const char *zone)
{
	struct backoff *b = find_backoff(g, zone);

	if (b != NULL)
		return b;
	/* More zones were in use than a group can have: the oldest goes. */
	if (g->backoff_count == ZONES_MAX)
		memmove(g->backoff, g->backoff + 1,
		    --g->backoff_count * sizeof(*b));
	b = &g->backoff[g->backoff_count++];
	memset(b, 0, sizeof(*b));
	memccpy(b->zone, zone, '\0', sizeof(b->zone) - 1);
	return b;
}

void
plan_reset_backoff(struct backoff *b)
{
	b->failures = 0;
	b->until = 0;
	b->error[0] = '\0';
}

/* ---- zones: the group's own, and the last element for all others */

static int
zone_index(const struct group_config *c, const char *zone)
{
	int n;

	for (n = 0; n < c->zone_count; n++)
		if (strcmp(c->zones[n], zone) == 0)
			break;
	return n;
}

/* One that is being replaced holds no place: the other one takes it. */
static bool
holds_place(const struct instance *i)
{
	return plan_is_member(i) && !i->unhealthy && !i->to_terminate;
}

static bool
is_movable(const struct instance *i)
{
	return holds_place(i) && !i->protect;
}

/* Those that are asked for, in each zone. */
static void
count_zones(const struct group *g, const struct group_config *c,
    const struct part *p, bool (*is_one)(const struct instance *),
    int in_zone[ZONES_MAX + 1])
{
	const struct instance *i;

	memset(in_zone, 0, (ZONES_MAX + 1) * sizeof(*in_zone));
	group_each (i, g)
		if (is_one(i) && plan_is_of(g, p, i))
			in_zone[zone_index(c, i->zone)]++;
}

static bool
backs_off(const struct group *g, const char *zone, int64_t now)
{
	const struct backoff *b = find_backoff(g, zone);

	return b != NULL && now < b->until;
}

/* The zone with the fewest that may launch, or -1; of two that have as many,
 * one that is surely there. */
static int
emptiest(const struct group *g, const struct group_config *c,
    const int in_zone[ZONES_MAX + 1], int64_t now)
{
	int n, best = -1;

	for (n = 0; n < c->zone_count; n++)
		if (!g->unreachable[n] && !backs_off(g, c->zones[n], now) &&
		    (best < 0 || 2 * in_zone[n] + g->unsure[n] <
				     2 * in_zone[best] + g->unsure[best]))
			best = n;
	return best;
}

const char *
plan_choose_zone(const struct group *g, const struct group_config *c,
    const struct part *p, int64_t now)
{
	int in_zone[ZONES_MAX + 1], best;

	count_zones(g, c, p, holds_place, in_zone);
	best = emptiest(g, c, in_zone, now);
	return best < 0 || g->unsure[best] ? NULL : c->zones[best];
}

int
plan_zones_excess(
    const struct group *g, const struct group_config *c, int64_t now)
{
	int in_zone[ZONES_MAX + 1], movable[ZONES_MAX + 1];
	const struct part all = { .which = PART_ALL };
	int n, least, excess, most = 0;

	count_zones(g, c, &all, holds_place, in_zone);
	count_zones(g, c, &all, is_movable, movable);
	if ((least = emptiest(g, c, in_zone, now)) < 0)
		return 0;
	for (n = 0; n < c->zone_count; n++) {
		excess = (in_zone[n] - in_zone[least]) / 2;
		if (excess > movable[n])
			excess = movable[n];
		if (excess > most)
			most = excess;
	}
	return most + movable[c->zone_count];
}

/* ---- instances */

struct candidate {
	struct instance *instance;
	int zone;
	int64_t first; /* what is less goes first; of equals the older one */
};

static int
by_age(const struct instance *a, const struct instance *b)
{
	if (a->launched_at != b->launched_at)
		return a->launched_at < b->launched_at ? -1 : 1;
	return strcmp(a->id, b->id);
}

static int
by_first(const void *x, const void *y)
{
	const struct candidate *a = x, *b = y;

	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	return by_age(a->instance, b->instance);
}

static int
by_newest(const void *x, const void *y)
{
	return by_first(y, x);
}

static int
by_name(const void *x, const void *y)
{
	const struct candidate *a = x, *b = y;

	return strcmp(a->instance->release, b->instance->release);
}

/* When was each release launched first? */
static void
date_releases(struct candidate *list, size_t count)
{
	size_t n, k;

	qsort(list, count, sizeof(*list), by_name);
	for (n = 0; n < count; n = k) {
		int64_t first = list[n].instance->launched_at;

		for (k = n; k < count && by_name(&list[n], &list[k]) == 0; k++)
			if (list[k].instance->launched_at < first)
				first = list[k].instance->launched_at;
		while (n < k)
			list[n++].first = first;
	}
}

/* The latest launch tells what the group's release is now: others first. */
static void
put_foreign_first(struct candidate *list, size_t count)
{
	const struct candidate *latest = list;
	size_t n;

	for (n = 1; n < count; n++)
		if (by_age(latest->instance, list[n].instance) < 0)
			latest = &list[n];
	for (n = 0; n < count; n++)
		list[n].first = by_name(&list[n], latest) == 0;
}

static void
order(struct candidate *list, size_t count, enum termination_policy policy)
{
	if (policy == TERMINATE_OLDEST_RELEASE)
		date_releases(list, count);
	else if (policy == TERMINATE_DEFAULT)
		put_foreign_first(list, count);
	qsort(list, count, sizeof(*list),
	    policy == TERMINATE_NEWEST ? by_newest : by_first);
}

static size_t
candidates(struct group *g, const struct group_config *c, const struct part *p,
    struct candidate *list)
{
	bool spare = !g->refresh.back; /* what is bad is not protected */
	struct instance *i;
	size_t count = 0;

	group_each (i, g) {
		if (i->lifecycle != IN_SERVICE || (i->protect && spare) ||
		    i->unhealthy || i->fault_since != 0 || i->to_terminate ||
		    !plan_is_of(g, p, i))
			continue;
		list[count].instance = i;
		list[count++].zone = zone_index(c, i->zone);
	}
	return count;
}

/* What is left of a zone's candidates. */
struct cursor {
	size_t next; /* into the list; its length when none is left */
	int members;
};

static void
move_on(
    struct cursor *cur, const struct candidate *list, size_t count, int zone)
{
	while (cur->next < count && list[cur->next].zone != zone)
		cur->next++;
}

/* The fullest zone that has a candidate, or -1; one that is not the group's
 * any more comes before all others. */
static int
fullest(const struct cursor cur[ZONES_MAX + 1], int zones, size_t count)
{
	int z, best = -1;

	if (cur[zones].next < count)
		return zones;
	for (z = 0; z < zones; z++)
		if (cur[z].next < count &&
		    (best < 0 || cur[z].members > cur[best].members))
			best = z;
	return best;
}

static size_t
pick(const struct candidate *list, size_t count, const int *in_zone, int zones,
    size_t wanted, struct instance **chosen)
{
	struct cursor cur[ZONES_MAX + 1] = { 0 };
	size_t k;
	int z;

	for (z = 0; z <= zones; z++) {
		cur[z].members = in_zone[z];
		move_on(&cur[z], list, count, z);
	}
	for (k = 0; k < wanted && (z = fullest(cur, zones, count)) >= 0; k++) {
		chosen[k] = list[cur[z].next++].instance;
		cur[z].members--;
		move_on(&cur[z], list, count, z);
	}
	return k;
}

size_t
plan_choose_victims(struct group *g, const struct group_config *c,
    const struct part *p, size_t wanted, struct instance **chosen)
{
	struct candidate *list;
	int in_zone[ZONES_MAX + 1];
	size_t k, count;

	if (g->count == 0 || (list = calloc(g->count, sizeof(*list))) == NULL)
		return 0;
	count_zones(g, c, p, holds_place, in_zone);
	if ((count = candidates(g, c, p, list)) != 0)
		order(list, count, c->termination_policy);
	k = pick(list, count, in_zone, c->zone_count, wanted, chosen);
	free(list);
	return k;
}
