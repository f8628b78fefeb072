/* One step of a group: how far it is on its way to another release. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "rules/judge.h"
#include "rules/plan_steps.h"

/* Who there is of one half. */
struct half {
	int ready;   /* in service, and nothing against them */
	int members; /* these, and who is launching or pending */
	int there;   /* all that run and are well, those that leave too */
	int kept;    /* protected: they stay */
};

bool
plan_is_new(const struct group *g, const struct instance *i)
{
	const struct refresh *r = &g->refresh;

	return r->phase != REFRESH_NONE && strcmp(i->release, r->target) == 0 &&
	       (!r->restart || i->requested_at >= r->started_at);
}

bool
plan_is_of(
    const struct group *g, const struct part *p, const struct instance *i)
{
	return p->which == PART_ALL ||
	       plan_is_new(g, i) == (p->which == PART_NEW);
}

static bool
is_well(const struct instance *i)
{
	return !i->unhealthy && !i->to_terminate && i->fault_since == 0;
}

static struct half
count_half(const struct group *g, bool new)
{
	const struct instance *i;
	struct half h = { 0 };

	group_each (i, g) {
		if (plan_is_new(g, i) != new || i->lifecycle == STANDBY)
			continue;
		h.there += !i->unhealthy;
		if (!plan_is_member(i) || i->unhealthy || i->to_terminate)
			continue;
		h.members++;
		h.ready += i->lifecycle == IN_SERVICE && is_well(i);
		h.kept += i->protect && !g->refresh.back;
	}
	return h;
}

/* ---- stages */

static int
percent(int n, int of)
{
	return (n * of + 99) / 100;
}

static void
enter(struct refresh *r, enum refresh_phase phase, int64_t now)
{
	r->phase = phase;
	r->phase_since = now;
}

/* As many as there can be: protected ones stay. */
static int
most(const struct group *g)
{
	int n = g->desired - count_half(g, false).kept;

	return n > 0 ? n : 0;
}

/* The share is what counts when the group is scaled meanwhile. */
static void
follow_desired(struct group *g)
{
	struct refresh *r = &g->refresh;

	if (r->of != g->desired && r->of > 0)
		r->wanted = (r->wanted * g->desired + r->of - 1) / r->of;
	r->of = g->desired;
	if (r->back || r->phase >= REFRESH_FINISHING || r->wanted > most(g))
		r->wanted = most(g);
}

static void
next_stage(struct group *g, int64_t now)
{
	struct refresh *r = &g->refresh;
	int batch = percent(r->policy.batch, g->desired);
	int there = count_half(g, true).members;

	if (r->wanted == 0 && r->policy.first > 0)
		batch = r->policy.first;
	/* What runs it already needs no stage. */
	if (r->wanted < there)
		r->wanted = there;
	r->wanted += batch > 0 ? batch : 1;
	if (r->wanted > most(g))
		r->wanted = most(g);
	enter(r, REFRESH_REPLACING, now);
}

static void
finish(struct group *g, int64_t now, struct events *ev)
{
	struct refresh *r = &g->refresh;
	const struct served *s = &g->served;
	char account[128];

	snprintf(account, sizeof(account),
	    "after %.1f s, in which of %" PRId64 " requests %" PRId64
	    " were sent to another instance and %" PRId64 " failed",
	    (double)(now - r->started_at) / 1e6, s->requests, s->again,
	    s->failed);
	if (r->back) {
		event_note(ev, g, NULL, now, "is back at release %s %s: %s",
		    r->target, account, r->reason);
	} else {
		event_note(ev, g, NULL, now, "has release %s instead of %s, %s",
		    r->target, g->release, account);
		if (strcmp(g->release, r->target) != 0)
			memcpy(g->previous, g->release, sizeof(g->previous));
		memcpy(g->release, r->target, sizeof(g->release));
	}
	memset(r, 0, sizeof(*r));
}

void
plan_go_back(struct group *g, int64_t now, const char *why, struct events *ev)
{
	struct refresh *r = &g->refresh;

	if (r->back)
		return;
	event_note(ev, g, NULL, now, "goes back from release %s to %s: %s",
	    r->target, g->release, why);
	if (why != r->reason)
		snprintf(r->reason, sizeof(r->reason), "%s", why);
	memcpy(r->target, g->release, sizeof(r->target));
	r->back = true;
	r->restart = false;
	/* What is bad goes first, as long as half are left without it. */
	r->policy = (struct refresh_policy){
		.min_healthy = 50, .max_healthy = 200, .batch = 100
	};
	r->failures = 0;
	enter(r, REFRESH_REPLACING, now);
	follow_desired(g);
}

/* As many as this stage wants serve, and no more of the others than it does. */
static bool
is_reached(const struct group *g)
{
	const struct refresh *r = &g->refresh;
	struct half new = count_half(g, true), old = count_half(g, false);
	int stay = g->desired - r->wanted;

	if (new.ready < r->wanted)
		return false;
	if (r->policy.hold && r->phase < REFRESH_FINISHING)
		return true;
	return old.members <= (stay > old.kept ? stay : old.kept);
}

static void
end_stage(struct group *g, int64_t now, struct events *ev)
{
	struct refresh *r = &g->refresh;
	int done = g->desired > 0 ? 100 * r->wanted / g->desired : 100;

	if (r->policy.pause_after > 0 && done >= r->policy.pause_after &&
	    !r->paused) {
		r->paused = true;
		enter(r, REFRESH_PAUSED, now);
		event_note(ev, g, NULL, now,
		    "%d of %d have release %s: waits for %.0f s to be told "
		    "whether to go on",
		    r->wanted, g->desired, r->target,
		    (double)r->policy.pause / 1e6);
	} else if (r->wanted < most(g)) {
		next_stage(g, now);
	} else {
		enter(
		    r, r->policy.hold ? REFRESH_FINISHING : REFRESH_DONE, now);
	}
}

