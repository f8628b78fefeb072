/*
 * Connections of which nothing, or not all of a request has come: each holds a
 * descriptor, never a thread. So many wait, the oldest goes first; each for
 * ARRIVAL_S. nginx, which reads a request whole before it connects, never
 * waits here.
 */
#ifndef ARRIVAL_H
#define ARRIVAL_H

#include <stdbool.h>

struct connection;

enum {
	ARRIVAL_MOST = 600, /* above what the balancers send to an instance */
	ARRIVAL_S = 5,
};

/* Once, before all others; false: errno says why. */
bool arrival_start(void);

/* It waits from now on, if it has not waited before. The caller owns it. */
void arrival_begin(struct connection *);

/* No more: its request is whole, or it is to be dropped. Of any connection. */
void arrival_end(struct connection *);

/*
 * It has begun to send: give it away, until arrival_next() returns it. The
 * caller has it in no epoll set that reports anything.
 */
void arrival_watch(struct connection *);

/* For one thread alone: a descriptor that is readable when there is a next. */
int arrival_fd(void);

/*
 * Look at the next one that was given away and has sent something. true: *c is
 * the caller's again, for its request is whole or it is over; or NULL, for it
 * goes on waiting. false: there is no next one.
 */
bool arrival_next(struct connection **c);

/* End those that have waited too long: they are reported as hung up. */
void arrival_expire(void);

#endif
