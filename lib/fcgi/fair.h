/*
 * Who is served next: requests that wait for a thread, in a queue for each
 * owner. Owners take turns, and one that has as many under way as it may have
 * is passed over, so that whoever asks for much waits behind himself. After a
 * heavy one its owner rests: processors are for all, however many threads are
 * left. Not for several threads at once: the caller has a lock.
 *
 * Times are those of clock_boot().
 */
#ifndef FAIR_H
#define FAIR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/uuid.h"

/* That wait or are served at once; beyond them two may share a queue. */
enum { FAIR_OWNERS = 256 };

struct fair_owner {
	struct uuid id;
	struct fair_place *first, *last; /* that wait */
	struct fair_owner *next;         /* in the order of their turns */
	unsigned served, most;
	int64_t rests_until; /* the last time; 0: never */
};

/* For so long after it has rested one request of an owner is served at once. */
#define FAIR_HEAVY CLOCK_SECOND

/* Of one request; a part of it, and its own. */
struct fair_place {
	struct fair_place *next;
	struct fair_owner *owner;
};

/* All zero: nobody waits. */
struct fair {
	struct fair_owner owners[FAIR_OWNERS];
	size_t n; /* beyond them no owner has anything */
	struct fair_owner *first, *last;
};

/* It waits behind those of its owner, of whom `most` are served at once. */
void fair_put(struct fair *, struct fair_place *, const struct uuid *owner,
    unsigned most, int64_t now);

/*
 * The next one, which is served from now on until fair_done() is called for
 * its owner; NULL: nobody waits that may be served.
 */
struct fair_place *fair_take(struct fair *, int64_t now);

/* The owner rests for so long, after what it still has to rest. */
void fair_done(struct fair *, struct fair_owner *, int64_t now, int64_t rest);

/* Would fair_take() find one? */
bool fair_any(const struct fair *, int64_t now);

/* The first moment when somebody who rests and waits does not rest; 0: none. */
int64_t fair_next(const struct fair *, int64_t now);

#endif
