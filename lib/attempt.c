#include "attempt.h"
#include "clock.h"

/* The window starts anew with the first attempt after its end. */
static const struct stmt count = {
	"INSERT INTO login_attempt (login_key, since, attempts)"
	" VALUES (?, ?, 1) ON DUPLICATE KEY UPDATE"
	" attempts = IF(since <= ?, 1, attempts + 1),"
	" since = IF(since <= ?, VALUES(since), since)",
	"httt", ""
};
static const struct stmt look = {
	"SELECT attempts, since FROM login_attempt WHERE login_key = ?", "h",
	"it"
};
static const struct stmt forget = {
	"DELETE FROM login_attempt WHERE login_key = ?", "h", ""
};
/* A flood of invented logins leaves rows: each attempt takes some away. */
static const struct stmt sweep = {
	"DELETE FROM login_attempt WHERE since <= ? LIMIT 10", "t", ""
};

struct attempt {
	const uint8_t *key;
	int64_t now;
	int64_t since;
	int64_t n;
};

static enum dbrc
do_count(struct db *db, void *arg)
{
	struct attempt *a = arg;
	int64_t old = a->now - ATTEMPTS_S * CLOCK_SECOND;
	enum dbrc rc;

	if ((rc = db_run(db, &sweep, old)) != DB_DONE ||
	    (rc = db_run(db, &count, a->key, a->now, old, old)) != DB_DONE)
		return rc;
	return db_one(db, &look, a->key, &a->n, &a->since);
}

enum status
attempt_count(struct db *db, const uint8_t key[DIGEST_SIZE], int *retry_after)
{
	struct attempt a = { .key = key, .now = clock_now() };
	enum status st;

	if ((st = db_status(db_transaction(db, do_count, &a))) != OK)
		return st;
	if (a.n <= ATTEMPTS_MAX)
		return OK;
	*retry_after = (int)((a.since + (ATTEMPTS_S + 1) * CLOCK_SECOND - 1 -
				 a.now) /
			     CLOCK_SECOND);
	return TOO_MANY;
}

static enum dbrc
do_forget(struct db *db, void *key)
{
	return db_run(db, &forget, (const uint8_t *)key);
}

enum dbrc
attempt_forget(struct db *db, const uint8_t key[DIGEST_SIZE])
{
	return db_transaction(db, do_forget, (void *)(uintptr_t)key);
}
