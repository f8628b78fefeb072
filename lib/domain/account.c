/* Accounts: making them, logging in, changing the password, removing them batch
 * by batch. */
#include <string.h>

#include "base/buf_json.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/text.h"
#include "domain/account.h"
#include "domain/batch.h"
#include "domain/common_password.h"
#include "domain/invitation.h"
#include "domain/replay.h"

#define REMOVAL_US 1500000

static const struct stmt insert = {
	"INSERT INTO account (id, login_key, login, name, created,"
	" created_by) VALUES (?, ?, ?, ?, ?, ?)"
};
static const struct stmt insert_credential = {
	"INSERT INTO credential (account_id, hash, changed)"
	" VALUES (?, ?, ?)"
};
static const struct stmt insert_counter = {
	"INSERT INTO change_counter (account_id) VALUES (?)"
};
static const struct stmt get = {
	"SELECT login, name, created FROM account WHERE id = ?"
};
static const struct stmt get_by_key = {
	"SELECT id, login, name, created, created_by FROM account"
	" WHERE login_key = ?"
};
static const struct stmt get_credential = {
	"SELECT hash FROM credential WHERE account_id = ?"
};
static const struct stmt set_credential = {
	"UPDATE credential SET hash = ?, changed = ?"
	" WHERE account_id = ? AND hash = ?"
};
static const struct stmt hold_credential = {
	"SELECT hash FROM credential WHERE account_id = ? AND hash = ?"
	" FOR UPDATE"
};
static const struct stmt get_maker = {
	"SELECT created_by FROM account WHERE id = ?"
};
/*
 * Whoever finds no account, session or counter finds no item either: those are
 * removed afterwards. The counter first: a write of the list in flight waits,
 * then finds none.
 */
static const struct stmt delete_all[] = {
	{ "DELETE FROM change_counter WHERE account_id = ?" },
	{ "DELETE FROM session WHERE account_id = ?" },
	{ "DELETE FROM credential WHERE account_id = ?" },
	{ "DELETE FROM account WHERE id = ?" },
};
static const struct stmt insert_removal = {
	"INSERT INTO account_removal (account_id, since) VALUES (?, ?)"
};
static const struct stmt find_removal = {
	"SELECT account_id FROM account_removal LIMIT 1"
};
/* One that nobody else is at. */
static const struct stmt take_removal = {
	"SELECT account_id FROM account_removal LIMIT 1 FOR UPDATE SKIP LOCKED"
};
static const struct stmt delete_items = {
	"DELETE FROM todo WHERE account_id = ? LIMIT ?"
};
static const struct stmt delete_removal = {
	"DELETE FROM account_removal WHERE account_id = ?"
};

enum status
account_take_password(
    struct password *p, const char *typed, const char *field, struct fault *f)
{
	p->typed = typed;
	if (text_password(typed, p->text, sizeof(p->text)) != 0 ||
	    text_length(p->text) < PASSWORD_MIN)
		return fault_set(f, INVALID_FIELD, field,
		    "Must have at least %d characters and at most %d bytes.",
		    PASSWORD_MIN, PASSWORD_MAX);
	return OK;
}

enum status
account_read_password(const struct json *j, const char *key, bool is_new,
    struct password *ret, struct fault *f)
{
	const char *typed;
	enum status st;

	if ((st = json_get_string(j, key, &typed, f)) != OK)
		return st;
	if (is_new)
		return account_take_password(ret, typed, key, f);
	ret->typed = typed;
	if (text_password(typed, ret->text, sizeof(ret->text)) != 0)
		ret->text[0] = '\0';
	return OK;
}

void
account_wipe(struct password *p)
{
	explicit_bzero(p->text, sizeof(p->text));
}

/* A login must be typed again by hand: no blank at either end. */
enum status
account_take_login(struct account_new *in, const char *text, struct fault *f)
{
	enum status st;

	if ((st = text_take(text, TEXT_LINE, 1, LOGIN_MAX, in->login,
		 sizeof(in->login), "login", f)) != OK)
		return st;
	if (in->login[0] == ' ' || in->login[strlen(in->login) - 1] == ' ')
		return fault_set(f, INVALID_FIELD, "login",
		    "Must not begin or end with a space.");
	return OK;
}

