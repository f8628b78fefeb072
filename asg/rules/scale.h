/*
 * How many instances the load asks for: target tracking. Pure: no clock, no
 * input or output.
 */
#ifndef SCALE_H
#define SCALE_H

#include "model/config.h"
#include "model/load.h"

enum { SCALE_CAUSE = 192 }; /* bytes for a cause */

/*
 * The desired capacity that the policies ask for, between min and max; the
 * present one when nothing is to be changed. Then cause is "", else a
 * sentence such as "requests_per_target is 143.0 a second, above its target of
 * 100".
 *
 * Several policies combine as in AWS: out when any asks for it, to the most
 * that is asked for; in only when all agree. An unknown metric never agrees.
 */
int scale(const struct group_config *, struct scale_state *,
    const struct load *, int min, int desired, int max, int64_t now,
    char cause[SCALE_CAUSE]);

#endif
