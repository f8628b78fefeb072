/* A request as the handlers see it. */
#ifndef REQ_H
#define REQ_H

#include <stdatomic.h>

#include "base/json.h"
#include "base/uuid.h"
#include "db/db.h"
#include "domain/session.h"
#include "domain/version.h"

#define BODY_MAX    65536 /* bytes; nginx and HAProxy have the same */
#define PATH_SIZE   512   /* bytes of a path of ours, NUL included */
#define COOKIE_NAME 32    /* room for a session cookie's name */

enum method { GET, POST, PUT, PATCH, DELETE, OPTIONS, METHOD__MAX };

struct FCGX_Request;
struct route;

struct req {
	struct FCGX_Request *fcgx; /* of the connection */
	_Atomic int64_t *peer;     /* of the thread: see connection_begin() */
	struct db *db;             /* this thread's connection */
	int64_t until;             /* of clock_boot(): its time is over */
	enum method method;        /* HEAD comes as GET */
	bool head;
	char path[PATH_SIZE]; /* raw, up to the '?' */
	char arg[64];         /* what stood for {id} in the path */
	struct uuid id;       /* X-Request-ID of the balancer */
	char id_text[UUID_TEXT];
	char *body; /* NUL-terminated; NULL for none */
	size_t body_len;
	struct json *json;         /* when the route wants a BODY */
	struct session session;    /* when the route wants a SESSION */
	bool by_cookie;            /* the session came in a cookie */
	const struct route *row;   /* of its path; NULL: of none */
	bool has_prefetch;         /* the account's version was prefetched */
	struct version prefetched; /* (serve.h) */
};

/* A header by its CGI name, such as HTTP_IF_MATCH; "" when absent. */
const char *req_header(const struct req *, const char *cgi_name);

/*
 * Read method, path and identifiers, then the body: bounded, exact. OK,
 * BAD_REQUEST, TOO_LARGE, NOT_FOUND (path too long) or WRONG_METHOD.
 */
enum status req_read(struct req *);

/*
 * A query parameter, percent-decoded, into dst. true when it is there.
 * BAD_QUERY in *st, which stays as it is otherwise, when it does not fit.
 */
bool req_query(const struct req *, const char *name, char *dst, size_t size,
    enum status *st, struct fault *);

/* BAD_QUERY when there is a parameter that is not in the list, or twice. */
enum status req_query_only(
    const struct req *, const char *const *known, struct fault *);

/*
 * The bearer token, or the session cookie; false for neither. An Authorization
 * header that does not hold a token of ours belongs to a proxy in front of the
 * balancer, and is nobody's here.
 */
bool req_token(struct req *, char token[SESSION_TOKEN]);

/*
 * The session cookie's name here. Browsers do not keep cookies of one host
 * apart by port (RFC 6265 section 8.5), so the name has that of Host.
 */
void req_cookie_name(const struct req *, char name[COOKIE_NAME]);

/*
 * May this write, made with a cookie, have come from our own pages only?
 * By Sec-Fetch-Site, or where that is missing by Origin against Host, or
 * against X-Forwarded-Host of a proxy in front: no page can forge either.
 */
bool req_same_origin(const struct req *);

/* Is there TLS between the browser and the balancer? */
bool req_secure(const struct req *);

/* Free what a request holds. */
void req_done(struct req *);

#endif
