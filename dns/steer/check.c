/* Health checks of listeners, by HTTP, without waiting. */
#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "check.h"

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
	if (l->watch.fd != -1)
		close(l->watch.fd);
	l->watch.fd = -1;
	check_note(l, passed);
}

/* It is so short that a new connection takes it whole. */
static void
ask(struct listener *l)
{
	char text[160];
	int n = snprintf(text, sizeof(text),
	    "GET /balancerz HTTP/1.1\r\nHost: %s:%d\r\n"
	    "Connection: close\r\n\r\n",
	    l->address, l->port);

	l->watch.events = POLLIN;
	if (send(l->watch.fd, text, (size_t)n, MSG_NOSIGNAL) != n)
		decide(l, false);
}

static void
hear(struct listener *l)
{
	ssize_t n = read(
	    l->watch.fd, l->status + l->len, sizeof(l->status) - l->len);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		l->len += (size_t)n;
	if (n <= 0 || l->len == sizeof(l->status))
		decide(l, n > 0 && memcmp(l->status, "HTTP/1.", 7) == 0 &&
			      memcmp(l->status + 8, " 200 ", 5) == 0);
}

static void
go_on(struct watch *w, short revents)
{
	if (revents == 0)
		decide(w->arg, false);
	else
		(w->events == POLLIN ? hear : ask)(w->arg);
}

void
check_begin(struct listener *l)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)l->port) };
	int64_t deadline = clock_boot() + CHECK_MS * CLOCK_SECOND / 1000;
	int fd;

	if (l->watch.fd != -1)
		decide(l, false);
	l->len = 0;
	fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	l->watch = (struct watch){ fd, POLLOUT, deadline, go_on, l };
	if (fd == -1 || inet_pton(AF_INET, l->address, &to.sin_addr) != 1 ||
	    (connect(fd, (struct sockaddr *)&to, sizeof(to)) == -1 &&
		errno != EINPROGRESS))
		decide(l, false);
}
