/*
 * STATE/asg/lock: one process makes passes. Its file says which one that is
 * and how far it has got: "PID START BEATS", START being field 22 of proc(5)'s
 * stat, which a pid that is used again has not. Whoever waits for the lock
 * kills a holder whose BEATS have stood still for so long as hangs but for no
 * load. One that wrote nothing is left alone: its disk may be full.
 */
#ifndef LOCK_H
#define LOCK_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Take it, within so many microseconds: its descriptor, held until the process
 * ends. -1: another process holds it still. Dies when the file cannot be used.
 */
int lock_take(const char *directory, int64_t patience);

/* From its holder, more often than every second. */
void lock_beat(int fd);

/* Is it held? Then *pid, unless pid is NULL, is the process, 0 when its file
 * does not say. */
bool lock_is_held(const char *directory, long *pid);

#endif
