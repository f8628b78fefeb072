/*
 * An alert, as Prometheus calls it: a condition (a balancer that does not
 * answer, a zone out of reach, most of a group at fault) that is told when it
 * has lasted for a while, it fires, and once more when it is resolved.
 */
#ifndef ALERT_H
#define ALERT_H

#include <stdbool.h>
#include <stdint.h>

struct alert {
	int64_t since; /* the condition holds since then; 0: it does not */
	int64_t clear_since; /* and no more since then; 0: it does */
	bool firing;         /* it was told */
};

enum alert_change { ALERT_UNCHANGED, ALERT_FIRES, ALERT_RESOLVED };

/*
 * Does the condition hold now? ALERT_FIRES: for the first time for so long
 * (microseconds). ALERT_RESOLVED: it fired, and the condition has not held for
 * three seconds; *lasted is then how long it did. What comes again within
 * three seconds is the same.
 */
enum alert_change alert_update(
    struct alert *, bool holds, int64_t now, int64_t after, int64_t *lasted);

#endif