static enum status
read_login(const struct json *j, struct account_new *in, struct fault *f)
{
	const char *s;
	enum status st = json_get_string(j, "login", &s, f);

	return st == OK ? account_take_login(in, s, f) : st;
}

static enum status
read_name(const struct json *j, struct account_new *in, struct fault *f)
{
	const char *s;
	enum status st;

	if (!json_has(j, "name") || json_is_null(j, "name"))
		return OK;
	if ((st = json_get_string(j, "name", &s, f)) != OK)
		return st;
	return text_take(s, TEXT_LINE, 0, ACCOUNT_NAME_MAX, in->name,
	    sizeof(in->name), "name", f);
}

enum status
account_read(
    const struct json *j, bool sign_up, struct account_new *in, struct fault *f)
{
	static const char *const known[][6] = {
		{ "login", "password", "cookie", NULL },
		{ "login", "password", "cookie", "name", "invitation", NULL },
	};
	enum status st;

	memset(in, 0, sizeof(*in));
	if ((st = json_only(j, known[sign_up], f)) != OK ||
	    (st = read_login(j, in, f)) != OK ||
	    (st = read_name(j, in, f)) != OK ||
	    (st = account_read_password(
		 j, "password", sign_up, &in->password, f)) != OK)
		return st;
	if (json_has(j, "invitation") &&
	    (st = json_get_string(j, "invitation", &in->invitation, f)) != OK)
		return st;
	return json_has(j, "cookie")
		   ? json_get_bool(j, "cookie", &in->cookie, f)
		   : OK;
}

static enum status
login_key(const char *login, uint8_t key[DIGEST_SIZE])
{
	char folded[12 * LOGIN_MAX + 1];

	if (text_fold(login, folded, sizeof(folded)) != 0)
		return SERVER_ERROR;
	crypto_digest(folded, strlen(folded), key);
	return OK;
}

static enum dbrc
find_by_key(struct db *db, const uint8_t key[DIGEST_SIZE], struct account *a,
    struct uuid *created_by)
{
	return db_one(db, &get_by_key, DB_IN(db_digest(key)),
	    DB_OUT(db_to_uuid(&a->id), db_to_text(a->login),
		db_to_text(a->name), db_to_time(&a->created),
		db_to_uuid(created_by)));
}

struct creation {
	const uint8_t *key;
	const struct uuid *request;
	struct account *account;
	const uint8_t *invitation; /* or NULL */
	bool replayed, uninvited;
};

static enum dbrc
do_create(struct db *db, void *arg)
{
	struct creation *c = arg;
	struct account *a = c->account;
	struct uuid by;
	enum dbrc rc;

	rc = db_run(db, &insert, db_uuid(&a->id), db_digest(c->key),
	    db_text(a->login), db_text_or_null(a->name), db_time(a->created),
	    db_uuid(c->request));
	if ((c->replayed = rc == DB_DUP)) {
		if ((rc = find_by_key(db, c->key, a, &by)) != DB_DONE)
			return rc;
		return uuid_equal(&by, c->request)
			   ? db_one(db, &get_credential, DB_IN(db_uuid(&a->id)),
				 DB_OUT(db_to_text(a->hash)))
			   : DB_DUP;
	}
	/* A late copy must not bring back what was deleted. */
	if (rc == DB_DONE && (rc = replay_known(db, c->request)) != DB_NONE)
		return rc == DB_DONE ? DB_DUP : rc;
	if (rc != DB_NONE ||
	    (rc = db_run(db, &insert_credential, db_uuid(&a->id),
		 db_text(a->hash), db_time(a->created))) != DB_DONE)
		return rc;
	if (c->invitation != NULL &&
	    (rc = invitation_use(db, c->invitation)) != DB_DONE) {
		c->uninvited = rc == DB_NONE;
		return rc;
	}
	return db_run(db, &insert_counter, db_uuid(&a->id));
}

