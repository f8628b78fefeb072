/*
 * Attempts that cost a hash, counted in the database, so that all instances
 * and balancers see one number. An attempt is counted before the password is
 * looked at: simultaneous guesses cannot slip through. Who tries is a digest,
 * so a login that does not exist counts alike, and no address is stored. A row
 * lives as long as the longest window, and each attempt takes old ones away:
 * there are no more than attempts in that time.
 */
#ifndef ATTEMPT_H
#define ATTEMPT_H

#include "base/uuid.h"
#include "db/db.h"

#define ATTEMPTS_MAX 10    /* wrong ones of one login or session … */
#define ATTEMPTS_S   900   /* … within so many seconds */
#define ADDRESS_S    60    /* of one network address, right or wrong */
#define SIGN_UPS_S   86400 /* the same, when it is for a new account */

/* Who tries, and how often that may be within so many seconds. */
struct attempt {
	uint8_t key[DIGEST_SIZE];
	int max, seconds;
};

/* As long as it is not the owner's, a log-in: key is account.login_key. */
struct attempt attempt_of_login(const uint8_t key[DIGEST_SIZE]);

/* Of whoever has the session, and of no stranger. */
struct attempt attempt_of_session(const struct uuid *session);

/*
 * Of an address as text: an IPv4 address, also one that is written as IPv6, or
 * the /64 of an IPv6 address, which is what one customer has at least (RFC
 * 6177).
 */
struct attempt attempt_of_address(const char *address, int max);

/* Of an address, the same, and new accounts alone. */
struct attempt attempt_of_sign_up(const char *address, int max);

/*
 * Count one attempt of each, up to the first that has had too many: OK, or
 * TOO_MANY with the seconds until its window ends.
 */
enum status attempt_count(
    struct db *, const struct attempt *, size_t n, int *retry_after);

/* It was right. */
enum dbrc attempt_forget(struct db *, const struct attempt *);

#endif
