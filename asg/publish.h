/*
 * dns_publish() in a process of its own: a DNS server that does not answer,
 * on a host that is gone, holds nothing up.
 */
#ifndef PUBLISH_H
#define PUBLISH_H

#include <sys/types.h>

#include "dns.h"
#include "group.h"

struct publisher {
	pid_t pid;              /* 0: none is at work */
	int fd;                 /* what it says */
	int64_t deadline, next; /* clock_boot(); no other one before then */
	char error[TEXT_SIZE];  /* of the last one; "" when it was done */
};

/*
 * Begin, unless one is at work or another one is not due: that is a second
 * after one that was done, and five after one that was not.
 */
void publisher_begin(struct publisher *, const char *control_socket,
    const char *domain, const struct listener *, size_t count);

/*
 * Take what it has said, when it has ended: changes and failures are noted,
 * the same failure once.
 */
void publisher_take(struct publisher *, const char *domain, struct events *);

/* Until it has ended, but not longer; false: it has not. */
bool publisher_wait(const struct publisher *, int timeout_ms);

/* End what is at work; the next one puts in order what that left. */
void publisher_close(struct publisher *);

#endif
