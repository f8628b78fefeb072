/* The loop of every program: threads over one epoll set. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/conf.h"
#include "base/log.h"
#include "db/db_conf.h"
#include "db/db_ping.h"
#include "fcgi/arrival.h"
#include "fcgi/connection.h"
#include "fcgi/serve.h"

enum {
	THREADS_MAX = 64,
	DRAIN_MS = 100,  /* quiet for so long: nothing is on its way */
	READ_US = 20000, /* a thread reads requests ahead for so long */
	PEER_S = 5,      /* a peer may take to read an answer */
	STUCK_S = 16, /* above all limits of a request: its thread is stuck */
};

struct worker {
	pthread_t thread;
	/* Of clock_boot(), or 0 for not now: start of its request, and of */
	_Atomic int64_t since;
	_Atomic int64_t peer; /* its waiting for a peer (connection.h) */
	struct db *db;
	struct res res;
};

/* Of the environment (conf.h). */
struct settings {
	const char *socket;   /* SOCKET: path to listen on */
	int threads;          /* THREADS */
	const char *instance; /* INSTANCE: id, for the log */
	const char *release;  /* RELEASE */
	struct db_conf db;
};

static struct {
	struct settings conf;
	const struct route *routes;
	void (*prefetch)(struct db *, struct req *const *, size_t);
	struct worker workers[THREADS_MAX];
	pthread_mutex_t lock;              /* of what waits */
	struct fair_place *unread, **last; /* the next to be read */
	struct fair fair;                  /* what was read */
	unsigned account_max; /* threads that an account may have */
	atomic_int idle;      /* threads that wait for something to do */
	int wakeup;           /* an eventfd: wakes one of them */
	int timer;            /* the same, when an account has cooled down */
	int listener;
	int alive; /* the listener of SOCKET.alive */
	int epoll;
	atomic_bool accept_failed; /* no descriptor was left to accept with */
	atomic_bool draining;
	pthread_barrier_t ready; /* every thread is there */
} server = { .lock = PTHREAD_MUTEX_INITIALIZER, .last = &server.unread };

/*
 * Add or re-arm: c, or NULL for the listener. One-shot: what is ready goes to
 * one thread alone, until that thread arms it again.
 */
static void
arm(struct connection *c, int op, uint32_t events)
{
	struct epoll_event ev = { .events = events | EPOLLRDHUP | EPOLLONESHOT,
		.data.ptr = c };
	int fd = c != NULL ? c->fd : server.listener;

	if (epoll_ctl(server.epoll, op, fd, &ev) != 0)
		log_line(LOG_ERROR, "epoll_ctl: %s", strerror(errno));
}

/* Wake a thread when fd is ready. Edge-triggered: it need not be read. */
static void
add_wakeup(int fd)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLET,
		.data.ptr = &server.wakeup };

	if (fd < 0 || epoll_ctl(server.epoll, EPOLL_CTL_ADD, fd, &ev) != 0)
		die(111, "cannot watch for wake-ups: %s", strerror(errno));
}

static void
set_wakeup_timer(int64_t when)
{
	struct itimerspec at = { .it_value = { when / CLOCK_SECOND,
				     when % CLOCK_SECOND * 1000 } };

	if (timerfd_settime(server.timer, TFD_TIMER_ABSTIME, &at, NULL) != 0)
		log_line(LOG_ERROR, "timerfd: %s", strerror(errno));
}

/* Without descriptors the socket stays ready: watch() tries again. */
static void
accept_all(void)
{
	struct connection *c;
	int fd;

	while ((fd = accept4(server.listener, NULL, NULL, SOCK_CLOEXEC)) >= 0)
		if ((c = connection_new(fd)) != NULL) {
			arrival_begin(c);
			arm(c, EPOLL_CTL_ADD, EPOLLIN);
		}
	if (errno == EMFILE || errno == ENFILE)
		server.accept_failed = true;
	else if (!server.draining)
		arm(NULL, EPOLL_CTL_MOD, EPOLLIN);
}

/* ---- what waits for a thread: a handler may take long */

/* While draining no account cools down: every such time is over. */
static int64_t
fair_now(void)
{
	return server.draining ? INT64_MAX / 2 : clock_boot();
}

