/* asg.json, read and refused: what environment/asg.py writes, and nothing else.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/log.h"
#include "base/settings.h"
#include "model/config.h"

enum {
	VERSION = 1,
	DAY_MS = 24 * 3600 * 1000,
	TARGET_MAX = 1000000,
};

const char *const config_metrics[] = { "requests_per_target", "response_time",
	"cpu", NULL };

const char *const config_deploy_policies[] = { "all-at-once", "rolling",
	"rolling-with-additional-batch", "immutable", NULL };

/* -1 when it is not there. */
static int
take_number_or_none(struct settings *r, struct json_object *o, const char *key)
{
	if (!json_object_object_get_ex(o, key, NULL))
		return -1;
	return settings_int(r, o, key, 0, INSTANCES_MAX);
}

static int64_t
take_ms(struct settings *r, struct json_object *o, const char *key)
{
	return settings_int(r, o, key, 0, DAY_MS) * (CLOCK_SECOND / 1000);
}

/* ---- groups */

static void
take_zones(struct settings *r, struct json_object *o, struct group_config *g)
{
	struct json_object *list;
	size_t n, count = settings_array(r, o, "zones", ZONES_MAX, &list);

	if (count == 0)
		settings_refuse(r, "zones", "one zone at least");
	for (n = 0; n < count; n++)
		if (!settings_element(json_object_array_get_idx(list, n),
			g->zones[n], sizeof(g->zones[n])))
			settings_refuse(r, "zones", "an array of names");
	g->zone_count = (int)count;
}

/* Of the programs of an instance: an object of texts, as a text. */
static void
take_variables(
    struct settings *r, struct json_object *o, struct group_config *g)
{
	struct json_object *all = settings_object(r, o, "environment");

