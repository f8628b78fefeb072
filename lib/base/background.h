/*
 * Work that takes a processor for long and shall not be felt by anything else
 * on the host: a hash of a password.
 */
#ifndef BACKGROUND_H
#define BACKGROUND_H

/*
 * Call work(arg) on a thread of its own, on the later half of the processors
 * that the process may use and, unless they are overloaded, only while nothing
 * else wants to run there (SCHED_IDLE, sched(7)); wait for it and return what
 * it did, or -1 when there is no thread to be had.
 */
int background_run(int (*work)(void *), void *arg);

#endif
