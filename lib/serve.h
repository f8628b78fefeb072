/*
 * The loop of every program: a few threads over one epoll set that holds the
 * listening socket and nginx's kept connections. A thread takes one request
 * at a time and owns one database connection. No other file knows threads.
 */
#ifndef SERVE_H
#define SERVE_H

#include "http.h"

enum route_flags {
	SESSION	= 1,	/* 401 without one; req->session is filled */
	BODY	= 2,	/* a JSON object; req->json is filled */
	CLASSIC	= 4,	/* errors in the shape of the classic API */
	QUIET	= 8,	/* no log line when it went well */
};

struct route {
	enum method	  method;
	const char	 *path;		/* a segment {id} matches anything */
	unsigned	  flags;
	enum status	(*handler)(struct req *, struct res *);
};

/*
 * Read the configuration from the environment, bind the socket, serve until
 * SIGTERM or SIGINT, drain, and return the exit code for main. The table ends
 * with a row whose path is NULL. Every program also answers GET /healthz.
 *
 * Gates of a request, in this order: method and path, size, media type,
 * session, origin, strict JSON. A handler sees only what passed.
 */
int	serve(const char *program, const struct route *);


#endif
