/* Connections whose request has not come whole. */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/log.h"
#include "fcgi/arrival.h"
#include "fcgi/connection.h"

TAILQ_HEAD(arrivals, connection);

static struct {
	pthread_mutex_t lock;
	struct arrivals all; /* by age */
	size_t n;
	int epoll; /* of those that were given away */
} arrival = { .lock = PTHREAD_MUTEX_INITIALIZER,
	.all = TAILQ_HEAD_INITIALIZER(arrival.all) };

bool
arrival_start(void)
{
	return (arrival.epoll = epoll_create1(EPOLL_CLOEXEC)) >= 0;
}

int
arrival_fd(void)
{
	return arrival.epoll;
}

static void
unlink_it(struct connection *c)
{
	if (c->listed) {
		TAILQ_REMOVE(&arrival.all, c, age);
		arrival.n--;
	}
	c->listed = false;
}

/*
 * It is somebody else's, who may just be looking at it; so it is not freed but
 * hung up, which its owner hears of. Unless its request is whole, and it is
 * the threads that have had no time for it.
 */
static void
let_oldest_go(void)
{
	struct connection *c = TAILQ_FIRST(&arrival.all);

	if (connection_arrived(c) != FRAMING_WHOLE)
		shutdown(c->fd, SHUT_RDWR);
	unlink_it(c);
}

void
arrival_begin(struct connection *c)
{
	if (c->since != 0)
		return;
	c->since = clock_boot();
	pthread_mutex_lock(&arrival.lock);
	if (arrival.n == ARRIVAL_MOST)
		let_oldest_go();
	TAILQ_INSERT_TAIL(&arrival.all, c, age);
	c->listed = true;
	arrival.n++;
	pthread_mutex_unlock(&arrival.lock);
}

void
arrival_end(struct connection *c)
{
	if (c->since == 0)
		return;
	pthread_mutex_lock(&arrival.lock);
	unlink_it(c);
	c->since = 0;
	pthread_mutex_unlock(&arrival.lock);
}

/* Edge-triggered: a byte that was looked at is not reported again. */
void
arrival_watch(struct connection *c)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLRDHUP | EPOLLET,
		.data.ptr = c };

	arrival_begin(c);
	if (epoll_ctl(arrival.epoll, EPOLL_CTL_ADD, c->fd, &ev) != 0) {
		log_line(LOG_ERROR, "epoll_ctl: %s", strerror(errno));
		connection_drop(c);
	}
}

bool
arrival_next(struct connection **c)
{
	struct epoll_event ev;

	if (epoll_wait(arrival.epoll, &ev, 1, 0) != 1)
		return false;
	*c = ev.data.ptr;
	if ((ev.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) == 0 &&
	    connection_arrived(*c) == FRAMING_PART)
		*c = NULL;
	else
		epoll_ctl(arrival.epoll, EPOLL_CTL_DEL, (*c)->fd, NULL);
	return true;
}

void
arrival_expire(void)
{
	int64_t limit = clock_boot() - ARRIVAL_S * CLOCK_SECOND;

	pthread_mutex_lock(&arrival.lock);
	while (arrival.n > 0 && TAILQ_FIRST(&arrival.all)->since < limit)
		let_oldest_go();
	pthread_mutex_unlock(&arrival.lock);
}
