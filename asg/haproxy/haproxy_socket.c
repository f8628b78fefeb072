/* Questions to several runtime sockets at once, by poll(2). */
#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <poll.h>
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
	if (q->watch.fd != -1)
		close(q->watch.fd);
	q->watch.fd = -1;
	q->answered = error == 0;
	q->error = error;
}

static void
tell(struct question *q)
{
	size_t left = strlen(q->line) - q->sent;
	ssize_t n = send(q->watch.fd, q->line + q->sent, left, MSG_NOSIGNAL);

	if (n >= 0)
		q->sent += (size_t)n;
	else if (errno != EAGAIN && errno != EINTR)
		decide(q, errno);
	if (q->line[q->sent] == '\0')
		q->watch.events = POLLIN;
}

static void
hear(struct question *q)
{
	char part[65536];
	ssize_t n = recv(q->watch.fd, part, sizeof(part), 0);

	if (n == 0)
		decide(q, 0);
	else if (n > 0)
		buf_add(&q->answer, part, (size_t)n);
	else if (errno != EAGAIN && errno != EINTR)
		decide(q, errno);
	if (q->watch.fd != -1 && q->answer.len > ANSWER_MAX)
		decide(q, EMSGSIZE);
}

static void
go_on(struct watch *w, short revents)
{
	if (revents == 0)
		decide(w->arg, ETIMEDOUT);
	else
		(w->events == POLLIN ? hear : tell)(w->arg);
}

/* EAGAIN: so many wait already that it will not answer in time. */
static void
begin(struct question *q, int64_t deadline)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };

	q->sent = 0;
	q->watch = (struct watch){ -1, POLLOUT, deadline, go_on, q };
	if (strlen(q->socket) >= sizeof(name.sun_path)) {
		decide(q, ENAMETOOLONG);
		return;
	}
	memcpy(name.sun_path, q->socket, strlen(q->socket));
	q->watch.fd = socket(
	    AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (q->watch.fd == -1 ||
	    connect(q->watch.fd, (const struct sockaddr *)&name,
		sizeof(name)) == -1)
		decide(q, errno);
}

static bool
any_open(const struct question *q, size_t count)
{
	for (; count > 0; q++, count--)
		if (q->watch.fd != -1)
			return true;
	return false;
}

void
haproxy_ask_all(struct question *q, size_t count, int64_t deadline)
{
	struct watch **all = calloc(count + 1, sizeof(*all));
	size_t n;

	if (all == NULL)
		oom();
	for (n = 0; n < count; n++) {
		begin(&q[n], deadline);
		all[n] = &q[n].watch;
	}
	while (any_open(q, count))
		watch_round(all, count, deadline);
	free(all);
}

const char *
haproxy_ask(
    const char *path, int64_t deadline, const char *line, struct buf *answer)
{
	struct question q = { .socket = path, .line = line, .answer = *answer };

	haproxy_ask_all(&q, 1, deadline);
	*answer = q.answer;
	return q.answered ? NULL : strerror(q.error);
}
