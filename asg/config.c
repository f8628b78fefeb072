#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "config_schema.h"
#include "config_yaml.h"
#include "log.h"
#include "plan.h"

/* ---- what no key can be asked alone */

struct checker {
	const char *file; /* blamed before the defaults */
	const struct node *root;
	const struct node *group;
	struct buf *error;
};

/* The first that the file itself says, else that any file says. */
static const struct node *
blame(const struct checker *c, const struct node *a, const struct node *b)
{
	const struct node *all[] = { a, b,
		c->group != NULL ? c->group : c->root };
	size_t i;

	for (i = 0; i < 3; i++)
		if (all[i]->file == c->file)
			return all[i];
	for (i = 0; i < 2; i++)
		if (all[i]->file != NULL)
			return all[i];
	return all[2];
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

/* The number with the key that is the most a group ever has, or the least. */
static const struct node *
extreme(const struct node *group, const char *key, int sign)
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

	check_numbers(c, p, n, extreme(c->group, "max", 1));
	if (node_get(n, "min") == NULL && node_get(n, "desired") == NULL)
		check_order(c, group, extreme(c->group, "min", -1), max,
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

static void
check_ports(const struct checker *c)
{
	const struct node *ports = node_get(c->root, "ports");
	const struct path up = { NULL, "ports", 0 };
	size_t i, j;

	for (i = 0; i < ports->count; i++) {
		struct span a = span(c, &ports->items[i]);
		struct path p = { &up, a.node->key, 0 };

		if (a.last > 65535)
			fault(c->error, blame(c, a.node, a.node), &p,
			    "must not be beyond 65535, but is %s", a.text);
		for (j = 0; j < i; j++)
			check_two_ports(c, &up, a, span(c, &ports->items[j]));
	}
}

static void
check_together(struct checker *c)
{
	const struct node *groups = node_get(c->root, "groups");
	const struct path p = { NULL, "groups", 0 };
	size_t i;

	check_ports(c);
	if (groups->count == 0)
		fault(c->error, blame(c, groups, groups), &p,
		    "must have one group at least");
	for (i = 0; i < groups->count; i++)
		check_group(c, &p, &groups->items[i]);
}

/* ---- reading */

/* What above says goes over what below says; above is emptied. */
static void
merge(struct node *below, struct node *above)
{
	struct node *from, *to;
	size_t i;

	below->file = above->file;
	below->line = above->line;
	for (i = 0; i < above->count; i++) {
		from = &above->items[i];
		to = node_get(below, from->key);
		if (to != NULL && to->kind == NODE_MAP &&
		    from->kind == NODE_MAP) {
			merge(to, from);
			continue;
		}
		if (to != NULL)
			node_free(to);
		else
			to = node_add(below);
		*to = *from;
		memset(from, 0, sizeof(*from));
	}
}

static bool
read_one(const char *file, struct node *n, struct buf *error)
{
	size_t before = error->len;

	if (yaml_read(file, n, error))
		schema_check(&schema, n, NULL, error);
	return error->len == before;
}

/* The merged tree of both, complete and without a fault. */
static bool
read_both(const char *file, const char *defaults, struct node *root,
    struct buf *error)
{
	struct checker c = { .file = file, .root = root, .error = error };
	struct node above;
	bool ok = true;

	memset(root, 0, sizeof(*root));
	root->kind = NODE_MAP;
	if (defaults != NULL)
		ok = read_one(defaults, root, error);
	ok = read_one(file, &above, error) && ok;
	if (ok) {
		merge(root, &above);
		/* Two files can have too many entries together. */
		schema_check(&schema, root, NULL, error);
		schema_complete(&schema, root);
		if (error->len == 0)
			check_together(&c);
	}
	node_free(&above);
	return error->len == 0;
}

/* "login=2 auth=2" */
static char *
threads_text(const struct node *threads)
{
	struct buf b = { 0 };
	size_t i;

	buf_str(&b, "");
	for (i = 0; i < threads->count; i++)
		buf_printf(&b, "%s%s=%s", i != 0 ? " " : "",
		    threads->items[i].key, threads->items[i].text);
	return b.data;
}

static char *
environment_text(const struct node *environment)
{
	struct buf b = { 0 };
	size_t i;

	buf_json_open(&b, NULL, '{');
	for (i = 0; i < environment->count; i++)
		buf_json_string(
		    &b, environment->items[i].key, environment->items[i].text);
	buf_json_close(&b, '}');
	return b.data;
}

static void
fill_group(struct group_config *g, const struct node *n)
{
	const struct node *template = node_get(n, "launch_template");
	char ignored[128];
	int i;

	snprintf(g->name, sizeof(g->name), "%s", n->key);
	schema_fill(&group_schema, n, g);
	g->threads = threads_text(node_get(template, "threads"));
	g->environment = environment_text(node_get(template, "environment"));
	for (i = 0; i < g->schedule_count; i++)
		cron_parse(g->schedule[i].text, &g->schedule[i].cron, ignored,
		    sizeof(ignored));
}

bool
config_read(
    struct config *c, const char *file, const char *defaults, struct buf *error)
{
	const struct node *groups;
	struct node root;
	bool ok;
	size_t i;

	memset(c, 0, sizeof(*c));
	buf_clear(error);
	if ((ok = read_both(file, defaults, &root, error))) {
		groups = node_get(&root, "groups");
		c->groups = calloc(groups->count, sizeof(*c->groups));
		if (c->groups == NULL)
			die(111, "out of memory");
		c->group_count = (int)groups->count;
		schema_fill(&schema, &root, c);
		for (i = 0; i < groups->count; i++)
			fill_group(&c->groups[i], &groups->items[i]);
		schema_json(&schema, &root, NULL, &c->json);
	}
	node_free(&root);
	return ok;
}

void
config_free(struct config *c)
{
	int i;

	for (i = 0; i < c->group_count; i++) {
		free(c->groups[i].threads);
		free(c->groups[i].environment);
	}
	free(c->groups);
	buf_free(&c->json);
	memset(c, 0, sizeof(*c));
}

const struct group_config *
config_group(const struct config *c, const char *name)
{
	int i;

	for (i = 0; i < c->group_count; i++)
		if (strcmp(c->groups[i].name, name) == 0)
			return &c->groups[i];
	return NULL;
}
