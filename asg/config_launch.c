/* Groups that nothing could launch, or whose instances would never serve. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config_rules.h"
#include "config_together.h"
#include "plan.h"

enum {
	RESERVED = 10,          /* addresses of a subnet that have other uses */
	ENVIRONMENT_MAX = 20000 /* bytes as JSON; a provider takes 64 KiB */
};

/* How often HAProxy asks one that is not up yet (haproxy/api-group.cfg). */
#define FIRST_CHECK (CLOCK_SECOND / 5)
#define NEXT_CHECK  (CLOCK_SECOND / 10)

/* ---- the provider */

/* Where the executables are: beside asg, in a checkout or as installed. */
static bool
find_providers(char *out, size_t size)
{
	static const char *const places[] = { "../../asg/providers",
		"../../../share/allday/asg/providers" };
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	size_t i;

	if (n <= 0)
		return false;
	self[n] = '\0';
	*(strrchr(self, '/') + 1) = '\0';
	for (i = 0; i < sizeof(places) / sizeof(*places); i++) {
		if ((size_t)snprintf(out, size, "%s%s", self, places[i]) <
			size &&
		    access(out, X_OK) == 0)
			return true;
	}
	return false;
}

static void
check_provider(const struct checker *c)
{
	const struct node *n = node_get(c->root, "provider");
	const struct path p = { NULL, "provider", 0 };
	char place[PATH_MAX], file[PATH_MAX + NAME_SIZE];

	if (!find_providers(place, sizeof(place)))
		return;
	snprintf(file, sizeof(file), "%s/%s", place, n->text);
	if (access(file, X_OK) != 0)
		fault(c->error, blame(c, n, NULL), &p,
		    "is %s, which is no executable in asg/providers", n->text);
}

/* ---- what an instance of a group is */

static bool
is_kind(const char *name, const char *kind)
{
	size_t n = strlen(kind);

	return strncmp(name, kind, n) == 0 &&
	       (name[n] == '\0' || name[n] == '-');
}

static void
check_name(
    const struct checker *c, const struct path *p, const struct node *group)
{
	if (!is_kind(group->key, "web") && !is_kind(group->key, "api"))
		fault(c->error, group, p,
		    "must be called web or api, or begin with web- or api-: "
		    "that says what its instances are");
}

static void
check_memory(
    const struct checker *c, const struct path *p, const struct node *template)
{
	const struct path at = { p, "disk", 0 };
	const struct node *memory = node_get(template, "memory");
	const struct node *disk = node_get(template, "disk");

	if (size_megabytes(disk->text) > size_megabytes(memory->text))
		fault(c->error, blame(c, disk, memory), &at,
		    "must be at most memory, %s, not %s: it is kept there",
		    memory->text, disk->text);
}

/* There it is the name of a directory. */
static void
check_release(
    const struct checker *c, const struct path *p, const struct node *template)
{
	const struct node *n = node_get(template, "release");
	const struct path at = { p, "release", 0 };

	if (strpbrk(n->text, "+~:") != NULL ||
	    (*n->text != '\0' && strchr(LOWER UPPER DIGIT, *n->text) == NULL))
		fault(c->error, blame(c, n, NULL), &at,
		    "is %s, which is the id of no release on hosts: letters, "
		    "digits and . _ -, the first a letter or digit",
		    n->text);
}

static void
check_environment(
    const struct checker *c, const struct path *p, const struct node *template)
{
	const struct node *n = node_get(template, "environment");
	const struct path at = { p, "environment", 0 };
	struct buf b = { 0 };
	size_t i;

	buf_json_open(&b, NULL, '{');
	for (i = 0; i < n->count; i++)
		buf_json_string(&b, n->items[i].key, n->items[i].text);
	if (b.len > ENVIRONMENT_MAX)
		fault(c->error, blame(c, n, NULL), &at,
		    "must have at most %d bytes in all, not %zu",
		    ENVIRONMENT_MAX, b.len);
	buf_free(&b);
}

static void
check_template(const struct checker *c, const struct path *group,
    const struct node *template, bool hosts)
{
	const struct path p = { group, "launch_template", 0 };

	check_environment(c, &p, template);
	if (!hosts)
		return;
	check_memory(c, &p, template);
	check_release(c, &p, template);
}

/* ---- will the balancers ever call it healthy? */

static void
check_health(const struct checker *c, const struct path *group,
    const char *name, const struct node *check)
{
	const struct node *path = node_get(check, "path");
	const struct node *grace = node_get(check, "grace");
	const struct node *healthy = node_get(check, "healthy");
	const struct path p = { group, "health_check", 0 };
	const struct path at_path = { &p, "path", 0 };
	const struct path at_grace = { &p, "grace", 0 };
	int64_t given = 0, needed;

	if (is_kind(name, "api") && strcmp(path->text, "/readyz") != 0 &&
	    strcmp(path->text, "/healthz") != 0)
		fault(c->error, blame(c, path, NULL), &at_path,
		    "must be /readyz or /healthz, not %s: nothing else of an "
		    "api group answers 200 to anybody",
		    path->text);
	duration_parse(grace->text, &given);
	needed = FIRST_CHECK + atoi(healthy->text) * NEXT_CHECK;
	if (given < needed)
		fault(c->error, blame(c, grace, healthy), &at_grace,
		    "must be at least %dms, not %s: healthy, %s, takes so long",
		    (int)(needed * 1000 / CLOCK_SECOND), grace->text,
		    healthy->text);
}

