/*
 * What the commands that show something share.
 */
#ifndef SHOW_H
#define SHOW_H

#include "reconcile/reconcile.h"

/*
 * The state, and what the balancers say now. Not locked; to be given to
 * state_close().
 */
void show_open(struct reconciler *, struct state *);

/* Instances that are in service and healthy. */
int show_in_service(const struct group *);

/* JSON: all of it, or one instance. */
void show_json(struct reconciler *, struct buf *);
void show_instance(struct buf *, const struct group *, const struct instance *);

#endif
