/*
 * A name server of the domain has A records of those balancers that are
 * healthy, of all when none is (fail open). It is told through Knot's control
 * socket, by knotc(8), one command at a time, and nothing here waits for it.
 */
#ifndef PUBLISH_H
#define PUBLISH_H

#include <stdint.h>

#include "base/child.h"
#include "check.h"

/* All names of all listeners; of records that are not theirs more are left to
 * the next time. */
enum { RECORDS_MAX = 256 };

/* What is published. */
struct zone {
	char domain[256];
	int ttl;
	size_t count;
	struct listener *listeners;
};

struct change {
	bool set; /* false: unset */
	char name[NAME_SIZE], address[INET_ADDRSTRLEN];
	int ttl;
};

struct changes {
	size_t count;
	struct change list[2 * RECORDS_MAX];
};

/*
 * What is to be done so that a zone has the records that it should; text: all
 * of it, as `knotc zone-read` prints it. Of a listener whose health is unknown
 * the zone keeps what it has. Records are unset before others are set: of one
 * that exists with another TTL, Knot 3.2's zone-set is an error that takes it
 * from secondaries, at the same serial.
 */
void changes_find(struct changes *, const struct zone *, const char *text);

struct name_server {
	char name[NAME_SIZE]; /* for people */
	char socket[512];
	bool due;             /* to be begun when it is idle */
	int step;             /* 0: idle */
	int64_t next;         /* not before then (clock_boot()) */
	char error[256];      /* of the last time; "" when it was done */
	struct child command; /* that runs */
	char why[256];        /* it failed */
	struct changes changes;
	size_t at; /* which of them */
};

/* Begin, when it is due, idle and not in the pause after a failure. */
void publish_begin(struct name_server *, const struct zone *);

/* Go on with what is next when its command has ended. Changes, failures and
 * their end are logged. */
void publish_continue(struct name_server *, const struct zone *);

/* End what is at work; the next one puts in order what that left. */
void publish_close(struct name_server *);

#endif
