/* The table as JSON Schema, draft 2020-12: for editors and other programs. */
#include <stdio.h>
#include <string.h>

#include "config_schema.h"
#include "config_yaml.h"

enum { PATTERN_SIZE = 256 };

static void describe(const struct rule *, const char *key, struct buf *);

/* ---- texts */

/* A set of characters, as an expression has it. */
static void
add_class(struct buf *b, const char *set)
{
	size_t n;

	buf_str(b, "[");
	for (; *set != '\0'; set += n) {
		for (n = 1; set[n] == set[n - 1] + 1; n++)
			continue;
		if (n > 2)
			buf_printf(b, "%c-%c", set[0], set[n - 1]);
		else
			buf_printf(
			    b, "%s%c", strchr("\\]^-", *set) ? "\\" : "", *set);
		n = n > 2 ? n : 1;
	}
	buf_str(b, "]");
}

static void
describe_characters(const struct rule *rule, struct buf *b)
{
	struct buf p = { 0 };

	if (rule->pattern != NULL)
		buf_json_string(b, "pattern", rule->pattern);
	else if (rule->first != NULL || rule->rest != NULL) {
		buf_str(&p, "^");
		if (rule->first != NULL)
			add_class(&p, rule->first);
		if (rule->rest != NULL) {
			add_class(&p, rule->rest);
			buf_str(&p, "*$");
		}
		buf_json_string(b, "pattern", p.data);
	}
	buf_free(&p);
}

/* What looks like a number or a truth is a text all the same. */
static void
describe_text(const struct rule *rule, struct buf *b)
{
	if (rule->first == NULL && rule->pattern == NULL) {
		buf_json_open(b, "type", '[');
		buf_json_string(b, NULL, "string");
		buf_json_string(b, NULL, "number");
		buf_json_string(b, NULL, "boolean");
		buf_json_close(b, ']');
	} else
		buf_json_string(b, "type", "string");
	if (rule->low > 0)
		buf_json_int(b, "minLength", (int64_t)rule->low);
	buf_json_int(b, "maxLength", (int64_t)rule->high);
	describe_characters(rule, b);
}

static void
describe_choices(const struct rule *rule, struct buf *b)
{
	size_t i;

	buf_json_open(b, "enum", '[');
	for (i = 0; rule->choices[i] != NULL; i++)
		buf_json_string(b, NULL, rule->choices[i]);
	buf_json_close(b, ']');
}

/* ---- mappings and lists */

/* on_hosts: what must be said there only. */
static void
describe_required(const struct rule *rule, bool on_hosts, struct buf *b)
{
	const struct rule *r;
	bool open = false;

	for (r = rule->inner; r->key != NULL; r++) {
		if (!(on_hosts ? r->said : schema_needs(r)))
			continue;
		if (!open)
			buf_json_open(b, "required", '[');
		open = true;
		buf_json_string(b, NULL, r->key);
	}
	if (open)
		buf_json_close(b, ']');
}

static void
describe_mapping(const struct rule *rule, struct buf *b)
{
	const struct rule *r;

	buf_json_string(b, "type", "object");
	describe_required(rule, false, b);
	buf_json_bool(b, "additionalProperties", false);
	buf_json_open(b, "properties", '{');
	for (r = rule->inner; r->key != NULL; r++)
		describe(r, r->key, b);
	buf_json_close(b, '}');
}

static void
describe_names(const struct rule *rule, struct buf *b)
{
	buf_json_string(b, "type", "object");
	buf_json_int(b, "minProperties", (int64_t)rule->low);
	buf_json_int(b, "maxProperties", (int64_t)rule->high);
	buf_json_open(b, "propertyNames", '{');
	buf_json_int(b, "maxLength", (int64_t)rule->longest);
	describe_characters(rule, b);
	buf_json_close(b, '}');
	describe(rule->inner, "additionalProperties", b);
}

static void
describe_list(const struct rule *rule, struct buf *b)
{
	if (rule->lone) {
		buf_json_open(b, "anyOf", '[');
		describe(rule->inner, NULL, b);
		buf_json_open(b, NULL, '{');
	}
	buf_json_string(b, "type", "array");
	buf_json_int(b, "minItems", (int64_t)rule->low);
	buf_json_int(b, "maxItems", (int64_t)rule->high);
	if (rule->inner->kind != MAPPING)
		buf_json_bool(b, "uniqueItems", true);
	describe(rule->inner, "items", b);
	if (rule->lone) {
		buf_json_close(b, '}');
		buf_json_close(b, ']');
	}
}

/* ---- any */

