/*
 * The one vocabulary of outcomes. Everything below cgi-bin answers with one
 * of these; lib/http/res.c is the only place that turns them into bytes. The
 * problems (RFC 9457) among them are those of problems/problems.yaml: the type
 * no-session is NO_SESSION here.
 */
#ifndef STATUS_H
#define STATUS_H

enum status {
	OK,
	CREATED,
	NO_CONTENT,
	NOT_MODIFIED,
	FORBIDDEN, /* of the classic API alone, which has no problems */
#define PROBLEM(name, ...) name,
#include "problems.def"
#undef PROBLEM
	STATUS__MAX
};

/* HTTP status code (RFC 9110) of a status. */
int status_code(enum status);

/* What stands after the code in a status line (RFC 9110 section 15). */
const char *status_phrase(enum status);

/* The last part of the problem type URN, such as "invalid-field". */
const char *status_slug(enum status);

/* The problem's title, the same for every case (RFC 9457 section 3.1.3). */
const char *status_title(enum status);

/* A sentence for the client, when the fault has none of its own. */
const char *status_detail(enum status);

#endif
