/*
 * Accounts: a login (an e-mail address or a name), unique in any case, and a
 * password. The tables credential and login_attempt are read by the program
 * auth alone; the grants in sql/grants see to it.
 */
#ifndef ACCOUNT_H
#define ACCOUNT_H

#include "base/buf.h"
#include "base/json.h"
#include "db/db.h"
#include "domain/attempt.h"
#include "domain/password.h"
#include "domain/session.h"
#include "domain/todo.h"

#define LOGIN_MAX        254 /* characters; RFC 5321 4.5.3.1.3 for mail */
#define ACCOUNT_NAME_MAX 100 /* characters */

struct account {
	struct uuid id;
	char login[4 * LOGIN_MAX + 1];
	char name[4 * ACCOUNT_NAME_MAX + 1]; /* "" for none */
	int64_t created;
	char hash[PASSWORD_HASH]; /* that its password was found to have */
};

/* As it is hashed, "" when it cannot be anybody's; and as it was typed. */
struct password {
	char text[PASSWORD_MAX + 1];
	const char *typed; /* borrowed from the JSON */
};

/* What a client sends to sign up or to log in. */
struct account_new {
	char login[4 * LOGIN_MAX + 1];
	char name[4 * ACCOUNT_NAME_MAX + 1];
	struct password password;
	const char *invitation; /* borrowed; NULL: none is needed */
	bool cookie;
};

/*
 * A member that is a password. That of a log-in is not judged: what is too
 * short is merely wrong; a new one has PASSWORD_MIN characters at least and
 * PASSWORD_MAX bytes at most. To be wiped by account_wipe().
 */
enum status account_read_password(const struct json *, const char *key,
    bool is_new, struct password *ret, struct fault *);

/*
 * The members login, password, cookie and, for a sign-up, name and invitation
 * (which is there afterwards when it was sent).
 */
enum status account_read(
    const struct json *, bool sign_up, struct account_new *, struct fault *);

/* A login or name is good, from whichever member it was taken. */
enum status account_take_login(
    struct account_new *, const char *text, struct fault *);

/* As account_read_password() would say of a new one. */
enum status account_take_password(
    struct password *, const char *typed, const char *field, struct fault *);

void account_wipe(struct password *);

/*
 * Store a new account. LOGIN_TAKEN when the login exists, unless this very
 * request made it before its answer was lost, or made one that has been
 * deleted since; COMMON_PASSWORD; WRONG_INVITATION; TOO_MANY of whoever asks
 * (attempt.h), with the seconds until the next try. Fills *ret.
 */
enum status account_create(struct db *, const struct account_new *,
    const struct attempt *by, size_t n, const struct uuid *request,
    struct account *ret, int *retry_after);

/*
 * Who is it? OK and *ret, WRONG_LOGIN (unknown login and wrong password in
 * the same time), or TOO_MANY of this login or of whoever asks, with the
 * seconds until the next try.
 */
enum status account_login(struct db *, const char *login,
    const struct password *, const struct attempt *by, struct account *ret,
    int *retry_after);

/*
 * Start a session of an account whose password was just found right (or set);
 * the token is for the client alone. WRONG_LOGIN when it has another password
 * by now.
 */
enum status account_start_session(struct db *, const struct account *,
    const struct session *, const char *token);

enum status account_get(struct db *, const struct uuid *, struct account *ret);

/*
 * New password; every session but the asking one is revoked. Tries of the
 * current one are counted, so that a stolen session cannot guess: OK,
 * WRONG_PASSWORD, COMMON_PASSWORD, TOO_MANY; NO_SESSION when the session is
 * revoked meanwhile. What this very request has changed before is OK.
 */
enum status account_change_password(struct db *, const struct session *,
    const struct uuid *request, const struct password *current,
    const struct password *next, int *retry_after);

/*
 * The account and its sessions are gone, and nobody finds its list; the
 * password is checked as above. Its items are removed for 1.5 s, and those that
 * are left then by account_sweep().
 */
enum status account_delete(struct db *, const struct session *,
    const struct password *, int *retry_after);

/*
 * Remove items of deleted accounts, in batches: some fifty, and more for so
 * many microseconds. What fails the next one does.
 */
void account_sweep(struct db *, int64_t time);

/* room: what its list takes; NULL: nothing is said of it. */
void account_write(struct buf *, const char *key, const struct account *,
    const struct room *room);

#endif
