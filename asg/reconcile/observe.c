/* The first part of a pass: what is seen of the instances and their zones. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/list.h"
#include "reconcile/reconcile.h"

enum {
	STALE_SECONDS = 30,
	ALERT_SECONDS = 3, /* shorter is no news */
};

/* ---- the list */

static bool
zone_unreachable(const struct listing *l, const char *zone)
{
	size_t n;

	for (n = 0; n < l->count; n++)
		if (l->list[n].state == UNREACHABLE &&
		    strcmp(l->list[n].zone, zone) == 0)
			return true;
	return false;
}

bool
observe_list(struct reconciler *r)
{
	struct job *j = provider_job(&r->provider, "");
	struct listing new = r->before; /* its memory is used again */
	int64_t before = r->listing.started;

	if (j == NULL || !j->child.done)
		return before != 0;
	if (j->failed) {
		snprintf(r->list_error, sizeof(r->list_error), "%s",
		    j->child.error.data);
	} else if (!listing_parse(&new, &j->child.output, r->list_error,
		       sizeof(r->list_error))) {
		r->before = new;
		r->before.count = 0;
	} else {
		new.started = j->child.started;
		listing_told(&new, &j->child.error);
		r->before = r->listing;
		r->listing = new;
		r->cpu_age = before != 0 ? (double)(new.started - before) / 1e6
					 : 0;
		r->list_error[0] = '\0';
	}
	provider_end(j);
	return r->listing.started != 0;
}

static const struct listed *
find(const struct listing *l, const char *id)
{
	return list_find(l->list, l->count, sizeof(*l->list), id);
}

static bool
is_stale(const struct listing *l)
{
	return clock_boot() - l->started > STALE_SECONDS * CLOCK_SECOND;
}

/* Where is what the list does not show: ABSENT; UNREACHABLE, with its zone; or
 * PRESENCE_UNKNOWN, where the list before could reach the zone: a machine that
 * has no time for one answer may have it for the next. */
static enum presence
unlisted_in(const struct reconciler *r, const char *zone)
{
	if (!zone_unreachable(&r->listing, zone) || is_stale(&r->listing))
		return ABSENT;
	return zone_unreachable(&r->before, zone) ? UNREACHABLE
						  : PRESENCE_UNKNOWN;
}

bool
observe_is_sure(const struct reconciler *r)
{
	const struct listed *l = r->listing.list;
	size_t n;

	for (n = 0; n < r->listing.count; n++)
		if (l[n].state == UNREACHABLE &&
		    !zone_unreachable(&r->before, l[n].zone))
			return false;
	return true;
}

/* Nothing is launched where nothing can be listed. */
static void
see_zones(
    const struct reconciler *r, struct group *g, const struct group_config *c)
{
	enum presence unlisted;
	int n;

	for (n = 0; n < c->zone_count; n++) {
		unlisted = unlisted_in(r, c->zones[n]);
		g->unreachable[n] = unlisted == UNREACHABLE;
		g->unsure[n] = unlisted == PRESENCE_UNKNOWN;
	}
}

static void
copy_listed(struct instance *i, const struct listed *l)
{
	memcpy(i->address, l->address, sizeof(i->address));
	memcpy(i->release, l->release, sizeof(i->release));
	i->port = l->port;
}

/* A list that was begun before the provider last touched the instance, or long
 * ago, says nothing of it. */
static void
see_listed(const struct reconciler *r, struct instance *i, int64_t offset)
{
	const struct listing *l = &r->listing;
	const struct listed *there;

	if (i->acted_at >= l->started + offset || is_stale(l))
		return;
	if ((there = find(l, i->id)) == NULL) {
		i->presence = unlisted_in(r, i->zone);
		return;
	}
	i->presence = there->state;
	i->cpu_seconds = there->cpu_seconds;
	if (there->state == RUNNING && i->lifecycle == LAUNCHING)
		copy_listed(i, there);
}

/* ---- what the provider was at */

static void
launch_ended(struct instance *i, const struct job *j)
{
	struct listed l;
	char error[128];
	size_t len = j->child.output.len;

	while (len > 0 && j->child.output.data[len - 1] == '\n')
		len--;
	if (j->failed) {
		i->failed = true;
		snprintf(
		    i->reason, sizeof(i->reason), "%s", j->child.error.data);
	} else if (!listing_parse_line(len > 0 ? j->child.output.data : "", len,
		       &l, error, sizeof(error)) ||
		   l.state != RUNNING || strcmp(l.id, i->id) != 0) {
		i->failed = true;
		snprintf(i->reason, sizeof(i->reason),
		    "the provider did not print the line of %s", i->id);
	} else {
		i->presence = RUNNING;
		copy_listed(i, &l);
	}
}

