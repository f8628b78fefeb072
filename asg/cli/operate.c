/* The commands that change something, and those that wait for it. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cli/asg.h"
#include "cli/change.h"
#include "cli/show.h"
#include "rules/plan.h"
#include "state/history.h"
#include "state/lock.h"

enum { WAIT_SECONDS = 60 };

/* ---- groups */

static int
set_desired(struct change *c, const struct options *o)
{
	char *end;
	long n = strtol(o->args[1], &end, 10);

	if (*end != '\0' || end == o->args[1])
		return cli_error(100, "%s is not a number", o->args[1]);
	if (n < c->g->min || n > c->g->max)
		return cli_error(100,
		    "desired must be between %d and %d, the min and max of %s",
		    c->g->min, c->g->max, c->g->name);
	event_set_desired(&c->ev, c->g, (int)n, c->m.now, c->asked_for);
	return 0;
}

static int
change_processes(struct change *c, const struct options *o)
{
	bool suspended = strcmp(o->command, "suspend") == 0;
	unsigned mask = 0;
	char **name;
	int p;

	for (name = o->args + 1; *name != NULL; name++) {
		p = group_name_index(group_processes, PROCESSES, *name);
		if (p < 0)
			return cli_error(100,
			    "there is no process %s (Launch, Terminate, "
			    "HealthCheck, ReplaceUnhealthy, AZRebalance, "
			    "AlarmNotification, ScheduledActions, "
			    "AddToLoadBalancer)",
			    *name);
		mask |= 1u << p;
	}
	/* None named: all of them, as in AWS. */
	if (mask == 0)
		mask = (1u << PROCESSES) - 1;
	/* Of those that are so already there is nothing to tell. */
	mask &= suspended ? ~c->g->suspended : c->g->suspended;
	c->g->suspended ^= mask;
	for (p = 0; p < PROCESSES; p++)
		if (mask & 1u << p)
			event_note(&c->ev, c->g, NULL, c->m.now,
			    "%s %s the process %s", c->operator,
			    suspended ? "suspended" : "resumed",
			    group_processes[p]);
	return 0;
}

/* ---- instances */

/* One fewer is desired, or the sentence why not. */
static int
decrement(struct change *c)
{
	if (c->g->desired <= c->g->min)
		return cli_error(100,
		    "%s has its min of %d: the desired capacity cannot be "
		    "decremented",
		    c->g->name, c->g->min);
	event_set_desired(
	    &c->ev, c->g, c->g->desired - 1, c->m.now, c->asked_for);
	return 0;
}

/* It serves, or is kept; or the sentence why not. */
static int
may_leave(const struct instance *i)
{
	if (i->to_terminate || (!plan_is_member(i) && i->lifecycle != STANDBY))
		return cli_error(100, "%s is %s already", i->id,
		    i->to_terminate ? "to be terminated"
				    : group_lifecycles[i->lifecycle]);
	return 0;
}

static int
terminate(struct change *c, const struct options *o)
{
	int st = may_leave(c->i);

	if (st == 0 && o->decrement && c->i->lifecycle != STANDBY)
		st = decrement(c);
	if (st != 0)
		return st;
	c->i->to_terminate = true;
	c->i->detected_at = c->m.now;
	c->i->cause[0] = '\0';
	event_cause_add(c->i->cause, c->m.now,
	    "%s asked for the termination of the instance", c->operator);
	event_note(&c->ev, c->g, c->i, c->m.now, "%s asked for its termination",
	    c->operator);
	return 0;
}

static int
move_to_standby(struct change *c, const struct options *o)
{
	int st = may_leave(c->i);

	if (st == 0 && c->i->lifecycle != IN_SERVICE)
		st = cli_error(100, "%s is not in service but %s", c->i->id,
		    group_lifecycles[c->i->lifecycle]);
	if (st == 0 && o->decrement)
		st = decrement(c);
	if (st != 0)
		return st;
	c->i->decremented = o->decrement;
	c->i->unhealthy = false;
	c->i->fault_since = 0;
	group_enter(c->i, STANDBY, c->m.now);
	event_note(&c->ev, c->g, c->i, c->m.now, "was moved to standby by %s",
	    c->operator);
	return 0;
}

