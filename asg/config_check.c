#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "config_schema.h"

enum {
	SENTENCE_SIZE = 512,
	FAULTS_MAX = 64 * 1024 /* bytes of sentences; nobody reads more */
};

/* ---- sentences */

static void
add_path(struct buf *error, const struct path *p)
{
	if (p == NULL)
		return;
	add_path(error, p->up);
	if (p->key == NULL)
		buf_printf(error, "[%zu]", p->index);
	else {
		buf_str(error, p->up != NULL ? "." : "");
		buf_str(error, p->key);
	}
}

void
fault(struct buf *error, const struct node *n, const struct path *p,
    const char *fmt, ...)
{
	char sentence[SENTENCE_SIZE];
	va_list ap;

	if (error->len > FAULTS_MAX)
		return;
	va_start(ap, fmt);
	vsnprintf(sentence, sizeof(sentence), fmt, ap);
	va_end(ap);
	buf_str(error, n->file);
	buf_printf(error, ":%d: ", n->line);
	add_path(error, p);
	buf_str(error, p != NULL ? " " : "");
	buf_str(error, sentence);
	buf_str(error, "\n");
}

static void
refuse(struct buf *error, const struct rule *rule, const struct node *n,
    const struct path *p, const char *why)
{
	char must[SENTENCE_SIZE / 2], shown[SHOWN_SIZE];
	const char *found = n->kind == NODE_MAP    ? "a mapping"
			    : n->kind == NODE_LIST ? "a list"
			    : node_empty(n)        ? "nothing"
						   : text_shown(n->text, shown);

	value_wanted(rule, must, sizeof(must));
	fault(error, n, p, "%smust be %s, not %s%s%s%s",
	    p == NULL ? "the file " : "", must,
	    !n->plain && n->kind == NODE_TEXT && rule->kind != TEXT
		? "the text "
		: "",
	    found, *why != '\0' ? ": " : "", why);
}

/* ---- lists and mappings */

static const struct rule *
rule_of(const struct rule *mapping, const char *key)
{
	const struct rule *r;

	for (r = mapping->inner; r->key != NULL; r++)
		if (strcmp(r->key, key) == 0)
			return r;
	return NULL;
}

static void
unknown(struct buf *error, const struct rule *mapping, const struct node *n,
    const struct path *up)
{
	char shown[SHOWN_SIZE], known[SENTENCE_SIZE / 2];
	const struct rule *r;
	size_t len = 0;

	for (r = mapping->inner; r->key != NULL && len < sizeof(known); r++)
		len += (size_t)snprintf(known + len, sizeof(known) - len,
		    "%s%s", len != 0 ? ", " : "", r->key);
	if (up == NULL)
		fault(error, n, NULL, "the key %s is unknown; known are: %s",
		    text_shown(n->key, shown), known);
	else
		fault(error, n, up, "has the unknown key %s; known are: %s",
		    text_shown(n->key, shown), known);
}

bool
schema_needs(const struct rule *rule)
{
	const struct rule *r;

	if (rule->where != EVERYWHERE || rule->optional || rule->of_zones)
		return false;
	if (rule->kind != MAPPING)
		return rule->preset == NULL;
	for (r = rule->inner; r->key != NULL; r++)
		if (schema_needs(r))
			return true;
	return false;
}

static void
check_mapping(const struct rule *rule, const struct node *n,
    const struct path *p, struct buf *error)
{
	const struct rule *r;
	size_t i;

	for (i = 0; i < n->count; i++) {
		struct path inner = { p, n->items[i].key, 0 };

		if ((r = rule_of(rule, n->items[i].key)) == NULL)
			unknown(error, rule, &n->items[i], p);
		else
			schema_check(r, &n->items[i], &inner, error);
	}
	for (r = rule->inner; r->key != NULL; r++)
		if (schema_needs(r) && node_get(n, r->key) == NULL)
			fault(error, n, p, "needs the key %s", r->key);
}

