/*
 * From a request to its handler. A row of a route table says what the route
 * needs; it is checked here, so that no handler can forget it.
 */
#ifndef ROUTE_H
#define ROUTE_H

#include "http/res.h"

enum route_flags {
	ROUTE_SESSION = 1, /* 401 without one; req->session is filled */
	ROUTE_BODY = 2,    /* a JSON object; req->json is filled */
	/* With ROUTE_BODY: there may be none, and req->json is NULL. */
	ROUTE_BODY_OPTIONAL = 4,
	ROUTE_CLASSIC = 8, /* errors in the shape of the classic API */
	ROUTE_RECENT = 16, /* a session revoked within a second is still good */
	ROUTE_HASHES = 32, /* a password: nginx waits longer for it */
	ROUTE_QUERY = 64, /* its handler knows parameters; else none is taken */
	/* With an error, too, the body that the handler wrote is sent. */
	ROUTE_OWN_ERRORS = 128,
};

struct route {
	enum method method;
	const char *path; /* a segment {id} matches what no row before has */
	unsigned flags;
	enum status (*handler)(struct req *, struct res *);
};

/*
 * Of a request and what req_read() said of it find the row, and check what the
 * row asks for: STATUS_OK when its handler may run. Checked in this order:
 * method and path, size, media type, session, origin, account, query, strict
 * JSON. req->row is a row of the path, or NULL.
 */
enum status route(
    const struct route *, struct req *, enum status read, struct res *);

/*
 * Write the body of an error, in
 * the words of the row's API; *st may become another status for it.
 */
void route_write_error(struct req *, struct res *, enum status *st);

#endif
