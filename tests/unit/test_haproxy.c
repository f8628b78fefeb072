/* Talking to HAProxy: one of our own that does what a test wants. */
#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include "base/clock.h"
#include "haproxy/balancers.h"
#include "haproxy/haproxy_socket.h"
#include "haproxy_csv.h"

static char error[2 * REASON_SIZE];

/* Ask one alone. */
static bool
look_at(const char *path, struct balancer_view *v)
{
	static struct balancers all;
	struct balancer *one = all.list;

	memset(&all, 0, sizeof(all));
	all.count = 1;
	snprintf(one->socket, sizeof(one->socket), "%s", path);
	balancers_look(&all);
	*v = one->view;
	snprintf(error, sizeof(error), "%s", one->error);
	assert_int_equal(one->reachable, error[0] == '\0');
	return one->reachable;
}

/* Until it has answered: on a busy machine that may take more than one look. */
static bool
view_at(const char *path, struct balancer_view *v)
{
	int n;

	for (n = 0; n < 50 && !look_at(path, v); n++)
		if (strcmp(error, strerror(ETIMEDOUT)) != 0)
			return false;
	return n < 50;
}

/* ---- a HAProxy that does what a test wants */

static struct {
	char path[64];
	int listener;
	pthread_t thread;
	const char *answer; /* NULL: none, it hangs */
	bool trickles;      /* and never ends */
	struct buf heard;   /* all lines */
	int lines;
} fake;

static void
answer_one(int fd)
{
	char part[65536];
	ssize_t n;

	do {
		n = read(fd, part, sizeof(part));
		if (n > 0)
			buf_add(&fake.heard, part, (size_t)n);
	} while (n > 0 && part[n - 1] != '\n');
	fake.lines++;
	if (fake.answer != NULL)
		n = write(fd, fake.answer, strlen(fake.answer));
	while (fake.trickles && send(fd, "\n", 1, MSG_NOSIGNAL) == 1)
		poll(NULL, 0, 5);
	if (fake.answer == NULL) /* until the other side has had enough */
		while (read(fd, part, sizeof(part)) > 0)
			;
	close(fd);
}

static void *
answer_all(void *unused)
{
	int fd;

	while ((fd = accept(fake.listener, NULL, NULL)) != -1)
		answer_one(fd);
	return unused;
}

static void
listen_as_fake(void)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };

	snprintf(fake.path, sizeof(fake.path), "/tmp/test-haproxy-%d",
	    (int)getpid());
	snprintf(name.sun_path, sizeof(name.sun_path), "%s", fake.path);
	unlink(fake.path);
	fake.listener = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(
	    bind(fake.listener, (const struct sockaddr *)&name, sizeof(name)),
	    0);
	assert_int_equal(listen(fake.listener, 8), 0);
}

static void
start_fake(const char *answer)
{
	buf_clear(&fake.heard);
	fake.lines = 0;
	fake.trickles = false;
	fake.answer = answer;
	listen_as_fake();
	pthread_create(&fake.thread, NULL, answer_all, NULL);
}

static void
stop_fake(void)
{
	shutdown(fake.listener, SHUT_RDWR);
	pthread_join(fake.thread, NULL);
	close(fake.listener);
	unlink(fake.path);
	buf_free(&fake.heard);
}

/* ---- asking */

static void
asks_for_a_view(void **state)
{
	struct buf csv = load("2.6.12-full.csv");
	struct balancer_view v;

	(void)state;
	start_fake(csv.data);
	assert_true(view_at(fake.path, &v));
	assert_int_equal(v.server_count, 12);
	assert_memory_equal(fake.heard.data, "show stat -1 6 -1\n", 18);
	haproxy_view_free(&v);
	stop_fake();
	buf_free(&csv);
}

/* It took about so long, and not much more. */
static void
took(int64_t start, int ms)
{
	assert_in_range(clock_boot() - start, ms * 1000, ms * 1000 + 400000);
}

