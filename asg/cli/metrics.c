/* Prometheus' text format, version 0.0.4. */
#include <stdio.h>

#include "cli/asg.h"
#include "cli/show.h"

static int
with_lifecycle(const struct group *g, enum lifecycle state)
{
	const struct instance *i;
	int count = 0;

	group_each (i, g)
		count += i->lifecycle == state;
	return count;
}

static int
with_health(const struct group *g, enum health health)
{
	const struct instance *i;
	int count = 0;

	group_each (i, g)
		count += i->health == health;
	return count;
}

static void
head(const char *name, const char *help)
{
	printf("# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

static void
sizes(const struct state *m)
{
	int k;

	head("asg_group_desired_capacity", "Desired capacity.");
	for (k = 0; k < m->group_count; k++)
		printf("asg_group_desired_capacity{group=\"%s\"} %d\n",
		    m->groups[k].name, m->groups[k].desired);
	head("asg_group_min_size", "Minimum capacity.");
	for (k = 0; k < m->group_count; k++)
		printf("asg_group_min_size{group=\"%s\"} %d\n",
		    m->groups[k].name, m->groups[k].min);
	head("asg_group_max_size", "Maximum capacity.");
	for (k = 0; k < m->group_count; k++)
		printf("asg_group_max_size{group=\"%s\"} %d\n",
		    m->groups[k].name, m->groups[k].max);
}

static void
faults(const struct state *m)
{
	int k, n;

	head("asg_group_all_dead", "1 while every instance is unhealthy.");
	for (k = 0; k < m->group_count; k++)
		printf("asg_group_all_dead{group=\"%s\"} %d\n",
		    m->groups[k].name, m->groups[k].all_dead);
	head("asg_launch_failures", "Consecutive failed launches.");
	for (k = 0; k < m->group_count; k++)
		for (n = 0; n < m->groups[k].backoff_count; n++)
			printf("asg_launch_failures{group=\"%s\",zone=\"%s\"} "
			       "%d\n",
			    m->groups[k].name, m->groups[k].backoff[n].zone,
			    m->groups[k].backoff[n].failures);
}

int
cli_metrics(struct reconciler *r, const struct options *o, char **argv)
{
	struct state m;
	int k, n;

	(void)o;
	(void)argv;
	show_open(r, &m);
	sizes(&m);
	head("asg_group_instances", "Instances by lifecycle state.");
	for (k = 0; k < m.group_count; k++)
		for (n = 0; group_lifecycles[n] != NULL; n++)
			printf("asg_group_instances{group=\"%s\",state=\"%s\"} "
			       "%d\n",
			    m.groups[k].name, group_lifecycles[n],
			    with_lifecycle(&m.groups[k], (enum lifecycle)n));
	head("asg_group_health", "Instances by health at the balancers.");
	for (k = 0; k < m.group_count; k++)
		for (n = 0; group_healths[n] != NULL; n++)
			printf("asg_group_health{group=\"%s\",health=\"%s\"} "
			       "%d\n",
			    m.groups[k].name, group_healths[n],
			    with_health(&m.groups[k], (enum health)n));
	faults(&m);
	head("asg_balancer_answers", "1 while its runtime socket answers.");
	for (k = 0; k < r->balancers.count; k++)
		printf("asg_balancer_answers{balancer=\"%s\"} %d\n",
		    r->balancers.list[k].name, r->balancers.list[k].reachable);
	state_close(&m);
	return 0;
}
