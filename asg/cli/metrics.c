/* Prometheus' text format, version 0.0.4. */
#include <stddef.h>
#include <stdio.h>

#include "cli/asg.h"
#include "cli/show.h"

static void
head(const char *name, const char *help)
{
	printf("# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

static int
number_at(const void *record, size_t offset)
{
	return *(const int *)(const void *)((const char *)record + offset);
}

/* An int of each group. */
static void
print_sizes(
    const struct state *m, const char *name, const char *help, size_t offset)
{
	const struct group *g = m->groups;

	head(name, help);
	for (; g < m->groups + m->group_count; g++)
		printf("%s{group=\"%s\"} %d\n", name, g->name,
		    number_at(g, offset));
}

/* How many instances of each group have each value of an enum. */
static void
print_counts(const struct state *m, const char *name, const char *help,
    const char *label, const char *const *values, size_t offset)
{
	const struct group *g = m->groups;
	const struct instance *i;
	int n, count;

	head(name, help);
	for (; g < m->groups + m->group_count; g++)
		for (n = 0; values[n] != NULL; n++) {
			count = 0;
			group_each (i, g)
				count += number_at(i, offset) == n;
			printf("%s{group=\"%s\",%s=\"%s\"} %d\n", name, g->name,
			    label, values[n], count);
		}
}

static void
print_faults(const struct state *m)
{
	const struct group *g;
	int n;

	head("asg_group_all_dead", "1 while every instance is unhealthy.");
	for (g = m->groups; g < m->groups + m->group_count; g++)
		printf("asg_group_all_dead{group=\"%s\"} %d\n", g->name,
		    g->all_dead);
	head("asg_launch_failures", "Consecutive failed launches.");
	for (g = m->groups; g < m->groups + m->group_count; g++)
		for (n = 0; n < g->backoff_count; n++)
			printf("asg_launch_failures{group=\"%s\",zone=\"%s\"} "
			       "%d\n",
			    g->name, g->backoff[n].zone,
			    g->backoff[n].failures);
}

int
cli_metrics(struct reconciler *r, const struct options *o)
{
	struct state m;
	int k;

	(void)o;
	show_open(r, &m);
	print_sizes(&m, "asg_group_desired_capacity", "Desired capacity.",
	    offsetof(struct group, desired));
	print_sizes(&m, "asg_group_min_size", "Minimum capacity.",
	    offsetof(struct group, min));
	print_sizes(&m, "asg_group_max_size", "Maximum capacity.",
	    offsetof(struct group, max));
	print_counts(&m, "asg_group_instances", "Instances by lifecycle state.",
	    "state", group_lifecycles, offsetof(struct instance, lifecycle));
	print_counts(&m, "asg_group_health",
	    "Instances by health at the balancers.", "health", group_healths,
	    offsetof(struct instance, health));
	print_faults(&m);
	head("asg_balancer_up",
	    "Whether the runtime socket of the balancer answers.");
	for (k = 0; k < r->balancers.count; k++)
		printf("asg_balancer_up{balancer=\"%s\"} %d\n",
		    r->balancers.list[k].name, r->balancers.list[k].reachable);
	state_close(&m);
	return 0;
}