static void
waits_no_longer_than_told(void **state)
{
	struct slot s = { "api", 1, ROUTE_READY, "10.0.0.1", 80, false };
	struct balancer_view v = { NULL, 0, NULL, 0, false }, known;
	int64_t start;
	struct timing times[4];

	(void)state;
	known = view_of_file("2.6.12-full.csv");
	start_fake(NULL);
	start = clock_boot();
	assert_false(look_at(fake.path, &v));
	took(start, BALANCER_MS);
	assert_string_equal(error, "Connection timed out");
	start = clock_boot();
	assert_false(haproxy_route(fake.path, haproxy_deadline(100), &known, &s,
	    1, error, sizeof(error)));
	took(start, 100);
	start = clock_boot();
	assert_int_equal(
	    haproxy_times(fake.path, haproxy_deadline(100), "api", 0, times, 4),
	    0);
	took(start, 100);
	haproxy_view_free(&known);
	stop_fake();
}

static void
waits_no_longer_for_a_trickle(void **state)
{
	struct balancer_view v;
	int64_t start;

	(void)state;
	start_fake("# pxname");
	fake.trickles = true;
	start = clock_boot();
	assert_false(look_at(fake.path, &v));
	took(start, BALANCER_MS);
	stop_fake();
}

static void
waits_no_longer_in_a_queue(void **state)
{
	struct balancer_view v;
	int64_t start = clock_boot();
	int n;

	(void)state;
	listen_as_fake(); /* and nobody accepts, as when it is stopped */
	for (n = 0; n < 12; n++)
		assert_false(look_at(fake.path, &v));
	assert_true(clock_boot() - start < 12 * BALANCER_MS * 1000 + 400000);
	close(fake.listener);
	unlink(fake.path);
}

static void
says_why_there_is_no_view(void **state)
{
	static const struct {
		const char *answer, *error;
	} cases[] = {
		{ "", "it closed the connection" },
		{ "Permission denied\n",
		    "its statistics are not the CSV of HAProxy" },
	};
	struct balancer_view v;
	char path[300];
	size_t n;

	(void)state;
	for (n = 0; n < 2; n++) {
		start_fake(cases[n].answer);
		assert_false(view_at(fake.path, &v));
		assert_string_equal(error, cases[n].error);
		stop_fake();
	}
	assert_false(view_at(fake.path, &v));
	assert_string_equal(error, "No such file or directory");
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_false(view_at(path, &v));
	assert_string_equal(error, "File name too long");
}

static void
reads_response_times(void **state)
{
	struct timing times[3];

	(void)state;
	start_fake("1000 api i1 200 12 11\n" /* too old */
		   "1001 api i1 200 12 11\n"
		   "1002 web i1 200 9 8\n"
		   "1003 api open 503 7 6\n" /* no instance */
		   "1004 api <NOSRV> 413 5 -1\n"
		   "<5>Server api/i1 is DOWN\n\n"
		   "1005 api i12 503 5000 -1\n" /* it never answered */
		   "1006 api i2 200 4 3\n"
		   "1007 api i2 200 4 2\n"
		   "1008 api i2 200");
	assert_int_equal(haproxy_times(fake.path, haproxy_deadline(2000), "api",
			     1000, times, 3),
	    3);
	assert_int_equal(times[0].ms, 11);
	assert_int_equal(times[1].ms, 5000);
	assert_int_equal(times[2].ms, 3);
	assert_string_equal(fake.heard.data, "show events timers\n");
	assert_int_equal(haproxy_times(fake.path, haproxy_deadline(2000), "api",
			     1006, times, 3),
	    1);
	stop_fake();
	assert_int_equal(haproxy_times(fake.path, haproxy_deadline(2000), "api",
			     0, times, 3),
	    0);
}

/* The clock was set back by an hour: what ended before that is none of the last
 * ten seconds, whatever its time says. */
