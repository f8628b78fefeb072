#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "reconcile.h"

enum { STALE_SECONDS = 30 };

/* ---- the list */

static void
swap(struct listing *a, struct listing *b)
{
	struct listing t = *a;

	*a = *b;
	*b = t;
}

static void
list_failed(struct reconciler *r, const char *why, struct events *ev)
{
	if (strcmp(r->list_error, why) == 0)
		return;
	snprintf(r->list_error, sizeof(r->list_error), "%s", why);
	event_note(ev, NULL, NULL, clock_now(),
	    "the provider cannot list the instances: %s", why);
}

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

/* Each zone that is unreachable in b and was not in a. */
static void
note_zones(const struct listing *a, const struct listing *b, const char *what,
    struct events *ev)
{
	size_t n;

	for (n = 0; n < b->count; n++)
		if (b->list[n].state == UNREACHABLE &&
		    !zone_unreachable(a, b->list[n].zone))
			event_note(ev, NULL, NULL, clock_now(),
			    "the zone %s %s", b->list[n].zone, what);
}

bool
observe_list(struct reconciler *r, struct events *ev)
{
	struct job *j = provider_job(&r->provider, NULL);
	struct listing new = r->before;
	char error[128];

	if (j == NULL || !j->done)
		return r->listing.started != 0;
	if (j->failed) {
		list_failed(r, j->error.data, ev);
	} else if (!listing_parse(&new, &j->output, error, sizeof(error))) {
		r->before = new;
		r->before.count = 0;
		list_failed(r, error, ev);
	} else {
		new.started = j->started;
		note_zones(&r->listing, &new, "cannot be reached", ev);
		note_zones(&new, &r->listing, "can be reached again", ev);
		r->before = new;
		swap(&r->listing, &r->before);
		r->cpu_age = r->before.started != 0
				 ? (double)(r->listing.started -
					    r->before.started) /
				       1e6
				 : 0;
		r->list_error[0] = '\0';
	}
	provider_end(j);
	return r->listing.started != 0;
}

static const struct listed *
find(const struct listing *l, const char *id)
{
	size_t n;

	for (n = 0; n < l->count; n++)
		if (strcmp(l->list[n].id, id) == 0)
			return &l->list[n];
	return NULL;
}

static bool
is_stale(const struct listing *l, int64_t now)
{
	return now - l->started > STALE_SECONDS * CLOCK_SECOND;
}

/* Nothing is launched where nothing can be listed. */
static void
see_zones(const struct reconciler *r, struct group *g,
    const struct group_config *c, int64_t now)
{
	int n;

	for (n = 0; n < c->zone_count; n++)
		g->unreachable[n] = !is_stale(&r->listing, now) &&
				    zone_unreachable(&r->listing, c->zones[n]);
}

/* A list that was begun before the provider last touched the instance, or long
 * ago, says nothing of it. */
static void
see_listed(struct instance *i, const struct listing *l, int64_t now)
{
	const struct listed *there;

	if (i->touched >= l->started || is_stale(l, now))
		return;
	if ((there = find(l, i->id)) == NULL) {
		i->presence = zone_unreachable(l, i->zone) ? UNREACHABLE
							   : ABSENT;
		return;
	}
	i->presence = there->state;
	i->cpu_seconds = there->cpu_seconds;
	if (there->state == RUNNING && i->lifecycle == LAUNCHING) {
		memcpy(i->address, there->address, sizeof(i->address));
		memcpy(i->release, there->release, sizeof(i->release));
		i->port = there->port;
	}
}

/* ---- what the provider was at */

static void
launch_ended(struct instance *i, const struct job *j)
{
	struct listed l;
	char error[128];
	size_t len = j->output.len;

	while (len > 0 && j->output.data[len - 1] == '\n')
		len--;
	if (j->failed) {
		i->failed = true;
		snprintf(i->reason, sizeof(i->reason), "%s", j->error.data);
	} else if (!listed_parse(len > 0 ? j->output.data : "", len, &l, error,
		       sizeof(error)) ||
		   l.state != RUNNING || strcmp(l.id, i->id) != 0) {
		i->failed = true;
		snprintf(i->reason, sizeof(i->reason),
		    "the provider did not print the line of %s", i->id);
	} else {
		i->presence = RUNNING;
		memcpy(i->address, l.address, sizeof(i->address));
		memcpy(i->release, l.release, sizeof(i->release));
		i->port = l.port;
	}
}

