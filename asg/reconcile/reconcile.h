/*
 * The reconciler: passes of observe, plan, apply.
 *
 * Its state directory has asg.json (config.h) and asg.env, NAME=value lines.
 * Whoever made the environment wrote both; the lines become asg's own
 * environment, and so the provider's:
 *   PROVIDER               the executable (provider.h)
 *   LOAD_BALANCERS         balancers.h
 * What it remembers is in asg/ there.
 */
#ifndef RECONCILE_H
#define RECONCILE_H

#include "haproxy/balancers.h"
#include "model/event.h"
#include "provider/provider.h"
#include "state/inputs.h"

struct reconciler {
	char state[200];
	char directory[200];  /* STATE/asg */
	struct inputs inputs; /* what follows was read from */
	struct config config;
	struct provider provider;
	struct balancers balancers;
	struct listing listing, before; /* the last, and the one before it */
	double cpu_age;                 /* seconds between the two */
	char list_error[TEXT_SIZE];     /* of the last one that failed, or "" */
	int64_t listed_at;              /* clock_boot() */
	uint64_t seed;
	int lock;       /* of STATE/asg/lock */
	bool unsettled; /* something is on its way */
};

/*
 * Read asg.env and asg.json. Ends the program with a sentence when
 * something is wrong with them.
 */
void reconciler_open(struct reconciler *, const char *state);
void reconciler_close(struct reconciler *);

/*
 * Take what was given anew since, if it is right; else note what is wrong
 * with it, once, and go on with what there was. true: it was taken.
 */
bool reconciler_reload(struct reconciler *, struct events *);

/* Another asg's passes end before ours begin; one that hangs is killed
 * (lock.h). false: not within the time. While there are passes STATE/asg/lock
 * is touched, each second at least: by that is seen that they go on. */
bool reconciler_lock(struct reconciler *, int64_t patience);

/* Passes until then (clock_boot()), a second apart or sooner when something
 * happens, at least one; the provider lists `every` microseconds. Also ended
 * by SIGTERM and SIGINT. */
void reconcile(struct reconciler *, int64_t end, int64_t every);

/* Terminate every instance there is and forget them; false: some are left. */
bool reconciler_clear(struct reconciler *);

/* ---- one pass (observe.c, reconcile.c) */

/* What has ended, what the provider lists and what the balancers say, written
 * into the state. */
void observe(struct reconciler *, struct state *, struct events *);

/* Have the provider list at once what was seen or planned in doubt: whether an
 * instance that is at fault still runs, and whether a zone is really away. */
void observe_again(struct reconciler *, const struct state *);

/* Is each zone that the last list could not reach surely away? The list before
 * could not, either. */
bool observe_is_sure(const struct reconciler *);

/* Take the finished list; false while there has been none yet. */
bool observe_list(struct reconciler *);

#endif
