#include <stdarg.h>
#include <stdio.h>

#include "status.h"

static const struct {
	int code;
	const char *slug;
	const char *title;
} statuses[STATUS__MAX] = {
	[OK] = { 200, "ok", "OK" },
	[CREATED] = { 201, "created", "Created" },
	[NO_CONTENT] = { 204, "no-content", "No content" },
	[NOT_MODIFIED] = { 304, "not-modified", "Not modified" },
	[BAD_REQUEST] = { 400, "bad-request", "The request is malformed" },
	[BAD_JSON] = { 400, "bad-json", "The body is not strict JSON" },
	[DUPLICATE_FIELD] = { 400, "duplicate-field", "A field stands twice" },
	[BAD_QUERY] = { 400, "bad-query", "A query parameter is wrong" },
	[NO_SESSION] = { 401, "no-session", "Log in first" },
	[WRONG_LOGIN] = { 401, "wrong-login", "Login or password wrong" },
	[WRONG_PASSWORD] = { 403, "wrong-password", "Password wrong" },
	[FOREIGN_ORIGIN] = { 403, "foreign-origin", "Write from elsewhere" },
	[FORBIDDEN] = { 403, "forbidden", "Forbidden" },
	[LIST_FULL] = { 403, "list-full", "The list is full" },
	[NOT_FOUND] = { 404, "not-found", "No such thing" },
	[WRONG_METHOD] = { 405, "wrong-method", "Method not allowed" },
	[LOGIN_TAKEN] = { 409, "login-taken", "This login exists" },
	[RESYNC] = { 410, "resync", "Fetch the list anew" },
	[STALE] = { 412, "stale", "It has changed meanwhile" },
	[TOO_LARGE] = { 413, "too-large", "The body is too large" },
	[WRONG_TYPE] = { 415, "wrong-type", "The body must be JSON" },
	[INVALID_FIELD] = { 422, "invalid-field", "A field is invalid" },
	[MISSING_FIELD] = { 422, "missing-field", "A field is missing" },
	[UNKNOWN_FIELD] = { 422, "unknown-field", "A field is unknown" },
	[KEY_REUSED] = { 422, "key-reused", "Idempotency-Key reused" },
	[TOO_MANY] = { 429, "too-many", "Too many attempts" },
	[SERVER_ERROR] = { 500, "server-error", "Something broke here" },
	[UNAVAILABLE] = { 503, "unavailable", "Not available just now" },
};

int
status_code(enum status st)
{
	return statuses[st].code;
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
