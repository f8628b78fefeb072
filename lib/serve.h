/*
 * The loop of every program: a few threads over one epoll set that holds the
 * listening socket and nginx's kept connections. A thread takes one request
 * at a time and owns one database connection. No other file knows threads.
 */
#ifndef SERVE_H
#define SERVE_H

#include "route.h"

/*
 * Read the configuration from the environment, bind the socket, serve until
 * SIGTERM or SIGINT, drain, and return the exit code for main. The table ends
 * with a row whose path is NULL.
 *
 * A second socket, SOCKET.alive, tells whoever connects whether the program
 * works: see probe.h.
 */
int serve(const char *program, const struct route *);

#endif