/*
 * An account may have half of the threads, so that it finds the others for
 * others; many people may have one address.
 */
static void
enqueue(struct connection *c)
{
	struct uuid owner;
	bool account = c->begun && connection_owner(c, &owner);

	pthread_mutex_lock(&server.lock);
	if (c->begun)
		fair_put(&server.fair, &c->place, &owner,
		    account ? server.account_max : UINT_MAX, fair_now());
	else {
		c->place.next = NULL;
		*server.last = &c->place;
		server.last = &c->place.next;
	}
	pthread_mutex_unlock(&server.lock);
}

/* What is not read yet goes first: its owner is not known. */
static struct fair_place *
next_waiting(int64_t now)
{
	struct fair_place *p = server.unread;

	if (p == NULL)
		return fair_take(&server.fair, now);
	if ((server.unread = p->next) == NULL)
		server.last = &server.unread;
	return p;
}

/*
 * The next one; NULL: there is none, and this thread counts as idle. When
 * others are left it wakes the next thread, now or when they have cooled down.
 */
static struct connection *
next_connection(void)
{
	int64_t now = fair_now(), next;
	struct fair_place *p;
	bool wake;

	pthread_mutex_lock(&server.lock);
	if ((p = next_waiting(now)) == NULL)
		server.idle++;
	wake = server.idle > 0 &&
	       (server.unread != NULL || fair_any(&server.fair, now));
	next = fair_next(&server.fair, now);
	pthread_mutex_unlock(&server.lock);
	if (wake && eventfd_write(server.wakeup, 1) != 0)
		log_line(LOG_ERROR, "eventfd: %s", strerror(errno));
	if (next != 0)
		set_wakeup_timer(next);
	_Static_assert(offsetof(struct connection, place) == 0, "cast");
	return (struct connection *)p;
}

/* Its request is answered. */
static void
release_owner(const struct worker *w, struct fair_owner *owner)
{
	int64_t took = clock_boot() - w->since;
	int64_t cooldown = fair_cooldown(w->res.sent, took);

	pthread_mutex_lock(&server.lock);
	fair_done(&server.fair, owner, fair_now(), cooldown);
	pthread_mutex_unlock(&server.lock);
}

/* ---- the requests of a thread */

/* Is the request's handler to run? */
static bool
begin(struct worker *w, struct connection *c)
{
	enum connection_rc rc;

	c->req.peer = &w->peer;
	rc = connection_begin(
	    c, server.routes, w->db, &w->res, !server.draining);
	if (rc == CONNECTION_IDLE)
		arm(c, EPOLL_CTL_MOD, EPOLLIN);
	return rc == CONNECTION_BEGUN;
}

/*
 * What nginx has given up the balancer has sent to another instance: done now,
 * it would undo what came after.
 */
static void
finish(struct worker *w, struct connection *c)
{
	if (connection_abandoned(c)) {
		connection_close(c);
		return;
	}
	c->req.peer = &w->peer;
	if (connection_finish(c, w->db, &w->res, !server.draining) ==
	    CONNECTION_IDLE)
		arm(c, EPOLL_CTL_MOD, EPOLLIN);
}

/* One that waited: read it, to wait in its owner's queue; or finish it. */
static void
serve_waiting(struct worker *w, struct connection *c)
{
	struct fair_owner *owner = c->place.owner;

	w->since = clock_boot();
	w->res.sent = 0;
	if (c->begun) {
		finish(w, c);
		release_owner(w, owner);
	} else if (connection_abandoned(c))
		connection_close(c);
	else if (begin(w, c))
		enqueue(c);
}

static void
prefetch(struct worker *w, struct connection *const *all, size_t n)
{
	struct req *requests[SERVE_MAX];
	size_t i, count = 0;

	for (i = 0; i < n; i++)
		if (all[i]->begun)
			requests[count++] = &all[i]->req;
	if (server.prefetch != NULL && count > 1)
		server.prefetch(w->db, requests, count);
}

/* Those whose version was prefetched go first: they take no time. */
static size_t
finish_prefetched(struct worker *w, struct connection **all, size_t n)
{
	size_t i, left = 0;

	for (i = 0; i < n; i++)
		if (all[i]->begun && all[i]->req.has_prefetch)
			finish(w, all[i]);
		else
			all[left++] = all[i];
	return left;
}

