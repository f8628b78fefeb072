/* What stands in the zone beside name servers and balancers. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "config_rules.h"
#include "config_together.h"

enum { NAME_MOST = 253 }; /* RFC 1035: 255, with its lengths */

/* ---- values, by type */

/* What follows a number and a blank; NULL: none does. */
static const char *
behind_number(const char *s, long high)
{
	char *end;
	long n = *s >= '0' && *s <= '9' ? strtol(s, &end, 10) : -1;

	return n >= 0 && n <= high && *end == ' ' ? end + 1 : NULL;
}

static bool
is_name(const char *s)
{
	char why[64];

	return s != NULL && strlen(s) <= NAME_MOST &&
	       s[strspn(s, LOWER UPPER DIGIT "-._")] == '\0' &&
	       domain_valid(s, why, sizeof(why));
}

static bool
is_address(const char *s)
{
	char why[64];

	return address_valid(s, why, sizeof(why));
}

static bool
is_address_6(const char *s)
{
	struct in6_addr a;

	return inet_pton(AF_INET6, s, &a) == 1;
}

static bool
is_exchanger(const char *s)
{
	return is_name(behind_number(s, 65535));
}

static bool
is_service(const char *s)
{
	int n;

	for (n = 0; s != NULL && n < 3; n++)
		s = behind_number(s, 65535);
	return is_name(s);
}

static bool
is_authority(const char *s)
{
	static const char *const tags[] = { "issue ", "issuewild ", "iodef " };
	size_t i;

	s = behind_number(s, 255);
	for (i = 0; s != NULL && i < sizeof(tags) / sizeof(*tags); i++)
		if (strncmp(s, tags[i], strlen(tags[i])) == 0)
			return s[strlen(tags[i])] != '\0' &&
			       strpbrk(s, "\"\\") == NULL;
	return false;
}

static bool
is_text(const char *s)
{
	return *s != '\0';
}

static bool
is_printable(const char *s)
{
	for (; *s >= ' ' && *s <= '~'; s++)
		continue;
	return *s == '\0';
}

static const struct type {
	const char *name;
	bool (*valid)(const char *);
	const char *wanted;
} types[] = {
	{ "A", is_address, "an IPv4 address" },
	{ "AAAA", is_address_6, "an IPv6 address" },
	{ "CAA", is_authority, "such as 0 issue ca.example.net" },
	{ "CNAME", is_name, "a whole domain name" },
	{ "MX", is_exchanger, "such as 10 mail.example.net" },
	{ "SRV", is_service, "such as 0 5 5060 sip.example.net" },
	{ "TXT", is_text, "a text" },
};

/* ---- records */

static const char *
text_of(const struct node *record, const char *key)
{
	return node_get(record, key)->text;
}

static void
check_value(
    const struct checker *c, const struct path *p, const struct node *record)
{
	const struct node *value = node_get(record, "value");
	const struct type *t = types;

	while (strcmp(t->name, text_of(record, "type")) != 0)
		t++;
	if (!is_printable(value->text) || !t->valid(value->text))
		fault(c->error, value, p, "must have a value that is %s",
		    t->wanted);
}

static bool
is_name_server(const char *name)
{
	return name[0] == 'n' && name[1] == 's' && name[2] != '\0' &&
	       name[2 + strspn(&name[2], DIGIT)] == '\0';
}

/* asg, certbot and create write those. */
static bool
is_taken(const char *name)
{
	return strcmp(name, "app") == 0 || strcmp(name, "api") == 0 ||
	       strncmp(name, "_acme-challenge", 15) == 0 ||
	       is_name_server(name);
}

/* The balancer that has it as another name, or NULL. */
static const struct node *
balancer_of(const struct checker *c, const char *name)
{
	const struct node *all = node_get(c->root, "balancers");
	size_t i;

	for (i = 0; i < all->count; i++)
		if (node_has(node_get(&all->items[i], "names"), name))
			return &all->items[i];
	return NULL;
}

static void
check_alias(
    const struct checker *c, const struct node *balancer, const struct node *n)
{
	const struct node *first = balancer_of(c, n->text);
	const struct path up = { NULL, "balancers", 0 };
	const struct path p = { &up, balancer->key, 0 };

	if (is_taken(n->text))
		fault(c->error, n, &p,
		    "has the name %s, which create writes itself", n->text);
	if (first != balancer)
		fault(c->error, n, &p, "has the name %s, as has balancers.%s",
		    n->text, first->key);
}

static void
check_aliases(const struct checker *c)
{
	const struct node *all = node_get(c->root, "balancers"), *names;
	size_t i, k;

	for (i = 0; i < all->count; i++) {
		names = node_get(&all->items[i], "names");
		for (k = 0; k < names->count; k++)
			check_alias(c, &all->items[i], &names->items[k]);
	}
}

static void
check_two_records(const struct checker *c, const struct path *p,
    const struct node *record, const struct node *before)
{
	const char *type = text_of(record, "type");
	const char *other = text_of(before, "type");

	if (strcmp(text_of(record, "name"), text_of(before, "name")) != 0)
		return;
	if (strcmp(type, "CNAME") == 0 || strcmp(other, "CNAME") == 0)
		fault(c->error, record, p,
		    "is beside another record of that name: a CNAME is alone");
	else if (strcmp(type, other) == 0 && strcmp(text_of(record, "value"),
						 text_of(before, "value")) == 0)
		fault(c->error, record, p, "is there a second time");
}

static void
check_name(
    const struct checker *c, const struct path *p, const struct node *record)
{
	const char *name = text_of(record, "name");
	const char *type = text_of(record, "type");

	if (is_taken(name) ||
	    (balancer_of(c, name) != NULL &&
		(strcmp(type, "A") == 0 || strcmp(type, "CNAME") == 0)))
		fault(c->error, record, p,
		    "has the name %s, which create writes itself", name);
	if (strcmp(name, "@") == 0 && strcmp(type, "CNAME") == 0)
		fault(c->error, record, p,
		    "is of the domain itself, which cannot be a CNAME");
	if (strlen(name) + 1 + strlen(text_of(c->root, "domain")) > NAME_MOST)
		fault(c->error, record, p,
		    "has a name of more than %d bytes, with the domain's",
		    NAME_MOST);
}

void
check_records(const struct checker *c)
{
	const struct path up = { NULL, "dns", 0 }, list = { &up, "records", 0 };
	const struct node *all = node_get(node_get(c->root, "dns"), "records");
	struct path p = { &list, NULL, 0 };
	size_t k;

	check_aliases(c);
	for (; p.index < all->count; p.index++) {
		const struct node *record = &all->items[p.index];

		check_name(c, &p, record);
		check_value(c, &p, record);
		for (k = 0; k < p.index; k++)
			check_two_records(c, &p, record, &all->items[k]);
	}
}
