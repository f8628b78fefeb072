/*
 * Accounts and sessions: the only program that may read password hashes. It
 * runs twice: as the small login pool, whose threads are the hashes at once,
 * and as the pool for all that needs no hash. nginx tells them apart.
 */
#include <stdio.h>
#include <string.h>

#include "base/buf_json.h"
#include "base/conf.h"
#include "base/log.h"
#include "base/text.h"
#include "domain/account.h"
#include "http/classic.h"
#include "fcgi/serve.h"

/* LOGIN_RATE: hashes a minute for one network address; SIGN_UP_RATE: accounts a
 * day. */
static int login_rate, sign_up_rate;

/* SIGN_UP: who may. */
static enum { OPEN, CLOSED, INVITATION, MODES } sign_up_mode;
static const char *const modes[MODES] = { "open", "closed", "invitation" };

static void
read_sign_up(void)
{
	const char *s = conf_string("SIGN_UP");

	for (sign_up_mode = OPEN; sign_up_mode < MODES; sign_up_mode++)
		if (strcmp(s, modes[sign_up_mode]) == 0)
			return;
	die(100, "SIGN_UP is \"%s\"; it must be open, closed or invitation", s);
}

/* What it needs here, and nothing that it does not. */
static enum status
may_sign_up(struct account_new *in, struct fault *f)
{
	if (sign_up_mode == CLOSED)
		return SIGN_UP_CLOSED;
	if (sign_up_mode == OPEN)
		in->invitation = NULL;
	else if (in->invitation == NULL)
		return fault_set(f, MISSING_FIELD, "invitation", "Required.");
	return OK;
}

static enum status
show_sign_up(struct req *req, struct res *res)
{
	(void)req;
	buf_json_open(&res->body, NULL, '{');
	buf_json_string(&res->body, "mode", modes[sign_up_mode]);
	buf_json_close(&res->body, '}');
	return OK;
}

static struct attempt
attempt_by(const struct req *req)
{
	return attempt_of_address(req_header(req, "REMOTE_ADDR"), login_rate);
}

/* An invitation is a bound of its own. */
static enum status
create(struct req *req, struct res *res, const struct account_new *in,
    struct account *ret)
{
	const char *address = req_header(req, "REMOTE_ADDR");
	const struct attempt by[] = { attempt_by(req),
		attempt_of_sign_up(address, sign_up_rate) };

	return account_create(req->db, in, by, sign_up_mode == OPEN ? 2 : 1,
	    &req->id, ret, &res->retry_after);
}

static void
set_cookie(struct req *req, struct res *res, const char *token)
{
	char name[COOKIE_NAME];

	req_cookie_name(req, name);
	res_header(res, "Set-Cookie",
	    "%s=%s; Path=/; Max-Age=%d; HttpOnly; "
	    "SameSite=Lax%s",
	    name, token, *token != '\0' ? SESSION_DAYS * 86400 : 0,
	    req_secure(req) ? "; Secure" : "");
}

/* A page elsewhere must not log its visitor in as somebody. */
static bool
foreign(const struct req *req)
{
	return (*req_header(req, "HTTP_ORIGIN") != '\0' ||
		   *req_header(req, "HTTP_SEC_FETCH_SITE") != '\0') &&
	       !req_same_origin(req);
}

static enum status
start_session(
    struct req *req, struct res *res, const struct account *a, bool cookie)
{
	struct session s;
	char token[SESSION_TOKEN];
	enum status st;

	session_new(&s, &a->id, req_header(req, "HTTP_USER_AGENT"),
	    req_header(req, "REMOTE_ADDR"), token);
	if ((st = account_start_session(req->db, a, &s, token)) != OK)
		return st;
	account_sweep(req->db, 0);
	buf_json_open(&res->body, NULL, '{');
	account_write(&res->body, "account", a, NULL);
	session_write(&res->body, "session", &s, true);
	if (cookie)
		set_cookie(req, res, token);
	else
		buf_json_string(&res->body, "token", token);
	buf_json_close(&res->body, '}');
	return CREATED;
}

/* The member that an outcome of the account is about, as this call names it. */
static void
blame(struct fault *f, enum status st, const char *first, const char *next,
    const char *invitation)
{
	const char *field = NULL;

	if (st == LOGIN_TAKEN || st == WRONG_PASSWORD)
		field = first;
	else if (st == COMMON_PASSWORD)
		field = next;
	else if (st == WRONG_INVITATION)
		field = invitation;
	if (field != NULL)
		fault_set(f, st, field, "%s", status_detail(st));
}

