#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "haproxy.h"
#include "haproxy_socket.h"

/* Servers and backends of all proxies. */
#define SHOW_STAT "show stat -1 6 -1\n"

int64_t
haproxy_deadline(int timeout_ms)
{
	return clock_boot() + timeout_ms * INT64_C(1000);
}

static bool
fail(char *error, size_t size, const char *why)
{
	snprintf(error, size, "%s", why);
	return false;
}

/* false with errno: it is not ready for that before the deadline. */
static bool
wait_for(int fd, short events, int64_t deadline)
{
	struct pollfd p = { fd, events, 0 };
	int64_t left;
	int n;

	do {
		left = (deadline - clock_boot() + 999) / 1000;
		n = poll(&p, 1, left > 0 ? (int)left : 0);
	} while (n == -1 && errno == EINTR);
	if (n == 0)
		errno = ETIMEDOUT;
	return n == 1;
}

static int
connect_to(const char *path)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(name.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(name.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -1;
	/* EAGAIN: so many wait already that it will not answer in time. */
	if (connect(fd, (const struct sockaddr *)&name, sizeof(name)) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool
send_all(int fd, const char *data, int64_t deadline)
{
	size_t left = strlen(data);
	ssize_t n;

	while (left > 0) {
		n = send(fd, data, left, MSG_NOSIGNAL);
		if (n >= 0) {
			data += n;
			left -= (size_t)n;
		} else if (errno != EAGAIN || !wait_for(fd, POLLOUT, deadline))
			return false;
	}
	return true;
}

static bool
receive_all(int fd, struct buf *answer, int64_t deadline)
{
	static const size_t max = ANSWER_MAX;
	size_t before = answer->len;
	char part[65536];
	ssize_t n;

	while (wait_for(fd, POLLIN, deadline)) {
		n = recv(fd, part, sizeof(part), 0);
		if (n == 0)
			return true;
		if (n == -1 && errno != EAGAIN)
			return false;
		if (n > 0)
			buf_add(answer, part, (size_t)n);
		errno = EMSGSIZE;
		if (answer->len - before > max)
			return false;
	}
	return false;
}

bool
haproxy_ask(const char *path, int64_t deadline, const char *line,
    struct buf *answer, char *error, size_t size)
{
	int fd = connect_to(path), saved;
	bool ok = fd != -1 && send_all(fd, line, deadline) &&
		  receive_all(fd, answer, deadline);

	saved = errno;
	if (fd != -1)
		close(fd);
	return ok || fail(error, size, strerror(saved));
}

bool
haproxy_view(const char *path, int timeout_ms, struct balancer_view *v,
    char *error, size_t size)
{
	struct buf csv = { NULL, 0, 0 };
	bool ok;

	memset(v, 0, sizeof(*v));
	ok = haproxy_ask(
	    path, haproxy_deadline(timeout_ms), SHOW_STAT, &csv, error, size);
	if (ok && csv.len == 0)
		ok = fail(error, size, "it closed the connection");
	else if (ok)
		ok = haproxy_parse(csv.data, csv.len, v, error, size);
	buf_free(&csv);
	return ok;
}

/*
 * A line of the ring (haproxy/edge.cfg): when the request ended, its target
 * group, server, status, time in all, and the instance's time, which is -1
 * when none answered. -1: it is not of this group's instances.
 */
static int
read_time(const char *line, const char *group, int64_t after)
{
	char name[NAME_SIZE], server[NAME_SIZE];
	int64_t ended;
	int status, total, waited;

	if (sscanf(line, "%" SCNd64 " %31s %31s %d %d %d", &ended, name, server,
		&status, &total, &waited) != 6)
		return -1;
	if (ended <= after || strcmp(name, group) != 0 || server[0] != 'i')
		return -1;
	return waited >= 0 ? waited : total;
}

size_t
haproxy_times(const char *path, int timeout_ms, const char *group,
    int64_t after, int *times, size_t max)
{
	struct buf lines = { NULL, 0, 0 };
	char *line, *end, error[REASON_SIZE];
	size_t count = 0;
	int t;

	/* What came before the deadline counts; it is a sample anyway. */
	haproxy_ask(path, haproxy_deadline(timeout_ms), "show events timers\n",
	    &lines, error, sizeof(error));
	line = lines.data;
	while (
	    line != NULL && count < max && (end = strchr(line, '\n')) != NULL) {
		*end = '\0';
		if ((t = read_time(line, group, after)) >= 0)
			times[count++] = t;
		line = end + 1;
	}
	buf_free(&lines);
	return count;
}
