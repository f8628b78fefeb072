/*
 * From a request to its handler. A row of a route table says what the route
 * needs; it is checked here, so that no handler can forget it.
 */
#ifndef ROUTE_H
#define ROUTE_H

#include "http/res.h"

enum route_flags {
	SESSION = 1, /* 401 without one; req->session is filled */
	BODY = 2,    /* a JSON object; req->json is filled */
	CLASSIC = 4, /* errors in the shape of the classic API */
	RECENT = 8,  /* a session revoked within a second is still good */
	MAYBE = 16,  /* with BODY: there may be none, and req->json is NULL */
	HASHES = 32, /* a password: nginx waits longer for it */
	QUERY = 64,  /* its handler knows parameters; else none is taken */
};

struct route {
	enum method method;
	const char *path; /* a segment {id} matches what no row before has */
	unsigned flags;
	enum status (*handler)(struct req *, struct res *);
};

/*
 * Of a request and what req_read() said of it find the row, and check what the
 * row asks for: OK when its handler may run. The gates, in this order: method
 * and path, size, media type, session, origin, account, query, strict JSON.
 * req->row is a row of the path, or NULL.
 */
enum status route(
    const struct route *, struct req *, enum status read, struct res *);

/*
 * Write what the client gets to see of an outcome that is not a good one, in
 * the words of the row's API; *st may become another status for it.
 */
void refuse(struct req *, struct res *, enum status *st);

#endif
