/*
 * Health checks of the balancers' listeners: each is asked for the monitor-uri
 * (haproxy/edge.cfg) and passes with 200. Nothing here waits.
 */
#ifndef CHECK_H
#define CHECK_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/watch.h"

enum { FAILURES_TO_LEAVE = 2, PASSES_TO_RETURN = 2, CHECK_MS = 300 };
enum { NAMES_MAX = 8, NAME_SIZE = 32 };
enum health { HEALTH_UNKNOWN, HEALTHY, UNHEALTHY };

struct listener {
	char address[INET_ADDRSTRLEN];
	int port;
	size_t name_count; /* of the names in the domain that lead to it */
	char names[NAMES_MAX][NAME_SIZE];
	enum health health; /* unknown until a threshold is reached */
	bool passed;        /* the last check */
	int in_a_row;       /* checks with that result */
	struct watch watch; /* of the check under way; fd -1: none */
	char status[13];    /* "HTTP/1.1 200 " */
	size_t len;
};

/* Begin a check, which fails after CHECK_MS; one that is still under way has
 * failed. Its watch goes on with it. */
void check_begin(struct listener *);

/* Note a result: the health changes at the thresholds, which is logged. */
void check_note(struct listener *, bool passed);

#endif