/* More than its limit an instance never uses. */
static void
check_policies(
    const struct checker *c, const struct path *group, const struct node *n)
{
	const struct node *all = node_get(node_get(n, "scaling"), "policies");
	const struct node *cpu = node_get(
	    node_get(n, "launch_template"), "cpu");
	const struct path up = { group, "scaling", 0 };
	const struct path list = { &up, "policies", 0 };
	struct path item = { &list, NULL, 0 };

	for (; item.index < all->count; item.index++) {
		const struct node *policy = &all->items[item.index];
		const struct node *target = node_get(policy, "target");
		const struct path at = { &item, "target", 0 };

		if (strcmp(node_get(policy, "metric")->text, "cpu") == 0 &&
		    strtod(target->text, NULL) > strtod(cpu->text, NULL))
			fault(c->error, blame(c, target, cpu), &at,
			    "must be at most launch_template.cpu, %s, not %s: "
			    "no instance can use more",
			    cpu->text, target->text);
	}
}

/* ---- addresses */

/* All that a group may have at a time, with those that replace others. */
static unsigned
most_of(const struct node *group)
{
	int most = atoi(group_extreme(group, "max", 1)->text);

	return most > 0 ? (unsigned)(most + plan_surge(most)) : 0;
}

static unsigned
most_of_all(const struct checker *c)
{
	const struct node *groups = node_get(c->root, "groups");
	unsigned sum = 0;
	size_t i;

	for (i = 0; i < groups->count; i++)
		sum += most_of(&groups->items[i]);
	return sum;
}

static void
check_addresses_here(const struct checker *c)
{
	const struct node *n = node_get(c->root, "instances");
	const struct path p = { NULL, "instances", 0 };
	struct network net;
	unsigned wanted = most_of_all(c);

	network_parse(n->text, &net);
	if (net.last - net.first - 1 < wanted)
		fault(c->error, blame(c, n, node_get(c->root, "groups")), &p,
		    "is %s, which has %u addresses: the groups may need %u at "
		    "once, max and replacements together",
		    n->text, net.last - net.first - 1, wanted);
}

/* For instances of a group, or of any: all subnets `app` that it may use. */
static unsigned
room_of(const struct checker *c, const struct node *group)
{
	const struct node *zones = node_get(c->root, "zones"), *subnets;
	struct network net;
	unsigned sum = 0;
	size_t i;

	for (i = 0; i < zones->count; i++) {
		if (group != NULL &&
		    !node_has(node_get(group, "zones"), zones->items[i].key))
			continue;
		subnets = node_get(&zones->items[i], "subnets");
		network_parse(node_get(subnets, "app")->text, &net);
		sum += net.last - net.first - RESERVED;
	}
	return sum;
}

static void
check_addresses_of(
    const struct checker *c, const struct path *p, const struct node *group)
{
	const struct path at = { p, "max", 0 };
	unsigned room = room_of(c, group), wanted = most_of(group);

	if (wanted > room)
		fault(c->error, blame(c, group_extreme(group, "max", 1), group),
		    &at,
		    "needs %u addresses with those for replacements: the "
		    "subnets `app` of its zones have %u",
		    wanted, room);
}

static void
check_addresses_on_hosts(const struct checker *c)
{
	const struct path p = { NULL, "groups", 0 };
	unsigned room = room_of(c, NULL), wanted = most_of_all(c);

	if (wanted > room)
		fault(c->error, blame(c, node_get(c->root, "groups"), NULL), &p,
		    "need %u addresses, max and replacements of all together: "
		    "the subnets `app` of the zones have %u",
		    wanted, room);
}

void
check_launch(const struct checker *c, bool hosts)
{
	const struct node *groups = node_get(c->root, "groups"), *n;
	const struct path up = { NULL, "groups", 0 };
	size_t i, before = c->error->len;

	check_provider(c);
	for (i = 0; i < groups->count; i++) {
		struct path p = { &up, groups->items[i].key, 0 };

		n = &groups->items[i];
		check_name(c, &p, n);
		check_template(c, &p, node_get(n, "launch_template"), hosts);
		check_health(c, &p, n->key, node_get(n, "health_check"));
		if (hosts) {
			check_policies(c, &p, n);
			check_addresses_of(c, &p, n);
		}
	}
	if (c->error->len == before)
		(hosts ? check_addresses_on_hosts : check_addresses_here)(c);
}
