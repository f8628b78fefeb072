/*
 * Sessions: 256 random bits, given to the client as base64url and kept here
 * as their SHA-256, so that a stolen table opens nothing. They can be listed
 * and revoked, which a JWT cannot.
 */
#ifndef SESSION_H
#define SESSION_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/status.h"
#include "base/uuid.h"
#include "db/db.h"

#define SESSION_COOKIE        "allday_session"
#define SESSION_COOKIE_SECURE "__Host-allday_session"
#define SESSION_DAYS          30
#define SESSION_TOKEN         44  /* 43 characters and a NUL */
#define SESSION_MAX           100 /* of one account; the oldest goes */

struct session {
	struct uuid id;
	struct uuid account;
	int64_t created;
	int64_t last_used;
	int64_t expires;
	char user_agent[251]; /* printable ASCII */
	char address[46];
};

/* A new id, and a new random token; the user agent is cut to fit. */
void session_new(struct session *, const struct uuid *account,
    const char *user_agent, const char *address, char token[SESSION_TOKEN]);

/*
 * Store it, inside a transaction; the expired ones of the account go, and
 * the oldest when there are SESSION_MAX. Storing it again changes nothing.
 */
enum dbrc session_insert(
    struct db *, const struct session *, const char *token);

/*
 * By token: OK with id, account and created; NO_SESSION when it is unknown,
 * malformed or expired; UNAVAILABLE.
 */
enum status session_find(struct db *, const char *token, struct session *);

/*
 * The same, but what was found within the last SESSION_CACHE_US
 * (session_cache.h) is not asked again: one that is revoked is good for so much
 * longer.
 */
enum status session_find_recent(
    struct db *, const char *token, struct session *);

/* Note that it was used, at most once in ten minutes. */
enum status session_touch(struct db *, const struct session *);

/* Every live session of current's account, newest first, as JSON. */
enum status session_list(
    struct db *, const struct session *current, struct buf *);

/*
 * NOT_FOUND unless it is one of this account, or this very request has
 * revoked it before.
 */
enum status session_revoke(struct db *, const struct uuid *account,
    const struct uuid *id, const struct uuid *request);

/*
 * All of the account, if the one that asks still exists; else nothing: a late
 * copy must not end those that began after it.
 */
enum status session_revoke_all(struct db *, const struct session *asking);

/*
 * All but one, inside a transaction; DB_NONE, and nothing of it, when that
 * one has been revoked.
 */
enum dbrc session_revoke_others(struct db *, const struct session *keep);

void session_write(
    struct buf *, const char *key, const struct session *, bool current);

#endif