	if (all == NULL)
		return;
	json_object_object_foreach(all, name,
	    value) if (!json_object_is_type(value, json_type_string) ||
		       *name == '\0')
	    settings_refuse(r, "environment", "an object of texts");
	g->environment = strdup(json_object_to_json_string_ext(
	    all, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	if (g->environment == NULL)
		oom();
}

static void
take_policies(struct settings *r, struct json_object *o, struct group_config *g)
{
	struct json_object *list, *item;
	size_t n, count = settings_array(r, o, "policies", POLICIES_MAX, &list);
	struct policy *p = g->policies;

	for (n = 0; n < count; n++, p++) {
		item = json_object_array_get_idx(list, n);
		p->metric = (enum metric)settings_choice(
		    r, item, "metric", config_metrics);
		p->scale_in = settings_bool(r, item, "scale_in");
		p->target = settings_number(r, item, "target", TARGET_MAX);
	}
	g->policy_count = (int)count;
}

static void
take_schedule(struct settings *r, struct json_object *o, struct group_config *g)
{
	struct json_object *list, *item;
	size_t n, count = settings_array(r, o, "schedule", SCHEDULE_MAX, &list);
	struct scheduled *s = g->schedule;

	for (n = 0; n < count; n++, s++) {
		item = json_object_array_get_idx(list, n);
		settings_text(r, item, "cron", s->text, sizeof(s->text));
		settings_text(
		    r, item, "time_zone", s->time_zone, sizeof(s->time_zone));
		s->min = take_number_or_none(r, item, "min");
		s->desired = take_number_or_none(r, item, "desired");
		s->max = take_number_or_none(r, item, "max");
		if (!cron_parse(s->text, &s->cron))
			settings_refuse(r, "cron", "a time of crontab(5)");
		if (!cron_zone_usable(s->time_zone))
			settings_refuse(
			    r, "time_zone", "one that this host's tzdata has");
	}
	g->schedule_count = (int)count;
}

static void
take_deploy(struct settings *r, struct json_object *o, struct deploy *d)
{
	struct json_object *said = NULL;

	/* An earlier release did not write it. */
	*d = (struct deploy){ .policy = DEPLOY_ROLLING_WITH_ADDITIONAL_BATCH,
		.batch = 25,
		.timeout = 600 * CLOCK_SECOND };
	if (!json_object_object_get_ex(o, "deploy", &said) ||
	    (said = settings_object(r, o, "deploy")) == NULL)
		return;
	d->policy = (enum deploy_policy)settings_choice(
	    r, said, "policy", config_deploy_policies);
	d->batch = settings_int(r, said, "batch", 1, 100);
	d->bake = take_ms(r, said, "bake_ms");
	d->timeout = take_ms(r, said, "timeout_ms");
	d->pause_after = settings_int(r, said, "pause_after", 0, 99);
	d->pause = take_ms(r, said, "pause_ms");
	d->pause_goes_on = settings_bool(r, said, "pause_goes_on");
}

static void
take_release(struct settings *r, struct json_object *o, struct group_config *g)
{
	settings_text(r, o, "release", g->release, sizeof(g->release));
	/* An earlier release wrote it only when the file named one. */
	g->pinned = json_object_object_get_ex(o, "pinned", NULL)
			? settings_bool(r, o, "pinned")
			: g->release[0] != '\0';
}

static void
take_group(struct settings *r, struct json_object *o, struct group_config *g)
{
	static const char *const kinds[] = { "web", "api", NULL };
	static const char *const terminations[] = { "default", "oldest",
		"newest", "oldest-release", NULL };

	g->kind = kinds[settings_choice(r, o, "kind", kinds)];
	g->min = settings_int(r, o, "min", 0, INSTANCES_MAX);
	g->desired = settings_int(r, o, "desired", 0, INSTANCES_MAX);
	g->max = settings_int(r, o, "max", 0, INSTANCES_MAX);
	if (g->min > g->desired || g->desired > g->max)
		settings_refuse(r, "desired", "from min to max");
	g->grace = take_ms(r, o, "grace_ms");
	g->drain = take_ms(r, o, "drain_ms");
	g->warm_up = take_ms(r, o, "warm_up_ms");
	g->cooldown = take_ms(r, o, "cooldown_ms");
	g->out_after = take_ms(r, o, "scale_out_after_ms");
	g->in_after = take_ms(r, o, "scale_in_after_ms");
	g->termination_policy = (enum termination_policy)settings_choice(
	    r, o, "termination_policy", terminations);
	take_release(r, o, g);
	settings_text(r, o, "threads", g->threads, sizeof(g->threads));
	g->alone = settings_bool(r, o, "alone");
	take_zones(r, o, g);
	take_variables(r, o, g);
	take_policies(r, o, g);
	take_schedule(r, o, g);
	take_deploy(r, o, &g->deploy);
}

static void
take_groups(struct settings *r, struct json_object *root, struct config *c)
{
	struct json_object *all = settings_object(r, root, "groups");
	int count = all != NULL ? json_object_object_length(all) : 0;
	struct group_config *g;

	if (count < 1 || count > GROUPS_MAX) {
		settings_refuse(r, "groups", "one or more, and not too many");
		return;
	}
	if ((c->groups = calloc((size_t)count, sizeof(*c->groups))) == NULL)
		oom();
	json_object_object_foreach(all, name, value)
	{
		g = &c->groups[c->group_count++];
		if (*name == '\0' || strlen(name) >= sizeof(g->name))
			settings_refuse(
			    r, "groups", "entries with short names");
		snprintf(g->name, sizeof(g->name), "%s", name);
		snprintf(r->where, sizeof(r->where), "groups.%s.", g->name);
		take_group(r, value, g);
	}
	r->where[0] = '\0';
}

/* ---- the whole */

static void
take_root(struct settings *r, struct json_object *root, struct config *c)
{
	if (!settings_version(r, root, VERSION))
		return;
	settings_text(r, root, "name", c->name, sizeof(c->name));
	c->slots = settings_int(r, root, "slots", 0, INSTANCES_MAX);
	take_groups(r, root, c);
}

bool
config_read(struct config *c, const char *file, char *error, size_t size)
{
	struct settings r;
	struct json_object *root = settings_open(&r, file);

	memset(c, 0, sizeof(*c));
	if (root != NULL)
		take_root(&r, root, c);
	json_object_put(root);
	if (r.error[0] != '\0')
		snprintf(error, size, "%s", r.error);
	return r.error[0] == '\0';
}

void
config_free(struct config *c)
{
	int i;

	for (i = 0; i < c->group_count; i++)
		free(c->groups[i].environment);
	free(c->groups);
	memset(c, 0, sizeof(*c));
}

const struct group_config *
config_group(const struct config *c, const char *name)
{
	return list_find(
	    c->groups, (size_t)c->group_count, sizeof(*c->groups), name);
}
