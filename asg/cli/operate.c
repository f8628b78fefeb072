/* The commands that change something, and those that wait for it. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cli/asg.h"
#include "cli/show.h"
#include "rules/plan.h"
#include "state/history.h"
#include "state/lock.h"

enum { WAIT_SECONDS = 60 };

/* A change of the state, and the note of it. */
struct change {
	struct state m;
	struct group *g;
	struct instance *i;
	struct events ev;
};

static int
commit(struct reconciler *r, struct change *c)
{
	bool saved = state_save(&c->m);

	if (saved)
		history_append(r->directory, &c->ev);
	events_free(&c->ev);
	state_close(&c->m);
	return saved ? 0 : 111;
}

/* Nothing is changed; the status that is given comes back. */
static int
give_up(struct change *c, int status)
{
	events_free(&c->ev);
	state_close(&c->m);
	return status;
}

static int
begin_group(struct reconciler *r, struct change *c, const char *name)
{
	memset(c, 0, sizeof(*c));
	state_open(&c->m, r->directory, &r->config);
	if ((c->g = state_group(&c->m, name)) != NULL) {
		group_adopt(c->g, config_group(&r->config, name));
		return 0;
	}
	return give_up(c, cli_error(100, "there is no group %s", name));
}

static int
begin_instance(struct reconciler *r, struct change *c, const char *id)
{
	memset(c, 0, sizeof(*c));
	state_open(&c->m, r->directory, &r->config);
	if ((c->i = state_instance(&c->m, id, &c->g)) != NULL)
		return 0;
	return give_up(c, cli_error(100, "there is no instance %s", id));
}

/* ---- groups */

int
cli_set_desired(struct reconciler *r, const struct options *o)
{
	struct change c;
	char *end;
	long n = strtol(o->args[1], &end, 10);
	int st;

	if (*end != '\0' || end == o->args[1])
		return cli_error(100, "%s is not a number", o->args[1]);
	if ((st = begin_group(r, &c, o->args[0])) != 0)
		return st;
	if (n < c.g->min || n > c.g->max)
		return give_up(&c, cli_error(100,
				       "desired must be between %d and %d, the "
				       "min and max of %s",
				       c.g->min, c.g->max, c.g->name));
	event_set_desired(
	    &c.ev, c.g, (int)n, c.m.now, "an operator asked for it");
	return commit(r, &c);
}

int
cli_change_processes(struct reconciler *r, const struct options *o)
{
	bool suspended = strcmp(o->command, "suspend") == 0;
	unsigned mask = 0;
	struct change c;
	char **name;
	int p, st;

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
	if ((st = begin_group(r, &c, o->args[0])) != 0)
		return st;
	/* Of those that are so already there is nothing to tell. */
	mask &= suspended ? ~c.g->suspended : c.g->suspended;
	c.g->suspended ^= mask;
	for (p = 0; p < PROCESSES; p++)
		if (mask & 1u << p)
			event_note(&c.ev, c.g, NULL, c.m.now,
			    "an operator %s the process %s",
			    suspended ? "suspended" : "resumed",
			    group_processes[p]);
	return commit(r, &c);
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
	event_set_desired(&c->ev, c->g, c->g->desired - 1, c->m.now,
	    "an operator asked for it");
	return 0;
}

static int
leave(struct reconciler *r, struct change *c, const char *id)
{
	int st = begin_instance(r, c, id);

	if (st != 0)
		return st;
	if (c->i->to_terminate ||
	    (!plan_is_member(c->i) && c->i->lifecycle != STANDBY))
		return give_up(c, cli_error(100, "%s is %s already", id,
				      c->i->to_terminate
					  ? "to be terminated"
					  : group_lifecycles[c->i->lifecycle]));
	return 0;
}

int
cli_terminate(struct reconciler *r, const struct options *o)
{
	struct change c;
	int st = leave(r, &c, o->args[0]);

	if (st != 0)
		return st;
	if (o->decrement && c.i->lifecycle != STANDBY &&
	    (st = decrement(&c)) != 0)
		return give_up(&c, st);
	c.i->to_terminate = true;
	c.i->detected_at = c.m.now;
	c.i->cause[0] = '\0';
	event_cause_add(c.i->cause, c.m.now,
	    "an operator asked for the termination of the instance");
	event_note(
	    &c.ev, c.g, c.i, c.m.now, "an operator asked for its termination");
	return commit(r, &c);
}

int
cli_standby(struct reconciler *r, const struct options *o)
{
	struct change c;
	int st = leave(r, &c, o->args[0]);

	if (st != 0)
		return st;
	if (c.i->lifecycle != IN_SERVICE)
		st = cli_error(100, "%s is not in service but %s", o->args[0],
		    group_lifecycles[c.i->lifecycle]);
	if (st == 0 && o->decrement)
		st = decrement(&c);
	if (st != 0)
		return give_up(&c, st);
	c.i->decremented = o->decrement;
	c.i->lifecycle = STANDBY;
	c.i->unhealthy = false;
	c.i->fault_since = 0;
	c.i->state_since = c.m.now;
	event_note(
	    &c.ev, c.g, c.i, c.m.now, "was moved to standby by an operator");
	return commit(r, &c);
}

int
cli_in_service(struct reconciler *r, const struct options *o)
{
	struct change c;
	int st = begin_instance(r, &c, o->args[0]);

	if (st != 0)
		return st;
	if (c.i->lifecycle != STANDBY)
		return give_up(
		    &c, cli_error(100, "%s is not in standby but %s",
			    o->args[0], group_lifecycles[c.i->lifecycle]));
	if (c.i->decremented && c.g->desired < c.g->max)
		event_set_desired(&c.ev, c.g, c.g->desired + 1, c.m.now,
		    "an instance leaves standby");
	c.i->decremented = false;
	c.i->lifecycle = PENDING;
	c.i->state_since = c.m.now;
	event_note(&c.ev, c.g, c.i, c.m.now,
	    "was taken back into service by an operator");
	return commit(r, &c);
}

int
cli_protect(struct reconciler *r, const struct options *o)
{
	struct change c;
	int st = begin_instance(r, &c, o->args[0]);

	if (st != 0)
		return st;
	c.i->protect = !o->off;
	event_note(&c.ev, c.g, c.i, c.m.now,
	    o->off ? "is no longer protected from scale-in"
		   : "is protected from scale-in");
	return commit(r, &c);
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
	if (up != g->desired)
		snprintf(missing, 128, "%s has %d of %d in service", g->name,
		    up, g->desired);
	else if (other != NULL)
		snprintf(missing, 128, "%s of %s is %s", other->id, g->name,
		    other->to_terminate ? "still to be terminated"
					: group_lifecycles[other->lifecycle]);
	return up == g->desired && other == NULL;
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
	long pid;

	while (!all_as_desired(r, missing)) {
		if (clock_boot() >= end)
			return cli_error(111, "after %d s %s%s", seconds,
			    missing,
			    lock_is_held(r->directory, &pid)
				? ""
				: "; no reconciler is at work");
		poll(NULL, 0, 50);
	}
	return 0;
}
