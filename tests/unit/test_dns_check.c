/* Checks, by listeners made here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "check.h"

enum { SLACK_MS = 250 };

struct peer {
	int fd;
	pthread_t thread;
	const char *first, *second; /* what it says, in two pieces */
	bool slow;                  /* byte by byte, for ever */
};

static int
listen_here(struct listener *l)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sa);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&sa, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	memset(l, 0, sizeof(*l));
	l->name_count = 1;
	l->watch.fd = -1;
	snprintf(l->names[0], sizeof(l->names[0]), "app");
	snprintf(l->address, sizeof(l->address), "127.0.0.1");
	l->port = ntohs(sa.sin_port);
	return fd;
}

static void
say(int fd, const char *text)
{
	(void)!send(fd, text, strlen(text), MSG_NOSIGNAL);
}

/* Until the other side has heard it, or is gone: nobody tells. */
static void
drip(int fd, const char *text)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	for (; *text != '\0'; text++) {
		if (send(fd, text, 1, MSG_NOSIGNAL) != 1 ||
		    poll(&p, 1, CHECK_MS / 4) != 0)
			return;
	}
}

static void *
serve(void *arg)
{
	static const char good[] = "GET /balancerz HTTP/1.1\r\nHost: 127.0.0.1";
	struct peer *p = arg;
	char asked[256] = "";
	int fd;

	while ((fd = accept4(p->fd, NULL, NULL, SOCK_CLOEXEC)) != -1) {
		if (recv(fd, asked, sizeof(asked) - 1, 0) <= 0 ||
		    strncmp(asked, good, strlen(good)) != 0 ||
		    strcmp(asked + strlen(asked) - 4, "\r\n\r\n") != 0) {
			say(fd, "HTTP/1.1 400 Bad Request\r\n\r\n");
		} else if (p->slow) {
			drip(fd, p->first);
		} else {
			say(fd, p->first);
			if (p->second != NULL) {
				poll(NULL, 0, 20);
				say(fd, p->second);
			}
		}
		close(fd);
	}
	return NULL;
}

static void
open_peer(struct peer *p, struct listener *l, const char *first)
{
	memset(p, 0, sizeof(*p));
	p->first = first;
	p->fd = listen_here(l);
	assert_int_equal(listen(p->fd, 16), 0);
}

static void
start_peer(struct peer *p)
{
	assert_int_equal(pthread_create(&p->thread, NULL, serve, p), 0);
}

static void
stop_peer(struct peer *p)
{
	shutdown(p->fd, SHUT_RDWR);
	pthread_join(p->thread, NULL);
	close(p->fd);
}

/* All at once, as dns-steer does; milliseconds that it took. */
static int
check(struct listener *l, size_t count)
{
	int64_t before = clock_boot();
	struct watch *all[8];
	size_t n, open = count;

	for (n = 0; n < count; n++) {
		check_begin(&l[n]);
		all[n] = &l[n].watch;
	}
	while (open > 0) {
		watch_round(all, count, before + CLOCK_SECOND);
		for (n = open = 0; n < count; n++)
			open += l[n].watch.fd != -1;
	}
	return (int)((clock_boot() - before) / 1000);
}

static bool
answers_with(const char *first, const char *second, bool slow)
{
	struct listener l;
	struct peer p;
	int took;

	open_peer(&p, &l, first);
	p.second = second;
	p.slow = slow;
	start_peer(&p);
	took = check(&l, 1);
	stop_peer(&p);
	assert_true(took < CHECK_MS + SLACK_MS);
	assert_int_equal(l.in_a_row, 1);
	assert_int_equal(l.health, HEALTH_UNKNOWN);
	return l.passed;
}

static void
believes_200_alone(void **state)
{
	(void)state;
	assert_true(answers_with("HTTP/1.1 200 OK\r\n\r\n", NULL, false));
	assert_true(answers_with("HTTP/1.0 200 OK\r\n\r\n", NULL, false));
	assert_true(answers_with("HTTP/1.1 2", "00 OK\r\n\r\n", false));
	assert_false(answers_with("HTTP/1.1 503 No\r\n\r\n", NULL, false));
	assert_false(answers_with("HTTP/1.1 2000 \r\n\r\n", NULL, false));
	assert_false(answers_with("HTTP/2.1 20", NULL, false));
	assert_false(answers_with("", NULL, false));
	assert_false(answers_with("RTSP/1.0 200 OK\r\n\r\n", NULL, false));
	assert_false(answers_with("SSH-2.0-OpenSSH 200 OK\r\n", NULL, false));
	assert_false(answers_with("\xff\xfe\x80\x81 binary \x01\x02\x03",
	    "\x80 200 and more of it", false));
}

