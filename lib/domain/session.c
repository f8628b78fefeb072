/* Sessions: making, finding, listing and revoking them. */
#include <stdio.h>
#include <string.h>

#include "base/buf_json.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "cache/session_cache.h"
#include "domain/replay.h"
#include "domain/session.h"

static const struct stmt insert = {
	"INSERT INTO session (token, id, account_id, created, last_used,"
	" expires, user_agent, address) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
	" ON DUPLICATE KEY UPDATE id = VALUES(id)"
};
static const struct stmt drop_expired = {
	"DELETE FROM session WHERE account_id = ? AND expires <= ?"
};
static const struct stmt count = {
	"SELECT COUNT(*) FROM session WHERE account_id = ?"
};
static const struct stmt drop_oldest = {
	"DELETE FROM session WHERE account_id = ? ORDER BY created LIMIT 1"
};
static const struct stmt find = { "SELECT id, account_id, created FROM session"
				  " WHERE token = ? AND expires > ?" };
static const struct stmt touch = {
	"UPDATE session SET last_used = ? WHERE account_id = ? AND id = ?"
	" AND last_used < ?"
};
static const struct stmt list = {
	"SELECT id, created, last_used, expires, user_agent, address"
	" FROM session WHERE account_id = ? AND expires > ?"
	" ORDER BY created DESC, id"
};
/* Of one that exists; its row stays locked. */
static const struct stmt hold = {
	"SELECT id FROM session WHERE account_id = ? AND id = ? FOR UPDATE"
};
static const struct stmt revoke = {
	"DELETE FROM session WHERE account_id = ? AND id = ?"
};
static const struct stmt revoke_all = {
	"DELETE FROM session WHERE account_id = ?"
};
static const struct stmt revoke_others = {
	"DELETE FROM session WHERE account_id = ? AND id <> ?"
};

/* 32 bytes as 43 characters of base64url (RFC 4648 section 5). */
static void
base64url(const uint8_t *src, size_t n, char *dst)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789-_";
	unsigned bits = 0, have = 0;

	while (n-- > 0) {
		bits = bits << 8 | *src++;
		for (have += 8; have >= 6; have -= 6)
			*dst++ = digits[bits >> (have - 6) & 63];
	}
	if (have > 0)
		*dst++ = digits[bits << (6 - have) & 63];
	*dst = '\0';
}

/* Header bytes are anybody's: only printable ASCII is kept. */
static void
copy_printable(char *dst, size_t size, const char *src)
{
	size_t i;

	for (i = 0; i + 1 < size && src[i] != '\0'; i++)
		dst[i] = src[i] >= ' ' && src[i] <= '~' ? src[i] : '?';
	dst[i] = '\0';
}

void
session_new(struct session *s, const struct uuid *account,
    const char *user_agent, const char *address, char token[SESSION_TOKEN])
{
	uint8_t secret[32];

	memset(s, 0, sizeof(*s));
	crypto_random(secret, sizeof(secret));
	base64url(secret, sizeof(secret), token);
	uuid_new(&s->id);
	s->account = *account;
	s->created = s->last_used = clock_now();
	s->expires = s->created + SESSION_DAYS * CLOCK_DAY;
	copy_printable(s->user_agent, sizeof(s->user_agent), user_agent);
	copy_printable(s->address, sizeof(s->address), address);
}

enum dbrc
session_insert(struct db *db, const struct session *s, const char *token)
{
	uint8_t sum[DIGEST_SIZE];
	enum dbrc rc;
	int64_t n;

	crypto_digest(token, strlen(token), sum);
	if ((rc = db_run(db, &drop_expired, db_uuid(&s->account),
		 db_time(s->created))) != DB_DONE ||
	    (rc = db_one(db, &count, DB_IN(db_uuid(&s->account)),
		 DB_OUT(db_to_int(&n)))) != DB_DONE)
		return rc;
	if (n >= SESSION_MAX &&
	    (rc = db_run(db, &drop_oldest, db_uuid(&s->account))) != DB_DONE)
		return rc;
	return db_run(db, &insert, db_digest(sum), db_uuid(&s->id),
	    db_uuid(&s->account), db_time(s->created), db_time(s->last_used),
	    db_time(s->expires), db_text(s->user_agent), db_text(s->address));
}

/* token: its SHA-256. */
static enum status
look_up(struct db *db, const uint8_t *token, struct session *s)
{
	enum status st = db_status(
	    db_one(db, &find, DB_IN(db_digest(token), db_time(clock_now())),
		DB_OUT(db_to_uuid(&s->id), db_to_uuid(&s->account),
		    db_to_time(&s->created))));

	return st == NOT_FOUND ? NO_SESSION : st;
}