/* Is there a whole request? If not, the connection is no longer ours. */
static bool
arrived(struct connection *c, uint32_t events)
{
	enum framing rc = FRAMING_WRONG;

	if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) == 0)
		rc = connection_arrived(c);
	if (rc == FRAMING_PART)
		arrival_watch(c);
	else if (rc == FRAMING_WRONG)
		connection_close(c);
	else
		arrival_end(c);
	return rc == FRAMING_WHOLE;
}

/*
 * Accept connections and read requests that are ready. A session that is slow
 * to be found holds its thread: what is not read by then is left to others.
 */
static void
read_ready(struct worker *w, const struct epoll_event *ev, int count)
{
	struct connection *waiting[SERVE_MAX], *c;
	int64_t now = clock_boot();
	size_t n = 0, i;

	w->since = now;
	for (; count > 0; count--, ev++) {
		if (ev->data.ptr == &server.wakeup)
			continue;
		if ((c = ev->data.ptr) == NULL) {
			accept_all();
			continue;
		}
		c->taken = now;
		if (arrived(c, ev->events) &&
		    (clock_boot() - now > READ_US || begin(w, c)))
			waiting[n++] = c;
	}
	prefetch(w, waiting, n);
	n = finish_prefetched(w, waiting, n);
	for (i = 0; i < n; i++)
		enqueue(waiting[i]);
}

/* ---- threads */

static void
on_signal(int sig)
{
	if (sig != SIGALRM) /* that only interrupts */
		server.draining = true;
}

/*
 * Once: end epoll_pwait() of the other threads. Nothing new is accepted, but
 * what is in the backlog still is.
 */
static void
begin_drain(void)
{
	static atomic_flag begun = ATOMIC_FLAG_INIT;
	int i;

	if (atomic_flag_test_and_set(&begun))
		return;
	log_line(LOG_INFO, "draining");
	shutdown(server.alive, SHUT_RDWR);
	shutdown(server.listener, SHUT_RDWR);
	accept_all();
	for (i = 0; i < server.conf.threads; i++)
		pthread_kill(server.workers[i].thread, SIGTERM);
}

/*
 * SIGTERM is blocked but inside epoll_pwait(), so that there is no moment at
 * which it could be missed. While draining, whatever still arrives within
 * DRAIN_MS is served; then the thread ends.
 */
static void *
work(void *arg)
{
	struct worker *w = arg;
	struct epoll_event ev[SERVE_MAX];
	struct connection *c;
	sigset_t none;
	int n;

	pthread_barrier_wait(&server.ready);
	sigemptyset(&none);
	for (;;) {
		if ((c = next_connection()) != NULL) {
			serve_waiting(w, c);
			continue;
		}
		w->since = 0;
		n = epoll_pwait(server.epoll, ev, SERVE_MAX,
		    server.draining ? DRAIN_MS : -1, &none);
		server.idle--;
		if (server.draining)
			begin_drain();
		if (n == 0)
			break;
		if (n > 0)
			read_ready(w, ev, n);
	}
	db_free(w->db);
	return NULL;
}

/* Is there a thread that is not stuck in its request? */
static bool
any_thread_works(void)
{
	int64_t limit = clock_boot() - STUCK_S * CLOCK_SECOND;
	int i;

	for (i = 0; i < server.conf.threads; i++) {
		int64_t since = server.workers[i].since;

		if (since == 0 || since > limit)
			return true;
	}
	return false;
}

/* So that no peer that takes a byte now and then keeps a thread. */
static void
interrupt_slow_peers(void)
{
	int64_t limit = clock_boot() - PEER_S * CLOCK_SECOND;
	int i;

	for (i = 0; i < server.conf.threads; i++) {
		int64_t peer = server.workers[i].peer;

		if (peer != 0 && peer < limit)
			pthread_kill(server.workers[i].thread, SIGALRM);
	}
}

/* Some of them at once: there are other things to do. */
static void
check_arrivals(void)
{
	struct connection *c;
	int i;

	for (i = 0; i < ARRIVAL_MAX && arrival_next(&c); i++)
		if (c != NULL)
			arm(c, EPOLL_CTL_MOD, EPOLLIN);
	arrival_expire();
}

