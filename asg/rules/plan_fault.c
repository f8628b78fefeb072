/*
 * Which faults a replacement cures. What the balancers say of an instance may
 * be true of what it needs or runs on instead: the database, the host, the
 * network, a balancer. HAProxy sends it no requests meanwhile, so to wait costs
 * little, and to replace what is well costs all that those who use it have
 * under way. Others bound it alike: Kubernetes evicts no pod while all zones
 * look dead, and fewer while most of one does (kube-controller-manager,
 * --unhealthy-zone-threshold 0.55); Envoy ignores health below a panic
 * threshold of one half; EC2 Auto Scaling replaces fewer while all fail.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "rules/plan_steps.h"

enum {
	REFUSED_SECONDS = 2, /* nobody listens: the others' checks end, too */
	SILENT_SECONDS = 5,  /* no answer, or a bad one: it may be slow */
	ALERT_SECONDS = 1,
};

/* Those in service that run and that nobody wants to be terminated. */
struct survey {
	int all, failing, unready;
	const char *reason;
};

bool
plan_has_ended(const struct instance *i)
{
	return (i->presence == ABSENT || i->presence == STOPPED ||
		   i->presence == UNREACHABLE) &&
	       i->health != HEALTH_UP && i->health != HEALTH_UNREADY;
}

/* Is it no longer what the balancers or the provider call healthy? */
static bool
at_fault(const struct group *g, const struct instance *i)
{
	if (is_suspended(g, PROCESS_HEALTH_CHECK))
		return false;
	return i->health == HEALTH_DEAD || i->presence == ABSENT ||
	       i->presence == STOPPED;
}

static const char *
fault_of(const struct instance *i)
{
	if (i->health == HEALTH_DEAD)
		return i->reason;
	return i->presence == ABSENT ? "the provider no longer lists it"
				     : "the provider says it has ended";
}

static struct survey
look(const struct group *g)
{
	struct survey s = { 0 };
	const struct instance *i;

	group_each (i, g) {
		if (i->lifecycle != IN_SERVICE || i->to_terminate ||
		    plan_has_ended(i))
			continue;
		s.all++;
		if (at_fault(g, i)) {
			s.failing++;
			s.reason = fault_of(i);
		} else if (i->health == HEALTH_UNREADY) {
			s.unready++;
		}
	}
	return s;
}

static bool
is_most(const struct survey *s)
{
	int struck = s->failing + s->unready;

	return struck >= 2 && 2 * struck > s->all;
}

/* Others of them may say nothing for the same reason. */
static bool
lacks_database(const struct survey *s)
{
	return is_most(s) && s->unready > 0 && s->unready >= s->failing;
}

/* ---- most of the group at once */

static void
tell(struct group *g, const struct survey *s, int64_t now, struct events *ev)
{
	if (lacks_database(s))
		event_note(ev, g, NULL, now,
		    "%d of %d instances say that the database is away: none "
		    "that runs is replaced meanwhile",
		    s->unready, s->all);
	else
		event_note(ev, g, NULL, now,
		    "%d of %d instances are out of order at once (%.100s): it "
		    "may be what they need or run on, so none that runs is "
		    "replaced for %d s, and then one to see whether it fares "
		    "better",
		    s->failing + s->unready, s->all,
		    s->failing > 0 ? s->reason : "503", SHARED_SECONDS);
}

static void
watch_together(
    struct group *g, const struct survey *s, int64_t now, struct events *ev)
{
	int64_t lasted;
	enum alert_change change = alert_update(&g->together, is_most(s), now,
	    ALERT_SECONDS * CLOCK_SECOND, &lasted);

	if (change == ALERT_FIRES)
		tell(g, s, now, ev);
	else if (change == ALERT_RESOLVED)
		event_note(ev, g, NULL, now,
		    "most instances are in order again, after %.1f s",
		    (double)lasted / 1e6);
}

/* Noted every five seconds: the state is not to be written in every pass. */
static void
watch_database(struct group *g, const struct survey *s, int64_t now)
{
	if (lacks_database(s) && now - g->excused >= 5 * CLOCK_SECOND)
		g->excused = now;
}

/* ---- each by itself */

/* For so long it must have been at fault to be replaced. */
static int64_t
patience(const struct group *g, const struct instance *i)
{
	if (plan_has_ended(i))
		return 0;
	if (g->together.since != 0)
		return SHARED_SECONDS * CLOCK_SECOND;
	if (i->health != HEALTH_DEAD)
		return 0;
	if (i->reported_alive)
		return SHARED_SECONDS * CLOCK_SECOND;
	return (i->refused ? REFUSED_SECONDS : SILENT_SECONDS) * CLOCK_SECOND;
}

/* From when on it counts against it. */
static int64_t
counts_from(const struct group *g, const struct instance *i)
{
	if (plan_has_ended(i) || g->excused < i->fault_since)
		return i->fault_since;
	return g->excused + 5 * CLOCK_SECOND;
}

static void
blame(struct group *g, struct instance *i, int64_t now, struct events *ev)
{
	i->unhealthy = true;
	i->detected_at = i->fault_since;
	event_note(ev, g, i, now, "is unhealthy: %s", fault_of(i));
	i->cause[0] = '\0';
	event_cause_add(i->cause, i->fault_since,
	    "an instance was found unhealthy: %s", fault_of(i));
}

static void
judge(struct group *g, struct instance *i, int64_t now, struct events *ev)
{
	if (!at_fault(g, i)) {
		if (i->unhealthy)
			event_note(ev, g, i, now, "is healthy again");
		i->unhealthy = false;
		i->fault_since = 0;
		return;
	}
	if (i->fault_since == 0)
		i->fault_since = now;
	if (!i->unhealthy && now - counts_from(g, i) >= patience(g, i))
		blame(g, i, now, ev);
}

void
plan_faults(struct group *g, int64_t now, struct events *ev)
{
	struct survey s = look(g);
	struct instance *i;

	watch_together(g, &s, now, ev);
	watch_database(g, &s, now);
	group_each (i, g)
		if (i->lifecycle == IN_SERVICE)
			judge(g, i, now, ev);
}