static void
describe_number(const struct rule *rule, struct buf *b)
{
	bool whole = rule->kind == WHOLE;

	buf_json_string(b, "type", whole ? "integer" : "number");
	buf_json_int(b, whole ? "minimum" : "exclusiveMinimum",
	    whole ? (int64_t)rule->low : 0);
	buf_json_int(b, "maximum", (int64_t)rule->high);
}

static void
describe_unit(const char *units, struct buf *b)
{
	char pattern[PATTERN_SIZE];

	snprintf(pattern, sizeof(pattern), "^(0|[1-9][0-9]{0,8})(%s)$", units);
	buf_json_string(b, "type", "string");
	buf_json_string(b, "pattern", pattern);
}

static void
describe_kind(const struct rule *rule, struct buf *b)
{
	switch (rule->kind) {
	case MAPPING:
		describe_mapping(rule, b);
		return;
	case NAMES:
		describe_names(rule, b);
		return;
	case LIST:
		describe_list(rule, b);
		return;
	case WHOLE:
	case NUMBER:
		describe_number(rule, b);
		return;
	case BOOLEAN:
		buf_json_string(b, "type", "boolean");
		return;
	case DURATION:
		describe_unit("ms|s|m|h", b);
		return;
	case SIZE:
		describe_unit("M|G", b);
		return;
	case CHOICE:
		describe_choices(rule, b);
		return;
	case TEXT:
		describe_text(rule, b);
		return;
	}
}

static void
describe_preset(const struct rule *rule, struct buf *b)
{
	struct node n = { 0 };
	char text[PATTERN_SIZE];

	if (rule->preset == NULL)
		return;
	if (rule->kind == NAMES || rule->kind == LIST) {
		yaml_preset(rule->preset, &n);
		schema_json(rule, &n, "default", b);
		node_free(&n);
	} else {
		snprintf(text, sizeof(text), "%s", rule->preset);
		n.text = text;
		schema_json(rule, &n, "default", b);
	}
}

static void
describe(const struct rule *rule, const char *key, struct buf *b)
{
	buf_json_open(b, key, '{');
	describe_kind(rule, b);
	describe_preset(rule, b);
	buf_json_close(b, '}');
}

/* ---- what is not for every provider */

static bool
has_place(const struct rule *rule, int where)
{
	const struct rule *r;

	if (rule->kind == NAMES)
		return has_place(rule->inner, where);
	if (rule->kind != MAPPING)
		return false;
	for (r = rule->inner; r->key != NULL; r++)
		if ((int)r->where == where || has_place(r, where))
			return true;
	return false;
}

/* No key that is for there alone. */
static void
forbid(const struct rule *rule, int where, struct buf *b)
{
	const struct rule *r;

	if (rule->kind == NAMES) {
		buf_json_open(b, "additionalProperties", '{');
		forbid(rule->inner, where, b);
		buf_json_close(b, '}');
		return;
	}
	buf_json_open(b, "properties", '{');
	for (r = rule->inner; r->key != NULL; r++)
		if ((int)r->where == where)
			buf_json_bool(b, r->key, false);
		else if (has_place(r, where)) {
			buf_json_open(b, r->key, '{');
			forbid(r, where, b);
			buf_json_close(b, '}');
		}
	buf_json_close(b, '}');
}

static void
describe_places(const struct rule *rule, struct buf *b)
{
	buf_json_open(b, "if", '{');
	buf_json_open(b, "required", '[');
	buf_json_string(b, NULL, "provider");
	buf_json_close(b, ']');
	buf_json_open(b, "properties", '{');
	buf_json_open(b, "provider", '{');
	buf_json_string(b, "const", HOSTS_PROVIDER);
	buf_json_close(b, '}');
	buf_json_close(b, '}');
	buf_json_close(b, '}');
	buf_json_open(b, "then", '{');
	describe_required(rule, true, b);
	forbid(rule, ONLY_HERE, b);
	buf_json_close(b, '}');
	buf_json_open(b, "else", '{');
	forbid(rule, ONLY_ON_HOSTS, b);
	buf_json_close(b, '}');
}

void
schema_describe(const struct rule *rule, struct buf *b)
{
	buf_json_open(b, NULL, '{');
	buf_json_string(
	    b, "$schema", "https://json-schema.org/draft/2020-12/schema");
	buf_json_string(b, "title", "Environment file of Allday");
	buf_json_string(b, "$comment",
	    "Printed by `asg schema`. What goes together with what, "
	    "`asg check` knows.");
	describe_kind(rule, b);
	describe_places(rule, b);
	buf_json_close(b, '}');
}
