/*
 * How many items one transaction of a removal writes: what an account holds is
 * removed in batches, so that none keeps its list locked for long, whatever the
 * items hold and however slow the database is just now.
 */
#ifndef BATCH_H
#define BATCH_H

#include <stdint.h>

enum {
	BATCH_MAX = 50,    /* of 40 kB: some 50 ms of an idle database */
	BATCH_FIRST = 10,  /* nobody knows yet how long they take */
	BATCH_US = 100000, /* what takes longer is followed by less */
};

/* How many come next, after a batch of so many that took so long. */
int64_t batch_next(int64_t size, int64_t took_us);

#endif