static bool
is_over(const struct refresh *r, int64_t time, int64_t now)
{
	return now - r->phase_since >= time;
}

static void
end_pause(struct group *g, int64_t now, struct events *ev)
{
	struct refresh *r = &g->refresh;

	if (!is_over(r, r->policy.pause, now))
		return;
	if (r->policy.pause_goes_on)
		end_stage(g, now, ev);
	else
		plan_go_back(g, now, "nobody said that it should go on", ev);
}

static void
replace_on(struct group *g, int64_t now, struct events *ev)
{
	struct refresh *r = &g->refresh;
	char why[REFRESH_REASON];

	if (is_reached(g)) {
		enter(r,
		    r->phase == REFRESH_FINISHING || r->back ? REFRESH_DONE
							     : REFRESH_BAKING,
		    now);
	} else if (!r->back && is_over(r, r->policy.timeout, now)) {
		snprintf(why, sizeof(why),
		    "not all of %d were in service within %.0f s", r->wanted,
		    (double)r->policy.timeout / 1e6);
		plan_go_back(g, now, why, ev);
	}
}

/* Old ones that still serve are what it is compared with. */
static void
judge(struct group *g, int64_t now, struct events *ev)
{
	struct judgement *j = &g->refresh.judgement;
	char why[REFRESH_REASON];

	if (g->refresh.back || !g->answered)
		return;
	judge_add(j, &g->answers[0], &g->answers[1]);
	if (judge_is_worse(j, why, sizeof(why)))
		plan_go_back(g, now, why, ev);
}

void
plan_refresh(struct group *g, int64_t now, struct events *ev)
{
	struct refresh *r = &g->refresh;

	if (r->phase == REFRESH_NONE)
		return;
	follow_desired(g);
	judge(g, now, ev);
	if (r->failures >= REFRESH_FAILURES)
		plan_go_back(g, now, r->reason, ev);
	if (r->wanted == 0 && most(g) > 0)
		next_stage(g, now);
	if (r->phase == REFRESH_PAUSED)
		end_pause(g, now, ev);
	else if (r->phase == REFRESH_REPLACING || r->phase == REFRESH_FINISHING)
		replace_on(g, now, ev);
	if (r->phase != REFRESH_BAKING || !is_over(r, r->policy.bake, now))
		return;
	if (is_reached(g))
		end_stage(g, now, ev);
	else
		enter(r, REFRESH_REPLACING, now);
}

void
plan_refresh_launched(
    struct group *g, const struct instance *i, const char *why)
{
	struct refresh *r = &g->refresh;

	if (r->back || !plan_is_new(g, i))
		return;
	if (why == NULL) {
		r->failures = 0;
		return;
	}
	r->failures++;
	snprintf(r->reason, sizeof(r->reason),
	    "%d launches in a row failed, the last one: %.120s", r->failures,
	    why);
}

/* ---- several groups */

static bool
began_with(const struct group *g, const struct group *other)
{
	return other->refresh.phase != REFRESH_NONE &&
	       other->refresh.started_at == g->refresh.started_at;
}

/* What one of a deployment has become, all of it does. */
static void
join(struct group *g, struct group *all, int count, int64_t now,
    struct events *ev)
{
	char why[REFRESH_REASON];
	struct group *o;
	bool done = true;

	for (o = all; o < all + count; o++) {
		if (!began_with(g, o))
			continue;
		done = done && o->refresh.phase == REFRESH_DONE &&
		       o->refresh.back == g->refresh.back;
		if (!o->refresh.back || g->refresh.back)
			continue;
		snprintf(why, sizeof(why), "group %s did: %.120s", o->name,
		    o->refresh.reason);
		plan_go_back(g, now, why, ev);
		return;
	}
	for (o = all; o < all + count && done; o++)
		if (o != g && began_with(g, o))
			finish(o, now, ev);
	if (done)
		finish(g, now, ev);
}

void
plan_deployments(struct group *all, int count, int64_t now, struct events *ev)
{
	struct group *g;

	for (g = all; g < all + count; g++)
		if (g->refresh.phase != REFRESH_NONE)
			join(g, all, count, now, ev);
}

/* ---- the halves */

/* How many must serve, and may be there; at least one can be replaced. */
static void
limits(const struct group *g, int *low, int *high)
{
	const struct refresh_policy *p = &g->refresh.policy;

	*low = percent(p->min_healthy, g->desired);
	*high = g->desired * p->max_healthy / 100;
	if (*high > *low)
		return;
	if (p->max_healthy > 100)
		*high = *low + 1;
	else
		*low = *high - 1;
}

static int
larger(int a, int b)
{
	return a > b ? a : b;
}

int
plan_parts(const struct group *g, struct part parts[2])
{
	const struct refresh *r = &g->refresh;
	struct half new = count_half(g, true), old = count_half(g, false);
	int low, high, stay = g->desired - r->wanted, room;

	if (r->phase == REFRESH_NONE) {
		parts[0] = (struct part){ PART_ALL, g->desired, g->desired,
			g->release };
		return 1;
	}
	limits(g, &low, &high);
	if (r->policy.hold && r->phase < REFRESH_FINISHING)
		stay = g->desired;
	stay = larger(stay, 0);
	room = larger(high - old.there, new.members);
	if (room > r->wanted)
		room = r->wanted;
	parts[0] = (struct part){ PART_NEW, room, room, r->target };
	parts[1] = (struct part){ PART_OLD, stay, larger(stay, low - new.ready),
		g->release };
	return 2;
}
