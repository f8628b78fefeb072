/*
 * The load balancers of an environment: what they say of the instances, what
 * they are told, and whether they answer.
 *
 * LOAD_BALANCERS names them, blank-separated, each as
 *   NAME,SOCKET,FILE
 * SOCKET: HAProxy's runtime socket; FILE: the server-state file that it reads
 * when it starts, which is written here; ",FILE" is left out where the
 * balancer's own machine writes it.
 */
#ifndef BALANCERS_H
#define BALANCERS_H

#include "haproxy/haproxy.h"
#include "state/state.h"

enum { BALANCERS_MAX = 32, BALANCER_MS = 300 };

struct balancer {
	char name[NAME_SIZE];
	char socket[512];
	char file[512]; /* "": it is not ours */
	bool reachable;
	char error[2 * REASON_SIZE]; /* why not */
	char slots_error[TEXT_SIZE]; /* why its slots are not as they must be */
	/* It takes questions and says nothing, since then; 0: it does not. */
	int64_t silent;
	int64_t asked; /* both clock_boot() */
	struct balancer_view view;
	uint64_t digest;              /* of the servers' states */
	int64_t requests[GROUPS_MAX]; /* at the last balancers_load() … */
	bool counted[GROUPS_MAX];     /* … when it answered */
	struct balancer_view before;  /* at the last balancers_answers() */
	struct buf written;           /* what FILE has, if we wrote it */
};

struct balancers {
	int count;
	struct balancer list[BALANCERS_MAX];
	int64_t load_at; /* both clock_boot() */
	int64_t answers_at;
};

/* false: error says what is wrong with the text. */
bool balancers_parse(
    struct balancers *, const char *text, char *error, size_t size);
void balancers_free(struct balancers *);

/*
 * Ask all of them at once, within BALANCER_MS. One that is silent is asked
 * again after a second, and when it has been so for ten, after five: the socket
 * of a host that is gone, brought here by ssh, takes all questions. true when
 * any server's state differs from what was seen the last time.
 */
bool balancers_look(struct balancers *);

/* Until when one question may take, when all are to end about then. */
int64_t balancers_deadline(int64_t end);

/* NULL when the balancer does not answer or has no such group. */
const struct target_group *balancers_group(
    const struct balancer *, const char *name);

/* What they say of each instance of the group. */
void balancers_report(const struct balancers *, struct group *);

/* Requests a second since the last call, of balancers that answered then too,
 * and the response times. */
void balancers_load(struct balancers *, struct state *, const struct config *);

/*
 * Of groups that are refreshed: what they have served, and what both halves
 * have answered, since the last call that counted, a second before or more.
 * Times are of instances that have been in service for a while.
 */
void balancers_answers(struct balancers *, struct state *);

/* Give slots to the instances that need one, as far as there are any. */
void balancers_assign(struct group *, int slots);

/* Tell all of them, and write their files. What could not be told stands in
 * slots_error. */
void balancers_route(struct balancers *, const struct state *);

#endif
