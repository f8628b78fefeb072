/* How a group gets another release. */
#include <stdio.h>
#include <string.h>

#include "model/refresh.h"

const char *const refresh_phases[] = { "none", "replacing", "baking", "paused",
	"finishing", "done", NULL };

void
refresh_policy_make(struct refresh_policy *p, const struct deploy *d)
{
	*p = (struct refresh_policy){ .min_healthy = 100,
		.max_healthy = 200,
		.batch = d->batch,
		.bake = d->bake,
		.timeout = d->timeout,
		.pause_after = d->pause_after,
		.pause = d->pause,
		.pause_goes_on = d->pause_goes_on };
	switch (d->policy) {
	case DEPLOY_ROLLING:
		p->min_healthy = 100 - d->batch;
		p->max_healthy = 100;
		break;
	case DEPLOY_ROLLING_WITH_ADDITIONAL_BATCH:
		p->max_healthy = 100 + d->batch;
		break;
	case DEPLOY_IMMUTABLE:
		p->first = 1;
		p->hold = true;
		p->batch = 100;
		break;
	case DEPLOY_ALL_AT_ONCE:
	case DEPLOY_POLICIES:
		p->batch = 100;
		break;
	}
}

void
refresh_begin(struct refresh *r, const struct refresh_policy *p,
    const char *target, bool restart, int64_t now)
{
	memset(r, 0, sizeof(*r));
	r->phase = REFRESH_REPLACING;
	r->policy = *p;
	snprintf(r->target, sizeof(r->target), "%s", target);
	r->restart = restart;
	r->started_at = r->phase_since = now;
}
