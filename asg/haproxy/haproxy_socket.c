/* Questions to several runtime sockets at once, by poll(2). */
#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "haproxy/haproxy_socket.h"

int64_t
haproxy_deadline(int timeout_ms)
{
	return clock_boot() + timeout_ms * INT64_C(1000);
}

static void
decide(struct question *q, int error)
{
	if (q->fd != -1)
		close(q->fd);
	q->fd = -1;
	q->answered = error == 0;
	q->error = error;
}

/* EAGAIN: so many wait already that it will not answer in time. */
static void
begin(struct question *q)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };

	q->sent = 0;
	q->fd = -1;
	if (strlen(q->socket) >= sizeof(name.sun_path)) {
		decide(q, ENAMETOOLONG);
		return;
	}
	memcpy(name.sun_path, q->socket, strlen(q->socket));
	q->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (q->fd == -1 ||
	    connect(q->fd, (const struct sockaddr *)&name, sizeof(name)) == -1)
		decide(q, errno);
}

static void
tell(struct question *q)
{
	size_t left = strlen(q->line) - q->sent;
	ssize_t n = send(q->fd, q->line + q->sent, left, MSG_NOSIGNAL);

	if (n >= 0)
		q->sent += (size_t)n;
	else if (errno != EAGAIN && errno != EINTR)
		decide(q, errno);
}

static void
hear(struct question *q)
{
	static const size_t max = ANSWER_MAX;
	char part[65536];
	ssize_t n = recv(q->fd, part, sizeof(part), 0);

	if (n == 0)
		decide(q, 0);
	else if (n > 0)
		buf_add(&q->answer, part, (size_t)n);
	else if (errno != EAGAIN && errno != EINTR)
		decide(q, errno);
	if (q->fd != -1 && q->answer.len > max)
		decide(q, EMSGSIZE);
}

/* One round of poll(2); false: nothing is left to wait for. */
static bool
wait_for_some(
    struct question *q, struct pollfd *fds, size_t count, int64_t deadline)
{
	int64_t left = (deadline - clock_boot() + 999) / 1000;
	bool open = false;
	size_t n;

	for (n = 0; n < count; n++) {
		bool told = q[n].sent == strlen(q[n].line);

		fds[n] = (struct pollfd){ q[n].fd,
			(short)(told ? POLLIN : POLLOUT), 0 };
		open |= q[n].fd != -1;
	}
	if (!open || left <= 0)
		return false;
	if (poll(fds, count, (int)left) > 0)
		for (n = 0; n < count; n++)
			if (q[n].fd != -1 && fds[n].revents != 0)
				(fds[n].events == POLLIN ? hear : tell)(&q[n]);
	return true;
}

void
haproxy_ask_all(struct question *q, size_t count, int64_t deadline)
{
	struct pollfd *fds = calloc(count + 1, sizeof(*fds));
	size_t n;

	if (fds == NULL)
		oom();
	for (n = 0; n < count; n++)
		begin(&q[n]);
	while (wait_for_some(q, fds, count, deadline))
		continue;
	for (n = 0; n < count; n++)
		if (q[n].fd != -1)
			decide(&q[n], ETIMEDOUT);
	free(fds);
}

bool
haproxy_ask(const char *path, int64_t deadline, const char *line,
    struct buf *answer, char *error, size_t size)
{
	struct question q = { .socket = path, .line = line, .answer = *answer };

	haproxy_ask_all(&q, 1, deadline);
	*answer = q.answer;
	if (!q.answered)
		snprintf(error, size, "%s", strerror(q.error));
	return q.answered;
}
