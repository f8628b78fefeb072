/*
 * The one vocabulary of outcomes. Everything below cgi-bin answers with one
 * of these; lib/http.c is the only place that turns them into bytes.
 */
#ifndef STATUS_H
#define STATUS_H

enum status {
	OK,
	CREATED,
	NO_CONTENT,
	NOT_MODIFIED,
	BAD_REQUEST,
	BAD_JSON,
	DUPLICATE_FIELD,
	BAD_QUERY,
	NO_SESSION,
	WRONG_LOGIN,
	WRONG_PASSWORD,
	FOREIGN_ORIGIN,
	FORBIDDEN,
	LIST_FULL,
	ACCOUNT_FULL,
	SIGN_UP_CLOSED,
	WRONG_INVITATION,
	NOT_FOUND,
	WRONG_METHOD,
	LOGIN_TAKEN,
	WRONG_ACCOUNT,
	RESYNC,
	STALE,
	TOO_LARGE,
	WRONG_TYPE,
	INVALID_FIELD,
	MISSING_FIELD,
	UNKNOWN_FIELD,
	COMMON_PASSWORD,
	KEY_REUSED,
	TOO_MANY,
	SERVER_ERROR,
	READ_ONLY,
	UNAVAILABLE,
	STATUS__MAX
};

/*
 * What is to blame when a status is not a good one: the field or parameter
 * by name ("" when none) and a sentence for the client. Both are copied.
 */
struct fault {
	char field[64];
	char why[160];
};

/* HTTP status code (RFC 9110) of a status. */
int status_code(enum status);

/* What stands after the code in a status line (RFC 9110 section 15). */
const char *status_phrase(enum status);

/* The last part of the problem type URN, such as "invalid-field". */
const char *status_slug(enum status);

/* The problem's title (RFC 9457 section 3.1.4), the same for every case. */
const char *status_title(enum status);

/* A sentence for the client, when the fault has none of its own. */
const char *status_detail(enum status);

/*
 * Blame a field (may be "") with a printf-style sentence; returns st, so
 * that a parser can say: return fault_set(f, INVALID_FIELD, "title", "…").
 */
enum status fault_set(struct fault *, enum status st, const char *field,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

#endif
