#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config_together.h"
#include "plan.h"

const struct node *
blame(const struct checker *c, const struct node *a, const struct node *b)
{
	const struct node *all[] = { a, b, c->group };
	size_t i;

	for (i = 0; i < 3; i++)
		if (all[i] != NULL && all[i]->file == c->file)
			return all[i];
	for (i = 0; i < 3; i++)
		if (all[i] != NULL && all[i]->file != NULL)
			return all[i];
	return c->root;
}

/* p.low must be at most high, which has a name; either may be absent. */
static void
check_order(const struct checker *c, const struct path *p,
    const struct node *low, const struct node *high, const char *name)
{
	struct path inner = { p, low != NULL ? low->key : NULL, 0 };

	if (low == NULL || high == NULL || atoi(low->text) <= atoi(high->text))
		return;
	fault(c->error, blame(c, low, high), &inner,
	    "must be at most %s, %s, not %s", name, high->text, low->text);
}

/* A group at its max needs slots for the ones that replace others as well. */
static void
check_room(const struct checker *c, const struct path *p,
    const struct node *max, const struct node *slots)
{
	struct path inner = { p, "max", 0 };
	int most, room;

	if (max == NULL || slots == NULL)
		return;
	most = atoi(max->text);
	room = atoi(slots->text);
	if (most <= room && most + plan_surge(most) > room)
		fault(c->error, blame(c, max, slots), &inner,
		    "must leave %d of balancer.slots, %d, for replacements, "
		    "not be %d",
		    plan_surge(most), room, most);
}

/* min, desired and max of a group or of a scheduled action. */
static void
check_numbers(const struct checker *c, const struct path *p,
    const struct node *n, const struct node *highest)
{
	const struct node *min = node_get(n, "min");
	const struct node *desired = node_get(n, "desired");
	const struct node *max = node_get(n, "max");
	const struct node *slots;

	slots = node_get(node_get(c->root, "balancer"), "slots");
	check_order(c, p, min, desired, "desired");
	check_order(c, p, desired, max != NULL ? max : highest, "max");
	if (desired == NULL)
		check_order(c, p, min, max != NULL ? max : highest, "max");
	check_order(c, p, max, slots, "balancer.slots");
	check_room(c, p, max, slots);
}

const struct node *
group_extreme(const struct node *group, const char *key, int sign)
{
	const struct node *schedule = node_get(group, "schedule");
	const struct node *found = node_get(group, key), *n;
	size_t i;

	for (i = 0; i < schedule->count; i++) {
		n = node_get(&schedule->items[i], key);
		if (n != NULL &&
		    sign * atoi(n->text) > sign * atoi(found->text))
			found = n;
	}
	return found;
}

static void
check_scheduled(
    const struct checker *c, const struct path *p, const struct node *n)
{
	const struct node *max = node_get(n, "max");
	const struct path *group = p->up->up; /* of schedule, of p */

	check_numbers(c, p, n, group_extreme(c->group, "max", 1));
	if (node_get(n, "min") == NULL && node_get(n, "desired") == NULL)
		check_order(c, group, group_extreme(c->group, "min", -1), max,
		    "max of a scheduled action");
	if (max == NULL && node_get(n, "min") == NULL &&
	    node_get(n, "desired") == NULL)
		fault(c->error, n, p, "needs a min, a desired or a max");
}

static void
check_group(
    struct checker *c, const struct path *groups, const struct node *group)
{
	const struct node *schedule = node_get(group, "schedule");
	struct path p = { groups, group->key, 0 }, list = { &p, "schedule", 0 };
	struct path item = { &list, NULL, 0 };

	c->group = group;
	check_numbers(c, &p, group, NULL);
	for (; item.index < schedule->count; item.index++)
		check_scheduled(c, &item, &schedule->items[item.index]);
	c->group = NULL;
}

/* An entry of ports; statistics take two for each address of listen. */
struct span {
	const struct node *node;
	int first, last;
	char text[64];
};

static struct span
span(const struct checker *c, const struct node *n)
{
	const struct node *listen = node_get(c->root, "listen");
	struct span s = { .node = n, .first = atoi(n->text) };

	s.last = s.first;
	if (strcmp(n->key, "stats") == 0)
		s.last += 2 * (int)listen->count - 1;
	if (s.last == s.first)
		snprintf(s.text, sizeof(s.text), "%d", s.first);
	else
		snprintf(s.text, sizeof(s.text), "%d to %d", s.first, s.last);
	return s;
}

static void
check_two_ports(const struct checker *c, const struct path *ports,
    struct span a, struct span b)
{
	const struct node *blamed = blame(c, a.node, b.node);
	const struct span *it = blamed == b.node ? &b : &a;
	const struct span *other = it == &a ? &b : &a;
	struct path p = { ports, it->node->key, 0 };

	if (a.first <= b.last && b.first <= a.last)
		fault(c->error, blamed, &p,
		    "is %s, but ports.%s is %s: they must differ", it->text,
		    other->node->key, other->text);
}

void
check_ports(const struct checker *c)
{
	const struct node *ports = node_get(c->root, "ports");
	const struct path up = { NULL, "ports", 0 };
	size_t i, j;

	for (i = 0; i < ports->count; i++) {
		struct span a = span(c, &ports->items[i]);
		struct path p = { &up, a.node->key, 0 };

		if (a.last > 65535)
			fault(c->error, blame(c, a.node, NULL), &p,
			    "must not be beyond 65535, but is %s", a.text);
		for (j = 0; j < i; j++)
			check_two_ports(c, &up, a, span(c, &ports->items[j]));
	}
}

void
check_together(struct checker *c)
{
	const struct node *groups = node_get(c->root, "groups");
	const struct path p = { NULL, "groups", 0 };
	size_t i;

	if (groups->count == 0)
		fault(c->error, blame(c, groups, NULL), &p,
		    "must have one group at least");
	for (i = 0; i < groups->count; i++)
		check_group(c, &p, &groups->items[i]);
}
