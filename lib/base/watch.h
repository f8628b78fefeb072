/*
 * Waiting for several descriptors at once, by poll(2).
 */
#ifndef WATCH_H
#define WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct watch {
	int fd;           /* -1: nothing to wait for */
	short events;     /* of poll(2) */
	int64_t deadline; /* clock_boot() */
	/* Go on after these events; 0: the deadline has passed. NULL: nothing
	 * to wait for. */
	void (*go_on)(struct watch *, short revents);
	void *arg;
};

/*
 * One round: wait until something is ready, but not longer than to the first
 * deadline or `until` (clock_boot()), and go on with all that are ready or
 * late. false: a signal came meanwhile.
 */
bool watch_round(struct watch *const *, size_t count, int64_t until);

#endif
