/* Zones, the network between them, and who may speak to whom. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "config_rules.h"
#include "config_together.h"

enum { SUBNETS = 3, KNOWN_SIZE = 256 };

static const char *const subnet_keys[SUBNETS] = { "public", "app", "data" };

/* "a, b, c" */
static const char *
known(const struct node *names, char out[KNOWN_SIZE])
{
	size_t i, n = 0;

	*out = '\0';
	for (i = 0; i < names->count && n < KNOWN_SIZE; i++)
		n += (size_t)snprintf(out + n, KNOWN_SIZE - n, "%s%s",
		    i != 0 ? ", " : "", names->items[i].key);
	return out;
}

/* ---- zones that are named */

static void
check_zone(
    const struct checker *c, const struct path *p, const struct node *name)
{
	const struct node *zones = node_get(c->root, "zones");
	char shown[SHOWN_SIZE], names[KNOWN_SIZE];

	if (node_get(zones, name->text) == NULL)
		fault(c->error, blame(c, name, NULL), p,
		    "is %s, which is none of the zones: %s",
		    text_shown(name->text, shown), known(zones, names));
}

static void
check_zones(const struct checker *c, const struct path *p, const struct node *n)
{
	const struct node *zones = node_get(n, "zones");
	const struct path list = { p, "zones", 0 };
	struct path item = { &list, NULL, 0 };

	for (; item.index < zones->count; item.index++)
		check_zone(c, &item, &zones->items[item.index]);
}

static void
check_named_zones(const struct checker *c)
{
	static const char *const sections[] = { "groups", "balancers" };
	const struct path dns = { NULL, "dns", 0 };
	const struct path database = { NULL, "database", 0 };
	const struct path zone = { &database, "zone", 0 };
	size_t i, k;

	for (k = 0; k < 2; k++) {
		const struct node *n = node_get(c->root, sections[k]);
		const struct path up = { NULL, sections[k], 0 };

		for (i = 0; i < n->count; i++) {
			struct path p = { &up, n->items[i].key, 0 };

			check_zones(c, &p, &n->items[i]);
		}
	}
	check_zones(c, &dns, node_get(c->root, "dns"));
	check_zone(c, &zone, node_get(node_get(c->root, "database"), "zone"));
}

/* ---- hosts and their addresses: of one zone each */

static void
check_two_texts(const struct checker *c, const struct path *a_path,
    const struct node *a, const struct node *b, const char *b_zone)
{
	if (a != NULL && b != NULL && strcmp(a->text, b->text) == 0)
		fault(c->error, blame(c, a, b), a_path,
		    "is %s, as is that of the zone %s: a zone is a host",
		    a->text, b_zone);
}

/* The n-th address of a zone; its key is given. */
static const struct node *
address_of(const struct node *zone, size_t n)
{
	const struct node *more = node_get(zone, "addresses");

	return n == 0   ? node_get(zone, "address")
	       : n == 1 ? node_get(more, "app")
			: node_get(more, "api");
}

static void
check_two_zones(const struct checker *c, const struct path *p,
    const struct node *zone, const struct node *other)
{
	const struct path host = { p, "host", 0 };
	const struct path more = { p, "addresses", 0 };
	const struct node *a;
	size_t i, j;

	check_two_texts(c, &host, node_get(zone, "host"),
	    node_get(other, "host"), other->key);
	for (i = 0; i < 3; i++) {
		struct path at = { i == 0 ? p : &more, NULL, 0 };

		if ((a = address_of(zone, i)) == NULL)
			continue;
		at.key = a->key;
		for (j = 0; j < 3; j++)
			check_two_texts(
			    c, &at, a, address_of(other, j), other->key);
	}
}

static void
check_outside(const struct checker *c, const struct path *p,
    const struct node *zone, const struct node *cidr)
{
	const struct node *a = node_get(zone, "address");
	const struct path at = { p, "address", 0 };
	struct network vpc;
	struct in_addr in;

	if (a == NULL || inet_pton(AF_INET, a->text, &in) != 1)
		return;
	network_parse(cidr->text, &vpc);
	if (ntohl(in.s_addr) >= vpc.first && ntohl(in.s_addr) <= vpc.last)
		fault(c->error, blame(c, a, cidr), &at,
		    "is %s, which is within vpc.cidr, %s: hosts are outside",
		    a->text, cidr->text);
}

/* ---- the network */

static bool
overlap(struct network a, struct network b)
{
	return a.first <= b.last && b.first <= a.last;
}

