#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config_schema.h"
#include "config_yaml.h"
#include "log.h"

static char *
copy(const char *s)
{
	char *new = strdup(s);

	if (new == NULL)
		oom();
	return new;
}

/* ---- what was left out */

/* The names of all zones, or the first one's. */
static void
name_zones(const struct rule *rule, const struct node *zones, struct node *n)
{
	size_t i;

	if (rule->kind == TEXT) {
		n->text = copy(zones->items[0].text);
		return;
	}
	n->kind = NODE_LIST;
	for (i = 0; i < zones->count; i++)
		node_add(n)->text = copy(zones->items[i].text);
}

/* A value as its rule presets it. */
static void
preset(const struct rule *rule, const struct node *zones, struct node *n)
{
	if (rule->of_zones && zones != NULL)
		name_zones(rule, zones, n);
	else if (rule->kind == MAPPING)
		n->kind = NODE_MAP;
	else if (rule->kind == NAMES || rule->kind == LIST)
		yaml_preset(rule->preset, n);
	else
		n->text = copy(rule->preset);
}

/* An item that stood alone, in a list. */
static void
enlist(struct node *n)
{
	struct node item = *n;

	item.key = NULL;
	*n = (struct node){ .kind = NODE_LIST,
		.file = n->file,
		.line = n->line,
		.key = n->key };
	*node_add(n) = item;
}

/* Does the rule add the key when no file has it? */
static bool
fills(const struct rule *r, const struct node *zones)
{
	if (r->where == (zones != NULL ? ONLY_HERE : ONLY_ON_HOSTS))
		return false;
	return r->kind == MAPPING || r->preset != NULL || r->of_zones;
}

void
schema_complete(
    const struct rule *rule, const struct node *zones, struct node *n)
{
	const struct rule *r;
	struct node *inner;
	size_t i;

	if (rule->kind == LIST && n->kind == NODE_TEXT)
		enlist(n);
	if (rule->kind == NAMES || rule->kind == LIST)
		for (i = 0; i < n->count; i++)
			schema_complete(rule->inner, zones, &n->items[i]);
	if (rule->kind != MAPPING)
		return;
	for (r = rule->inner; r->key != NULL; r++) {
		inner = node_get(n, r->key);
		if (inner == NULL && !fills(r, zones))
			continue;
		if (inner == NULL) {
			struct node new = { 0 };

			preset(r, zones, &new);
			new.key = copy(r->key);
			*(inner = node_add(n)) = new;
		}
		schema_complete(r, zones, inner);
	}
}

/* ---- as JSON */

static void
json_items(const struct rule *rule, const struct node *n, struct buf *b)
{
	size_t i;

	for (i = 0; i < n->count; i++) {
		const struct rule *r = rule->inner;

		if (rule->kind == MAPPING)
			while (strcmp(r->key, n->items[i].key) != 0)
				r++;
		schema_json(r, &n->items[i], n->items[i].key, b);
	}
}

void
schema_json(const struct rule *rule, const struct node *n, const char *key,
    struct buf *b)
{
	switch (n->kind) {
	case NODE_MAP:
		buf_json_open(b, key, '{');
		json_items(rule, n, b);
		buf_json_close(b, '}');
		return;
	case NODE_LIST:
		buf_json_open(b, key, '[');
		json_items(rule, n, b);
		buf_json_close(b, ']');
		return;
	case NODE_TEXT:
		break;
	}
	if (rule->kind == BOOLEAN)
		buf_json_bool(b, key, *n->text == 't');
	else if (rule->kind == WHOLE || rule->kind == NUMBER) {
		buf_json_int(b, key, strtoll(n->text, NULL, 10));
		buf_str(b, n->text + strcspn(n->text, ".")); /* fraction */
	} else
		buf_json_string(b, key, n->text);
}

/* ---- where it goes */

static int
choice(const struct rule *rule, const char *text)
{
	int i = 0;

	while (strcmp(rule->choices[i], text) != 0)
		i++;
	return i;
}

static void
fill_value(const struct rule *rule, const char *text, char *to)
{
	int whole = rule->kind == WHOLE    ? atoi(text)
		    : rule->kind == CHOICE ? choice(rule, text)
					   : 0;
	double number = rule->kind == NUMBER ? strtod(text, NULL) : 0;
	bool truth = *text == 't';
	int64_t t = 0;

	if (rule->kind == DURATION)
		duration_parse(text, &t);
	if (rule->kind == TEXT)
		snprintf(to, rule->size, "%s", text);
	else
		memcpy(to,
		    rule->kind == DURATION  ? (void *)&t
		    : rule->kind == NUMBER  ? (void *)&number
		    : rule->kind == BOOLEAN ? (void *)&truth
					    : (void *)&whole,
		    rule->size);
}

static void
fill_list(const struct rule *rule, const struct node *n, char *base)
{
	int count = (int)n->count;
	size_t i;

	for (i = 0; i < n->count; i++)
		schema_fill(rule->inner, &n->items[i],
		    base + rule->at + i * rule->inner->size);
	memcpy(base + rule->count_at, &count, sizeof(count));
}

void
schema_fill(const struct rule *rule, const struct node *n, void *base)
{
	static const int none = -1;
	const struct rule *r;
	struct node *inner;
	char *to = base;

	if (rule->kind == MAPPING) {
		for (r = rule->inner; r->key != NULL; r++)
			if ((inner = node_get(n, r->key)) != NULL)
				schema_fill(r, inner, base);
			else if (r->kind == WHOLE && r->size != 0)
				memcpy(to + r->at, &none, sizeof(none));
	} else if (rule->size == 0)
		return;
	else if (rule->kind == LIST)
		fill_list(rule, n, to);
	else
		fill_value(rule, n->text, to + rule->at);
}
