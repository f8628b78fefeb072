/*
 * Health checks of the balancers' listeners: each is asked for the monitor-uri
 * (haproxy/edge.cfg) and passes with 200. Nothing here waits.
 */
#ifndef CHECK_H
#define CHECK_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

enum { FAILURES_TO_LEAVE = 2, PASSES_TO_RETURN = 2 };
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
	/* The check under way. */
	int fd; /* -1: none */
	bool sent;
	char status[13]; /* "HTTP/1.1 200 " */
	size_t len;
};

/* Begin a check; one that is still under way has failed. */
void check_begin(struct listener *);

/* The events of poll(2) that the check under way waits for. */
short check_events(const struct listener *);

/* Go on with it after these events; 0: its time is over, which is a failure. */
void check_continue(struct listener *, short revents);

/* Note a result: the health changes at the thresholds, which is logged. */
void check_note(struct listener *, bool passed);

#endif
