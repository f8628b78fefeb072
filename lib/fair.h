/*
 * Who is served next: requests that wait for a thread, in a queue for each
 * owner. Owners take turns, and one that has as many under way as it may have
 * is passed over, so that whoever asks for much waits behind himself. Not for
 * several threads at once: the caller has a lock.
 */
#ifndef FAIR_H
#define FAIR_H

#include <stdbool.h>
#include <stddef.h>

#include "uuid.h"

/* That wait or are served at once; beyond them two may share a queue. */
enum { FAIR_OWNERS = 256 };

struct fair_owner {
	struct uuid id;
	struct fair_place *first, *last; /* that wait */
	struct fair_owner *next;         /* in the order of their turns */
	unsigned served, most;
};

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
    unsigned most);

/*
 * The next one, which is served from now on until fair_done() is called for
 * its owner; NULL: nobody waits that may be served.
 */
struct fair_place *fair_take(struct fair *);
void fair_done(struct fair *, struct fair_owner *);

/* Would fair_take() find one? */
bool fair_any(const struct fair *);

#endif
