#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <fcgiapp.h>

#include "clock.h"
#include "conf.h"
#include "log.h"
#include "serve.h"

enum {
	BACKLOG = 511,
	DRAIN_MS = 100, /* quiet for so long: nothing is on its way */
	PEER_S = 5,     /* a peer that stops in mid-request */
	STUCK_S = 8,    /* no request takes so long: above all its limits */
};

struct worker {
	pthread_t thread;
	_Atomic int64_t since; /* start of its request; 0 when it waits */
	FCGX_Request fcgx;
	struct db *db;
	struct res res;
};

static struct {
	struct conf conf;
	const struct route *routes;
	struct worker workers[64];
	int listener;
	int alive; /* the listener of SOCKET.alive */
	int epoll;
	atomic_bool draining;
	pthread_barrier_t ready; /* every thread is there */
} server;

static void
answer(struct worker *w)
{
	struct req req = { .fcgx = &w->fcgx, .db = w->db };
	const struct route *row = NULL;
	enum status st;

	w->res.type = "application/json";
	memset(&w->res.fault, 0, sizeof(w->res.fault));
	w->res.retry_after = 0;
	log_request(req.id_text);
	st = route(server.routes, &req, &w->res, &row);
	if (status_code(st) >= 400)
		refuse(&req, &w->res, row, &st);
	res_send(&req, &w->res, st);
	log_request("");
	req_done(&req, &w->res);
}

/*
 * Add or re-arm. One-shot: a ready descriptor goes to one thread alone, until
 * that thread arms it again.
 */
static void
arm(int fd, int op)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLRDHUP | EPOLLONESHOT,
		.data.fd = fd };

	if (epoll_ctl(server.epoll, op, fd, &ev) != 0)
		log_line(LOG_ERROR, "epoll_ctl: %s", strerror(errno));
}

static void
accept_all(void)
{
	struct timeval limit = { .tv_sec = PEER_S };
	int fd;

	while ((fd = accept4(server.listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
		arm(fd, EPOLL_CTL_ADD);
	}
	if (!server.draining)
		arm(server.listener, EPOLL_CTL_MOD);
}

/*
 * One request of a readable connection. libfcgi is handed the descriptor; it
 * would accept(2) by itself after a connection that ended, which the invalid
 * listening socket given to FCGX_InitRequest() turns into an error.
 */
static void
serve_one(struct worker *w, int fd)
{
	w->since = clock_now();
	w->fcgx.ipcFd = fd;
	w->fcgx.keepConnection = 1; /* or it closes fd before it reads */
	if (FCGX_Accept_r(&w->fcgx) == 0) {
		answer(w);
		if (server.draining)
			w->fcgx.keepConnection = 0;
		FCGX_Finish_r(&w->fcgx);
		if (w->fcgx.ipcFd >= 0) {
			w->fcgx.ipcFd = -1;
			arm(fd, EPOLL_CTL_MOD);
		}
	}
	w->since = 0;
}

/*
 * Did nginx close while its request waited? Then it has given up, the balancer
 * has asked another instance, and what would be done now would undo what came
 * after.
 */
static void
ready(struct worker *w, const struct epoll_event *ev)
{
	if (ev->data.fd == server.listener)
		accept_all();
	else if (ev->events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		close(ev->data.fd);
	else
		serve_one(w, ev->data.fd);
}

static void
on_signal(int sig)
{
	(void)sig;
	server.draining = true;
}

/*
 * One thread was told; the others leave epoll_pwait() by this. Nothing new is
 * accepted, but what stands in the backlog still is.
 */
static void
tell_the_others(void)
{
	static atomic_flag told = ATOMIC_FLAG_INIT;
	int i;

	if (atomic_flag_test_and_set(&told))
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
	struct epoll_event ev;
	sigset_t none;
	int n;

	pthread_barrier_wait(&server.ready);
	sigemptyset(&none);
	for (;;) {
		n = epoll_pwait(server.epoll, &ev, 1,
		    server.draining ? DRAIN_MS : -1, &none);
		if (server.draining)
			tell_the_others();
		if (n == 0)
			break;
		if (n < 0)
			continue;
		ready(w, &ev);
	}
	db_free(w->db);
	return NULL;
}

/* Is there a thread that is not stuck in its request? */
static bool
works(void)
{
	int64_t limit = clock_now() - STUCK_S * CLOCK_SECOND;
	int i;

	for (i = 0; i < server.conf.threads; i++) {
		int64_t since = server.workers[i].since;

		if (since == 0 || since > limit)
			return true;
	}
	return false;
}

/*
 * A thread of its own, so that a program with more to do than it can, such
 * as the login pool in a flood, is late but never taken for dead.
 */
static void *
watch(void *arg)
{
	struct pollfd p = { .fd = server.alive, .events = POLLIN };
	int fd;

	(void)arg;
	while (!server.draining) {
		poll(&p, 1, -1);
		if ((fd = accept4(server.alive, NULL, NULL, SOCK_CLOEXEC)) < 0)
			continue;
		(void)send(fd, works() ? "1" : "0", 1, MSG_NOSIGNAL);
		close(fd);
	}
	return NULL;
}

/*
 * Bind to the path, mode 0660: nginx has the group. The path is the
 * instance's own, so a file that is there was left by a dead predecessor.
 */
static int
listen_at(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(sa.sun_path))
		die(100, "SOCKET: %s is longer than %zu bytes", path,
		    sizeof(sa.sun_path) - 1);
	memcpy(sa.sun_path, path, strlen(path) + 1);
	unlink(path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	umask(0117);
	if (fd < 0 || bind(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0 ||
	    listen(fd, BACKLOG) != 0)
		die(111, "%s: %s", path, strerror(errno));
	umask(0077);
	return fd;
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

	pthread_barrier_init(
	    &server.ready, NULL, (unsigned)server.conf.threads + 1);
	for (w = server.workers; w < server.workers + server.conf.threads;
	     w++) {
		if (FCGX_InitRequest(&w->fcgx, -1, 0) != 0 ||
		    (w->db = db_new(&server.conf.db)) == NULL ||
		    pthread_create(&w->thread, NULL, work, w) != 0)
			die(111, "cannot start a thread");
	}
	pthread_barrier_wait(&server.ready);
	if (pthread_create(&watcher, NULL, watch, NULL) != 0)
		die(111, "cannot start a thread");
	pthread_detach(watcher);
}

int
serve(const char *program, const struct route *routes)
{
	char alive[sizeof(((struct sockaddr_un *)0)->sun_path) + 8];
	int i;

	log_open(program);
	conf_read(&server.conf);
	snprintf(alive, sizeof(alive), "%s.alive", server.conf.socket);
	server.routes = routes;
	/* Give a hash's 19 MiB back, and keep one heap for few threads. */
	mallopt(M_MMAP_THRESHOLD, 1024 * 1024);
	mallopt(M_ARENA_MAX, 2);
	/* A peer that does not close must not hold a thread for 2 s. */
	setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", "100", 0);
	if (FCGX_Init() != 0 ||
	    (server.epoll = epoll_create1(EPOLL_CLOEXEC)) < 0)
		die(111, "cannot start: %s", strerror(errno));
	server.alive = listen_at(alive);
	server.listener = listen_at(server.conf.socket);
	arm(server.listener, EPOLL_CTL_ADD);
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
	unlink(server.conf.socket);
	unlink(alive);
	log_line(LOG_INFO, "drained");
	return 0;
}
