/*
 * An instance refresh: a group on its way from one release to another, by
 * stages. Kept with the group, so whoever is ended in between goes on.
 */
#ifndef REFRESH_H
#define REFRESH_H

#include <stdbool.h>
#include <stdint.h>

#include "model/config.h"

enum { REFRESH_REASON = 200, REFRESH_FAILURES = 3 };

enum refresh_phase {
	REFRESH_NONE,
	REFRESH_REPLACING, /* until as many as this stage wants are in service
			    */
	REFRESH_BAKING,    /* they are, and are judged by what they serve */
	REFRESH_PAUSED,    /* somebody is asked whether to go on */
	REFRESH_FINISHING, /* until those that were held are gone */
	REFRESH_DONE       /* waits for the other groups that began with it */
};

/* How it is done. Percentages are of the desired capacity, times microseconds
 * (clock.h). */
struct refresh_policy {
	int min_healthy; /* at least so many serve at any time, 0 to 100 */
	int max_healthy; /* at most so many exist, 100 to 200 */
	int batch;       /* percent of one stage; at least one instance */
	int first;       /* instances of the first stage; 0: a batch */
	bool hold;       /* the old ones serve until all new ones do */
	int64_t bake;    /* time after each stage */
	int64_t timeout; /* that a stage may take to be in service */
	int pause_after; /* percent, after which somebody is asked; 0: never */
	int64_t pause;   /* time to answer … */
	bool pause_goes_on; /* … and what no answer means */
};

/* What one half has answered, in a second or so. */
struct answers {
	long requests;
	long failures; /* of these: 5xx, none, retried elsewhere */
	double ms;     /* mean time of an answer; negative: not known */
};

/* What a target group has answered: of its requests some were sent to another
 * instance, and some failed for whoever had asked (5xx). */
struct served {
	int64_t requests, again, failed;
};

/* How the new half compares with the old one so far (rules/judge.h): evidence
 * that it is worse, thousandths of a natural logarithm, and the figures. */
struct judgement {
	int failing, slow;
	int requests[2], failures[2]; /* new, old: since it began */
	int ms[2];   /* means of the seconds that counted, … */
	int seconds; /* … and how many these were */
};

struct refresh {
	enum refresh_phase phase;
	struct refresh_policy policy;
	char target[RELEASE_SIZE];
	bool restart; /* also what runs the target already, if it is older */
	bool back;    /* the target is what was there before */
	bool paused;  /* the one pause has been */
	int wanted;   /* instances of the target, at this stage … */
	int of;       /* … of so many desired */
	int failures; /* launches of the target in a row that failed */
	int64_t started_at, phase_since;
	struct judgement judgement;
	char reason[REFRESH_REASON]; /* why it goes back */
};

/* "replacing", …; ends with NULL. */
extern const char *const refresh_phases[];

/*
 * The policies of Elastic Beanstalk in these terms:
 *   all at once       all new ones are launched together, beside the old ones
 *   rolling           a batch leaves, and the same number comes
 *   … with additional batch   a batch comes, and then the same number leaves
 *   immutable         one comes, then all others; then all old ones leave
 */
void refresh_policy_make(struct refresh_policy *, const struct deploy *);

/* Begin; the target is copied. restart: what runs it already is replaced too.
 */
void refresh_begin(struct refresh *, const struct refresh_policy *,
    const char *target, bool restart, int64_t now);

#endif
