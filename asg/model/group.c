#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/log.h"
#include "model/group.h"

const char *const group_lifecycles[] = { "Launching", "Pending", "InService",
	"Standby", "Draining", "Terminating", NULL };

const char *const group_healths[] = { "unknown", "initial", "healthy",
	"not ready", "unhealthy", NULL };

const char *const group_processes[PROCESSES] = { "Launch", "Terminate",
	"HealthCheck", "ReplaceUnhealthy", "AZRebalance", "AlarmNotification",
	"ScheduledActions", "AddToLoadBalancer" };

int
group_name_index(const char *const *names, int count, const char *name)
{
	int i;

	for (i = 0; i < count; i++)
		if (strcasecmp(names[i], name) == 0)
			return i;
	return -1;
}

/* One more element at the end of a growing array; zeroed. */
static void *
grow(void **list, size_t *count, size_t *size, size_t each)
{
	char *new;

	*list = list_grow(*list, *count, size, each);
	new = (char *)*list + *count *each;
	++*count;
	return memset(new, 0, each);
}

struct instance *
group_add(struct group *g, const char *id)
{
	void *list = g->instances;
	struct instance *i;

	i = grow(&list, &g->count, &g->size, sizeof(*i));
	g->instances = list;
	snprintf(i->id, sizeof(i->id), "%s", id);
	i->cpu_seconds = -1;
	return i;
}

struct instance *
group_find(struct group *g, const char *id)
{
	size_t n;

	for (n = 0; n < g->count; n++)
		if (strcmp(g->instances[n].id, id) == 0)
			return &g->instances[n];
	return NULL;
}

void
group_prune(struct group *g, bool (*gone)(const struct instance *))
{
	size_t n, kept = 0;

	for (n = 0; n < g->count; n++) {
		if (gone(&g->instances[n]))
			continue;
		if (kept != n)
			g->instances[kept] = g->instances[n];
		kept++;
	}
	g->count = kept;
}

void
group_free(struct group *g)
{
	free(g->instances);
	g->instances = NULL;
	g->count = g->size = 0;
}

void
group_see_alone(struct group *g)
{
	struct instance *i;
	size_t n;

	for (n = 0; n < g->count; n++) {
		i = &g->instances[n];
		if (i->health != HEALTH_UNKNOWN)
			continue;
		if (i->presence == RUNNING ||
		    (i->presence == PRESENCE_UNKNOWN && i->fault_since == 0 &&
			i->lifecycle == IN_SERVICE))
			i->health = HEALTH_UP;
	}
}

void
group_adopt(struct group *g, const struct group_config *c)
{
	if (g->file_min != c->min || g->file_max != c->max) {
		g->min = g->file_min = c->min;
		g->max = g->file_max = c->max;
	}
	if (g->file_desired != c->desired)
		g->desired = g->file_desired = c->desired;
	if (g->desired < g->min)
		g->desired = g->min;
	if (g->desired > g->max)
		g->desired = g->max;
}

int
group_backoff_seconds(int failures)
{
	return failures < 9 ? 1 << failures : BACKOFF_MAX;
}

void
event_cause_add(char cause[TEXT_SIZE], int64_t now, const char *fmt, ...)
{
	size_t len = strlen(cause);
	char when[CLOCK_TEXT], text[TEXT_SIZE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	clock_text(now, when);
	snprintf(cause + len, TEXT_SIZE - len, "%sAt %.19sZ %s.",
	    len != 0 ? " " : "", when, text);
}

struct event *
event_add(struct events *e, enum event_kind kind, const struct group *g,
    const struct instance *i, int64_t now)
{
	void *list = e->list;
	struct event *new;

	new = grow(&list, &e->count, &e->size, sizeof(*new));
	e->list = list;
	new->kind = kind;
	new->end = new->start = now;
	if (g != NULL)
		snprintf(new->group, sizeof(new->group), "%s", g->name);
	if (i != NULL)
		snprintf(new->instance, sizeof(new->instance), "%s", i->id);
	return new;
}

void
event_note(struct events *e, const struct group *g, const struct instance *i,
    int64_t now, const char *fmt, ...)
{
	struct event *new = event_add(e, EVENT_NOTE, g, i, now);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(new->text, sizeof(new->text), fmt, ap);
	va_end(ap);
}

void
events_free(struct events *e)
{
	free(e->list);
	memset(e, 0, sizeof(*e));
}
