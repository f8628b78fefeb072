/*
 * Ask a program whether it works, on the socket beside its own. A program that
 * is stopped still has the kernel accept for it, so only an answer counts; one
 * that is busy answers from a thread that does nothing else.
 */
#ifndef PROBE_H
#define PROBE_H

#include <stdbool.h>

#define PROBE_MS 400 /* below the balancer's check timeout */

/*
 * true when the program that serves on socket_path says in time, on
 * socket_path.alive, that at least one of its threads is not stuck; *reaches:
 * then, whether its own user can use the database (db_ping.h).
 */
bool probe(const char *socket_path, bool *reaches);

#endif
