/*
 * First pages of lists, each with the change counter of its account at the
 * time: while that is the same a page is answered from here, and the database
 * is asked for the counter alone. One table a process, of some 1.5 MB at most.
 *
 * A page is kept when it is put twice for one value of the counter: a list that
 * changes between any two readings is never kept, and so costs one statement,
 * not two.
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

/* Is there one, of whatever counter? */
bool page_cache_has(const struct page_cache_key *);

/* Append the page of seq; false when there is none. */
bool page_cache_get(const struct page_cache_key *, int64_t seq, struct buf *);

/* The page of seq was this. */
void page_cache_put(
    const struct page_cache_key *, int64_t seq, const struct buf *);

#endif
