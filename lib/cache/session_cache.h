/*
 * Sessions that the database confirmed a moment ago, so that most requests
 * need not look theirs up. One table a process.
 */
#ifndef SESSION_CACHE_H
#define SESSION_CACHE_H

#include <stdbool.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/uuid.h"

enum { SESSION_CACHE_US = CLOCK_SECOND };

struct session_cache_entry {
	struct uuid id, account;
	int64_t created;
};

/* token: its SHA-256. true when it is there. */
bool session_cache_get(
    const uint8_t token[DIGEST_SIZE], struct session_cache_entry *);

/* asked: clock_boot() before the database was. */
void session_cache_put(const uint8_t token[DIGEST_SIZE],
    const struct session_cache_entry *, int64_t asked);

#endif
