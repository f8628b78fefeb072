/* The route table, and the gates before a handler. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "http/classic.h"
#include "http/route.h"

#define RETRY_AFTER_S 2
#define READ_ONLY_S   30 /* somebody must make room */

/* Does the path fit the pattern? {id} takes one segment, into arg. */
static bool
match(const char *pattern, const char *path, char *arg, size_t size)
{
	size_t n;

	while (*pattern != '\0') {
		if (strncmp(pattern, "{id}", 4) != 0) {
			if (*pattern++ != *path++)
				return false;
			continue;
		}
		n = strcspn(path, "/");
		if (n == 0 || n >= size)
			return false;
		memcpy(arg, path, n);
		arg[n] = '\0';
		path += n;
		pattern += 4;
	}
	return *path == '\0';
}

/*
 * The row for method and path. Without one NOT_FOUND or, with the methods of
 * that path in Allow, WRONG_METHOD; then req->row may be a row of the path.
 * The first pattern that fits is the path's: words stand before {id}.
 */
static enum status
find_route(const struct route *rows, struct req *req, struct res *res,
    bool known_method)
{
	static const char *const names[] = { "GET, HEAD", "POST", "PUT",
		"PATCH", "DELETE", "OPTIONS" };
	const struct route *row;
	char allow[64] = "";
	size_t n = 0;

	for (row = rows; row->path != NULL; row++) {
		if (req->row != NULL ? strcmp(row->path, req->row->path) != 0
				     : !match(row->path, req->path, req->arg,
					   sizeof(req->arg)))
			continue;
		req->row = row;
		if (known_method && row->method == req->method)
			return OK;
		n += (size_t)snprintf(allow + n, sizeof(allow) - n, "%s%s",
		    n > 0 ? ", " : "", names[row->method]);
	}
	if (n == 0)
		return NOT_FOUND;
	res_header(res, "Allow", "%s", allow);
	return WRONG_METHOD;
}

/* application/json or a +json type, with parameters or not. */
static bool
is_json(const char *type)
{
	size_t n = strcspn(type, "; ");

	return (n == 16 && strncasecmp(type, "application/json", n) == 0) ||
	       (n == 28 &&
		   strncasecmp(type, "application/merge-patch+json", n) == 0);
}

static enum status
find_session(struct req *req)
{
	char token[SESSION_TOKEN];

	if (!req_token(req, token))
		return NO_SESSION;
	if ((req->row->flags & RECENT) != 0)
		return session_find_recent(req->db, token, &req->session);
	return session_find(req->db, token, &req->session);
}

/* Is it the session of whom the client believes to be? */
static enum status
check_account(struct req *req, struct res *res)
{
	const char *text = req_header(req, "HTTP_ALLDAY_ACCOUNT");
	struct uuid account;

	if (*text == '\0')
		return OK;
	if (!uuid_parse(text, true, &account))
		return fault_set(&res->fault, BAD_REQUEST, "Allday-Account",
		    "Must be the UUID of an account.");
	return uuid_equal(&account, &req->session.account) ? OK : WRONG_ACCOUNT;
}

/* Everything that is checked before a handler runs, in one order. */
static enum status
gates(struct req *req, struct res *res)
{
	static const char *const none[] = { NULL };
	unsigned flags = req->row->flags;
	enum status st;

	if ((flags & MAYBE) != 0 && req->body_len == 0)
		flags &= ~(unsigned)BODY;
	if ((flags & BODY) != 0 && !is_json(req_header(req, "CONTENT_TYPE")))
		return WRONG_TYPE;
	if ((flags & SESSION) != 0 && (st = find_session(req)) != OK)
		return st;
	/* Log-in by cookie is a write of a cookie: checked by its handler. */
	if (req->method != GET && req->by_cookie && !req_same_origin(req))
		return FOREIGN_ORIGIN;
	/* After the origin, so that no page elsewhere can ask who this is. */
	if ((flags & SESSION) != 0 && (st = check_account(req, res)) != OK)
		return st;
	if ((flags & (QUERY | CLASSIC)) == 0 &&
	    (st = req_query_only(req, none, &res->fault)) != OK)
		return st;
	if ((flags & BODY) == 0)
		return OK;
	return json_read(req->body != NULL ? req->body : "", req->body_len,
	    &req->json, &res->fault);
}

enum status
route(const struct route *routes, struct req *req, enum status read,
    struct res *res)
{
	enum status st;

	/* The route first: even a refusal should be of the path's kind. */
	st = find_route(routes, req, res, read != WRONG_METHOD);
	if (read != OK && read != WRONG_METHOD)
		return read;
	return st != OK ? st : gates(req, res);
}

void
refuse(struct req *req, struct res *res, enum status *st)
{
	bool classic = req->row != NULL && (req->row->flags & CLASSIC) != 0;

	if (*st == READ_ONLY)
		res->retry_after = READ_ONLY_S;
	if (*st == UNAVAILABLE && res->retry_after == 0)
		res->retry_after = RETRY_AFTER_S;
	if (*st == UNAVAILABLE || *st == SERVER_ERROR)
		log_line(LOG_ERROR, "%s %s: %s", status_slug(*st), req->path,
		    db_error(req->db));
	if (!classic) {
		res_problem(res, req, *st);
		return;
	}
	if (*st == NO_SESSION || *st == FOREIGN_ORIGIN || *st == WRONG_ACCOUNT)
		*st = FORBIDDEN;
	if (*st == DUPLICATE_FIELD)
		*st = BAD_JSON;
	/* A handler of the classic API writes its own words. */
	if (res->body.len == 0)
		classic_error(res, req, *st);
}
