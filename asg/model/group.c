/* The list of a group's instances, and the names of their states. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/list.h"
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

struct instance *
group_add(struct group *g, const char *id)
{
	struct instance *i;

	g->instances = list_grow(g->instances, g->count, &g->size, sizeof(*i));
	i = &g->instances[g->count++];
	memset(i, 0, sizeof(*i));
	snprintf(i->id, sizeof(i->id), "%s", id);
	i->cpu_seconds = -1;
	return i;
}

struct instance *
group_find(struct group *g, const char *id)
{
	return list_find(g->instances, g->count, sizeof(*g->instances), id);
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

	group_each (i, g) {
		if (i->health != HEALTH_UNKNOWN)
			continue;
		if (i->presence == RUNNING ||
		    (i->presence == PRESENCE_UNKNOWN && i->fault_since == 0 &&
			i->lifecycle == IN_SERVICE))
			i->health = HEALTH_UP;
	}
}

/* That of most instances: who kept the state did not know it, or has lost it.
 */
static const char *
most_common_release(const struct group *g)
{
	const struct instance *i, *k;
	const char *found = "";
	int count, most = 0;

	group_each (i, g) {
		count = 0;
		group_each (k, g)
			count += strcmp(k->release, i->release) == 0;
		if (i->release[0] != '\0' && count > most) {
			most = count;
			found = i->release;
		}
	}
	return found;
}

static void
adopt_release(struct group *g, const struct group_config *c)
{
	const char *found;

	if (!c->pinned && g->release[0] != '\0')
		return;
	found = c->pinned ? "" : most_common_release(g);
	snprintf(g->release, sizeof(g->release), "%s",
	    found[0] != '\0' ? found : c->release);
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
	g->desired = config_clamp(g->desired, g->min, g->max);
	adopt_release(g, c);
}

int
group_backoff_seconds(int failures)
{
	return failures < 9 ? 1 << failures : BACKOFF_MAX;
}
