/*
 * The load of a group, and what its scaling policies made of it before.
 */
#ifndef LOAD_H
#define LOAD_H

#include <stdint.h>

#include "model/config.h"

enum { SCALE_SLOTS = 90 };

/* What was measured since the last time; negative: not known. */
struct load {
	int in_service;  /* instances that were measured: in service and
			  * past their warm-up */
	int warming;     /* in service, or on their way, and not yet past it */
	double requests; /* a second, of the whole group */
	double response_ms; /* 95th percentile */
	double cpu;         /* percent of one core, mean of the measured */
};

/* What one policy asked for in each of the last SCALE_SLOTS times. */
struct proposals {
	int64_t newest; /* the newest slot began then; 0: none yet */
	int low[SCALE_SLOTS], high[SCALE_SLOTS]; /* [0] newest; -1 unknown */
};

struct scale_state {
	struct proposals proposals[POLICIES_MAX];
	int64_t last_out, last_in; /* when desired was changed; 0 never */
};

#endif
