#include <stdarg.h>
#include <stdio.h>

#include "status.h"

static const struct {
	int code;
	const char *slug;
	const char *title;
	const char *detail; /* when nobody says more */
} statuses[STATUS__MAX] = {
	[OK] = { 200, "ok", "OK" },
	[CREATED] = { 201, "created", "Created" },
	[NO_CONTENT] = { 204, "no-content", "No content" },
	[NOT_MODIFIED] = { 304, "not-modified", "Not modified" },
	[BAD_REQUEST] = { 400, "bad-request", "The request is malformed",
	    "The request is cut short or malformed." },
	[BAD_JSON] = { 400, "bad-json", "The body is not strict JSON",
	    "The body must be one strict JSON object." },
	[DUPLICATE_FIELD] = { 400, "duplicate-field", "A field stands twice",
	    "The same field stands twice." },
	[BAD_QUERY] = { 400, "bad-query", "A query parameter is wrong",
	    "A query parameter is wrong." },
	[NO_SESSION] = { 401, "no-session", "Log in first",
	    "There is no session, or it has ended." },
	[WRONG_LOGIN] = { 401, "wrong-login", "Login or password wrong",
	    "There is no such login, or the password is wrong." },
	[WRONG_PASSWORD] = { 403, "wrong-password", "Password wrong",
	    "It is not the current password." },
	[FOREIGN_ORIGIN] = { 403, "foreign-origin", "Write from elsewhere",
	    "A write with a cookie must come from our own pages." },
	[FORBIDDEN] = { 403, "forbidden", "Forbidden", "This is not allowed." },
	[LIST_FULL] = { 403, "list-full", "The list is full",
	    "A list holds 10,000 items; the trash does not count." },
	[ACCOUNT_FULL] = { 403, "account-full", "The account is full",
	    "Its items, trash included, take all the room of an account." },
	[SIGN_UP_CLOSED] = { 403, "sign-up-closed", "Sign-up is closed",
	    "Who runs this takes no new accounts." },
	[WRONG_INVITATION] = { 403, "wrong-invitation", "Invitation not good",
	    "There is no such invitation, or it has been used, or is over." },
	[NOT_FOUND] = { 404, "not-found", "No such thing",
	    "It does not exist, or it is not yours." },
	[WRONG_METHOD] = { 405, "wrong-method", "Method not allowed",
	    "Allow names the methods of this path." },
	[LOGIN_TAKEN] = { 409, "login-taken", "This login exists",
	    "Choose another login." },
	[WRONG_ACCOUNT] = { 409, "wrong-account", "Another account's session",
	    "The session is not of the account that Allday-Account names." },
	[RESYNC] = { 410, "resync", "Fetch the list anew",
	    "What changed since then is no longer known." },
	[STALE] = { 412, "stale", "It has changed meanwhile",
	    "Fetch it again, then decide." },
	[TOO_LARGE] = { 413, "too-large", "The body is too large",
	    "The body is larger than 65536 bytes." },
	[WRONG_TYPE] = { 415, "wrong-type", "The body must be JSON",
	    "Send application/json." },
	[INVALID_FIELD] = { 422, "invalid-field", "A field is invalid",
	    "A field is invalid." },
	[MISSING_FIELD] = { 422, "missing-field", "A field is missing",
	    "A field is missing." },
	[UNKNOWN_FIELD] = { 422, "unknown-field", "A field is unknown",
	    "A field is unknown." },
	[COMMON_PASSWORD] = { 422, "common-password", "Password too common",
	    "It is one that is tried first. Choose another one." },
	[KEY_REUSED] = { 422, "key-reused", "Idempotency-Key reused",
	    "This key came with another body before." },
	[TOO_MANY] = { 429, "too-many", "Too many attempts",
	    "Wait as long as Retry-After says." },
	[SERVER_ERROR] = { 500, "server-error", "Something broke here",
	    "It is our fault, and it is in our log." },
	[READ_ONLY] = { 503, "read-only", "Nothing can be stored just now",
	    "The storage is full, or maintained. What is there can be read." },
	[UNAVAILABLE] = { 503, "unavailable", "Not available just now",
	    "Try again in a moment." },
};

static const char *const phrases[] = {
	[200] = "OK",
	[201] = "Created",
	[204] = "No Content",
	[304] = "Not Modified",
	[400] = "Bad Request",
	[401] = "Unauthorized",
	[403] = "Forbidden",
	[404] = "Not Found",
	[405] = "Method Not Allowed",
	[409] = "Conflict",
	[410] = "Gone",
	[412] = "Precondition Failed",
	[413] = "Content Too Large",
	[415] = "Unsupported Media Type",
	[422] = "Unprocessable Content",
	[429] = "Too Many Requests",
	[500] = "Internal Server Error",
	[503] = "Service Unavailable",
};

int
status_code(enum status st)
{
	return statuses[st].code;
}

const char *
status_phrase(enum status st)
{
	return phrases[statuses[st].code];
}

const char *
status_slug(enum status st)
{
	return statuses[st].slug;
}

const char *
status_title(enum status st)
{
	return statuses[st].title;
}

const char *
status_detail(enum status st)
{
	return statuses[st].detail;
}

enum status
fault_set(
    struct fault *f, enum status st, const char *field, const char *fmt, ...)
{
	va_list ap;

	snprintf(f->field, sizeof(f->field), "%s", field);
	va_start(ap, fmt);
	vsnprintf(f->why, sizeof(f->why), fmt, ap);
	va_end(ap);
	return st;
}