/* What routers and loopbacks need for themselves. */
static void
check_cidr(const struct checker *c, const struct node *cidr)
{
	static const char *const taken[] = { "0.0.0.0/8", "100.64.0.0/10",
		"127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3" };
	const struct path up = { NULL, "vpc", 0 }, p = { &up, "cidr", 0 };
	struct network vpc, other;
	size_t i;

	network_parse(cidr->text, &vpc);
	for (i = 0; i < sizeof(taken) / sizeof(*taken); i++) {
		network_parse(taken[i], &other);
		if (!overlap(vpc, other))
			continue;
		fault(c->error, blame(c, cidr, NULL), &p,
		    "is %s, which overlaps %s: that is taken", cidr->text,
		    taken[i]);
		return;
	}
}

static void
check_two_subnets(const struct checker *c, const struct path *p,
    const struct node *a, const struct node *b, const char *zone)
{
	struct network one, other;

	network_parse(a->text, &one);
	network_parse(b->text, &other);
	if (overlap(one, other))
		fault(c->error, blame(c, a, b), p,
		    "is %s, which overlaps zones.%s.subnets.%s, %s", a->text,
		    zone, b->key, b->text);
}

/* All that come before this one. */
static void
check_subnet(
    const struct checker *c, const struct path *p, size_t zone, size_t subnet)
{
	const struct node *zones = node_get(c->root, "zones"), *a, *b;
	const struct path at = { p, subnet_keys[subnet], 0 };
	const struct node *cidr = node_get(node_get(c->root, "vpc"), "cidr");
	struct network vpc, own;
	size_t i;

	a = node_get(node_get(&zones->items[zone], "subnets"), at.key);
	network_parse(cidr->text, &vpc);
	network_parse(a->text, &own);
	if (own.first < vpc.first || own.last > vpc.last)
		fault(c->error, blame(c, a, cidr), &at,
		    "is %s, which is not within vpc.cidr, %s", a->text,
		    cidr->text);
	for (i = 0; i < zone * SUBNETS + subnet; i++) {
		const struct node *other = &zones->items[i / SUBNETS];

		b = node_get(
		    node_get(other, "subnets"), subnet_keys[i % SUBNETS]);
		check_two_subnets(c, &at, a, b, other->key);
	}
}

static void
check_network(const struct checker *c)
{
	const struct node *zones = node_get(c->root, "zones");
	const struct node *cidr = node_get(node_get(c->root, "vpc"), "cidr");
	const struct path up = { NULL, "zones", 0 };
	size_t i, k;

	check_cidr(c, cidr);
	for (i = 0; i < zones->count; i++) {
		struct path p = { &up, zones->items[i].key, 0 };
		struct path subnets = { &p, "subnets", 0 };

		for (k = 0; k < i; k++)
			check_two_zones(
			    c, &p, &zones->items[i], &zones->items[k]);
		check_outside(c, &p, &zones->items[i], cidr);
		for (k = 0; k < SUBNETS; k++)
			check_subnet(c, &subnets, i, k);
	}
}

/* ---- who may speak to whom */

static void
check_from(
    const struct checker *c, const struct path *p, const struct node *rule)
{
	const struct node *all = node_get(c->root, "security_groups");
	const struct node *from = node_get(rule, "from");
	const struct path at = { p, "from", 0 };
	char shown[SHOWN_SIZE], names[KNOWN_SIZE];

	if (strcmp(from->text, "internet") != 0 &&
	    node_get(all, from->text) == NULL)
		fault(c->error, blame(c, from, NULL), &at,
		    "is %s, which is neither internet nor one of the security "
		    "groups: %s",
		    text_shown(from->text, shown), known(all, names));
}

static void
check_security_groups(const struct checker *c)
{
	const struct node *all = node_get(c->root, "security_groups"), *rules;
	const struct path up = { NULL, "security_groups", 0 };
	size_t i;

	for (i = 0; i < all->count; i++) {
		struct path list = { &up, all->items[i].key, 0 };
		struct path item = { &list, NULL, 0 };

		rules = &all->items[i];
		for (; item.index < rules->count; item.index++)
			check_from(c, &item, &rules->items[item.index]);
	}
}

/* Each machine is in the group that is called as its role. */
static void
check_role(const struct checker *c, const char *role)
{
	const struct node *all = node_get(c->root, "security_groups");
	const struct path p = { NULL, "security_groups", 0 };

	if (node_get(all, role) == NULL)
		fault(c->error, blame(c, all, NULL), &p,
		    "needs the key %s: there are machines of that role", role);
}

void
check_hosts(const struct checker *c)
{
	static const char *const roles[] = { "balancer", "web", "api", "dns",
		"database" };
	size_t i;

	check_named_zones(c);
	check_network(c);
	check_security_groups(c);
	for (i = 0; i < sizeof(roles) / sizeof(*roles); i++)
		check_role(c, roles[i]);
}
