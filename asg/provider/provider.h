/*
 * What launches, terminates and lists instances: an executable.
 *
 *   launch GROUP ZONE ID   start it (or finish starting it) and print its line
 *   terminate ID           stop it and leave nothing of it; none is success
 *   list                   a line for each instance that there is
 *   console ID             print its log
 *   request ID             print what any log, a balancer's too, says of a
 *                          request: "TIME WHO LINE", by the time it began
 *
 * A line is a JSON object: id, group, zone, state (pending, running, stopped),
 * address, port, release, launched_at, cpu_seconds; of one that is half made
 * or half gone id and state suffice. {"zone": Z, "state": "unreachable"} says
 * that the instances of that zone could not be listed.
 *
 * While sql/disk-guard keeps the database read-only, a list that is done says
 * "database: TEXT" on standard error, TEXT being what stands in the guard's
 * mark. (The list itself must have no line of another kind: an asg of before
 * takes none of it then.)
 *
 * All are idempotent. Exit status: 0 done, 100 wrong use, 111 system error;
 * then standard error says why in a sentence. Besides asg's own environment,
 * launch gets the group's KIND (web or api), THREADS, LAUNCH_ENVIRONMENT (a
 * JSON object of texts) and, unless it is what is installed, RELEASE.
 */
#ifndef PROVIDER_H
#define PROVIDER_H

#include "base/buf.h"
#include "model/group.h"
#include "base/child.h"

enum {
	JOBS_MAX = 16,     /* at once */
	LIST_SECONDS = 20, /* patience; after that, kill -9 */
	JOB_SECONDS = 60,
};

enum work { WORK_LIST, WORK_LAUNCH, WORK_TERMINATE };

/* One line. */
struct listed {
	char id[ID_SIZE]; /* "" for a zone */
	char group[NAME_SIZE];
	char zone[NAME_SIZE];
	char release[RELEASE_SIZE];
	char address[ADDRESS_SIZE];
	int port;
	enum presence state;
	double cpu_seconds; /* negative: not known */
	bool dealt_with;    /* nobody asked for it: its end was begun */
};

struct listing {
	int64_t started; /* clock_boot(): what was so then is in it; 0: none */
	struct listed *list;
	size_t count, size;
	char database[DATABASE_SIZE]; /* what its guard says, "" for nothing */
};

struct job {
	enum work work;
	char id[ID_SIZE];
	bool failed;        /* then the child's error is the sentence */
	struct child child; /* without a pid: this place is free */
};

struct provider {
	const char *program;
	struct job jobs[JOBS_MAX];
};

/*
 * Begin to launch an instance, of the release that it names, or to list (id
 * NULL) or terminate. false when all places are taken or the process cannot be
 * made: try again later.
 */
bool provider_launch(
    struct provider *, const struct group_config *, const struct instance *);
bool provider_begin(struct provider *, enum work, const char *id);

/* Wait until something has ended, but not longer; false when nothing has. */
bool provider_wait(struct provider *, int timeout_ms);

/* The work on that instance that has not been given to provider_end(), or
 * NULL; id "": the list. */
struct job *provider_job(struct provider *, const char *id);
void provider_end(struct job *);

/* Is anything but a list under way? */
bool provider_busy(const struct provider *);

/* Ends with the program of this process what is still under way. */
void provider_close(struct provider *);

/*
 * One line of output. false: it is not what it must be; error says why.
 */
bool listing_parse_line(
    const char *line, size_t len, struct listed *, char *error, size_t size);

/* All lines of a list; the listing's memory is used again. */
bool listing_parse(
    struct listing *, const struct buf *, char *error, size_t size);

/* What standard error of that list says of the database. */
void listing_told(struct listing *, const struct buf *error);

#endif
