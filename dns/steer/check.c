/* Health checks of listeners, by HTTP, without waiting. */
#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "base/log.h"

void
check_note(struct listener *l, bool passed)
{
	enum health found = passed ? HEALTHY : UNHEALTHY;

	if (l->passed != passed)
		l->in_a_row = 0;
	if (l->in_a_row < INT_MAX)
		l->in_a_row++;
	l->passed = passed;
	if (l->health == found ||
	    l->in_a_row < (passed ? PASSES_TO_RETURN : FAILURES_TO_LEAVE))
		return;
	l->health = found;
	log_line(passed ? LOG_INFO : LOG_WARN, "balancer %s at %s:%d is %s",
	    l->names[0], l->address, l->port, passed ? "healthy" : "unhealthy");
}

static void
decide(struct listener *l, bool passed)
{
	if (l->fd != -1)
		close(l->fd);
	l->fd = -1;
	check_note(l, passed);
}

void
check_begin(struct listener *l)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)l->port) };

	if (l->fd != -1)
		decide(l, false);
	l->sent = false;
	l->len = 0;
	l->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (l->fd == -1 || inet_pton(AF_INET, l->address, &to.sin_addr) != 1 ||
	    (connect(l->fd, (struct sockaddr *)&to, sizeof(to)) == -1 &&
		errno != EINPROGRESS))
		decide(l, false);
}

short
check_events(const struct listener *l)
{
	return l->sent ? POLLIN : POLLOUT;
}

/* It is so short that a new connection takes it whole. */
static bool
ask(struct listener *l)
{
	char text[160];
	int n = snprintf(text, sizeof(text),
	    "GET /balancerz HTTP/1.1\r\nHost: %s:%d\r\n"
	    "Connection: close\r\n\r\n",
	    l->address, l->port);

	l->sent = true;
	return send(l->fd, text, (size_t)n, MSG_NOSIGNAL) == n;
}

static void
hear(struct listener *l)
{
	ssize_t n = read(l->fd, l->status + l->len, sizeof(l->status) - l->len);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		l->len += (size_t)n;
	if (n <= 0 || l->len == sizeof(l->status))
		decide(l, n > 0 && memcmp(l->status, "HTTP/1.", 7) == 0 &&
			      memcmp(l->status + 8, " 200 ", 5) == 0);
}

void
check_continue(struct listener *l, short revents)
{
	if (revents != 0 && l->sent)
		hear(l);
	else if (revents == 0 || !ask(l))
		decide(l, false);
}