static void
terminate_ended(struct group *g, struct instance *i, const struct job *j,
    int64_t now, struct events *ev)
{
	i->retry = now + CLOCK_SECOND;
	if (!j->failed) {
		i->attempts = 0;
		return;
	}
	i->retry = now + backoff_seconds(i->attempts + 1) * CLOCK_SECOND;
	if (i->attempts++ == 0)
		event_note(ev, g, i, now, "its termination failed: %.200s",
		    j->error.data);
}

static void
take_job(struct reconciler *r, struct group *g, struct instance *i, int64_t now,
    struct events *ev)
{
	struct job *j = provider_job(&r->provider, i->id);

	if (j == NULL)
		return;
	if (!j->done) {
		i->job = true;
		return;
	}
	i->touched = now;
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
	memcpy(i->address, l->address, sizeof(i->address));
	memcpy(i->release, l->release, sizeof(i->release));
	i->port = l->port;
	i->presence = RUNNING;
	i->lifecycle = PENDING;
	i->since = i->noticed = i->requested = i->launched = now;
	cause_add(i->cause, now,
	    "an instance that ran was adopted, because nothing was remembered");
	event_note(ev, g, i, now, "was adopted");
}

static void
see_strangers(struct reconciler *r, struct memory *m, struct events *ev)
{
	const struct listed *l;
	struct group *g;
	size_t n;

	for (n = 0; n < r->listing.count; n++) {
		l = &r->listing.list[n];
		if (l->state == UNREACHABLE ||
		    memory_instance(m, l->id, &g) != NULL)
			continue;
		g = memory_group(m, l->group);
		if (m->fresh && g != NULL && l->state == RUNNING) {
			adopt(g, l, m->now, ev);
		} else if (provider_job(&r->provider, l->id) == NULL &&
			   provider_begin(&r->provider, WORK_TERMINATE, NULL,
			       NULL, l->id)) {
			event_note(ev, NULL, NULL, m->now,
			    "%s is an orphan, which nobody asked for: it is "
			    "terminated",
			    l->id);
		}
	}
}

/* Work on what is not remembered (any more) leaves its place. */
static void
drop_strange_jobs(struct reconciler *r, struct memory *m)
{
	struct group *g;
	struct job *j;
	int n;

	for (n = 0; n < JOBS_MAX; n++) {
		j = &r->provider.jobs[n];
		if (j->pid == 0 || !j->done || j->work == WORK_LIST ||
		    memory_instance(m, j->id, &g) != NULL)
			continue;
		provider_end(j);
		r->listed_at = 0;
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
	size_t n;

	g->load.in_service = g->load.warming = 0;
	for (n = 0; n < g->count; n++) {
		i = &g->instances[n];
		if (i->lifecycle != IN_SERVICE || i->unhealthy) {
			g->load.warming += i->lifecycle <= PENDING;
			continue;
		}
		if (now - i->in_service < c->warm_up) {
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

void
observe(struct reconciler *r, struct memory *m, struct events *ev)
{
	struct instance *i;
	struct group *g;
	size_t n;
	int k;

	drop_strange_jobs(r, m);
	see_strangers(r, m, ev);
	for (k = 0; k < m->group_count; k++) {
		g = &m->groups[k];
		for (n = 0; n < g->count; n++) {
			i = &g->instances[n];
			see_listed(i, &r->listing, m->now);
			take_job(r, g, i, m->now, ev);
		}
		see_zones(r, g, &r->config.groups[k], m->now);
		balancers_report(&r->balancers, g);
		see_load(r, g, &r->config.groups[k], m->now);
	}
	balancers_load(&r->balancers, m, &r->config);
}
