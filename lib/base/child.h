/*
 * A process that is started, heard and waited for. It ends with this one.
 */
#ifndef CHILD_H
#define CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/watch.h"

enum {
	CHILD_OUTPUT_MAX = 8 << 20, /* bytes; one that says more is killed */
	CHILD_WATCHES = 3           /* its end, standard output, error */
};

/* Zeroed: there is none. It must not be moved while it runs. */
struct child {
	pid_t pid; /* 0: there is none */
	bool done; /* it has ended: status and all it said are here */
	bool late; /* it was killed when its time was over */
	int status;
	int64_t started;                     /* clock_boot() */
	struct buf output, error;            /* standard output and error */
	struct watch watches[CHILD_WATCHES]; /* for watch_round() */
};

/*
 * Start argv[0] (execvp(3); argv ends with NULL) in a process group of its
 * own, with an empty standard input; prepare(arg), unless it is NULL, runs
 * there before. After so many seconds it is killed. false: try again later.
 */
bool child_start(struct child *, const char *const argv[], int seconds,
    void (*prepare)(const void *), const void *arg);

/*
 * Hear all of them until one that was not done is, but not longer than so many
 * ms; true when one is. Those without a process are left out.
 */
bool child_wait(struct child *const *all, size_t count, int timeout_ms);

/* Kill it if it runs, and free what it said; it is zeroed. */
void child_end(struct child *);

#endif