/* Before a hash is spent. It may have been used by this very request. */
static enum status
check_invitation(struct db *db, const struct creation *c)
{
	struct account same;
	struct uuid by;
	enum dbrc rc;

	if (c->invitation == NULL ||
	    (rc = invitation_find(db, c->invitation)) == DB_DONE)
		return OK;
	if (rc == DB_NONE &&
	    (rc = find_by_key(db, c->key, &same, &by)) == DB_DONE)
		return uuid_equal(&by, c->request) ? OK : WRONG_INVITATION;
	return rc == DB_NONE ? WRONG_INVITATION : db_status(rc);
}

enum status
account_create(struct db *db, const struct account_new *in,
    const struct attempt *by, size_t n, const struct uuid *request,
    struct account *ret, int *retry_after)
{
	uint8_t key[DIGEST_SIZE], invitation[DIGEST_SIZE];
	struct creation c = { .key = key, .request = request, .account = ret };
	enum status st;
	enum dbrc rc;

	if (in->invitation != NULL) {
		invitation_key(in->invitation, invitation);
		c.invitation = invitation;
	}
	if (common_password(in->password.text, in->login))
		return COMMON_PASSWORD;
	if ((st = login_key(in->login, key)) != OK ||
	    (st = attempt_count(db, by, n, retry_after)) != OK ||
	    (st = check_invitation(db, &c)) != OK)
		return st;
	if (password_hash(in->password.text, ret->hash) != 0)
		return SERVER_ERROR;
	uuid_new(&ret->id);
	ret->created = clock_now();
	memcpy(ret->login, in->login, sizeof(ret->login));
	memcpy(ret->name, in->name, sizeof(ret->name));
	rc = db_transaction(db, do_create, &c);
	if (rc == DB_NONE && c.uninvited)
		return WRONG_INVITATION;
	/* Its password may have been changed since. */
	if (rc == DB_DONE && c.replayed &&
	    password_check(in->password.text, ret->hash) != PASSWORD_RIGHT)
		rc = DB_DUP;
	return rc == DB_DUP ? LOGIN_TAKEN : db_status(rc);
}

/* One hash for another: only where the one that was seen still stands. */
struct setting {
	const struct uuid *account;
	const char *seen;
	const char *hash;
	const struct session *keep;
	const struct uuid *request;
	enum status status;
};

static enum dbrc
swap(struct db *db, const struct setting *s)
{
	enum dbrc rc;

	rc = db_run(db, &set_credential, db_text(s->hash), db_time(clock_now()),
	    db_uuid(s->account), db_text(s->seen));
	return rc == DB_DONE && db_affected(db) == 0 ? DB_NONE : rc;
}

static enum dbrc
do_rehash(struct db *db, void *arg)
{
	return swap(db, arg);
}

/* By today's parameters, of what it is in NFC. */
static enum status
rehash(struct db *db, const struct uuid *id, const struct password *p,
    char hash[PASSWORD_HASH])
{
	char better[PASSWORD_HASH];
	struct setting s = { .account = id, .seen = hash, .hash = better };
	enum dbrc rc;

	if (password_hash(p->text, better) != 0)
		return OK;
	rc = db_transaction(db, do_rehash, &s);
	if (rc == DB_DONE)
		memcpy(hash, better, PASSWORD_HASH);
	return rc == DB_NONE ? WRONG_LOGIN : db_status(rc);
}

/*
 * Check the password (id == NULL: of nobody, in the same time), and forget
 * that it was tried when it was right: hash is what it has. WRONG_LOGIN when
 * wrong.
 */
static enum status
check(struct db *db, const struct attempt *tried, const struct uuid *id,
    const struct password *p, char hash[PASSWORD_HASH])
{
	bool as_typed = false;
	enum password_rc rc;
	enum status st;

	if (id != NULL &&
	    (st = db_status(db_one(db, &get_credential, DB_IN(db_uuid(id)),
		 DB_OUT(db_to_text_n(hash, PASSWORD_HASH))))) != OK)
		return st == NOT_FOUND ? WRONG_LOGIN : st;
	rc = password_check(p->text, id != NULL ? hash : NULL);
	/* Hashes of before were of what was typed. */
	if (rc == PASSWORD_WRONG && *p->text != '\0' &&
	    (as_typed = strcmp(p->text, p->typed) != 0))
		rc = password_check(p->typed, id != NULL ? hash : NULL);
	switch (rc) {
	case PASSWORD_RIGHT:
		break;
	case PASSWORD_WRONG:
		return WRONG_LOGIN;
	case PASSWORD_BROKEN:
		return SERVER_ERROR;
	}
	if ((as_typed || password_outdated(hash)) &&
	    (st = rehash(db, id, p, hash)) != OK)
		return st;
	return db_status(attempt_forget(db, tried));
}