static void
does_not_wait_for_the_slow(void **state)
{
	(void)state;
	assert_false(answers_with("HTTP/1.1 200 OK\r\n\r\n", NULL, true));
}

static void
waits_for_all_at_once(void **state)
{
	struct listener l[8];
	int fds[8], n, took;
	struct peer good;

	(void)state;
	for (n = 0; n < 7; n++) {
		fds[n] = listen_here(&l[n]);
		/* Even ones take the connection and are silent. */
		if (n % 2 == 0)
			assert_int_equal(listen(fds[n], 4), 0);
	}
	open_peer(&good, &l[7], "HTTP/1.1 200 OK\r\n\r\n");
	start_peer(&good);
	took = check(l, 8);
	stop_peer(&good);
	assert_true(took < CHECK_MS + SLACK_MS);
	for (n = 0; n < 7; n++) {
		assert_false(l[n].passed);
		close(fds[n]);
	}
	assert_true(l[7].passed);
}

static void
refusal_is_known_at_once(void **state)
{
	struct listener l[2];
	int fd;

	(void)state;
	fd = listen_here(&l[0]);
	l[1] = l[0];
	snprintf(l[1].address, sizeof(l[1].address), "nowhere");
	assert_true(check(l, 2) < CHECK_MS / 2);
	assert_false(l[0].passed || l[1].passed);
	close(fd);
	assert_true(check(NULL, 0) < CHECK_MS / 2);
}

/* We were stopped for so long that its second is over. */
static void
one_that_was_never_heard_has_failed(void **state)
{
	struct listener l;
	int fd = listen_here(&l), first;

	(void)state;
	assert_int_equal(listen(fd, 4), 0);
	check_begin(&l);
	first = l.watch.fd;
	assert_int_not_equal(first, -1);
	check_begin(&l);
	assert_int_equal(l.watch.fd, first); /* its number is free again */
	assert_int_equal(l.in_a_row, 1);
	l.watch.go_on(&l.watch, 0);
	assert_int_equal(l.watch.fd, -1);
	assert_int_equal(l.health, UNHEALTHY);
	close(fd);
}

/* What a text of results makes of it: "+" passed, "-" failed. */
static enum health
after(struct listener *l, const char *results)
{
	for (; *results != '\0'; results++)
		check_note(l, *results == '+');
	return l->health;
}

static void
two_failures_leave_and_two_passes_return(void **state)
{
	struct listener l = { .watch.fd = -1 };

	(void)state;
	assert_int_equal(after(&l, "+++++"), HEALTHY);
	assert_int_equal(after(&l, "-"), HEALTHY);
	assert_int_equal(after(&l, "+-+-"), HEALTHY);
	assert_int_equal(after(&l, "-"), UNHEALTHY);
	assert_int_equal(after(&l, "+-+"), UNHEALTHY);
	assert_int_equal(after(&l, "+"), HEALTHY);
}

static void
the_first_check_decides_nothing(void **state)
{
	struct listener failed = { .watch.fd = -1 },
			passed = { .watch.fd = -1 };

	(void)state;
	assert_int_equal(after(&failed, "-"), HEALTH_UNKNOWN);
	assert_int_equal(after(&failed, "-"), UNHEALTHY);
	assert_int_equal(after(&passed, "+"), HEALTH_UNKNOWN);
	assert_int_equal(after(&passed, "-+"), HEALTH_UNKNOWN);
	assert_int_equal(after(&passed, "+"), HEALTHY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(believes_200_alone),
		cmocka_unit_test(does_not_wait_for_the_slow),
		cmocka_unit_test(waits_for_all_at_once),
		cmocka_unit_test(refusal_is_known_at_once),
		cmocka_unit_test(two_failures_leave_and_two_passes_return),
		cmocka_unit_test(the_first_check_decides_nothing),
		cmocka_unit_test(one_that_was_never_heard_has_failed),
	};

	return cmocka_run_group_tests_name("dns check", tests, NULL, NULL);
}
