/* One step of a group: how many are launched, and which are taken out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "rules/plan_steps.h"

/* Where the capacity stands. */
struct tally {
	int ready;      /* in service, and nothing against them */
	int doubtful;   /* at fault, but not for long enough */
	int coming;     /* launching or pending */
	int waiting;    /* of these: for a slot, all of which are taken */
	int suspicious; /* unhealthy but running, or to be terminated */
	int requested;  /* of these: an operator asked for it … */
	int leaving;    /* … and they serve until then */
	int ended;      /* the provider says so; nothing to be gained by care */
	int replacing;  /* unhealthy ones on their way out */
	int64_t noticed; /* the earliest fault among them, 0 for none */
};

enum { LAUNCHES_PER_PASS = 100 };

int
plan_surge(int desired)
{
	return desired >= 20 ? desired / 10 : 1;
}

/* Launched where nothing can be seen any more: it may come yet. */
static bool
is_lost(const struct instance *i)
{
	return i->presence == UNREACHABLE && i->health != HEALTH_UP;
}

/*
 * On its way out while it still ran; one whose termination cannot be done
 * does not hold up the others.
 */
static bool
is_replaced(const struct instance *i)
{
	return i->unhealthy && !i->failed && !plan_has_ended(i) &&
	       i->attempts == 0 && i->presence != UNREACHABLE;
}

static void
add_suspicious(struct tally *t, const struct instance *i)
{
	t->suspicious++;
	t->requested += i->to_terminate;
	t->leaving += i->to_terminate && !i->unhealthy;
}

/* To be asked before the states advance: who is launched in this pass has not
 * been given one yet. */
static int
waiting_for_slots(const struct group *g)
{
	const struct instance *i;
	int waiting = 0;

	if (is_suspended(g, PROCESS_ADD_TO_LOAD_BALANCER))
		return 0;
	group_each (i, g) {
		waiting += i->lifecycle == PENDING && i->slot == 0 &&
			   !i->to_terminate;
	}
	return waiting;
}

static void
count(const struct group *g, const struct part *p, struct tally *t)
{
	bool care = !is_suspended(g, PROCESS_REPLACE_UNHEALTHY);
	const struct instance *i;

	memset(t, 0, sizeof(*t));
	group_each (i, g) {
		if (!plan_is_of(g, p, i))
			continue;
		if (!plan_is_member(i))
			t->replacing += is_replaced(i);
		else if (i->lifecycle != IN_SERVICE)
			t->coming += !i->to_terminate && !is_lost(i);
		else if (i->unhealthy && plan_has_ended(i) && care)
			t->ended++;
		else if (i->unhealthy || i->to_terminate)
			add_suspicious(t, i);
		else
			*(i->fault_since != 0 ? &t->doubtful : &t->ready) += 1;
		if (plan_is_member(i) && i->unhealthy &&
		    (t->noticed == 0 || i->detected_at < t->noticed))
			t->noticed = i->detected_at;
	}
}

static void
launch(struct group *g, const struct part *p, const char *zone, int64_t now,
    int64_t noticed, uint64_t *seed, const char *cause)
{
	struct instance *i;
	char id[ID_SIZE];

	do {
		/* Knuth's MMIX generator: ids must differ, no more. */
		*seed = *seed * UINT64_C(6364136223846793005) +
			UINT64_C(1442695040888963407);
		snprintf(id, sizeof(id), "i-%08x", (unsigned)(*seed >> 32));
	} while (group_find(g, id) != NULL);
	i = group_add(g, id);
	snprintf(i->zone, sizeof(i->zone), "%s", zone);
	snprintf(i->release, sizeof(i->release), "%s", p->release);
	i->presence = ABSENT;
	i->detected_at = noticed != 0 ? noticed : now;
	i->requested_at = now;
	group_enter(i, LAUNCHING, now);
	snprintf(i->cause, sizeof(i->cause), "%s", cause);
}

static int
smaller(int a, int b)
{
	return a < b ? a : b;
}

/* How many to launch now: what is missing, and replacements ahead of it. */
static int
launches(const struct group *g, const struct part *p, const struct tally *t)
{
	int good = t->ready + t->doubtful + t->coming;
	int extra = good + t->suspicious - p->desired;
	int surge = g->all_dead ? 1 : plan_surge(g->desired);
	/* Where none is to be, none is replaced. */
	int wanted = smaller(t->suspicious, p->desired);
	int ahead = smaller(wanted, surge) - t->replacing;

	if (is_suspended(g, PROCESS_REPLACE_UNHEALTHY))
		ahead = smaller(t->requested, ahead);
	/* Good ones above desired are ahead already; unhealthy ones are not. */
	if (extra > 0)
		ahead -= smaller(extra, good);
	return (extra < 0 ? -extra : 0) + (ahead > 0 ? ahead : 0);
}

