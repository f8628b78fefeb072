/*
 * Answers that are kept while they are true: the first page of a list, with
 * the value that its account's change counter had. Whoever finds one asks the
 * database for the counter alone. One table a process, of some 1.5 MB at most.
 *
 * An answer is kept when it was given twice for one value of the counter: a
 * list that changes between any two readings is never kept, and so costs one
 * statement, not two.
 */
#ifndef PAGE_CACHE_H
#define PAGE_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/uuid.h"

struct page_cache_key {
	struct uuid account;
	int32_t filter, limit;
};

/* Is there one, true or not any more? */
bool page_cache_has(const struct page_cache_key *);

/* Append it, when it is the one of seq; false when it is not. */
bool page_cache_get(const struct page_cache_key *, int64_t seq, struct buf *);

/* The answer for seq was this. */
void page_cache_put(
    const struct page_cache_key *, int64_t seq, const struct buf *);

#endif