enum status
account_login(struct db *db, const char *login, const struct password *p,
    const struct attempt *by, struct account *ret, int *retry_after)
{
	struct attempt tried[2] = { *by };
	uint8_t key[DIGEST_SIZE];
	struct uuid maker;
	enum status st;
	enum dbrc rc;

	if ((st = login_key(login, key)) != OK)
		return st;
	rc = find_by_key(db, key, ret, &maker);
	if (rc != DB_DONE && rc != DB_NONE)
		return db_status(rc);
	tried[1] = attempt_of_login(key);
	if ((st = attempt_count(db, tried, 2, retry_after)) != OK)
		return st;
	return check(
	    db, &tried[1], rc == DB_DONE ? &ret->id : NULL, p, ret->hash);
}

struct start {
	const struct account *account;
	const struct session *session;
	const char *token;
};

/* What was right when it was checked may have been changed since. */
static enum dbrc
do_start(struct db *db, void *arg)
{
	struct start *s = arg;
	char hash[PASSWORD_HASH];
	enum dbrc rc;

	rc = db_one(db, &hold_credential,
	    DB_IN(db_uuid(&s->account->id), db_text(s->account->hash)),
	    DB_OUT(db_to_text(hash)));
	return rc == DB_DONE ? session_insert(db, s->session, s->token) : rc;
}

enum status
account_start_session(struct db *db, const struct account *a,
    const struct session *session, const char *token)
{
	struct start s = { a, session, token };
	enum dbrc rc = db_transaction(db, do_start, &s);

	return rc == DB_NONE ? WRONG_LOGIN : db_status(rc);
}

enum status
account_get(struct db *db, const struct uuid *id, struct account *ret)
{
	ret->id = *id;
	return db_status(db_one(db, &get, DB_IN(db_uuid(id)),
	    DB_OUT(db_to_text(ret->login), db_to_text(ret->name),
		db_to_time(&ret->created))));
}

/*
 * Is this its password? WRONG_PASSWORD when not; else hash is what it has.
 * Counted by session: neither can a stranger who tries to log in keep the
 * owner from it, nor can a session that was stolen guess.
 */
static enum status
verify(struct db *db, const struct session *session, const struct password *p,
    char hash[PASSWORD_HASH], int *retry_after)
{
	struct attempt tried = attempt_of_session(&session->id);
	enum status st;

	if ((st = attempt_count(db, &tried, 1, retry_after)) != OK)
		return st;
	st = check(db, &tried, &session->account, p, hash);
	return st == WRONG_LOGIN ? WRONG_PASSWORD : st;
}

static enum dbrc
do_set(struct db *db, void *arg)
{
	struct setting *s = arg;
	enum dbrc rc, known;

	rc = swap(db, s);
	if (rc != DB_DONE && rc != DB_NONE)
		return rc;
	s->status = rc == DB_NONE ? WRONG_PASSWORD : NO_SESSION;
	if ((known = replay_known(db, s->request)) == DB_DONE) {
		s->status = OK;
		return DB_NONE;
	}
	if (known != DB_NONE || rc == DB_NONE)
		return known;
	if ((rc = session_revoke_others(db, s->keep)) != DB_DONE)
		return rc;
	s->status = OK;
	return replay_note(db, s->request);
}

