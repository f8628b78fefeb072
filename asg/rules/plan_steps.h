/*
 * The steps of plan(), which stand in a file each. Private to it.
 */
#ifndef PLAN_STEPS_H
#define PLAN_STEPS_H

#include "rules/plan.h"

/* The file, scheduled actions, scaling policies (plan_desired.c). */
void plan_desired(
    struct group *, const struct group_config *, int64_t now, struct events *);

/* Whether asg itself is cut off: then it is not known what is in the zones that
 * it does not reach (plan_reach.c). */
void plan_reach(
    struct group *, const struct group_config *, int64_t now, struct events *);

/* What is at fault, and whether a replacement would cure it (plan_fault.c). */
void plan_faults(struct group *, int64_t now, struct events *);

/* A fault that most of the group have, or that a balancer contradicts, is
 * waited for so long. */
enum { SHARED_SECONDS = 30 };

/* By the provider's word, and no balancer's against it. */
bool plan_has_ended(const struct instance *);

/* The next stage, when this one is done; or back, when it cannot be. Then the
 * parts that the group has now: their number, 1 or 2 (plan_refresh.c). */
void plan_refresh(struct group *, int64_t now, struct events *);

/* A launch has failed, or (why NULL) has not. */
void plan_refresh_launched(
    struct group *, const struct instance *, const char *why);

int plan_parts(const struct group *, struct part parts[2]);

/* Forget what is gone; then each instance by itself (plan_advance.c). */
void plan_forget(struct group *, int64_t now, struct events *);
void plan_advance(
    struct group *, const struct group_config *, int64_t now, struct events *);

#endif
