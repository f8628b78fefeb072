/* asg.json, read and refused: what environment/asg.py writes, and nothing else.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "model/config.h"

enum {
	VERSION = 1,
	FILE_MAX = 4 << 20, /* bytes */
	DAY_MS = 24 * 3600 * 1000,
	TARGET_MAX = 1000000,
};

/* The first fault is told; what is read after it does not count. */
struct reader {
	const char *file;
	char where[2 * NAME_SIZE]; /* "groups.api." */
	char *error;
	size_t size;
	bool bad;
};

static void
refuse(struct reader *r, const char *key, const char *wanted)
{
	if (!r->bad)
		snprintf(r->error, r->size, "%s: %s%s must be %s", r->file,
		    r->where, key, wanted);
	r->bad = true;
}

/* ---- members by type; NULL: it is not there, or has another one */

static struct json_object *
member(struct json_object *o, const char *key, enum json_type type)
{
	struct json_object *found = NULL;

	return json_object_object_get_ex(o, key, &found) &&
		       json_object_is_type(found, type)
		   ? found
		   : NULL;
}

static struct json_object *
take(struct reader *r, struct json_object *o, const char *key,
    enum json_type type)
{
	struct json_object *found = member(o, key, type);

	if (found == NULL)
		refuse(r, key,
		    type == json_type_object  ? "an object"
		    : type == json_type_array ? "an array"
					      : "true or false");
	return found;
}

static bool
take_bool(struct reader *r, struct json_object *o, const char *key)
{
	return json_object_get_boolean(take(r, o, key, json_type_boolean));
}

static int
take_int(struct reader *r, struct json_object *o, const char *key, int high)
{
	struct json_object *found = member(o, key, json_type_int);
	int64_t n = json_object_get_int64(found);
	char wanted[48];

	if (found != NULL && n >= 0 && n <= high)
		return (int)n;
	snprintf(wanted, sizeof(wanted), "an integer from 0 to %d", high);
	refuse(r, key, wanted);
	return 0;
}

/* -1 when it is not there. */
static int
take_number_or_none(struct reader *r, struct json_object *o, const char *key)
{
	if (!json_object_object_get_ex(o, key, NULL))
		return -1;
	return take_int(r, o, key, INSTANCES_MAX);
}

static int64_t
take_ms(struct reader *r, struct json_object *o, const char *key)
{
	return take_int(r, o, key, DAY_MS) * (CLOCK_SECOND / 1000);
}

/* A text that fits, with its NUL; false: it is none. */
static bool
put_text(struct json_object *text, char *out, size_t size)
{
	size_t n = (size_t)json_object_get_string_len(text);

	if (!json_object_is_type(text, json_type_string) || n >= size ||
	    strlen(json_object_get_string(text)) != n)
		return false;
	memcpy(out, json_object_get_string(text), n + 1);
	return true;
}

static void
take_text(struct reader *r, struct json_object *o, const char *key, char *out,
    size_t size)
{
	char wanted[48];

	snprintf(
	    wanted, sizeof(wanted), "a text of at most %zu bytes", size - 1);
	if (!put_text(member(o, key, json_type_string), out, size))
		refuse(r, key, wanted);
}

static int
take_choice(struct reader *r, struct json_object *o, const char *key,
    const char *const *names)
{
	char text[NAME_SIZE] = "";
	int n;

	take_text(r, o, key, text, sizeof(text));
	for (n = 0; names[n] != NULL; n++)
		if (strcmp(names[n], text) == 0)
			return n;
	refuse(r, key, "one of the choices of its file");
	return 0;
}

/* The number of items, at most max; *ret: the array. */
static int
take_array(struct reader *r, struct json_object *o, const char *key, int max,
    struct json_object **ret)
{
	size_t n;

	*ret = take(r, o, key, json_type_array);
	n = *ret != NULL ? json_object_array_length(*ret) : 0;
	if (n <= (size_t)max)
		return (int)n;
	refuse(r, key, "a shorter array");
	return 0;
}

static char *
copy(const char *s)
{
	char *new = strdup(s);

	if (new == NULL)
		oom();
	return new;
}

/* ---- groups */

