/*
 * Questions to HAProxy's runtime sockets.
 */
#ifndef HAPROXY_SOCKET_H
#define HAPROXY_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/watch.h"

/* More than 10000 slots have to say; a longer answer is an error. */
enum { ANSWER_MAX = 32 << 20 };

struct question {
	const char *socket;
	const char *line; /* ends in a newline */
	struct buf answer;
	bool answered;
	int error; /* errno, when it was not */

	/* of haproxy_ask_all() */
	struct watch watch;
	size_t sent;
};

/*
 * Ask all of them at once; what is not all there when clock_boot() is deadline
 * is no answer. Free the answers in any case.
 */
void haproxy_ask_all(struct question *, size_t count, int64_t deadline);

/* One of them, whose answer is appended; NULL, or why that is not all. */
const char *haproxy_ask(
    const char *socket, int64_t deadline, const char *line, struct buf *answer);

/* A deadline for it. */
int64_t haproxy_deadline(int timeout_ms);

#endif