/* A refresh has passed it by, and another one is not to be waited for. */
static bool
is_left_behind(const struct change *c)
{
	return c->g->refresh.phase == REFRESH_NONE && !c->config->pinned &&
	       c->g->previous[0] != '\0' &&
	       strcmp(c->i->release, c->g->release) != 0;
}

static int
take_back(struct change *c, const struct options *o)
{
	(void)o;
	if (c->i->lifecycle != STANDBY)
		return cli_error(100, "%s is not in standby but %s", c->i->id,
		    group_lifecycles[c->i->lifecycle]);
	if (is_left_behind(c))
		return cli_error(100,
		    "%s has release %s, and %s has %s by now: terminate it",
		    c->i->id, c->i->release, c->g->name, c->g->release);
	if (c->i->decremented && c->g->desired < c->g->max)
		event_set_desired(&c->ev, c->g, c->g->desired + 1, c->m.now,
		    "an instance leaves standby");
	c->i->decremented = false;
	group_enter(c->i, PENDING, c->m.now);
	event_note(&c->ev, c->g, c->i, c->m.now,
	    "was taken back into service by %s", c->operator);
	return 0;
}

static int
protect(struct change *c, const struct options *o)
{
	c->i->protect = !o->off;
	event_note(&c->ev, c->g, c->i, c->m.now,
	    o->off ? "is no longer protected from scale-in: %s"
		   : "is protected from scale-in: %s",
	    c->asked_for);
	if (!o->off || !is_left_behind(c))
		return 0;
	c->i->to_terminate = true;
	c->i->detected_at = c->m.now;
	c->i->cause[0] = '\0';
	event_cause_add(c->i->cause, c->m.now,
	    "an instance whose release is not that of the group is not "
	    "protected any more");
	return 0;
}

/* ---- what all of them share */

enum subject { OF_ALL, OF_GROUP, OF_INSTANCE };

static const struct {
	const char *command;
	enum subject subject;
	int (*make)(struct change *, const struct options *);
} changes[] = {
	{ "set-desired", OF_GROUP, set_desired },
	{ "suspend", OF_GROUP, change_processes },
	{ "resume", OF_GROUP, change_processes },
	{ "refresh", OF_GROUP, cli_refresh },
	{ "deploy", OF_ALL, cli_deploy },
	{ "restart", OF_ALL, cli_restart },
	{ "continue", OF_ALL, cli_continue },
	{ "rollback", OF_ALL, cli_rollback },
	{ "terminate", OF_INSTANCE, terminate },
	{ "standby", OF_INSTANCE, move_to_standby },
	{ "in-service", OF_INSTANCE, take_back },
	{ "protect", OF_INSTANCE, protect },
};

static int
make_change(
    struct reconciler *r, struct change *c, int n, const struct options *o)
{
	if (c->g == NULL)
		return cli_error(100, "there is no %s %s",
		    changes[n].subject == OF_GROUP ? "group" : "instance",
		    o->args[0]);
	c->config = config_group(&r->config, c->g->name);
	if (changes[n].subject != OF_INSTANCE)
		group_adopt(c->g, c->config);
	return changes[n].make(c, o);
}

static int
change_all(
    struct reconciler *r, struct change *c, int n, const struct options *o)
{
	int k, st = 0;

	for (k = 0; k < c->m.group_count && st == 0; k++) {
		c->g = &c->m.groups[k];
		st = make_change(r, c, n, o);
	}
	return st;
}

