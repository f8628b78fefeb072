/*
 * A connection of nginx's and the request that it brings. Only this and http.c
 * know FastCGI. A connection belongs to one thread at a time.
 */
#ifndef CONNECTION_H
#define CONNECTION_H

#include "route.h"

struct connection {
	struct connection *next; /* in a queue of serve()'s */
	struct req req;
	int fd;
	int64_t taken; /* clock_boot(), by a thread: it was ready */
	bool begun;    /* its request has passed the gates */
	bool kept;     /* it has brought a whole request before */
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
 * Read one request of a readable connection, up to its handler; a refusal is
 * answered at once. It blocks as long as the peer stops in mid-request, but
 * for 5 s at most. keep: shall the connection outlive an answer?
 */
enum connection_rc connection_begin(struct connection *, const struct route *,
    struct db *, struct res *, bool keep);

/* Run the handler of a request that has begun, and answer. Never BEGUN. */
enum connection_rc connection_finish(
    struct connection *, struct db *, struct res *, bool keep);

/* Has nginx, for a while, had the time to give up, and has it done so? */
bool connection_given_up(const struct connection *);

#endif
