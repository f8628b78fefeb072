/* HAProxy's response times. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "haproxy/haproxy.h"
#include "haproxy/haproxy_socket.h"

/*
 * A line of the ring (haproxy/edge.cfg): when the request ended, its target
 * group, server, status, time in all, and the instance's time, which is -1
 * when none answered. false: it is not of this group's instances.
 */
static bool
read_time(const char *line, const char *group, int64_t after, int64_t *ended,
    struct timing *t)
{
	char name[NAME_SIZE], server[NAME_SIZE];
	int status, total, waited;

	if (sscanf(line, "%" SCNd64 " %31s %31s %d %d %d", ended, name, server,
		&status, &total, &waited) != 6)
		return false;
	if (*ended <= after || strcmp(name, group) != 0 || server[0] != 'i')
		return false;
	t->ms = waited >= 0 ? waited : total;
	t->slot = atoi(server + 1);
	return true;
}

size_t
haproxy_times(const char *path, int64_t deadline, const char *group,
    int64_t after, struct timing *times, size_t max)
{
	struct buf lines = { NULL, 0, 0 };
	char *line, *end;
	int64_t ended = 0, last = 0, now = clock_now();
	struct timing t;
	size_t count = 0;
	bool ours;

	/* What came before the deadline counts; it is a sample anyway. */
	haproxy_ask(path, deadline, "show events timers\n", &lines);
	line = lines.data;
	while (
	    line != NULL && count < max && (end = strchr(line, '\n')) != NULL) {
		*end = '\0';
		ours = read_time(line, group, after, &ended, &t);
		/* The clock was set back: those before it are from before. */
		if (ended < last - CLOCK_SECOND)
			count = 0;
		last = ended;
		if (ours && ended < now + CLOCK_SECOND)
			times[count++] = t;
		line = end + 1;
	}
	buf_free(&lines);
	return count;
}
