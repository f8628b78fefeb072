/*
 * How many instances the load asks for: target tracking. Pure: no clock, no
 * input or output.
 */
#ifndef SCALE_H
#define SCALE_H

#include "base/buf.h"
#include "config.h"

enum {
	SCALE_SLOTS = 90,
	SCALE_CAUSE = 192, /* bytes for a cause */
};

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

struct scale_memory {
	struct proposals proposals[POLICIES_MAX];
	int64_t last_out, last_in; /* when desired was changed; 0 never */
};

/*
 * The desired capacity that the policies ask for, between min and max; the
 * present one when nothing is to be changed. Then cause is "", else a
 * sentence such as "requests_per_target is 143.0 a second, above its target of
 * 100".
 *
 * Several policies combine as in AWS: out when any asks for it, to the most
 * that is asked for; in only when all agree. An unknown metric never agrees.
 */
int scale(const struct group_config *, struct scale_memory *,
    const struct load *, int min, int desired, int max, int64_t now,
    char cause[SCALE_CAUSE]);

/* As one line of text without quotes, and back, its times shifted; nonsense is
 * read as nothing. */
void scale_save(const struct scale_memory *, struct buf *);
void scale_load(struct scale_memory *, const char *, int64_t shift);

#endif
