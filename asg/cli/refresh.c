/* The commands by which a group gets another release. */
#include <stdio.h>
#include <string.h>

#include "cli/change.h"
#include "rules/plan.h"

static int
may_begin(const struct group *g)
{
	const struct refresh *r = &g->refresh;

	if (r->phase != REFRESH_NONE && r->back)
		return cli_error(100, "%s is going back to release %s: wait",
		    g->name, r->target);
	if (r->phase != REFRESH_NONE)
		return cli_error(100,
		    "%s is on its way to release %s already: wait, or asg "
		    "rollback",
		    g->name, r->target);
	if (is_suspended(g, PROCESS_LAUNCH) ||
	    is_suspended(g, PROCESS_TERMINATE))
		return cli_error(100,
		    "%s is suspended in %s: asg resume %s Launch Terminate",
		    is_suspended(g, PROCESS_LAUNCH) ? "Launch" : "Terminate",
		    g->name, g->name);
	return 0;
}

static int
take_policy(const struct options *o, struct deploy *d)
{
	int n;

	if (o->policy == NULL)
		return 0;
	n = group_name_index(
	    config_deploy_policies, DEPLOY_POLICIES, o->policy);
	if (n < 0)
		return cli_error(100,
		    "there is no policy %s (all-at-once, rolling, "
		    "rolling-with-additional-batch, immutable)",
		    o->policy);
	d->policy = (enum deploy_policy)n;
	return 0;
}

static int
check_release(const char *release)
{
	size_t len = strlen(release);

	if (len == 0 || len >= RELEASE_SIZE)
		return cli_error(
		    100, "a release has 1 to %d characters", RELEASE_SIZE - 1);
	return 0;
}

/* Is it on its way there, or has it that release, and each instance too? */
static bool
is_done(const struct group *g, const char *release, bool restart)
{
	const struct refresh *r = &g->refresh;
	const struct instance *i;

	if (r->phase != REFRESH_NONE)
		return !r->back && r->restart == restart &&
		       strcmp(r->target, release) == 0;
	group_each (i, g)
		if (strcmp(i->release, release) != 0)
			return false;
	return !restart && strcmp(g->release, release) == 0;
}

/* restart: what runs the release is replaced too. */
static int
begin(
    struct change *c, const struct options *o, const char *target, bool restart)
{
	struct deploy deploy = c->config->deploy;
	struct refresh_policy policy;
	int st = take_policy(o, &deploy);

	if (st == 0)
		st = check_release(target);
	if (st != 0 || is_done(c->g, target, restart))
		return st;
	if ((st = may_begin(c->g)) != 0)
		return st;
	refresh_policy_make(&policy, &deploy);
	memset(&c->g->served, 0, sizeof(c->g->served));
	refresh_begin(&c->g->refresh, &policy, target, restart, c->m.now);
	event_note(&c->ev, c->g, NULL, c->m.now, "%s asked for %s %s (%s)",
	    c->operator, restart ? "new instances of release" : "release",
	    target, config_deploy_policies[deploy.policy]);
	return 0;
}

static bool
is_pinned_to_another(const struct change *c, const char *release)
{
	return c->config->pinned && strcmp(c->config->release, release) != 0;
}

int
cli_refresh(struct change *c, const struct options *o)
{
	if (o->args[1] == NULL)
		return begin(c, o, c->g->release, true);
	if (is_pinned_to_another(c, o->args[1]))
		return cli_error(100,
		    "the environment file gives %s release %s "
		    "(launch_template.release)",
		    c->g->name, c->config->release);
	return begin(c, o, o->args[1], false);
}

/* Of all groups, but those to which the file gives another release. */
static int
begin_unpinned(struct change *c, const struct options *o, const char *target)
{
	return is_pinned_to_another(c, target) ? 0 : begin(c, o, target, false);
}

int
cli_deploy(struct change *c, const struct options *o)
{
	return begin_unpinned(c, o, o->args[0]);
}

int
cli_restart(struct change *c, const struct options *o)
{
	return begin(c, o, c->g->release, true);
}

int
cli_continue(struct change *c, const struct options *o)
{
	struct refresh *r = &c->g->refresh;

	(void)o;
	if (r->phase != REFRESH_PAUSED)
		return 0;
	r->policy.pause = 0;
	r->policy.pause_goes_on = true;
	event_note(&c->ev, c->g, NULL, c->m.now, "%s said that it should go on",
	    c->operator);
	return 0;
}

/* Of a deployment that is under way no other one can be begun. */
int
cli_rollback(struct change *c, const struct options *o)
{
	if (c->g->refresh.phase != REFRESH_NONE) {
		plan_go_back(c->g, c->m.now, c->asked_for, &c->ev);
		return 0;
	}
	if (o->args[0] != NULL)
		return begin_unpinned(c, o, o->args[0]);
	if (c->config->pinned)
		return 0;
	if (c->g->previous[0] == '\0')
		return cli_error(100,
		    "%s had no release before; asg rollback RELEASE names one",
		    c->g->name);
	return begin(c, o, c->g->previous, false);
}