static void
explain(char cause[TEXT_SIZE], const struct part *p, const struct tally *t,
    int have, int64_t now)
{
	cause[0] = '\0';
	if (t->noticed != 0)
		event_cause_add(
		    cause, t->noticed, "an instance was found unhealthy");
	if (p->which == PART_NEW)
		event_cause_add(cause, now,
		    "an instance of release %.40s was launched in an instance "
		    "refresh, increasing their number from %d to %d",
		    p->release, have, have + 1);
	else if (have >= p->desired && t->leaving > 0)
		event_cause_add(cause, now,
		    "an instance was launched ahead of one that is to be "
		    "terminated, increasing the capacity from %d to %d until "
		    "then",
		    have, have + 1);
	else
		event_cause_add(cause, now,
		    "an instance was launched in response to a difference "
		    "between desired and actual capacity, increasing the "
		    "capacity from %d to %d of %d",
		    have, have + 1, p->desired);
}

static void
launch_missing(struct group *g, const struct group_config *c,
    const struct part *p, const struct tally *t, int64_t now, uint64_t *seed)
{
	int have = t->ready + t->doubtful + t->coming + t->leaving;
	int n = launches(g, p, t);
	char cause[TEXT_SIZE];
	const char *zone;

	if (is_suspended(g, PROCESS_LAUNCH))
		return;
	if (n > LAUNCHES_PER_PASS)
		n = LAUNCHES_PER_PASS;
	for (; n > 0 && (zone = plan_choose_zone(g, c, p, now)) != NULL; n--) {
		explain(cause, p, t, have, now);
		launch(g, p, zone, now, t->noticed, seed, cause);
		have++;
	}
}

/* Drain it, or if it does not answer, end it. */
static void
take_out(struct instance *i, int64_t now)
{
	i->requested_at = now;
	group_enter(i, i->responsive ? DRAINING : TERMINATING, now);
}

/* For those that find no slot, less what makes room already. */
static int
room_to_make(const struct group *g, const struct tally *t)
{
	int room = t->waiting;
	const struct instance *i;

	group_each (i, g)
		room -= i->lifecycle == DRAINING;
	return room > 0 ? room : 0;
}

/* One that was asked for by name or is unhealthy goes when there is enough
 * without it, or what comes instead finds no slot before. The ones that have
 * ended go first: it costs nothing. */
static void
replace_unhealthy(
    struct group *g, const struct part *p, const struct tally *t, int64_t now)
{
	bool care = !is_suspended(g, PROCESS_REPLACE_UNHEALTHY);
	int enough = p->desired - t->suspicious - t->ended;
	int spare = t->ready + t->doubtful -
		    (enough > 0 || p->desired == 0 ? enough : 0) +
		    room_to_make(g, t);
	struct instance *i;
	size_t n;
	int pass;

	for (pass = 0; pass < 2; spare -= t->doubtful, pass++)
		for (n = 0; n < g->count && spare > 0; n++) {
			i = &g->instances[n];
			if (i->lifecycle != IN_SERVICE ||
			    !plan_is_of(g, p, i) ||
			    !((i->unhealthy && care) || i->to_terminate) ||
			    plan_has_ended(i) != (pass == 0))
				continue;
			event_cause_add(
			    i->cause, now, "it was taken out of service");
			take_out(i, now);
			spare--;
		}
}

/* What is asked for by name and serves nobody has nothing to wait for. */
static void
terminate_requested(struct group *g, int64_t now)
{
	struct instance *i;

	group_each (i, g) {
		if (i->to_terminate &&
		    (i->lifecycle == PENDING || i->lifecycle == STANDBY))
			take_out(i, now);
	}
}

/* Nothing is left of it to be drained: the provider's word suffices. */
static void
terminate_lost(struct group *g, int64_t now)
{
	struct instance *i;

	if (is_suspended(g, PROCESS_REPLACE_UNHEALTHY))
		return;
	group_each (i, g) {
		if (i->lifecycle != IN_SERVICE || !i->unhealthy ||
		    i->presence == STOPPED || !plan_has_ended(i))
			continue;
		i->requested_at = now;
		group_enter(i, TERMINATING, now);
	}
}

