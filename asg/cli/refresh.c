/* The commands by which a group gets another release. */
#include <stdio.h>
#include <string.h>

#include "cli/change.h"
#include "rules/plan.h"

/* Where nothing was said, most instances say what there is to go back to. */
static void
know_release(struct group *g)
{
	const struct instance *i, *k;
	int count, most = 0;

	if (g->release[0] != '\0')
		return;
	group_each (i, g) {
		count = 0;
		group_each (k, g)
			count += strcmp(k->release, i->release) == 0;
		if (count > most && i->release[0] != '\0') {
			most = count;
			memcpy(g->release, i->release, sizeof(g->release));
		}
	}
}

static int
may_begin(const struct group *g)
{
	const struct refresh *r = &g->refresh;

	if (r->phase != REFRESH_NONE)
		return cli_error(100,
		    "%s is on its way to release %s already: wait, or asg "
		    "rollback %s",
		    g->name, r->target, g->name);
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

static int
begin(struct change *c, const struct options *o, const char *target)
{
	struct deploy deploy = c->config->deploy;
	struct refresh_policy policy;
	int st = may_begin(c->g);

	if (st == 0)
		st = take_policy(o, &deploy);
	if (st == 0)
		st = check_release(target);
	if (st != 0)
		return st;
	know_release(c->g);
	refresh_policy_make(&policy, &deploy);
	refresh_begin(&c->g->refresh, &policy, target, o->restart, c->m.now);
	event_note(&c->ev, c->g, NULL, c->m.now,
	    "an operator asked for release %s (%s)%s", target,
	    config_deploy_policies[deploy.policy],
	    o->restart ? ", also of instances that have it" : "");
	return 0;
}

int
change_refresh(struct change *c, const struct options *o)
{
	return begin(c, o, o->args[1]);
}

int
change_deploy(struct change *c, const struct options *o)
{
	return begin(c, o, o->args[0]);
}

int
change_continue(struct change *c, const struct options *o)
{
	struct refresh *r = &c->g->refresh;

	(void)o;
	if (r->phase != REFRESH_PAUSED)
		return 0;
	r->policy.pause = 0;
	r->policy.pause_goes_on = true;
	event_note(&c->ev, c->g, NULL, c->m.now,
	    "an operator said that it should go on");
	return 0;
}

/* Of a deployment that is under way no other one can be begun. */
int
change_rollback(struct change *c, const struct options *o)
{
	if (c->g->refresh.phase != REFRESH_NONE) {
		plan_go_back(
		    c->g, c->m.now, "an operator asked for it", &c->ev);
		return 0;
	}
	if (o->args[0] == NULL && c->g->previous[0] == '\0')
		return cli_error(100,
		    "%s had no release before; asg rollback RELEASE names one",
		    c->g->name);
	return begin(c, o, o->args[0] != NULL ? o->args[0] : c->g->previous);
}
