/*
 * Fair queueing of requests that wait for a thread: a queue for each owner.
 * Owners take turns, and one that has as many under way as it may have is
 * passed over, so that one with many requests waits behind its own. After a
 * heavy answer its owner cools down: processors are for all, however many
 * threads are left. Not thread-safe: the caller has a lock.
 *
 * Times are those of clock_boot().
 */
#ifndef FAIR_H
#define FAIR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/uuid.h"

/* Owners with requests that wait or are served; beyond them two may share a
 * queue. */
enum { FAIR_OWNERS = 256 };

struct fair_owner {
	struct uuid id;
	struct fair_place *first, *last; /* that wait */
	struct fair_owner *next;         /* in the order of their turns */
	unsigned served, most;
	int64_t cools_until; /* the last time; 0: never */
};

/* For so long after it has cooled down an owner has one request served at a
 * time. */
#define FAIR_HEAVY CLOCK_SECOND

/* Of one request; a part of it, and its own. */
struct fair_place {
	struct fair_place *next;
	struct fair_owner *owner;
};

/* All zero: empty. */
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
 * its owner; NULL: none that waits may be served.
 */
struct fair_place *fair_take(struct fair *, int64_t now);

/*
 * How long an owner cools down after an answer of so many bytes that took so
 * long: not at all when it is not large; else twice as long as it took, as for
 * many rows most of it is the database's time, or 20 ms for a page of 1 MB,
 * which all programs together need some 10 ms to make and to pass on; 100 ms at
 * most, for those of one account that wait at once must all have their turn
 * before nginx gives them up.
 */
int64_t fair_cooldown(size_t bytes, int64_t took);

/* The owner cools down for so long, after what is left of its last time. */
void fair_done(
    struct fair *, struct fair_owner *, int64_t now, int64_t cooldown);

/* Would fair_take() find one? */
bool fair_any(const struct fair *, int64_t now);

/* When the first owner with something waiting has cooled down; 0: none. */
int64_t fair_next(const struct fair *, int64_t now);

#endif