static void
terminate_ended(struct group *g, struct instance *i, const struct job *j,
    int64_t now, struct events *ev)
{
	i->retry_at = now + CLOCK_SECOND;
	if (!j->failed) {
		i->attempts = 0;
		return;
	}
	i->retry_at = now +
		      group_backoff_seconds(i->attempts + 1) * CLOCK_SECOND;
	if (i->attempts++ == 0)
		event_note(ev, g, i, now, "its termination failed: %.200s",
		    j->child.error.data);
}

static void
take_job(struct reconciler *r, struct group *g, struct instance *i, int64_t now,
    struct events *ev)
{
	struct job *j = provider_job(&r->provider, i->id);

	if (j == NULL)
		return;
	if (!j->child.done) {
		i->busy = true;
		return;
	}
	i->acted_at = now;
	if (j->work == WORK_LAUNCH)
		launch_ended(i, j);
	else
		terminate_ended(g, i, j, now, ev);
	provider_end(j);
	/* What is so now is to be seen soon. */
	r->listed_at = 0;
}

/* ---- what nobody asked for */

static void
adopt(struct group *g, const struct listed *l, int64_t now, struct events *ev)
{
	struct instance *i = group_add(g, l->id);

	memcpy(i->zone, l->zone, sizeof(i->zone));
	copy_listed(i, l);
	i->presence = RUNNING;
	i->lifecycle = PENDING;
	i->state_since = i->detected_at = i->requested_at = i->launched_at =
	    now;
	event_cause_add(i->cause, now,
	    "an instance that ran was adopted, because nothing was remembered");
	event_note(ev, g, i, now, "was adopted");
}

/* Once for as long as it is there. */
static bool
is_new(struct state *m, const char *kind, const char *id)
{
	int64_t lasted;

	return alert_update(state_trouble(m, kind, id), true, m->now, 0,
		   &lasted) == ALERT_FIRES;
}

/* Once for each list: what it says of one that is being ended is of before. */
static void
see_strangers(struct reconciler *r, struct state *m, struct events *ev)
{
	struct listed *l;
	struct group *g;
	size_t n;

	for (n = 0; n < r->listing.count; n++) {
		l = &r->listing.list[n];
		if (l->state == UNREACHABLE ||
		    state_instance(m, l->id, &g) != NULL)
			continue;
		g = state_group(m, l->group);
		if (m->fresh && g != NULL && l->state == RUNNING) {
			adopt(g, l, m->now, ev);
			continue;
		}
		if (is_new(m, "orphan", l->id))
			event_note(ev, NULL, NULL, m->now,
			    "%s is an orphan, which nobody asked for: it is "
			    "terminated",
			    l->id);
		state_trouble(m, "kept", l->id);
		if (!l->dealt_with && provider_job(&r->provider, l->id) == NULL)
			l->dealt_with = provider_begin(
			    &r->provider, WORK_TERMINATE, l->id);
	}
}

/* Work on what is not remembered (any more) leaves its place. What could not be
 * ended is tried again with the next list, in that's own time. */
static void
drop_strange_jobs(struct reconciler *r, struct state *m, struct events *ev)
{
	struct group *g;
	struct job *j;
	int n;

	for (n = 0; n < JOBS_MAX; n++) {
		j = &r->provider.jobs[n];
		if (j->child.pid == 0 || !j->child.done ||
		    j->work == WORK_LIST ||
		    state_instance(m, j->id, &g) != NULL)
			continue;
		if (!j->failed || j->work != WORK_TERMINATE)
			r->listed_at = 0;
		else if (is_new(m, "kept", j->id))
			event_note(ev, NULL, NULL, m->now,
			    "%s, which nobody asked for, was not terminated: "
			    "%.200s",
			    j->id, j->child.error.data);
		provider_end(j);
	}
}

/* ---- load */

static void
see_load(const struct reconciler *r, struct group *g,
    const struct group_config *c, int64_t now)
{
	const struct listed *before;
	const struct instance *i;
	double cpu = 0;
	int known = 0;

	g->load.in_service = g->load.warming = 0;
	group_each (i, g) {
		if (i->lifecycle != IN_SERVICE || i->unhealthy ||
		    i->fault_since != 0) {
			g->load.warming += i->lifecycle <= PENDING;
			continue;
		}
		if (now - i->in_service_at < c->warm_up) {
			g->load.warming++;
			continue;
		}
		g->load.in_service++;
		before = find(&r->before, i->id);
		if (before == NULL || before->cpu_seconds < 0 ||
		    i->cpu_seconds < before->cpu_seconds || r->cpu_age <= 0)
			continue;
		cpu += (i->cpu_seconds - before->cpu_seconds) / r->cpu_age;
		known++;
	}
	g->load.cpu = known > 0 ? 100 * cpu / known : -1;
}

/* ---- what is told when it lasts */

/* "SUBJECT BAD: WHY", and later "SUBJECT GOOD, after 3.2 s". */
struct remark {
	const char *kind, *name; /* of the trouble (state.h) */
	bool so;
	int64_t after;
	char subject[64];
	const char *bad, *why, *good;
};

