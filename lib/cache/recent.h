/*
 * Sessions that the database confirmed a moment ago, so that most requests
 * need not look theirs up. One table a process.
 */
#ifndef RECENT_H
#define RECENT_H

#include "domain/session.h"

enum { RECENT_US = CLOCK_SECOND };

/* token: its SHA-256. true when it is there: id, account and created. */
bool recent_find(const uint8_t token[DIGEST_SIZE], struct session *);

/* asked: clock_boot() before the database was. */
void recent_add(
    const uint8_t token[DIGEST_SIZE], const struct session *, int64_t asked);

#endif
