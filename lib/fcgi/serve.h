/*
 * The loop of every program: a few threads over one epoll set that holds the
 * listening socket and nginx's kept connections. A thread takes the requests
 * that are ready, a few at once, and owns one database connection. Handlers
 * know nothing of threads.
 */
#ifndef SERVE_H
#define SERVE_H

#include "http/route.h"

enum { SERVE_MOST = 8 }; /* requests that a thread takes at once */

/*
 * Read the configuration from the environment, bind the socket, serve until
 * SIGTERM or SIGINT, drain, and return the exit code for main. The table ends
 * with a row whose path is NULL.
 *
 * look_ahead, or NULL: called with two to SERVE_MOST requests that were ready
 * together and have passed their gates, before any of their handlers runs, so
 * that one statement can ask the database for all. What it finds it leaves in
 * their `ahead`, and says so in `has_prefetch`; what it does not find the
 * handlers look up themselves.
 *
 * A second socket, SOCKET.alive, tells whoever connects whether the program
 * works: see probe.h.
 */
int serve(const char *program, const struct route *,
    void (*look_ahead)(struct db *, struct req *const *, size_t));

#endif
