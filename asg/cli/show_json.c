/* What the commands show, as JSON, and what they share. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf_json.h"
#include "base/clock.h"
#include "cli/show.h"
#include "state/history.h"
#include "state/lock.h"

void
show_open(struct reconciler *r, struct state *m)
{
	int k;

	state_open(m, r->directory, &r->config);
	for (k = 0; k < m->group_count; k++)
		if (m->groups[k].file_max == 0)
			group_adopt(&m->groups[k], &r->config.groups[k]);
	close(m->lock);
	m->lock = -1;
	balancers_look(&r->balancers);
	for (k = 0; k < m->group_count; k++) {
		balancers_report(&r->balancers, &m->groups[k]);
		if (r->config.groups[k].alone)
			group_see_alone(&m->groups[k]);
	}
}

int
show_in_service(const struct group *g)
{
	const struct instance *i;
	int count = 0;

	group_each (i, g)
		count += i->lifecycle == IN_SERVICE && !i->unhealthy &&
			 i->fault_since == 0;
	return count;
}

void
show_instance(struct buf *b, const struct group *g, const struct instance *i)
{
	buf_json_open(b, NULL, '{');
	buf_json_string(b, "id", i->id);
	buf_json_string(b, "group", g->name);
	buf_json_string(b, "zone", i->zone);
	buf_json_string(b, "state", group_lifecycles[i->lifecycle]);
	buf_json_string(b, "health", group_healths[i->health]);
	buf_json_string(b, "reason", i->reason);
	buf_json_string(b, "release", i->release);
	buf_json_string(b, "address", i->address);
	buf_json_int(b, "port", i->port);
	buf_json_int(b, "slot", i->slot);
	buf_json_int(b, "sessions", i->sessions);
	buf_json_bool(b, "protected", i->protect);
	history_json_time(b, "requested", i->requested_at);
	history_json_time(b, "launched", i->launched_at);
	history_json_time(b, "in_service", i->in_service_at);
	buf_json_string(b, "cause", i->cause);
	buf_json_close(b, '}');
}

static void
json_backoff(struct buf *b, const struct group *g)
{
	int n;

	buf_json_open(b, "backoff", '[');
	for (n = 0; n < g->backoff_count; n++) {
		if (g->backoff[n].failures == 0)
			continue;
		buf_json_open(b, NULL, '{');
		buf_json_string(b, "zone", g->backoff[n].zone);
		buf_json_int(b, "failures", g->backoff[n].failures);
		history_json_time(b, "until", g->backoff[n].until);
		buf_json_string(b, "error", g->backoff[n].error);
		buf_json_close(b, '}');
	}
	buf_json_close(b, ']');
}

static void
json_half(struct buf *b, const char *name, const struct judgement *j, int half)
{
	buf_json_open(b, name, '{');
	buf_json_int(b, "requests", j->requests[half]);
	buf_json_int(b, "failures", j->failures[half]);
	buf_json_int(b, "ms", j->ms[half]);
	buf_json_close(b, '}');
}

static void
json_served(struct buf *b, const struct served *s)
{
	buf_json_open(b, "served", '{');
	buf_json_int(b, "requests", s->requests);
	buf_json_int(b, "again", s->again);
	buf_json_int(b, "failed", s->failed);
	buf_json_close(b, '}');
}

static void
json_refresh(struct buf *b, const struct refresh *r)
{
	if (r->phase == REFRESH_NONE) {
		buf_json_null(b, "refresh");
		return;
	}
	buf_json_open(b, "refresh", '{');
	buf_json_string(b, "target", r->target);
	buf_json_string(b, "phase", refresh_phases[r->phase]);
	buf_json_int(b, "wanted", r->wanted);
	buf_json_bool(b, "back", r->back);
	buf_json_string(b, "reason", r->reason);
	history_json_time(b, "started", r->started_at);
	json_half(b, "new", &r->judgement, 0);
	json_half(b, "old", &r->judgement, 1);
	buf_json_close(b, '}');
}

static void
json_group(struct buf *b, const struct group *g, const struct group_config *c)
{
	const struct instance *i;
	int p;

	buf_json_open(b, NULL, '{');
	buf_json_string(b, "name", g->name);
	buf_json_string(b, "kind", c->kind);
	buf_json_int(b, "min", g->min);
	buf_json_int(b, "desired", g->desired);
	buf_json_int(b, "max", g->max);
	buf_json_int(b, "in_service", show_in_service(g));
	buf_json_bool(b, "all_dead", g->all_dead);
	history_json_time(
	    b, "out_of_order", g->together.firing ? g->together.since : 0);
	buf_json_open(b, "suspended", '[');
	for (p = 0; p < PROCESSES; p++)
		if (g->suspended & 1u << p)
			buf_json_string(b, NULL, group_processes[p]);
	buf_json_close(b, ']');
	buf_json_string(b, "release", g->release);
	buf_json_bool(b, "pinned", c->pinned);
	buf_json_string(b, "previous", g->previous);
	json_refresh(b, &g->refresh);
	json_served(b, &g->served);
	json_backoff(b, g);
	buf_json_open(b, "instances", '[');
	group_each (i, g)
		show_instance(b, g, i);
	buf_json_close(b, ']');
	buf_json_close(b, '}');
}

static void
json_reconciler(struct buf *b, const struct reconciler *r)
{
	long pid;

	if (!lock_is_held(r->directory, &pid)) {
		buf_json_null(b, "reconciler");
		return;
	}
	buf_json_open(b, "reconciler", '{');
	if (pid != 0)
		buf_json_int(b, "pid", pid);
	else
		buf_json_null(b, "pid");
	buf_json_close(b, '}');
}

static void
json_balancers(struct buf *b, const struct balancers *all)
{
	const struct balancer *each;
	int n;

	buf_json_open(b, "balancers", '[');
	for (n = 0; n < all->count; n++) {
		each = &all->list[n];
		buf_json_open(b, NULL, '{');
		buf_json_string(b, "name", each->name);
		buf_json_bool(b, "reachable", each->reachable);
		buf_json_string(b, "error", each->error);
		buf_json_close(b, '}');
	}
	buf_json_close(b, ']');
}

void
show_json(struct reconciler *r, struct buf *b)
{
	struct state m;
	int k;

	show_open(r, &m);
	buf_json_open(b, NULL, '{');
	buf_json_string(b, "environment", r->config.name);
	if (m.database[0] != '\0')
		buf_json_string(b, "database", m.database);
	else
		buf_json_null(b, "database");
	json_reconciler(b, r);
	json_balancers(b, &r->balancers);
	buf_json_open(b, "groups", '[');
	for (k = 0; k < m.group_count; k++)
		json_group(b, &m.groups[k], &r->config.groups[k]);
	buf_json_close(b, ']');
	buf_json_close(b, '}');
	state_close(&m);
}
