/*
 * Answers that are kept while they are true: the first page of a list, with
 * the value that its account's change counter had. Whoever finds one asks the
 * database for the counter alone. One table a process, of some 1.5 MB at most.
 *
 * An answer is kept when it was given twice for one value of the counter: a
 * list that changes between any two readings is never kept, and so costs one
 * statement, not two.
 */
#ifndef KEPT_H
#define KEPT_H

#include "base/buf.h"

struct kept_key {
	struct uuid account;
	int32_t filter, limit;
};

/* Is there one, true or not any more? */
bool kept_any(const struct kept_key *);

/* Append it, when it is the one of seq; false when it is not. */
bool kept_find(const struct kept_key *, int64_t seq, struct buf *);

/* The answer for seq was this. */
void kept_note(const struct kept_key *, int64_t seq, const struct buf *);

#endif
