/*
 * How many items one transaction of a removal writes: what an account holds is
 * removed in pieces, so that none keeps its list locked for long, whatever the
 * items hold and however slow the database is just now.
 */
#ifndef PIECE_H
#define PIECE_H

#include <stdint.h>

enum {
	PIECE_MOST = 50,   /* of 40 kB: some 50 ms of an idle database */
	PIECE_FIRST = 10,  /* nobody knows yet how long they take */
	PIECE_US = 100000, /* what takes longer is followed by less */
};

/* How many come next, after a piece of so many that took so long. */
int64_t piece_next(int64_t size, int64_t took_us);

#endif
