/* A response as the handlers write it. */
#ifndef RES_H
#define RES_H

#include "http/req.h"

struct res {
	struct buf headers; /* complete lines, by res_header() */
	struct buf body;
	const char *type;   /* content type of the body */
	struct fault fault; /* what is to blame */
	int retry_after;    /* seconds; 0 for no such header */
	bool begun;         /* a part of the body has left */
	size_t sent;        /* of it, in bytes; res_done() leaves that */
	bool last; /* 529: the balancer makes 503 of it, and tries no more */
};

/* Add a header line; the value must hold no line break. */
void res_header(struct res *, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Write the RFC 9457 problem of a status into the body. */
void res_problem(struct res *, const struct req *, enum status);

/*
 * Send what there is of a body that is too large to be built whole, but for its
 * last byte, by which JSON knows whether a comma is due; status 200 and the
 * headers before the first part. Nobody asks another instance for what has
 * begun: from then on the database has 6 seconds for the rest
 * (db_set_deadline()). false: the peer has gone. What fails later ends the
 * connection, so that the client sees that the answer is not whole.
 */
bool res_part(struct req *, struct res *);

/* Headers and body; the only writer of them. They leave with the request's end.
 */
void res_send(struct req *, struct res *, enum status);

/* Make it empty; its buffers are kept for the next. */
void res_done(struct res *);

#endif