/* Answer a connection to SOCKET.alive (probe.h). */
static void
answer_probe(void)
{
	char answer[2];
	int fd = accept4(server.alive, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return;
	answer[0] = any_thread_works() ? '1' : '0';
	answer[1] = db_ping_ok(&server.conf.db) ? '1' : '0';
	(void)send(fd, answer, sizeof(answer), MSG_NOSIGNAL);
	close(fd);
}

/*
 * A thread of its own, so that a program with more to do than it can, such
 * as the login pool in a flood, is late but never taken for dead; and so that a
 * slow peer keeps no other thread busy.
 */
static void *
watch(void *arg)
{
	struct pollfd p[] = { { .fd = arrival_fd(), .events = POLLIN },
		{ .fd = server.alive, .events = POLLIN } };

	(void)arg;
	for (;;) {
		/* At its end the second one always has something. */
		poll(p, server.draining ? 1 : 2, 1000);
		check_arrivals();
		interrupt_slow_peers();
		if (!server.draining)
			answer_probe();
		if (atomic_exchange(&server.accept_failed, false) &&
		    !server.draining)
			arm(NULL, EPOLL_CTL_MOD, EPOLLIN);
	}
	return NULL;
}

static void
start(void)
{
	struct sigaction sa = { .sa_handler = on_signal };
	sigset_t set;
	struct worker *w;
	pthread_t watcher;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGALRM, &sa, NULL);

	server.account_max = ((unsigned)server.conf.threads + 1) / 2;
	pthread_barrier_init(
	    &server.ready, NULL, (unsigned)server.conf.threads + 1);
	for (w = server.workers; w < server.workers + server.conf.threads;
	     w++) {
		res_done(&w->res);
		if ((w->db = db_new(&server.conf.db)) == NULL ||
		    pthread_create(&w->thread, NULL, work, w) != 0)
			die(111, "cannot start a thread");
	}
	pthread_barrier_wait(&server.ready);
	if (pthread_create(&watcher, NULL, watch, NULL) != 0)
		die(111, "cannot start a thread");
	pthread_detach(watcher);
}

static void
read_settings(struct settings *c)
{
	c->socket = conf_string("SOCKET");
	c->threads = conf_required_number("THREADS", 1, THREADS_MAX);
	c->instance = conf_string("INSTANCE");
	c->release = conf_string("RELEASE");
	db_conf_read(&c->db);
}

int
serve(const char *program, const struct route *routes,
    void (*prefetch_all)(struct db *, struct req *const *, size_t))
{
	char alive[sizeof(((struct sockaddr_un *)0)->sun_path) + 8];
	int i;

	log_open(program);
	read_settings(&server.conf);
	snprintf(alive, sizeof(alive), "%s.alive", server.conf.socket);
	server.routes = routes;
	server.prefetch = prefetch_all;
	/* Give a hash's 19 MiB back, and keep one heap for few threads. */
	mallopt(M_MMAP_THRESHOLD, 1024 * 1024);
	mallopt(M_ARENA_MAX, 2);
	if (!connection_prepare() ||
	    (server.epoll = epoll_create1(EPOLL_CLOEXEC)) < 0)
		die(111, "cannot start: %s", strerror(errno));
	server.alive = connection_listen(alive);
	server.listener = connection_listen(server.conf.socket);
	arm(NULL, EPOLL_CTL_ADD, EPOLLIN);
	server.wakeup = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	server.timer = timerfd_create(
	    CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	add_wakeup(server.wakeup);
	add_wakeup(server.timer);
	start();
	log_line(LOG_INFO,
	    "serving on %s with %d threads, instance %s, "
	    "release %s",
	    server.conf.socket, server.conf.threads, server.conf.instance,
	    server.conf.release);
	for (i = 0; i < server.conf.threads; i++) {
		pthread_join(server.workers[i].thread, NULL);
		buf_free(&server.workers[i].res.headers);
		buf_free(&server.workers[i].res.body);
	}
	db_ping_stop();
	unlink(server.conf.socket);
	unlink(alive);
	log_line(LOG_INFO, "drained");
	return 0;
}
