/*
 * Which balancers answer, and so stand in the zone.
 */
#ifndef DNS_H
#define DNS_H

#include <stdbool.h>
#include <stddef.h>

#include "model/group.h"

enum { FAILURES_TO_LEAVE = 2, PASSES_TO_RETURN = 2 };

/* A balancer's listener, and what its checks have found. */
struct listener {
	char name[NAME_SIZE]; /* the record it belongs to: "app", "@" */
	char address[ADDRESS_SIZE];
	int port;
	bool answered; /* the last check */
	int in_a_row;  /* checks with that result */
	bool healthy;  /* by FAILURES_TO_LEAVE and PASSES_TO_RETURN; the
			* first check decides alone */
	bool known;    /* false: never checked */
};

/*
 * Ask all of them at once for the monitor URI (200), each within timeout_ms,
 * and note the results.
 */
void dns_check(struct listener *, size_t count, int timeout_ms);

/*
 * Publish the healthy listeners' addresses, all of them when none is healthy
 * (fail open), as A records of domain through Knot's control socket (knotc).
 * Asks first and changes only what differs. The number of changed records, or
 * -1 and error.
 */
int dns_publish(const char *control_socket, const char *domain,
    const struct listener *, size_t count, char *error, size_t size);

#endif
