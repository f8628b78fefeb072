/*
 * A connection of nginx's and the request that it brings. Only this and
 * lib/http know FastCGI. A connection belongs to one thread at a time.
 */
#ifndef CONNECTION_H
#define CONNECTION_H

#include <sys/queue.h>

#include "http/route.h"
#include "fcgi/fair.h"
#include "fcgi/framing.h"

struct connection {
	struct fair_place place; /* the first: in a queue of serve()'s */
	struct req req;
	int fd;
	int64_t taken; /* clock_boot(), by a thread: it was ready */
	bool begun;    /* its request has passed the gates */
	/* Of arrival.c: */
	int64_t
	    since; /* clock_boot(), it waits for its request; 0: it does not */
	bool listed;
	TAILQ_ENTRY(connection) age;
};

enum connection_rc {
	CONNECTION_BEGUN, /* the request's handler is to run */
	CONNECTION_IDLE,  /* answered: it waits for the next request */
	CONNECTION_GONE,  /* closed and freed */
};

/* Once, before all others; false when FastCGI is not to be had. */
bool connection_prepare(void);

/*
 * A listening socket at the path, which is the instance's own; non-blocking,
 * mode 0660: nginx has the group. Dies when that cannot be.
 */
int connection_listen(const char *path);

/* Of an accepted descriptor, which is its own now; NULL without memory. */
struct connection *connection_new(int fd);

/* Close and free; what is under way is not answered. */
void connection_drop(struct connection *);

/*
 * What has come of the next request; it is not read yet. WRONG: the connection
 * is of no use, or its peer has closed it.
 */
enum framing connection_arrived(const struct connection *);

/*
 * Read one request, which has arrived whole, up to its handler; a refusal is
 * answered at once. While an answer may wait for the peer, *c->req.peer has
 * the moment (clock_boot()) when that began, else 0; any signal to the thread
 * then ends it. keep: shall the connection outlive an answer?
 */
enum connection_rc connection_begin(struct connection *, const struct route *,
    struct db *, struct res *, bool keep);

/*
 * Whose request is it, one that has begun? true: of this account; false: of
 * this address, told by a number of it.
 */
bool connection_owner(const struct connection *, struct uuid *);

/*
 * Run the handler of a request that has begun, and answer. Never BEGUN. Two
 * seconds after the request was taken its time is over (one that hashes a
 * password has seven): nothing more is asked of the database.
 */
enum connection_rc connection_finish(
    struct connection *, struct db *, struct res *, bool keep);

/* Has nginx, for a while, had the time to give up, and has it done so? */
bool connection_given_up(const struct connection *);

#endif