static void
see(struct state *m, const struct remark *r, struct events *ev)
{
	int64_t lasted;
	enum alert_change change = alert_update(
	    state_trouble(m, r->kind, r->name), r->so, m->now, r->after,
	    &lasted);

	if (change == ALERT_FIRES)
		event_note(ev, NULL, NULL, m->now, "%s%s%s%.200s", r->subject,
		    r->bad, r->why[0] != '\0' ? ": " : "", r->why);
	else if (change == ALERT_RESOLVED)
		event_note(ev, NULL, NULL, m->now, "%s %s, after %.1f s",
		    r->subject, r->good, (double)lasted / 1e6);
}

static void
see_list(const struct reconciler *r, struct state *m, struct events *ev)
{
	const struct remark remark = { "the", "list", r->list_error[0] != '\0',
		ALERT_SECONDS * CLOCK_SECOND, "the provider",
		" cannot list the instances", r->list_error,
		"lists the instances again" };

	see(m, &remark, ev);
}

/* At once: its guard has waited already. */
static void
see_database(struct state *m, struct events *ev)
{
	const struct remark remark = { "the", "database",
		m->database[0] != '\0', 0, "the database", "", m->database,
		"is written to again" };

	see(m, &remark, ev);
}

/* One that does not answer at all is not told of its slots, too. */
static void
see_balancer(const struct balancer *b, struct state *m, struct events *ev)
{
	struct remark remark = { "balancer", b->name, !b->reachable,
		ALERT_SECONDS * CLOCK_SECOND, "", " does not answer", b->error,
		"answers again" };

	snprintf(
	    remark.subject, sizeof(remark.subject), "balancer %s", b->name);
	see(m, &remark, ev);
	remark.kind = "slots";
	remark.so = b->reachable && b->slots_error[0] != '\0';
	remark.bad = "";
	remark.why = b->slots_error;
	remark.good = "has its servers again";
	see(m, &remark, ev);
}

/* Told as soon as it is sure: then it counts. */
static void
see_zone(const struct reconciler *r, struct state *m, const char *zone,
    struct events *ev)
{
	enum presence unlisted = unlisted_in(r, zone);
	struct remark remark = { "zone", zone, unlisted != ABSENT,
		unlisted == UNREACHABLE ? 0 : INT64_MAX, "",
		" cannot be reached", "", "can be reached again" };

	snprintf(remark.subject, sizeof(remark.subject), "the zone %s", zone);
	see(m, &remark, ev);
}

static void
see_troubles(struct reconciler *r, struct state *m, struct events *ev)
{
	const struct group_config *g = r->config.groups;
	size_t n;
	int k;

	see_list(r, m, ev);
	see_database(m, ev);
	for (k = 0; k < r->balancers.count; k++)
		see_balancer(&r->balancers.list[k], m, ev);
	for (n = 0; n < r->listing.count; n++)
		if (r->listing.list[n].state == UNREACHABLE)
			see_zone(r, m, r->listing.list[n].zone, ev);
	for (; g < r->config.groups + r->config.group_count; g++)
		for (k = 0; k < g->zone_count; k++)
			see_zone(r, m, g->zones[k], ev);
	/* What is not in the file any more is nobody's trouble. */
	for (n = 0; n < m->trouble_count; n++)
		if (!m->troubles[n].seen)
			memset(&m->troubles[n].alert, 0,
			    sizeof(m->troubles[n].alert));
}

void
observe_again(struct reconciler *r, const struct state *m)
{
	int64_t asked = r->listing.started + m->offset;
	const struct instance *i;
	int k;

	if (r->list_error[0] != '\0') /* in its own time */
		return;
	if (!observe_is_sure(r))
		r->listed_at = 0;
	for (k = 0; k < m->group_count; k++)
		group_each (i, &m->groups[k]) {
			if (i->lifecycle == IN_SERVICE &&
			    i->fault_since >= asked)
				r->listed_at = 0;
		}
}

void
observe(struct reconciler *r, struct state *m, struct events *ev)
{
	struct instance *i;
	struct group *g;
	int k;

	drop_strange_jobs(r, m, ev);
	see_strangers(r, m, ev);
	see_troubles(r, m, ev);
	for (k = 0; k < m->group_count; k++) {
		g = &m->groups[k];
		group_each (i, g) {
			see_listed(r, i, m->offset);
			take_job(r, g, i, m->now, ev);
		}
		see_zones(r, g, &r->config.groups[k]);
		balancers_report(&r->balancers, g);
		if (r->config.groups[k].alone)
			group_see_alone(g);
		see_load(r, g, &r->config.groups[k], m->now);
	}
	balancers_load(&r->balancers, m, &r->config);
	balancers_answers(&r->balancers, m);
}
