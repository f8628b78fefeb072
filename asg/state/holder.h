/*
 * Who holds the lock of the passes, and whether it gets on: it writes its
 * process and a number into the lock's file, which grows with its work. Who
 * waits for the lock ends a holder whose number stands still, for it hangs.
 */
#ifndef HOLDER_H
#define HOLDER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct holder {
	long pid;
	unsigned long long start; /* of the process, which a pid alone is not */
	unsigned long long beats;
	int64_t seen; /* clock_boot(), when this was seen first */
};

/* From the holder of the lock fd, more often than every second. */
void holder_beat(int fd);

/*
 * From who waits for the lock, several times a second, with a struct that is
 * zero at first: kill the holder if it has not moved while we looked, for so
 * long as hangs but for no load. true: it was killed. One that never wrote is
 * left alone: its disk may be full, or it is of a release that did not.
 */
bool holder_watch(int fd, struct holder *);

#endif