static void
forgets_times_of_another_clock(void **state)
{
	int64_t now = clock_now(), hour = 3600 * CLOCK_SECOND;
	struct buf lines = { NULL, 0, 0 };
	struct timing times[3];

	(void)state;
	buf_printf(&lines, "%lld api i1 200 12 11\n",
	    (long long)(now + hour - CLOCK_SECOND));
	start_fake(lines.data);
	assert_int_equal(haproxy_times(fake.path, haproxy_deadline(2000), "api",
			     now - 10 * CLOCK_SECOND, times, 3),
	    0);
	stop_fake();
	buf_printf(
	    &lines, "%lld api i1 200 4 3\n", (long long)(now - CLOCK_SECOND));
	start_fake(lines.data);
	assert_int_equal(haproxy_times(fake.path, haproxy_deadline(2000), "api",
			     now - 10 * CLOCK_SECOND, times, 3),
	    1);
	assert_int_equal(times[0].ms, 3);
	stop_fake();
	buf_free(&lines);
}

/* ---- routing */

#define S "set server api/i1 "
#define O "set server api-open/i1 "
#define A "addr 10.0.0.1 port 80;"

static void
route_at(bool shutdown_redispatches, const char *rows, enum routing routing,
    const char *sent)
{
	struct slot s = { "api", 1, routing, "10.0.0.1", 80, false };
	struct balancer_view v;
	char text[512];

	snprintf(text, sizeof(text),
	    HEADER "%sapi,BACKEND,,UP,,0,0,0,,,,,,0,0\n", rows);
	v = view_of(text);
	v.shutdown_redispatches = shutdown_redispatches;
	start_fake("\n");
	assert_true(haproxy_route(fake.path, haproxy_deadline(2000), &v, &s,
	    routing != ROUTE_NONE, error, sizeof(error)));
	assert_string_equal(fake.heard.len != 0 ? fake.heard.data : "", sent);
	stop_fake();
	haproxy_view_free(&v);
}

static void
route_one(const char *rows, enum routing routing, const char *sent)
{
	route_at(true, rows, routing, sent);
}

static void
sends_only_differences(void **state)
{
	static const char empty[] =
	    "api,i1,,MAINT,127.255.255.254:80,0,0,0,,,,,,0,0\n"
	    "api-open,i1,,MAINT,127.255.255.254:80,0,0,0,,,,,,0,0\n";
	static const char ready[] =
	    "api,i1,,UP,10.0.0.1:80,0,0,0,L7OK,200,,3,2,0,0\n"
	    "api-open,i1,,no check,10.0.0.1:80,0,0,0,,,,,,0,0\n";
	static const char drain[] =
	    "api,i1,,DRAIN,10.0.0.1:80,0,0,0,L7OK,200,,3,2,0,0\n"
	    "api-open,i1,,MAINT,10.0.0.1:80,0,0,0,,,,,,0,0\n";
	static const char other[] =
	    "api,i1,,UP,10.0.0.2:80,0,0,0,L7OK,200,,3,2,0,0\n"
	    "api-open,i1,,no check,10.0.0.2:80,0,0,0,,,,,,0,0\n";
	static const char open_alone[] =
	    "api,i1,,MAINT,10.0.0.1:80,0,0,0,,,,,,0,0\n"
	    "api-open,i1,,no check,10.0.0.1:80,0,0,0,,,,,,0,0\n";
	static const char fallback_out_of_sync[] =
	    "api,i1,,UP,10.0.0.1:80,0,0,0,L7OK,200,,3,2,0,0\n"
	    "api-open,i1,,MAINT,127.255.255.254:80,0,0,0,,,,,,0,0\n";
	static const char just_left[] =
	    "api,i1,,MAINT,10.0.0.1:80,3,9,0,,,,,,0,0\n"
	    "api-open,i1,,MAINT,10.0.0.1:80,0,0,0,,,,,,0,0\n";
	static const char left[] =
	    "api,i1,,MAINT,10.0.0.1:80,3,9,1,,,,,,0,0\n"
	    "api-open,i1,,MAINT,10.0.0.1:80,0,0,1,,,,,,0,0\n";

	(void)state;
	route_one(empty, ROUTE_NONE, "");
	route_one(just_left, ROUTE_NONE, "");
	route_one(left, ROUTE_NONE,
	    "shutdown sessions server api/i1;"
	    "shutdown sessions server api-open/i1\n");
	route_at(false, left, ROUTE_NONE, "");
	route_one(ready, ROUTE_READY, "");
	route_one(drain, ROUTE_DRAIN, "");
	/* Never UP before its checks: all of it on one line. */
	route_one(empty, ROUTE_READY,
	    S A S "state drain;" S "health down;" S "state ready;" O
		  "state maint;" O A O "state ready\n");
	route_one(empty, ROUTE_DRAIN, S A S "state drain;" S "health down\n");
	route_one(drain, ROUTE_READY,
	    S "state ready;" O "state maint;" O A O "state ready\n");
	route_one(ready, ROUTE_DRAIN, S "state drain;" O "state maint\n");
	route_one(ready, ROUTE_NONE, S "state maint;" O "state maint\n");
	route_one(drain, ROUTE_NONE, S "state maint\n");
	route_one(other, ROUTE_READY,
	    S "state maint;" S A S "state drain;" S "health down;" S
	      "state ready;" O "state maint;" O A O "state ready\n");
	route_one(fallback_out_of_sync, ROUTE_READY,
	    O "state maint;" O A O "state ready\n");
	route_one(fallback_out_of_sync, ROUTE_NONE,
	    S "state maint;" O "state maint\n");
	route_one(open_alone, ROUTE_NONE, O "state maint\n");
}