static enum status
sign_up(struct req *req, struct res *res)
{
	struct account_new in;
	struct account a;
	enum status st;

	if (sign_up_mode == CLOSED)
		return SIGN_UP_CLOSED;
	if ((st = account_read(req->json, true, &in, &res->fault)) == OK &&
	    (st = may_sign_up(&in, &res->fault)) == OK)
		st = in.cookie && foreign(req) ? FOREIGN_ORIGIN
					       : create(req, res, &in, &a);
	account_wipe(&in.password);
	blame(&res->fault, st, "login", "password", "invitation");
	return st == OK ? start_session(req, res, &a, in.cookie) : st;
}

static enum status
log_in(struct req *req, struct res *res)
{
	struct attempt by = attempt_by(req);
	struct account_new in;
	struct account a;
	enum status st;

	if ((st = account_read(req->json, false, &in, &res->fault)) == OK)
		st = in.cookie && foreign(req)
			 ? FOREIGN_ORIGIN
			 : account_login(req->db, in.login, &in.password, &by,
			       &a, &res->retry_after);
	account_wipe(&in.password);
	return st == OK ? start_session(req, res, &a, in.cookie) : st;
}

static enum status
who_am_i(struct req *req, struct res *res)
{
	struct account a;
	struct room room;
	enum status st;

	if ((st = account_get(req->db, &req->session.account, &a)) != OK)
		return st == NOT_FOUND ? NO_SESSION : st;
	if ((st = todo_room(req->db, &a.id, &room)) != OK)
		return st;
	/* A note that could not be made is no reason to refuse. */
	(void)session_touch(req->db, &req->session);
	account_sweep(req->db, 0);
	account_write(&res->body, NULL, &a, &room);
	return OK;
}

static enum status
change_password(struct req *req, struct res *res)
{
	static const char *const known[] = { "current_password", "new_password",
		NULL };
	struct password current, next;
	enum status st;

	if ((st = json_only(req->json, known, &res->fault)) == OK &&
	    (st = account_read_password(req->json, "current_password", false,
		 &current, &res->fault)) == OK &&
	    (st = account_read_password(
		 req->json, "new_password", true, &next, &res->fault)) == OK)
		st = account_change_password(req->db, &req->session, &req->id,
		    &current, &next, &res->retry_after);
	account_wipe(&current);
	account_wipe(&next);
	blame(&res->fault, st, "current_password", "new_password", NULL);
	return st == OK ? NO_CONTENT : st;
}

static enum status
delete_account(struct req *req, struct res *res)
{
	static const char *const known[] = { "password", NULL };
	struct password p;
	enum status st;

	if ((st = json_only(req->json, known, &res->fault)) == OK &&
	    (st = account_read_password(
		 req->json, "password", false, &p, &res->fault)) == OK)
		st = account_delete(
		    req->db, &req->session, &p, &res->retry_after);
	account_wipe(&p);
	blame(&res->fault, st, "password", NULL, NULL);
	if (st == OK && req->by_cookie)
		set_cookie(req, res, "");
	return st == OK ? NO_CONTENT : st;
}

static enum status
list_sessions(struct req *req, struct res *res)
{
	return session_list(req->db, &req->session, &res->body);
}

static enum status
revoke_all(struct req *req, struct res *res)
{
	enum status st;

	st = session_revoke_all(req->db, &req->session);
	if (st == OK && req->by_cookie)
		set_cookie(req, res, "");
	return st == OK ? NO_CONTENT : st;
}

static enum status
revoke_one(struct req *req, struct res *res)
{
	struct uuid id = req->session.id;
	enum status st;

	if (strcmp(req->arg, "current") != 0 &&
	    !uuid_parse(req->arg, true, &id))
		return NOT_FOUND;
	if ((st = session_revoke(
		 req->db, &req->session.account, &id, &req->id)) != OK)
		return st;
	if (req->by_cookie && uuid_equal(&id, &req->session.id))
		set_cookie(req, res, "");
	return NO_CONTENT;
}

/*
 * The classic API's log-in. Its first edition sends email, username and
 * password, the second username and password; the answers differ as they did.
 */

/* A string member, or NULL when it is absent, null or something else. */
static const char *
optional(const struct json *j, const char *key)
{
	const char *s;
	struct fault ignored = { 0 };

	return json_get_string(j, key, &s, &ignored) == OK ? s : NULL;
}

static void
classic_user(struct res *res, const char *token, bool first, const char *email,
    const char *username, const struct uuid *id)
{
	char text[UUID_TEXT];

	uuid_text(id, false, text);
	buf_json_open(&res->body, NULL, '{');
	if (token != NULL)
		buf_json_string(&res->body, "token", token);
	else
		buf_json_null(&res->body, "token");
	if (first)
		buf_json_string(&res->body, "email", email);
	if (username != NULL)
		buf_json_string(&res->body, "username", username);
	else
		buf_json_null(&res->body, "username");
	buf_json_null(&res->body, "password");
	buf_json_string(&res->body, "id", text);
	buf_json_close(&res->body, '}');
}

