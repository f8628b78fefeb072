/*
 * Ask a FastCGI program whether it serves, the way nginx would: one GET of
 * /healthz on its socket. A program that hangs still has its socket accept, so
 * only an answer counts.
 */
#ifndef PROBE_H
#define PROBE_H

#include <stdbool.h>

#define PROBE_MS 400 /* below the balancer's check timeout */

/* true when it answered 200 in time. */
bool probe(const char *socket_path);

#endif