static void
tells_what_was_refused(void **state)
{
	struct slot wanted[] = {
		{ "api", 11, ROUTE_READY, "10.0.0.1", 80, false },
		{ "api", 12, ROUTE_READY, "10.0.0.1;x", 80, false },
		{ "api", 13, ROUTE_READY, "10.0.0.1", 80, false },
		{ "web", 1, ROUTE_READY, "10.0.0.1", 80, false },
	};
	struct balancer_view v = view_of_file("2.6.12-full.csv");

	(void)state;
	start_fake("IP changed from '1.1.1.1' to '2.2.2.2', port changed from "
		   "'80' to '81' by 'stats socket command'\n\n"
		   "no need to change the addr, no need to change the port by "
		   "'stats socket command'\n"
		   "nothing changed\n"
		   "port changed from '1' to '2' by 'stats socket command'\n"
		   "\nNo such server.\n\nNo such backend.\n");
	assert_false(haproxy_route(fake.path, haproxy_deadline(2000), &v,
	    wanted, 1, error, sizeof(error)));
	assert_string_equal(error, "No such server.");
	assert_false(haproxy_route(fake.path, haproxy_deadline(2000), &v,
	    wanted + 1, 1, error, sizeof(error)));
	assert_string_equal(error, "api/i12 has no address");
	fake.answer = "nothing changed\n";
	assert_false(haproxy_route(fake.path, haproxy_deadline(2000), &v,
	    wanted + 2, 1, error, sizeof(error)));
	assert_string_equal(error, "api/i13 is no slot");
	/* A group that it has not is none of its business: all is emptied. */
	assert_true(haproxy_route(fake.path, haproxy_deadline(2000), &v,
	    wanted + 3, 1, error, sizeof(error)));
	assert_null(strchr(fake.heard.data, 'x'));
	stop_fake();
	haproxy_view_free(&v);
}