/* Nothing is changed unless all goes well. */
int
cli_change(struct reconciler *r, const struct options *o)
{
	struct change c = { 0 };
	int n = 0, st;

	while (strcmp(changes[n].command, o->command) != 0)
		n++;
	snprintf(c.operator, sizeof(c.operator), "%s", o->operator);
	snprintf(
	    c.asked_for, sizeof(c.asked_for), "%s asked for it", c.operator);
	state_open(&c.m, r->directory, &r->config);
	if (changes[n].subject == OF_GROUP)
		c.g = state_group(&c.m, o->args[0]);
	else if (changes[n].subject == OF_INSTANCE)
		c.i = state_instance(&c.m, o->args[0], &c.g);
	st = changes[n].subject == OF_ALL ? change_all(r, &c, n, o)
					  : make_change(r, &c, n, o);
	if (st == 0 && !state_save(&c.m))
		st = 111;
	if (st == 0)
		history_append(r->directory, &c.ev);
	events_free(&c.ev);
	state_close(&c.m);
	return st;
}

int
cli_annotate(struct reconciler *r, const struct options *o)
{
	struct events ev = { 0 };

	if (strlen(o->args[0]) >= sizeof(ev.list->text))
		return cli_error(100, "a note has at most %zu bytes",
		    sizeof(ev.list->text) - 1);
	event_note(&ev, NULL, NULL, clock_now(), "%s", o->args[0]);
	history_append(r->directory, &ev);
	events_free(&ev);
	return 0;
}

/* ---- waiting */

/* Of a zone that cannot be reached: what it has can be neither seen nor ended.
 */
static bool
is_away(const struct state *m, const struct instance *i)
{
	return state_is_away(m, i->zone) && i->health != HEALTH_UP;
}

/* Where no rule leads to a group, no balancer says anything of it. */
static bool
is_up(const struct instance *i)
{
	return i->lifecycle == IN_SERVICE && !i->unhealthy &&
	       !i->to_terminate &&
	       (i->health == HEALTH_UP || i->health == HEALTH_UNKNOWN);
}

static bool
is_whole(const struct state *m, const struct group *g, char missing[128])
{
	const struct instance *i, *other = NULL;
	int up = 0;

	group_each (i, g) {
		if (is_up(i))
			up++;
		else if ((i->lifecycle != STANDBY || i->to_terminate) &&
			 !is_away(m, i))
			other = i;
	}
	if (g->refresh.phase != REFRESH_NONE)
		snprintf(missing, 128, "%s is on its way to release %s",
		    g->name, g->refresh.target);
	else if (up != g->desired)
		snprintf(missing, 128, "%s has %d of %d in service", g->name,
		    up, g->desired);
	else if (other != NULL)
		snprintf(missing, 128, "%s of %s is %s", other->id, g->name,
		    other->to_terminate ? "still to be terminated"
					: group_lifecycles[other->lifecycle]);
	return up == g->desired && other == NULL &&
	       g->refresh.phase == REFRESH_NONE;
}

static bool
any_answers(const struct balancers *all)
{
	int n;

	for (n = 0; n < all->count; n++)
		if (all->list[n].reachable)
			return true;
	return all->count == 0;
}

/* Has what was asked for been seen by a pass, and done? */
static bool
all_as_desired(struct reconciler *r, char missing[128])
{
	struct events nobody = { 0 };
	struct state m;
	bool all;
	int k;

	snprintf(missing, 128, "no balancer answers");
	reconciler_reload(r, &nobody);
	events_free(&nobody);
	show_open(r, &m);
	all = any_answers(&r->balancers);
	if (all && strcmp(m.generation, r->inputs.generation) != 0) {
		all = false;
		snprintf(missing, 128,
		    "the environment as its file says it now has not been "
		    "begun");
	}
	for (k = 0; k < m.group_count && all; k++)
		all = is_whole(&m, &m.groups[k], missing);
	state_close(&m);
	return all;
}

int
cli_wait_desired(struct reconciler *r, const struct options *o)
{
	int seconds = o->for_seconds > 0 ? o->for_seconds : WAIT_SECONDS;
	int64_t end = clock_boot() + seconds * CLOCK_SECOND;
	char missing[128];

	while (!all_as_desired(r, missing)) {
		if (clock_boot() >= end)
			return cli_error(111, "after %d s %s%s", seconds,
			    missing,
			    lock_is_held(r->directory, NULL)
				? ""
				: "; no reconciler is at work");
		poll(NULL, 0, 50);
	}
	return 0;
}