enum status
session_find(struct db *db, const char *token, struct session *s)
{
	uint8_t sum[DIGEST_SIZE];

	if (strlen(token) != SESSION_TOKEN - 1)
		return NO_SESSION;
	crypto_digest(token, strlen(token), sum);
	return look_up(db, sum, s);
}

enum status
session_find_recent(struct db *db, const char *token, struct session *s)
{
	struct session_cache_entry e;
	uint8_t sum[DIGEST_SIZE];
	int64_t asked = clock_boot();
	enum status st;

	if (strlen(token) != SESSION_TOKEN - 1)
		return NO_SESSION;
	crypto_digest(token, strlen(token), sum);
	if (session_cache_get(sum, &e)) {
		s->id = e.id;
		s->account = e.account;
		s->created = e.created;
		return OK;
	}
	if ((st = look_up(db, sum, s)) == OK) {
		e = (struct session_cache_entry){ s->id, s->account,
			s->created };
		session_cache_put(sum, &e, asked);
	}
	return st;
}

static enum dbrc
do_touch(struct db *db, void *arg)
{
	const struct session *s = arg;
	int64_t now = clock_now();

	return db_run(db, &touch, db_time(now), db_uuid(&s->account),
	    db_uuid(&s->id), db_time(now - 600 * CLOCK_SECOND));
}

enum status
session_touch(struct db *db, const struct session *s)
{
	return db_status(db_transaction(db, do_touch, (void *)(uintptr_t)s));
}

enum status
session_list(struct db *db, const struct session *current, struct buf *b)
{
	struct session s = { .account = current->account };
	enum dbrc rc;

	if ((rc = db_select(db, &list,
		 DB_IN(db_uuid(&s.account), db_time(clock_now())),
		 DB_OUT(db_to_uuid(&s.id), db_to_time(&s.created),
		     db_to_time(&s.last_used), db_to_time(&s.expires),
		     db_to_text(s.user_agent), db_to_text(s.address)))) !=
	    DB_DONE)
		return db_status(rc);
	buf_json_open(b, NULL, '{');
	buf_json_open(b, "items", '[');
	while ((rc = db_next(db)) == DB_DONE)
		session_write(b, NULL, &s, uuid_equal(&s.id, &current->id));
	buf_json_close(b, ']');
	buf_json_close(b, '}');
	return rc == DB_NONE ? OK : db_status(rc);
}

struct revocation {
	const struct uuid *account;
	const struct uuid *id;
	const struct uuid *request;
};

static enum dbrc
do_revoke(struct db *db, void *arg)
{
	const struct revocation *r = arg;
	enum dbrc rc;

	if ((rc = db_run(db, &revoke, db_uuid(r->account), db_uuid(r->id))) !=
	    DB_DONE)
		return rc;
	return db_affected(db) == 0 ? replay_known(db, r->request)
				    : replay_note(db, r->request);
}

enum status
session_revoke(struct db *db, const struct uuid *account, const struct uuid *id,
    const struct uuid *request)
{
	struct revocation r = { account, id, request };

	return db_status(db_transaction(db, do_revoke, &r));
}

static enum dbrc
do_revoke_all(struct db *db, void *arg)
{
	const struct session *s = arg;
	struct uuid id;
	enum dbrc rc;

	rc = db_one(db, &hold, DB_IN(db_uuid(&s->account), db_uuid(&s->id)),
	    DB_OUT(db_to_uuid(&id)));
	return rc == DB_DONE ? db_run(db, &revoke_all, db_uuid(&s->account))
			     : rc;
}

enum status
session_revoke_all(struct db *db, const struct session *asking)
{
	enum dbrc rc;

	rc = db_transaction(db, do_revoke_all, (void *)(uintptr_t)asking);
	return rc == DB_NONE ? OK : db_status(rc);
}

enum dbrc
session_revoke_others(struct db *db, const struct session *keep)
{
	struct uuid id;
	enum dbrc rc;

	rc = db_one(db, &hold,
	    DB_IN(db_uuid(&keep->account), db_uuid(&keep->id)),
	    DB_OUT(db_to_uuid(&id)));
	return rc == DB_DONE ? db_run(db, &revoke_others,
				   db_uuid(&keep->account), db_uuid(&keep->id))
			     : rc;
}

void
session_write(
    struct buf *b, const char *key, const struct session *s, bool current)
{
	buf_json_open(b, key, '{');
	buf_json_uuid(b, "id", &s->id);
	buf_json_time(b, "created", s->created);
	buf_json_time(b, "last_used", s->last_used);
	buf_json_time(b, "expires", s->expires);
	buf_json_string(b, "user_agent", s->user_agent);
	buf_json_string(b, "address", s->address);
	buf_json_bool(b, "current", current);
	buf_json_close(b, '}');
}