static void
routes_thousands(void **state)
{
	enum { MANY = 3000 };
	struct slot *wanted = calloc(MANY, sizeof(*wanted));
	struct buf csv = { NULL, 0, 0 };
	struct balancer_view v;
	const char *line, *end;
	int n;

	(void)state;
	assert_non_null(wanted);
	buf_str(&csv, HEADER "api,BACKEND,,UP,,0,0,0,,,,,,0,0\n");
	for (n = 0; n < MANY; n++) {
		buf_printf(&csv,
		    "api,i%d,,MAINT,127.255.255.254:80,0,0,0,,,,,,0,0\n"
		    "api-open,i%d,,MAINT,127.255.255.254:80,0,0,0,,,,,,0,0\n",
		    n + 1, n + 1);
		wanted[n] = (struct slot){ "api", n + 1, ROUTE_READY, "", 8000,
			false };
		snprintf(wanted[n].address, ADDRESS_SIZE, "10.0.%d.%d", n / 250,
		    n % 250 + 1);
	}
	v = view_of(csv.data);
	start_fake("\n");
	assert_true(haproxy_route(fake.path, haproxy_deadline(20000), &v,
	    wanted, MANY, error, sizeof(error)));
	assert_true(fake.lines > 50);
	for (line = fake.heard.data; *line != '\0'; line = end + 1) {
		end = strchr(line, '\n');
		assert_true(end - line < 16000);
		assert_true(strncmp(end - 11, "state ready", 11) == 0);
		assert_true(strncmp(line, "set server api/i", 16) == 0);
	}
	assert_non_null(strstr(
	    fake.heard.data, "set server api/i1 addr 10.0.0.1 port 8000;"));
	stop_fake();
	haproxy_view_free(&v);
	buf_free(&csv);
	free(wanted);
}

/* ---- the file */

static void
writes_what_a_cold_start_needs(void **state)
{
	static const struct slot slots[] = {
		{ "api", 1, ROUTE_READY, "10.0.0.1", 8000, true },
		{ "api", 2, ROUTE_READY, "10.0.0.2", 8000, false },
		{ "api", 3, ROUTE_DRAIN, "10.0.0.3", 8000, true },
		{ "api", 4, ROUTE_DRAIN, "10.0.0.4", 8000, false },
		{ "api", 5, ROUTE_NONE, "10.0.0.5", 8000, true },
		{ "api", 6, ROUTE_READY, "", 8000, true },
		{ "web", 1, ROUTE_READY, "fd00::1", 80, true },
	};
	struct buf b = { NULL, 0, 0 };
	const char *body;

	(void)state;
	haproxy_state_file(&b, slots, sizeof(slots) / sizeof(*slots));
	assert_true(strncmp(b.data, "1\n# be_id be_name srv_id ", 25) == 0);
	body = strchr(strchr(b.data, '\n') + 1, '\n') + 1;
	assert_string_equal(body,
	    "0 api 1 i1 10.0.0.1 2 4 1 1 0 15 3 3 6 0 0 0 slot.invalid 8000 "
	    "- 0 0 - - 0\n"
	    "0 api-open 1 i1 10.0.0.1 2 4 1 1 0 1 0 4 8 0 0 0 slot.invalid "
	    "8000 - 0 0 - - 0\n"
	    "0 api-open 2 i2 10.0.0.2 2 4 1 1 0 1 0 4 8 0 0 0 slot.invalid "
	    "8000 - 0 0 - - 0\n"
	    "0 api 3 i3 10.0.0.3 2 12 1 1 0 15 3 3 6 0 0 0 slot.invalid 8000 "
	    "- 0 0 - - 0\n"
	    "0 web 1 i1 fd00::1 2 4 1 1 0 15 3 3 6 0 0 0 slot.invalid 80 - 0 "
	    "0 - - 0\n"
	    "0 web-open 1 i1 fd00::1 2 4 1 1 0 1 0 4 8 0 0 0 slot.invalid 80 "
	    "- 0 0 - - 0\n");
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(asks_for_a_view),
		cmocka_unit_test(waits_no_longer_than_told),
		cmocka_unit_test(waits_no_longer_for_a_trickle),
		cmocka_unit_test(waits_no_longer_in_a_queue),
		cmocka_unit_test(says_why_there_is_no_view),
		cmocka_unit_test(reads_response_times),
		cmocka_unit_test(forgets_times_of_another_clock),
		cmocka_unit_test(sends_only_differences),
		cmocka_unit_test(tells_what_was_refused),
		cmocka_unit_test(routes_thousands),
		cmocka_unit_test(writes_what_a_cold_start_needs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