static void
scale_in(struct group *g, const struct group_config *c, const struct part *p,
    const struct tally *t, int64_t now)
{
	int excess = t->ready - p->keep, have = t->ready;
	struct instance **chosen, *i;
	size_t n, count;

	if (excess <= 0 || (chosen = calloc((size_t)excess,
				sizeof(struct instance *))) == NULL)
		return;
	count = plan_choose_victims(g, c, p, (size_t)excess, chosen);
	for (n = 0; n < count; n++) {
		i = chosen[n];
		i->cause[0] = '\0';
		i->detected_at = now;
		event_cause_add(i->cause, now,
		    "an instance was taken out of service %s, shrinking "
		    "the capacity from %d to %d; it was selected for "
		    "termination",
		    p->which == PART_OLD
			? "in an instance refresh"
			: "in response to a difference between desired and "
			  "actual capacity",
		    have, have - 1);
		have--;
		take_out(i, now);
	}
	free(chosen);
}

/* Where nothing else is to be done; what is too many then goes by scale-in. */
static void
rebalance(struct group *g, const struct group_config *c, const struct part *p,
    const struct tally *t, int64_t now, uint64_t *seed)
{
	int surge = plan_surge(g->desired), n;
	char cause[TEXT_SIZE] = "";
	const char *zone;

	if (p->which != PART_ALL || t->coming + t->suspicious + t->ended != 0 ||
	    t->ready != g->desired || is_suspended(g, PROCESS_AZ_REBALANCE) ||
	    is_suspended(g, PROCESS_LAUNCH))
		return;
	n = plan_zones_excess(g, c, now);
	for (n = n < surge ? n : surge; n > 0; n--) {
		if ((zone = plan_choose_zone(g, c, p, now)) == NULL)
			return;
		cause[0] = '\0';
		event_cause_add(cause, now,
		    "an instance was launched in zone %s to even out the zones",
		    zone);
		launch(g, p, zone, now, now, seed, cause);
	}
}

/* All is as desired without it: what failed once is no remark any more. */
static void
forget_failures(struct group *g, const struct group_config *c,
    const struct tally *t, int64_t now)
{
	int n;

	if (t->coming + t->doubtful + t->suspicious + t->ended != 0 ||
	    t->ready != g->desired || plan_zones_excess(g, c, now) != 0)
		return;
	for (n = 0; n < g->backoff_count; n++)
		if (g->backoff[n].until <= now)
			plan_reset_backoff(&g->backoff[n]);
}

/* Those that are on their way and are not to be any more. */
static void
stop_coming(struct group *g, const struct part *p, const struct tally *t)
{
	int excess = t->ready + t->doubtful + t->coming - p->keep;
	struct instance *i;

	if (p->which != PART_OLD)
		return;
	group_each (i, g) {
		if (excess <= 0)
			return;
		if ((i->lifecycle != LAUNCHING && i->lifecycle != PENDING) ||
		    i->to_terminate || !plan_is_of(g, p, i))
			continue;
		i->to_terminate = true;
		excess--;
	}
}

static void
count_all(struct group *g)
{
	const struct part all = { .which = PART_ALL };
	struct tally t;

	count(g, &all, &t);
	g->all_dead = t.ready + t.doubtful == 0 &&
		      t.suspicious - t.requested >= 2;
}

static void
step_part(struct group *g, const struct group_config *c, const struct part *p,
    int waiting, int64_t now, uint64_t *seed)
{
	struct tally t;

	count(g, p, &t);
	t.waiting = waiting;
	if (p->which == PART_ALL)
		forget_failures(g, c, &t, now);
	launch_missing(g, c, p, &t, now, seed);
	rebalance(g, c, p, &t, now, seed);
	if (is_suspended(g, PROCESS_TERMINATE))
		return;
	replace_unhealthy(g, p, &t, now);
	scale_in(g, c, p, &t, now);
	stop_coming(g, p, &t);
}

void
plan(struct group *g, const struct group_config *c, int64_t now, uint64_t *seed,
    struct events *ev)
{
	int waiting = waiting_for_slots(g), n, count;
	struct part parts[2];

	plan_desired(g, c, now, ev);
	plan_forget(g, now, ev);
	plan_reach(g, c, now, ev);
	plan_faults(g, now, ev);
	plan_advance(g, c, now, ev);
	plan_refresh(g, now, ev);
	if (!is_suspended(g, PROCESS_TERMINATE)) {
		terminate_lost(g, now);
		terminate_requested(g, now);
	}
	count_all(g);
	count = plan_parts(g, parts);
	for (n = 0; n < count; n++)
		step_part(g, c, &parts[n], waiting, now, seed);
}
