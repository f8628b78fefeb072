#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "config_schema.h"
#include "config_together.h"
#include "config_yaml.h"
#include "log.h"

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

static const char *
provider(const struct node *root)
{
	const struct node *n = node_get(root, "provider");

	return n != NULL ? n->text : "process";
}

static bool
on_hosts(const struct node *root)
{
	return strcmp(provider(root), HOSTS_PROVIDER) == 0;
}

/* What holds on one machine cannot stand below what is for hosts. */
static void
check_defaults(const char *defaults, const struct node *below,
    const struct node *above, struct buf *error)
{
	const struct node *n = node_get(above, "provider");

	if (n != NULL && on_hosts(below) != on_hosts(above))
		fault(error, n, NULL,
		    "the provider %s cannot stand above %s, where it is %s: "
		    "such a file is read alone",
		    n->text, defaults, provider(below));
}

/* Apart from the tree: it moves while it grows. */
static void
list_keys(const struct node *map, struct node *list)
{
	struct node *n;
	size_t i;

	for (i = 0; i < map->count; i++) {
		n = node_add(list);
		if ((n->text = strdup(map->items[i].key)) == NULL)
			oom();
	}
}

/* All that can be asked of a tree that is good key by key. */
static void
check_all(const char *file, struct node *root, struct buf *error)
{
	struct checker c = { .file = file, .root = root, .error = error };
	struct node zones = { .kind = NODE_LIST };
	bool hosts = on_hosts(root);

	schema_check_place(&schema, root, NULL, hosts, error);
	if (error->len != 0)
		return;
	if (hosts)
		list_keys(node_get(root, "zones"), &zones);
	schema_complete(&schema, hosts ? &zones : NULL, root);
	node_free(&zones);
	check_together(&c);
	check_launch(&c, hosts);
	if (hosts) {
		check_hosts(&c);
		check_balancers(&c);
		check_records(&c);
	} else
		check_ports(&c);
}

/* The merged tree of both, complete and without a fault. */
static bool
read_both(const char *file, const char *defaults, struct node *root,
    struct buf *error)
{
	struct node above;
	bool ok = true;

	memset(root, 0, sizeof(*root));
	root->kind = NODE_MAP;
	if (defaults != NULL)
		ok = read_one(defaults, root, error);
	ok = read_one(file, &above, error) && ok;
	if (ok && defaults != NULL)
		check_defaults(defaults, root, &above, error);
	if (ok && error->len == 0) {
		merge(root, &above);
		/* Two files can have too many entries together. */
		schema_check(&schema, root, NULL, error);
		if (error->len == 0)
			check_all(file, root, error);
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

/* As the default or in a rule; `make run` has both of its groups in both. */
static bool
is_named(const struct node *balancers, const char *group)
{
	const struct node *b, *rules;
	size_t i, k;

	for (i = 0; balancers != NULL && i < balancers->count; i++) {
		b = &balancers->items[i];
		rules = node_get(b, "rules");
		if (strcmp(node_get(b, "default")->text, group) == 0)
			return true;
		for (k = 0; k < rules->count; k++)
			if (strcmp(node_get(&rules->items[k], "group")->text,
				group) == 0)
				return true;
	}
	return balancers == NULL;
}

static void
fill_aliases(struct config *c, const struct node *balancers)
{
	const struct node *names;
	struct alias *a;
	size_t i, k;

	for (i = 0; balancers != NULL && i < balancers->count; i++) {
		names = node_get(&balancers->items[i], "names");
		for (k = 0; k < names->count; k++) {
			a = &c->aliases[c->alias_count++];
			snprintf(a->name, sizeof(a->name), "%s",
			    names->items[k].text);
			snprintf(a->of, sizeof(a->of), "%s",
			    balancers->items[i].key);
		}
	}
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
			oom();
		c->group_count = (int)groups->count;
		schema_fill(&schema, &root, c);
		for (i = 0; i < groups->count; i++)
			fill_group(&c->groups[i], &groups->items[i]);
		for (i = 0; i < groups->count; i++)
			c->groups[i].alone = !is_named(
			    node_get(&root, "balancers"), groups->items[i].key);
		fill_aliases(c, node_get(&root, "balancers"));
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
