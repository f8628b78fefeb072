#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config_schema.h"
#include "log.h"

static char *
copy(const char *s)
{
	char *new = strdup(s);

	if (new == NULL)
		die(111, "out of memory");
	return new;
}

/* ---- what was left out */

/* A value as its rule presets it. */
static void
preset(const struct rule *rule, struct node *n)
{
	struct node *item = n;

	n->kind = rule->kind == MAPPING || rule->kind == NAMES ? NODE_MAP
		  : rule->kind == LIST                         ? NODE_LIST
							       : NODE_TEXT;
	if (n->kind == NODE_LIST && *rule->preset != '\0')
		item = node_add(n);
	if (item->kind == NODE_TEXT)
		item->text = copy(rule->preset);
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

void
schema_complete(const struct rule *rule, struct node *n)
{
	const struct rule *r;
	struct node *inner;
	size_t i;

	if (rule->kind == LIST && n->kind == NODE_TEXT)
		enlist(n);
	if (rule->kind == NAMES || rule->kind == LIST)
		for (i = 0; i < n->count; i++)
			schema_complete(rule->inner, &n->items[i]);
	if (rule->kind != MAPPING)
		return;
	for (r = rule->inner; r->key != NULL; r++) {
		if ((inner = node_get(n, r->key)) == NULL) {
			if (r->preset == NULL && r->kind != MAPPING)
				continue;
			inner = node_add(n);
			inner->key = copy(r->key);
			preset(r, inner);
		}
		schema_complete(r, inner);
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
			else if (r->kind == WHOLE)
				memcpy(to + r->at, &none, sizeof(none));
	} else if (rule->size == 0)
		return;
	else if (rule->kind == LIST)
		fill_list(rule, n, to);
	else
		fill_value(rule, n->text, to + rule->at);
}
