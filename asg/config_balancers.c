/* Where the balancers listen, by which rules they choose, with which keys. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config_together.h"

enum { LISTENERS_MAX = 8 };

/* ---- rules */

static void
check_target(const struct checker *c, const struct path *up,
    const struct node *n, const char *key)
{
	const struct node *target = node_get(n, key);
	const struct node *groups = node_get(c->root, "groups");
	const struct path p = { up, key, 0 };
	char shown[SHOWN_SIZE];

	if (node_get(groups, target->text) == NULL)
		fault(c->error, blame(c, target, groups), &p,
		    "is %s, which is none of the groups",
		    text_shown(target->text, shown));
}

/* Hosts or paths of two rules. */
static void
check_two_rules(const struct checker *c, const struct path *p,
    const struct node *rule, const struct node *before, const char *key)
{
	const struct node *a = node_get(rule, key), *b = node_get(before, key);

	if (a != NULL && b != NULL && strcmp(a->text, b->text) == 0)
		fault(c->error, a, p, "has the %s %s, as has a rule before it",
		    key, a->text);
}

static void
check_rules(
    const struct checker *c, const struct path *up, const struct node *rules)
{
	const struct path list = { up, "rules", 0 };
	struct path p = { &list, NULL, 0 };
	size_t k;

	for (; p.index < rules->count; p.index++) {
		const struct node *rule = &rules->items[p.index];

		if ((node_get(rule, "path") == NULL) ==
		    (node_get(rule, "host") == NULL))
			fault(c->error, blame(c, rule, NULL), &p,
			    "needs either a path or a host");
		check_target(c, &p, rule, "group");
		for (k = 0; k < p.index; k++) {
			check_two_rules(c, &p, rule, &rules->items[k], "path");
			check_two_rules(c, &p, rule, &rules->items[k], "host");
		}
	}
}

/* ---- listeners */

struct listener {
	const struct node *node; /* of its port */
	int port;
	char name[48];
	const char *address; /* "" for the host's own */
};

static const char *
address_of(const struct node *zone, const char *balancer)
{
	const struct node *a;

	if ((a = node_get(node_get(zone, "addresses"), balancer)) == NULL)
		a = node_get(zone, "address");
	return a != NULL ? a->text : "";
}

/* Its HTTP, HTTPS and statistics. */
static size_t
listeners_of(
    struct listener *l, const struct node *zone, const struct node *balancer)
{
	static const char *const keys[] = { "http", "https", "stats" };
	size_t i;

	for (i = 0; i < 3; i++) {
		l[i].address = address_of(zone, balancer->key);
		l[i].node = node_get(balancer, keys[i]);
		l[i].port = atoi(l[i].node->text);
		snprintf(l[i].name, sizeof(l[i].name), "balancers.%s.%s",
		    balancer->key, keys[i]);
	}
	return i;
}

/* All of a zone. */
static size_t
find_listeners(
    const struct checker *c, const struct node *zone, struct listener *l)
{
	const struct node *all = node_get(c->root, "balancers");
	const struct node *dns = node_get(c->root, "dns"), *port;
	size_t count = 0, i;

	for (i = 0; i < all->count; i++)
		if (node_has(node_get(&all->items[i], "zones"), zone->key))
			count += listeners_of(l + count, zone, &all->items[i]);
	port = node_get(dns, "port");
	if (node_has(node_get(dns, "zones"), zone->key))
		l[count++] = (struct listener){ port, atoi(port->text),
			"dns.port", address_of(zone, "") };
	return count;
}

static bool
check_two_listeners(const struct checker *c, const struct node *zone,
    const struct listener *a, const struct listener *b)
{
	const struct node *blamed = blame(c, a->node, b->node);
	bool swap = blamed == b->node;

	if (a->port != b->port || strcmp(a->address, b->address) != 0)
		return true;
	fault(c->error, blamed, NULL,
	    "%s is %d, as is %s, on one address of the zone %s: they must "
	    "differ, or `addresses` of the zone must give each its own",
	    swap ? b->name : a->name, a->port, swap ? a->name : b->name,
	    zone->key);
	return false;
}

/* What is wrong in one zone is told once. */
static void
check_listeners(const struct checker *c)
{
	const struct node *zones = node_get(c->root, "zones");
	struct listener l[LISTENERS_MAX];
	size_t i, j, k, count;
	bool ok = true;

	for (i = 0; ok && i < zones->count; i++) {
		count = find_listeners(c, &zones->items[i], l);
		for (j = 0; j < count; j++)
			for (k = 0; k < j; k++)
				ok = check_two_listeners(
					 c, &zones->items[i], &l[j], &l[k]) &&
				     ok;
	}
}

/* ---- certificates */

static void
check_certificates(const struct checker *c)
{
	static const struct {
		const char *source, *key;
	} needs[] = { { "files", "certificate" }, { "files", "key" },
		{ "acme", "directory" }, { "acme", "email" } };
	const struct node *all = node_get(c->root, "certificates"), *n;
	const struct node *source = node_get(all, "source");
	const struct path p = { NULL, "certificates", 0 };
	size_t i;

	for (i = 0; i < sizeof(needs) / sizeof(*needs); i++) {
		n = node_get(all, needs[i].key);
		if (strcmp(source->text, needs[i].source) == 0 && n == NULL)
			fault(c->error, blame(c, source, all), &p,
			    "needs the key %s: their source is %s",
			    needs[i].key, source->text);
		else if (strcmp(source->text, needs[i].source) != 0 && n)
			fault(c->error, blame(c, n, source), &p,
			    "has the key %s, which is for the source %s, not "
			    "%s",
			    needs[i].key, needs[i].source, source->text);
	}
}

void
check_balancers(const struct checker *c)
{
	const struct node *all = node_get(c->root, "balancers");
	const struct path up = { NULL, "balancers", 0 };
	size_t i;

	for (i = 0; i < all->count; i++) {
		struct path p = { &up, all->items[i].key, 0 };

		check_target(c, &p, &all->items[i], "default");
		check_rules(c, &p, node_get(&all->items[i], "rules"));
	}
	check_listeners(c);
	check_certificates(c);
}