static void
check_names(const struct rule *rule, const struct node *n, const struct path *p,
    struct buf *error)
{
	char why[SENTENCE_SIZE / 4] = "", shown[SHOWN_SIZE];
	size_t i;

	if (!value_within(rule, (double)n->count))
		fault(error, n, p, "must have %.0f to %.0f entries, not %zu",
		    rule->low, rule->high, n->count);
	for (i = 0; i < n->count; i++) {
		const char *key = n->items[i].key;
		struct path inner = { p, key, 0 };

		if (name_valid(rule, key, why, sizeof(why)))
			schema_check(rule->inner, &n->items[i], &inner, error);
		else
			fault(error, &n->items[i], p,
			    "has %s, which must be %s, at most %zu bytes%s%s",
			    text_shown(key, shown), rule->wanted, rule->longest,
			    *why != '\0' ? ": " : "", why);
		*why = '\0';
	}
}

static void
check_list(const struct rule *rule, const struct node *n, const struct path *p,
    struct buf *error)
{
	char shown[SHOWN_SIZE];
	size_t i, j;

	if (!value_within(rule, (double)n->count)) {
		fault(error, n, p, "must have %.0f to %.0f items, not %zu",
		    rule->low, rule->high, n->count);
		return;
	}
	for (i = 0; i < n->count; i++) {
		struct path inner = { p, NULL, i };

		schema_check(rule->inner, &n->items[i], &inner, error);
		for (j = 0; j < i; j++)
			if (n->items[i].kind == NODE_TEXT &&
			    n->items[j].kind == NODE_TEXT &&
			    strcmp(n->items[i].text, n->items[j].text) == 0)
				fault(error, &n->items[i], p, "has %s twice",
				    text_shown(n->items[i].text, shown));
	}
}

void
schema_check(const struct rule *rule, const struct node *n,
    const struct path *p, struct buf *error)
{
	char why[SENTENCE_SIZE / 4] = "";
	bool map = rule->kind == MAPPING || rule->kind == NAMES;

	if (rule->kind == LIST && rule->lone && n->kind == NODE_TEXT)
		schema_check(rule->inner, n, p, error);
	else if (map && n->kind == NODE_MAP)
		(rule->kind == MAPPING ? check_mapping : check_names)(
		    rule, n, p, error);
	else if (rule->kind == LIST && n->kind == NODE_LIST)
		check_list(rule, n, p, error);
	else if (map || rule->kind == LIST)
		refuse(error, rule, n, p, why);
	else if (!value_valid(rule, n, why, sizeof(why)))
		refuse(error, rule, n, p, why);
}

/* ---- for whom a key is */

static void
check_key(const struct rule *r, const struct node *n, const struct path *p,
    bool hosts, struct buf *error)
{
	if (r->where == ONLY_ON_HOSTS && !hosts)
		fault(error, n, p,
		    "is for the provider " HOSTS_PROVIDER " alone");
	else if (r->where == ONLY_HERE && hosts)
		fault(
		    error, n, p, "is for other providers than " HOSTS_PROVIDER);
	else
		schema_check_place(r, n, p, hosts, error);
}

void
schema_check_place(const struct rule *rule, const struct node *n,
    const struct path *p, bool hosts, struct buf *error)
{
	const struct rule *r;
	const struct node *inner;
	size_t i;

	for (i = 0; rule->kind == NAMES && i < n->count; i++) {
		struct path item = { p, n->items[i].key, 0 };

		schema_check_place(
		    rule->inner, &n->items[i], &item, hosts, error);
	}
	if (rule->kind != MAPPING)
		return;
	for (r = rule->inner; r->key != NULL; r++) {
		struct path item = { p, r->key, 0 };

		if ((inner = node_get(n, r->key)) != NULL)
			check_key(r, inner, &item, hosts, error);
		else if (hosts && r->said)
			fault(error, n, p, "%sneeds the key %s",
			    p == NULL ? "the file " : "", r->key);
	}
}
