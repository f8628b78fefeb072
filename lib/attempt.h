/*
 * Log-in attempts of one login, counted in the database so that every
 * instance sees the same number. An attempt is counted before the password is
 * looked at and forgotten when it was right: simultaneous guesses cannot slip
 * through. The key is a digest, so a login that does not exist counts alike.
 */
#ifndef ATTEMPT_H
#define ATTEMPT_H

#include "db.h"
#include "uuid.h"

#define ATTEMPTS_MAX 10  /* of one login … */
#define ATTEMPTS_S   900 /* … within so many seconds */

/* OK, or TOO_MANY with the seconds until the window ends. */
enum status attempt_count(
    struct db *, const uint8_t key[DIGEST_SIZE], int *retry_after);

enum dbrc attempt_forget(struct db *, const uint8_t key[DIGEST_SIZE]);

#endif
