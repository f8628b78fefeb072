/*
 * One question to HAProxy's runtime socket.
 */
#ifndef HAPROXY_SOCKET_H
#define HAPROXY_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

/* More than 10000 slots have to say; a longer answer is an error. */
enum { ANSWER_MAX = 32 << 20 };

/*
 * Send line, which ends in a newline, and append the answer. false: it was
 * not all there when clock_boot() was deadline; error says why.
 */
bool haproxy_ask(const char *socket, int64_t deadline, const char *line,
    struct buf *answer, char *error, size_t size);

/* A deadline for it. */
int64_t haproxy_deadline(int timeout_ms);

#endif
