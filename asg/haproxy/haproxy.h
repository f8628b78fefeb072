/*
 * HAProxy's runtime socket (management.txt, section 9.3): the one file that
 * speaks its language.
 *
 * A target group is a backend of that name with slots i1, i2, … and a backend
 * NAME-open with the same slots, unchecked, for when all of the first are down.
 */
#ifndef HAPROXY_H
#define HAPROXY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "model/group.h"

enum { REASON_SIZE = 64 };

/* One slot of one target group at one balancer. */
struct server {
	char group[NAME_SIZE];
	int slot; /* from 1 */
	char address[ADDRESS_SIZE];
	int port;
	enum routing routing;
	enum health health;
	bool responsive;          /* when DEAD: by HTTP, so it can be drained */
	bool refused;             /* when DEAD: the connection */
	char reason[REASON_SIZE]; /* "L4CON: Connection refused" */
	int sessions;             /* under way */
	/* Since the balancer's start; of a request that was sent on to another
	 * one the only trace is `wredis` (findings/). */
	int64_t requests, failures;
	int64_t changed;           /* seconds since UP or DOWN */
	bool fallback_out_of_sync; /* NAME-open's slot is not as it must be */
	bool open; /* it is that one: of haproxy_parse() alone */
};

/* One target group at one balancer. */
struct target_group {
	char name[NAME_SIZE];
	struct served served; /* since the balancer's start */
};

struct balancer_view {
	struct server *servers; /* sorted by group, then slot */
	size_t server_count;
	struct target_group *groups;
	size_t group_count;
	bool shutdown_redispatches; /* a session that is shut down: its request
				     */
};

/* Asks for the servers and the backends of all proxies. */
#define HAPROXY_SHOW "show stat -1 6 -1\n"

/* What a balancer answers to it. false: it is not the CSV that it must be. */
bool haproxy_parse(const char *csv, size_t len, struct balancer_view *);
void haproxy_view_free(struct balancer_view *);

/* How long an instance took for a request. */
struct timing {
	int ms;
	int slot;
};

/*
 * Those of a group's requests since the moment `after`, as the balancer logged
 * them to its ring `timers`: at most max. Their number; 0 too when the balancer
 * does not answer. Waits until the deadline (clock_boot()).
 */
size_t haproxy_times(const char *socket, int64_t deadline, const char *group,
    int64_t after, struct timing *times, size_t max);

/* What a slot should be. */
struct slot {
	char group[NAME_SIZE];
	int slot;
	enum routing routing;
	char address[ADDRESS_SIZE];
	int port;
	bool up; /* it passed its checks already; for the file alone */
};

/* Of servers and slots alike, for qsort(3): by group, then by slot. */
int haproxy_by_place(const void *, const void *);

/* NULL when the balancer has no such group, or nothing in that place. */
const struct target_group *haproxy_group(
    const struct balancer_view *, const char *name);
const struct server *haproxy_server(
    const struct balancer_view *, const struct slot *);

/*
 * Make the balancer's slots what they should be; slots that are not named are
 * emptied. The list is sorted (haproxy_by_place). Only differences are sent. A
 * slot that becomes READY is UP after its next passed checks, not before. Of
 * one that has been empty for a second the requests still under way are sent to
 * others, where HAProxy can do that. false: error has the first fault; what it
 * does not touch is done.
 */
bool haproxy_route(const char *socket, int64_t deadline,
    const struct balancer_view *, const struct slot *, size_t count,
    char *error, size_t size);

/*
 * The same as a server-state file (version 1), which HAProxy reads at its
 * start and reload: a balancer that starts cold has the right servers. One
 * that it has not it ignores.
 */
void haproxy_state_file(struct buf *, const struct slot *, size_t count);

#endif
