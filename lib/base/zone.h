/*
 * Names of time zones: which there are is the same on every host. A name is
 * one of tzdata's (Asia/Seoul, Asia/Calcutta, EST5EDT, UTC), exactly as
 * written there, or an offset from UTC as browsers give one (ECMA-402, 6.5.3).
 */
#ifndef ZONE_H
#define ZONE_H

#include <stdbool.h>

enum { ZONE_SIZE = 65 }; /* of a name, with its NUL */

/* The name's zone: of Asia/Calcutta Asia/Kolkata; NULL: tzdata has no such. */
const char *zone_canonical(const char *name);

/* "+09:00", "-03:30", to 23:59: seconds east of UTC. */
bool zone_offset(const char *, int *seconds);

/* Is it a name or an offset? */
bool zone_known(const char *);

#endif
