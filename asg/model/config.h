/*
 * What the owner of an environment wants of its groups: asg.json, which the
 * package environment/ makes of the environment file (environment/asg.py says
 * what is in it). People are told there what is wrong with a file; here one
 * that is not of this shape is refused.
 */
#ifndef CONFIG_H
#define CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/cron.h"

enum {
	NAME_SIZE = 32, /* of a group, a zone, a balancer; with its NUL */
	RELEASE_SIZE = 64,
	GROUPS_MAX = 64,
	ZONES_MAX = 16,
	POLICIES_MAX = 8,
	SCHEDULE_MAX = 32,
	INSTANCES_MAX = 10000, /* of a group */
};

enum termination_policy {
	TERMINATE_DEFAULT,       /* another release first, then the oldest */
	TERMINATE_OLDEST,        /* launched first */
	TERMINATE_NEWEST,        /* launched last */
	TERMINATE_OLDEST_RELEASE /* of the release that came first */
};

enum metric {
	REQUESTS_PER_TARGET, /* requests a second of one instance */
	RESPONSE_TIME,       /* 95th percentile, milliseconds */
	CPU                  /* percent of one core, mean of the instances */
};

extern const char *const config_metrics[]; /* ends with NULL */

/* Target tracking: as many instances as keep the metric at the target. */
struct policy {
	enum metric metric;
	double target;
	bool scale_in; /* false: it only ever adds */
};

/* A scheduled action; -1 leaves a number as it is. */
struct scheduled {
	struct cron cron;
	char text[64]; /* the expression, for causes */
	char time_zone[64];
	int min, desired, max;
};

enum deploy_policy {
	DEPLOY_ALL_AT_ONCE,
	DEPLOY_ROLLING,
	DEPLOY_ROLLING_WITH_ADDITIONAL_BATCH,
	DEPLOY_IMMUTABLE,
	DEPLOY_POLICIES
};

extern const char *const config_deploy_policies[]; /* ends with NULL */

/* How a group gets another release (refresh.h); times are microseconds. */
struct deploy {
	enum deploy_policy policy;
	int batch; /* percent of the desired capacity, 1 to 100 */
	int64_t bake;
	int64_t timeout;
	int pause_after; /* percent, 0: it does not pause */
	int64_t pause;
	bool pause_goes_on;
};

/* Times are microseconds (clock.h). */
struct group_config {
	char name[NAME_SIZE];
	const char *kind; /* "web" or "api": what its instances are */
	int min, desired, max;
	int64_t grace;     /* not healthy yet is no fault for so long */
	int64_t drain;     /* requests under way may take so long */
	int64_t warm_up;   /* after which an instance's load counts */
	int64_t cooldown;  /* between two scale-ins */
	int64_t out_after; /* the load must have asked for more for so long */
	int64_t in_after;  /* and for less for so long */
	enum termination_policy termination_policy;
	int zone_count;
	char zones[ZONES_MAX][NAME_SIZE];
	char release[RELEASE_SIZE]; /* that a new group has, "" for none … */
	bool pinned;       /* … and that it has whatever is deployed */
	char threads[512]; /* "login=2 auth=2", "" for none */
	char *environment; /* one JSON object of strings */
	bool alone;        /* no rule of a balancer leads to it */
	int policy_count;
	struct policy policies[POLICIES_MAX];
	int schedule_count;
	struct scheduled schedule[SCHEDULE_MAX];
	struct deploy deploy;
};

struct config {
	char name[NAME_SIZE];
	int slots; /* servers that a target group can have at most */
	int group_count;
	struct group_config *groups;
};

/*
 * Read asg.json. false: error has the one sentence that says why not, which
 * names the file. What was read is to be given to config_free(), also after
 * false. At most 4 MiB.
 */
bool config_read(struct config *, const char *file, char *error, size_t size);
void config_free(struct config *);

static inline int
config_clamp(int n, int low, int high)
{
	n = n > high ? high : n;
	return n < low ? low : n;
}

/* NULL when there is no group of that name. */
const struct group_config *config_group(
    const struct config *, const char *name);

#endif
