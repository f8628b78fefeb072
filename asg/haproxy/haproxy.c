/* Questions to HAProxy: the state of its servers, and its response times. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "haproxy/haproxy.h"
#include "haproxy/haproxy_socket.h"

/* Servers and backends of all proxies. */
#define SHOW_STAT "show stat -1 6 -1\n"

static void
read_view(struct look *l, const struct question *q)
{
	if (!q->answered)
		snprintf(l->error, sizeof(l->error), "%s", strerror(q->error));
	else if (q->answer.len == 0)
		snprintf(
		    l->error, sizeof(l->error), "it closed the connection");
	else
		l->answers = haproxy_parse(q->answer.data, q->answer.len,
		    &l->view, l->error, sizeof(l->error));
}

void
haproxy_look(struct look *all, size_t count, int timeout_ms)
{
	struct question *q = calloc(count + 1, sizeof(*q));
	size_t n;

	if (q == NULL)
		oom();
	for (n = 0; n < count; n++) {
		q[n].socket = all[n].socket;
		q[n].line = SHOW_STAT;
		memset(&all[n].view, 0, sizeof(all[n].view));
		all[n].answers = false;
		all[n].error[0] = '\0';
	}
	haproxy_ask_all(q, count, haproxy_deadline(timeout_ms));
	for (n = 0; n < count; n++) {
		all[n].silent = !q[n].answered && q[n].error == ETIMEDOUT;
		read_view(&all[n], &q[n]);
		buf_free(&q[n].answer);
	}
	free(q);
}

/*
 * A line of the ring (haproxy/edge.cfg): when the request ended, its target
 * group, server, status, time in all, and the instance's time, which is -1
 * when none answered. -1: it is not of this group's instances.
 */
static int
read_time(const char *line, const char *group, int64_t after, int64_t *ended)
{
	char name[NAME_SIZE], server[NAME_SIZE];
	int status, total, waited;

	if (sscanf(line, "%" SCNd64 " %31s %31s %d %d %d", ended, name, server,
		&status, &total, &waited) != 6)
		return -1;
	if (*ended <= after || strcmp(name, group) != 0 || server[0] != 'i')
		return -1;
	return waited >= 0 ? waited : total;
}

size_t
haproxy_times(const char *path, int timeout_ms, const char *group,
    int64_t after, int *times, size_t max)
{
	struct buf lines = { NULL, 0, 0 };
	char *line, *end, error[REASON_SIZE];
	int64_t ended = 0, last = 0, now = clock_now();
	size_t count = 0;
	int t;

	/* What came before the deadline counts; it is a sample anyway. */
	haproxy_ask(path, haproxy_deadline(timeout_ms), "show events timers\n",
	    &lines, error, sizeof(error));
	line = lines.data;
	while (
	    line != NULL && count < max && (end = strchr(line, '\n')) != NULL) {
		*end = '\0';
		t = read_time(line, group, after, &ended);
		/* The clock was set back: those before it are from before. */
		if (ended < last - CLOCK_SECOND)
			count = 0;
		last = ended;
		if (t >= 0 && ended < now + CLOCK_SECOND)
			times[count++] = t;
		line = end + 1;
	}
	buf_free(&lines);
	return count;
}
