/* Which listeners answer the monitor URI, asked at once. */
#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "dns.h"

/* The balancers' monitor-uri (haproxy/edge.cfg). */
#define MONITOR "/balancerz"

struct probe {
	int fd; /* -1: it is decided */
	bool sent;
	char status[13]; /* "HTTP/1.1 200 " */
	size_t len;
};

static void
decide(struct probe *p, struct listener *l, bool answered)
{
	if (p->fd != -1)
		close(p->fd);
	p->fd = -1;
	if (!l->known || l->answered != answered)
		l->in_a_row = 0;
	if (l->in_a_row < INT_MAX)
		l->in_a_row++;
	l->answered = answered;
	if (!l->known ||
	    l->in_a_row >= (answered ? PASSES_TO_RETURN : FAILURES_TO_LEAVE))
		l->healthy = answered;
	l->known = true;
}

static bool
begin(struct probe *p, const struct listener *l)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)l->port) };

	p->sent = false;
	p->len = 0;
	p->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	return p->fd != -1 &&
	       inet_pton(AF_INET, l->address, &to.sin_addr) == 1 &&
	       (connect(p->fd, (struct sockaddr *)&to, sizeof(to)) == 0 ||
		   errno == EINPROGRESS);
}

/* It is so short that a new connection takes it whole. */
static bool
ask(struct probe *p, const struct listener *l)
{
	char text[160];
	int n = snprintf(text, sizeof(text),
	    "GET " MONITOR " HTTP/1.1\r\nHost: %s:%d\r\n"
	    "Connection: close\r\n\r\n",
	    l->address, l->port);

	p->sent = true;
	return send(p->fd, text, (size_t)n, MSG_NOSIGNAL) == n;
}

static void
hear(struct probe *p, struct listener *l)
{
	ssize_t n = read(p->fd, p->status + p->len, sizeof(p->status) - p->len);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		decide(p, l, false);
		return;
	}
	p->len += (size_t)n;
	if (p->len == sizeof(p->status))
		decide(p, l,
		    memcmp(p->status, "HTTP/1.", 7) == 0 &&
			memcmp(p->status + 8, " 200 ", 5) == 0);
}

static void
advance(struct probe *p, struct listener *l, short events)
{
	if (p->fd == -1 || events == 0)
		return;
	if (p->sent)
		hear(p, l);
	else if (!ask(p, l))
		decide(p, l, false);
}

/* One round of poll(2); false: nothing is left to wait for. */
static bool
wait_for_some(struct probe *p, struct listener *l, struct pollfd *fds,
    size_t count, int64_t deadline)
{
	int64_t left = (deadline - clock_boot() + 999) / 1000;
	bool open = false;
	size_t n;

	for (n = 0; n < count; n++) {
		fds[n].fd = p[n].fd;
		fds[n].events = p[n].sent ? POLLIN : POLLOUT;
		fds[n].revents = 0;
		open |= p[n].fd != -1;
	}
	if (!open || left <= 0)
		return false;
	if (poll(fds, count, (int)left) > 0)
		for (n = 0; n < count; n++)
			advance(&p[n], &l[n], fds[n].revents);
	return true;
}

void
dns_check(struct listener *l, size_t count, int timeout_ms)
{
	int64_t deadline = clock_boot() + timeout_ms * INT64_C(1000);
	struct probe *probes = calloc(count + 1, sizeof(*probes));
	struct pollfd *fds = calloc(count + 1, sizeof(*fds));
	size_t n;

	if (probes == NULL || fds == NULL)
		oom();
	for (n = 0; n < count; n++)
		if (!begin(&probes[n], &l[n]))
			decide(&probes[n], &l[n], false);
	while (wait_for_some(probes, l, fds, count, deadline))
		continue;
	for (n = 0; n < count; n++)
		if (probes[n].fd != -1)
			decide(&probes[n], &l[n], false);
	free(fds);
	free(probes);
}
