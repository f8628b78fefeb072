/*
 * Requests of the program auth that were done, remembered for a day: the
 * balancer sends what a paused instance does not answer to another one, and a
 * late copy must not do again what has been changed since. (Items and their
 * account remember their own: todo.h.)
 */
#ifndef REPLAY_H
#define REPLAY_H

#include "base/uuid.h"
#include "db/db.h"

/*
 * DB_DONE: it was done; DB_NONE: not that we know. To be asked when what it
 * does is locked: another copy may be at work.
 */
enum dbrc replay_known(struct db *, const struct uuid *request);

/* Inside the transaction that does it. Forgets those of a day ago. */
enum dbrc replay_note(struct db *, const struct uuid *request);

#endif