enum status
account_change_password(struct db *db, const struct session *session,
    const struct uuid *request, const struct password *current,
    const struct password *next, int *retry_after)
{
	struct account a;
	char seen[PASSWORD_HASH], hash[PASSWORD_HASH];
	struct setting s = { .account = &session->account,
		.seen = seen,
		.hash = hash,
		.keep = session,
		.request = request };
	enum status st;
	enum dbrc rc;

	if ((rc = replay_known(db, request)) != DB_NONE)
		return db_status(rc);
	if ((st = account_get(db, &session->account, &a)) != OK)
		return st == NOT_FOUND ? NO_SESSION : st;
	if (common_password(next->text, a.login))
		return COMMON_PASSWORD;
	if ((st = verify(db, session, current, seen, retry_after)) != OK)
		return st;
	if (password_hash(next->text, hash) != 0)
		return SERVER_ERROR;
	rc = db_transaction(db, do_set, &s);
	return rc == DB_DONE || rc == DB_NONE ? s.status : db_status(rc);
}

/*
 * With the hash that was seen. Whoever made the account must not make it
 * again.
 */
static enum dbrc
do_delete(struct db *db, void *arg)
{
	const struct account *a = arg;
	char hash[PASSWORD_HASH];
	struct uuid maker;
	enum dbrc rc;
	size_t i;

	rc = db_one(db, &hold_credential,
	    DB_IN(db_uuid(&a->id), db_text(a->hash)), DB_OUT(db_to_text(hash)));
	if (rc != DB_DONE ||
	    (rc = db_one(db, &get_maker, DB_IN(db_uuid(&a->id)),
		 DB_OUT(db_to_uuid(&maker)))) != DB_DONE ||
	    (rc = replay_note(db, &maker)) != DB_DONE)
		return rc;
	for (i = 0; i < sizeof(delete_all) / sizeof(delete_all[0]); i++)
		if ((rc = db_run(db, &delete_all[i], db_uuid(&a->id))) !=
		    DB_DONE)
			return rc;
	return db_run(
	    db, &insert_removal, db_uuid(&a->id), db_time(clock_now()));
}

/* DB_NONE: there is nothing to remove. */
static enum dbrc
do_remove(struct db *db, void *arg)
{
	const int64_t *size = arg;
	struct uuid id;
	enum dbrc rc;

	if ((rc = db_one(db, &take_removal, DB_IN(),
		 DB_OUT(db_to_uuid(&id)))) != DB_DONE ||
	    (rc = db_run(db, &delete_items, db_uuid(&id), db_int(*size))) !=
		DB_DONE ||
	    db_affected(db) > 0)
		return rc;
	return db_run(db, &delete_removal, db_uuid(&id));
}

void
account_sweep(struct db *db, int64_t time)
{
	int64_t began = clock_boot(), until = began + time, now;
	int64_t size = BATCH_FIRST, left = BATCH_MAX;
	struct uuid id;

	if (db_one(db, &find_removal, DB_IN(), DB_OUT(db_to_uuid(&id))) !=
	    DB_DONE)
		return;
	while (db_transaction(db, do_remove, &size) == DB_DONE) {
		now = clock_boot();
		left -= size;
		if (left <= 0 && now >= until)
			return;
		size = batch_next(size, now - began);
		began = now;
	}
}

enum status
account_delete(struct db *db, const struct session *session,
    const struct password *p, int *retry_after)
{
	struct account a = { .id = session->account };
	enum status st;
	enum dbrc rc;

	if ((st = verify(db, session, p, a.hash, retry_after)) != OK)
		return st;
	if ((rc = db_transaction(db, do_delete, &a)) == DB_DONE)
		account_sweep(db, REMOVAL_US);
	if (rc != DB_NONE)
		return db_status(rc);
	/* Gone, by another copy of the request, or with another password. */
	st = account_get(db, &session->account, &a);
	return st == NOT_FOUND ? OK : st == OK ? WRONG_PASSWORD : st;
}

void
account_write(struct buf *b, const char *key, const struct account *a,
    const struct room *room)
{
	buf_json_open(b, key, '{');
	buf_json_uuid(b, "id", &a->id);
	buf_json_string(b, "login", a->login);
	if (*a->name != '\0')
		buf_json_string(b, "name", a->name);
	else
		buf_json_null(b, "name");
	buf_json_time(b, "created", a->created);
	if (room != NULL && room->used >= 0) {
		buf_json_open(b, "room", '{');
		buf_json_int(b, "used", room->used);
		buf_json_int(b, "limit", room->limit);
		buf_json_close(b, '}');
	}
	buf_json_close(b, '}');
}