static void
take_zones(struct reader *r, struct json_object *o, struct group_config *g)
{
	struct json_object *list;
	int n, count = take_array(r, o, "zones", ZONES_MAX, &list);

	if (count == 0)
		refuse(r, "zones", "one zone at least");
	for (n = 0; n < count; n++)
		if (!put_text(json_object_array_get_idx(list, (size_t)n),
			g->zones[n], sizeof(g->zones[n])))
			refuse(r, "zones", "an array of names");
	g->zone_count = count;
}

/* Of the programs of an instance: an object of texts, as a text. */
static void
take_variables(struct reader *r, struct json_object *o, struct group_config *g)
{
	struct json_object *all = take(r, o, "environment", json_type_object);

	if (all == NULL)
		return;
	json_object_object_foreach(all, name,
	    value) if (!json_object_is_type(value, json_type_string) ||
		       *name == '\0')
	    refuse(r, "environment", "an object of texts");
	g->environment = copy(json_object_to_json_string_ext(
	    all, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
}

static double
take_target(struct reader *r, struct json_object *o)
{
	struct json_object *n = member(o, "target", json_type_double);
	double target;

	if (n == NULL)
		n = member(o, "target", json_type_int);
	target = json_object_get_double(n);
	if (!(target > 0 && target <= TARGET_MAX))
		refuse(r, "target", "a number above 0");
	return target;
}

static void
take_policies(struct reader *r, struct json_object *o, struct group_config *g)
{
	static const char *const metrics[] = { "requests_per_target",
		"response_time", "cpu", NULL };
	struct json_object *list, *item;
	int n, count = take_array(r, o, "policies", POLICIES_MAX, &list);
	struct policy *p = g->policies;

	for (n = 0; n < count; n++, p++) {
		item = json_object_array_get_idx(list, (size_t)n);
		p->metric = (enum metric)take_choice(
		    r, item, "metric", metrics);
		p->scale_in = take_bool(r, item, "scale_in");
		p->target = take_target(r, item);
	}
	g->policy_count = count;
}

static void
take_schedule(struct reader *r, struct json_object *o, struct group_config *g)
{
	struct json_object *list, *item;
	int n, count = take_array(r, o, "schedule", SCHEDULE_MAX, &list);
	struct scheduled *s = g->schedule;
	char why[128] = "";

	for (n = 0; n < count; n++, s++) {
		item = json_object_array_get_idx(list, (size_t)n);
		take_text(r, item, "cron", s->text, sizeof(s->text));
		take_text(
		    r, item, "time_zone", s->time_zone, sizeof(s->time_zone));
		s->min = take_number_or_none(r, item, "min");
		s->desired = take_number_or_none(r, item, "desired");
		s->max = take_number_or_none(r, item, "max");
		if (!cron_parse(s->text, &s->cron, why, sizeof(why)))
			refuse(r, "cron", "a time of crontab(5)");
		if (!cron_zone_usable(s->time_zone))
			refuse(
			    r, "time_zone", "one that this host's tzdata has");
	}
	g->schedule_count = count;
}

static void
take_group(struct reader *r, struct json_object *o, struct group_config *g)
{
	static const char *const kinds[] = { "web", "api", NULL };
	static const char *const terminations[] = { "default", "oldest",
		"newest", "oldest-release", NULL };
	char threads[512] = "";

	g->kind = kinds[take_choice(r, o, "kind", kinds)];
	g->min = take_int(r, o, "min", INSTANCES_MAX);
	g->desired = take_int(r, o, "desired", INSTANCES_MAX);
	g->max = take_int(r, o, "max", INSTANCES_MAX);
	if (g->min > g->desired || g->desired > g->max)
		refuse(r, "desired", "from min to max");
	g->grace = take_ms(r, o, "grace_ms");
	g->drain = take_ms(r, o, "drain_ms");
	g->warm_up = take_ms(r, o, "warm_up_ms");
	g->cooldown = take_ms(r, o, "cooldown_ms");
	g->out_after = take_ms(r, o, "scale_out_after_ms");
	g->in_after = take_ms(r, o, "scale_in_after_ms");
	g->termination_policy = (enum termination_policy)take_choice(
	    r, o, "termination_policy", terminations);
	take_text(r, o, "release", g->release, sizeof(g->release));
	take_text(r, o, "threads", threads, sizeof(threads));
	g->threads = copy(threads);
	g->alone = take_bool(r, o, "alone");
	take_zones(r, o, g);
	take_variables(r, o, g);
	take_policies(r, o, g);
	take_schedule(r, o, g);
}

static void
take_groups(struct reader *r, struct json_object *root, struct config *c)
{
	struct json_object *all = take(r, root, "groups", json_type_object);
	int count = all != NULL ? json_object_object_length(all) : 0;
	struct group_config *g;

	if (count < 1 || count > GROUPS_MAX) {
		refuse(r, "groups", "one or more, and not too many");
		return;
	}
	if ((c->groups = calloc((size_t)count, sizeof(*c->groups))) == NULL)
		oom();
	json_object_object_foreach(all, name, value)
	{
		g = &c->groups[c->group_count++];
		if (*name == '\0' || strlen(name) >= sizeof(g->name))
			refuse(r, "groups", "entries with short names");
		snprintf(g->name, sizeof(g->name), "%s", name);
		snprintf(r->where, sizeof(r->where), "groups.%s.", g->name);
		take_group(r, value, g);
	}
	r->where[0] = '\0';
}

/* ---- the whole */

static void
take_root(struct reader *r, struct json_object *root, struct config *c)
{
	if (json_object_get_int(member(root, "version", json_type_int)) !=
	    VERSION) {
		refuse(r, "version",
		    "1: it was not written by this release; `make run` and "
		    "create.yml write it");
		return;
	}
	take_text(r, root, "name", c->name, sizeof(c->name));
	c->slots = take_int(r, root, "slots", INSTANCES_MAX);
	take_groups(r, root, c);
}

static bool
slurp(struct reader *r, struct buf *text)
{
	char block[16384];
	size_t n;
	bool ok;
	FILE *f;

	errno = 0;
	f = fopen(r->file, "re");
	while (f != NULL && text->len <= FILE_MAX &&
	       (n = fread(block, 1, sizeof(block), f)) > 0)
		buf_add(text, block, n);
	ok = f != NULL && !ferror(f) && text->len <= FILE_MAX;
	if (!ok)
		snprintf(r->error, r->size, "%s: cannot be read: %s", r->file,
		    text->len > FILE_MAX ? "it is too large" : strerror(errno));
	if (f != NULL)
		fclose(f);
	return ok;
}

/*
 * One JSON object; NULL: error says why not. (Not JSON_TOKENER_STRICT: that of
 * json-c 0.18 takes the bytes of UTF-8 for control characters.)
 */
static struct json_object *
parse(struct reader *r, const struct buf *text)
{
	struct json_tokener *t = json_tokener_new();
	struct json_object *root;
	const char *why;
	size_t end;

	if (t == NULL)
		oom();
	json_tokener_set_flags(t, JSON_TOKENER_VALIDATE_UTF8);
	/* (With its NUL: a number at the end would wait for more.) */
	root = json_tokener_parse_ex(t, text->data, (int)text->len + 1);
	why = json_tokener_error_desc(json_tokener_get_error(t));
	end = json_tokener_get_parse_end(t);
	if (end < text->len)
		end += strspn(text->data + end, " \t\r\n");
	if (!json_object_is_type(root, json_type_object) || end < text->len) {
		snprintf(r->error, r->size, "%s: is not a JSON object: %s",
		    r->file,
		    root != NULL && end < text->len ? "something follows it"
						    : why);
		json_object_put(root);
		root = NULL;
	}
	json_tokener_free(t);
	return root;
}

bool
config_read(struct config *c, const char *file, char *error, size_t size)
{
	struct reader r = { .file = file, .error = error, .size = size };
	struct json_object *root = NULL;
	struct buf text = { 0 };

	memset(c, 0, sizeof(*c));
	buf_str(&text, "");
	if (slurp(&r, &text) && (root = parse(&r, &text)) != NULL)
		take_root(&r, root, c);
	r.bad = r.bad || root == NULL;
	json_object_put(root);
	buf_free(&text);
	return !r.bad;
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
