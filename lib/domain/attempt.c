/* How often a login or an address may be tried: counted in the database. */
#include <arpa/inet.h>
#include <string.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "domain/attempt.h"

/*
 * The window starts anew with the first attempt after its end, and when it has
 * begun later than can be: then a clock was set back.
 */
static const struct stmt count = {
	"INSERT INTO login_attempt (login_key, since, attempts)"
	" VALUES (?, ?, 1) ON DUPLICATE KEY UPDATE"
	" attempts = IF(since > ? AND since <= ?, attempts + 1, 1),"
	" since = IF(since > ? AND since <= ?, since, VALUES(since))"
};
static const struct stmt look = {
	"SELECT attempts, since FROM login_attempt WHERE login_key = ?"
};
static const struct stmt forget = {
	"DELETE FROM login_attempt WHERE login_key = ?"
};
/* A flood of invented logins leaves rows: each attempt takes some away. */
#define SWEPT_US (ATTEMPTS_S * CLOCK_SECOND)
static const struct stmt sweep = {
	"DELETE FROM login_attempt WHERE since <= ? LIMIT 10"
};

/* ---- who tries */

/* The first byte is one that no login has: their keys are digests too. */
static struct attempt
attempt_of(char kind, const void *who, size_t n, int max, int seconds)
{
	struct attempt a = { .max = max, .seconds = seconds };
	uint8_t text[2 + 64] = { 0, (uint8_t)kind };

	if (n > sizeof(text) - 2)
		n = sizeof(text) - 2;
	memcpy(text + 2, who, n);
	crypto_digest(text, n + 2, a.key);
	return a;
}

struct attempt
attempt_of_login(const uint8_t key[DIGEST_SIZE])
{
	struct attempt a = { .max = ATTEMPTS_MAX, .seconds = ATTEMPTS_S };

	memcpy(a.key, key, DIGEST_SIZE);
	return a;
}

struct attempt
attempt_of_session(const struct uuid *session)
{
	return attempt_of(
	    'S', session->b, sizeof(session->b), ATTEMPTS_MAX, ATTEMPTS_S);
}

struct attempt
attempt_of_address(const char *address, int max)
{
	struct in6_addr six;
	struct in_addr four;

	if (inet_pton(AF_INET6, address, &six) == 1) {
		if (!IN6_IS_ADDR_V4MAPPED(&six))
			return attempt_of('6', &six, 8, max, ADDRESS_S);
		return attempt_of('4', six.s6_addr + 12, 4, max, ADDRESS_S);
	}
	if (inet_pton(AF_INET, address, &four) == 1)
		return attempt_of('4', &four, 4, max, ADDRESS_S);
	return attempt_of('?', address, strlen(address), max, ADDRESS_S);
}

struct attempt
attempt_of_sign_up(const char *address, int max)
{
	struct attempt a = attempt_of_address(address, max);

	return attempt_of('N', a.key, sizeof(a.key), max, SIGN_UPS_S);
}

/* ---- counting */

struct counting {
	const struct attempt *all;
	size_t n;
	int64_t now;
	int retry_after; /* 0: none has had too many */
};

/* A longer window is written down as that much later, or it would be swept. */
static enum dbrc
count_one(struct db *db, const struct attempt *a, struct counting *c)
{
	int64_t window = a->seconds * CLOCK_SECOND, now = c->now;
	int64_t old, last, n, since;
	enum dbrc rc;

	if (window > SWEPT_US)
		now += window - SWEPT_US;
	old = now - window;
	last = now + window;
	if ((rc = db_run(db, &count, db_digest(a->key), db_time(now),
		 db_time(old), db_time(last), db_time(old), db_time(last))) !=
		DB_DONE ||
	    (rc = db_one(db, &look, DB_IN(db_digest(a->key)),
		 DB_OUT(db_to_int(&n), db_to_time(&since)))) != DB_DONE)
		return rc;
	if (n > a->max)
		c->retry_after = (int)((since + window - now) / CLOCK_SECOND) +
				 1;
	return DB_DONE;
}

static enum dbrc
do_count(struct db *db, void *arg)
{
	struct counting *c = arg;
	enum dbrc rc;
	size_t i;

	c->retry_after = 0;
	rc = db_run(db, &sweep, db_time(c->now - SWEPT_US));
	for (i = 0; rc == DB_DONE && c->retry_after == 0 && i < c->n; i++)
		rc = count_one(db, &c->all[i], c);
	return rc;
}

enum status
attempt_count(
    struct db *db, const struct attempt *all, size_t n, int *retry_after)
{
	struct counting c = { .all = all, .n = n, .now = clock_now() };
	enum status st;

	if ((st = db_status(db_transaction(db, do_count, &c))) != OK)
		return st;
	if (c.retry_after == 0)
		return OK;
	*retry_after = c.retry_after;
	return TOO_MANY;
}

static enum dbrc
do_forget(struct db *db, void *key)
{
	return db_run(db, &forget, db_digest((const uint8_t *)key));
}

enum dbrc
attempt_forget(struct db *db, const struct attempt *a)
{
	return db_transaction(db, do_forget, (void *)(uintptr_t)a->key);
}