/* What is no sign-up, in the words of the classic API; NULL: something else. */
static const char *
classic_fault(enum status st, bool first)
{
	switch (st) {
	case LOGIN_TAKEN:
		return first ? "Email already exists"
			     : "Username already exists";
	case COMMON_PASSWORD:
	case SIGN_UP_CLOSED:
	case WRONG_INVITATION:
		return status_detail(st);
	case MISSING_FIELD:
		return "The invitation is missing.";
	default:
		return NULL;
	}
}

/* NULL, or what is wrong; by the rules of the native API. */
static const char *
classic_account(const struct req *req, bool first, struct account_new *in)
{
	const char *username = optional(req->json, "username");
	const char *login = first ? optional(req->json, "email") : username;
	const char *password = optional(req->json, "password");
	struct fault ignored = { 0 };

	in->invitation = optional(req->json, "invitation");
	if (login == NULL || account_take_login(in, login, &ignored) != OK ||
	    (first && (username == NULL ||
			  text_take(username, TEXT_LINE, 1, ACCOUNT_NAME_MAX,
			      in->name, sizeof(in->name), "", &ignored) != OK)))
		return "Invalid arguments";
	if (password == NULL || *password == '\0')
		return first ? "rawPassword cannot be null"
			     : "Invalid Password value.";
	return account_take_password(&in->password, password, "", &ignored) ==
		       OK
		   ? NULL
		   : "Invalid Password value.";
}

static enum status
classic_signup(struct req *req, struct res *res)
{
	bool first = json_has(req->json, "email");
	struct account_new in = { 0 };
	const char *wrong = classic_account(req, first, &in);
	struct account a;
	enum status st = OK;

	if (wrong == NULL && (st = may_sign_up(&in, &res->fault)) == OK)
		st = create(req, res, &in, &a);
	account_wipe(&in.password);
	if (wrong == NULL)
		wrong = classic_fault(st, first);
	if (wrong != NULL)
		return classic_bad_request(res, wrong);
	if (st == OK)
		classic_user(
		    res, NULL, first, a.login, first ? a.name : a.login, &a.id);
	return st;
}

static enum status
classic_login(struct req *req, struct res *res, bool first, struct account *a)
{
	const char *login = optional(req->json, first ? "email" : "username");
	struct attempt by = attempt_by(req);
	struct account_new in = { 0 };
	enum status st;

	if (login == NULL ||
	    account_take_login(&in, login, &res->fault) != OK ||
	    account_read_password(
		req->json, "password", false, &in.password, &res->fault) != OK)
		return WRONG_LOGIN;
	st = account_login(
	    req->db, in.login, &in.password, &by, a, &res->retry_after);
	account_wipe(&in.password);
	return st;
}

static enum status
classic_signin(struct req *req, struct res *res)
{
	bool first = json_has(req->json, "email");
	char token[SESSION_TOKEN];
	struct account a;
	struct session s;
	enum status st = classic_login(req, res, first, &a);

	if (st == OK) {
		session_new(&s, &a.id, req_header(req, "HTTP_USER_AGENT"),
		    req_header(req, "REMOTE_ADDR"), token);
		st = account_start_session(req->db, &a, &s, token);
	}
	if (st == WRONG_LOGIN)
		return classic_bad_request(res, "Login failed.");
	/* The first edition put the name under email, and clients know it. */
	if (st == OK)
		classic_user(res, token, first,
		    *a.name != '\0' ? a.name : a.login, first ? NULL : a.login,
		    &a.id);
	return st;
}

static const struct route routes[] = {
	{ POST, "/api/v1/accounts", BODY | HASHES, sign_up },
	{ GET, "/api/v1/sign-up", 0, show_sign_up },
	{ GET, "/api/v1/account", SESSION, who_am_i },
	{ DELETE, "/api/v1/account", SESSION | BODY | HASHES, delete_account },
	{ PUT, "/api/v1/account/password", SESSION | BODY | HASHES,
	    change_password },
	{ POST, "/api/v1/sessions", BODY | HASHES, log_in },
	{ GET, "/api/v1/sessions", SESSION, list_sessions },
	{ DELETE, "/api/v1/sessions", SESSION, revoke_all },
	{ DELETE, "/api/v1/sessions/{id}", SESSION, revoke_one },
	{ POST, "/auth/signup", BODY | CLASSIC | HASHES, classic_signup },
	{ POST, "/auth/signin", BODY | CLASSIC | HASHES, classic_signin },
	{ 0, NULL, 0, NULL },
};

int
main(void)
{
	log_open("auth");
	todo_read_limits();
	read_sign_up();
	login_rate = conf_number("LOGIN_RATE", 1, 1000000, 30);
	sign_up_rate = conf_number("SIGN_UP_RATE", 1, 1000000, 1000);
	return serve("auth", routes, NULL);
}
