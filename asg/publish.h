/*
 * dns_publish() for each name server of the zone, in a process of its own: one
 * that does not answer, on a host that is gone, holds up neither asg nor the
 * others.
 */
#ifndef PUBLISH_H
#define PUBLISH_H

#include <sys/types.h>

#include "dns.h"
#include "model/event.h"
#include "model/group.h"

struct publisher {
	char name[NAME_SIZE];   /* of the name server, for people */
	char socket[512];       /* its control socket */
	bool told;              /* it has taken the zone at least once */
	pid_t pid;              /* 0: none is at work */
	int fd;                 /* what it says */
	int64_t deadline, next; /* clock_boot(); no other one before then */
	char error[TEXT_SIZE];  /* of the last one; "" when it was done */
};

struct publishers {
	size_t count;
	struct publisher list[ZONES_MAX];
};

/*
 * Those of the control sockets in text, blank-separated; a socket's directory
 * has the name server's name. false: they are too many, or one is too long.
 */
bool publishers_parse(struct publishers *, const char *text);

/*
 * Begin, unless one is at work or another one is not due: that is a second
 * after one that was done, and five after one that was not.
 */
void publisher_begin(struct publisher *, const char *domain,
    const struct listener *, size_t count);

/*
 * Take what it has said, when it has ended. Changes are noted, and when a name
 * server cannot be told any more and is told again; other failures are logged.
 */
void publisher_take(struct publisher *, struct events *);

/* Until it has ended, but not longer; false: it has not. */
bool publisher_wait(const struct publisher *, int timeout_ms);

/* End what is at work; the next one puts in order what that left. */
void publisher_close(struct publisher *);

#endif
