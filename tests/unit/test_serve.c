/* serve() as nginx meets it: a program of two threads, in a process of its own,
 * asked over its socket. No database is needed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

#include <cmocka.h>

#include "fcgi/probe.h"
#include "fcgi/serve.h"

enum { HEADER = 8, BEGIN = 1, END = 3, PARAMS = 4, STDIN = 5, STDOUT = 6 };

static char folder[] = "/tmp/test-serve-XXXXXX", path[64];
static int entered[2], leave[2]; /* pipes of the slow handler */
static pid_t program;

static enum status
hello(struct req *req, struct res *res)
{
	(void)req;
	buf_str(&res->body, "hello");
	return STATUS_OK;
}

/* Until the test lets it go. */
static enum status
slow(struct req *req, struct res *res)
{
	char byte = 0;

	if (write(entered[1], "x", 1) != 1 || read(leave[0], &byte, 1) != 1)
		return STATUS_SERVER_ERROR;
	return hello(req, res);
}

static const struct route routes[] = {
	{ METHOD_GET, "/hello", 0, hello },
	{ METHOD_GET, "/slow", 0, slow },
	{ 0, NULL, 0, NULL },
};

/* ---- a client */

static int
connect_to(const char *socket_path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", socket_path);
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0)
		return fd;
	close(fd);
	return -1;
}

static size_t
record(uint8_t *at, uint8_t type, const uint8_t *content, size_t n)
{
	const uint8_t header[HEADER] = { 1, type, 0, 1, (uint8_t)(n >> 8),
		(uint8_t)n, 0, 0 };

	memcpy(at, header, HEADER);
	if (n > 0)
		memcpy(at + HEADER, content, n);
	return HEADER + n;
}

static size_t
parameter(uint8_t *at, const char *name, const char *value)
{
	at[0] = (uint8_t)strlen(name);
	at[1] = (uint8_t)strlen(value);
	memcpy(at + 2, name, at[0]);
	memcpy(at + 2 + at[0], value, at[1]);
	return (size_t)2 + at[0] + at[1];
}

/* A GET, on a connection that is kept when keep is 1. */
static void
send_get(int fd, const char *uri, uint8_t keep)
{
	const uint8_t begin[8] = { 0, 1, keep };
	uint8_t all[1024], params[512];
	size_t n = 0, m = 0;

	m += parameter(params + m, "REQUEST_METHOD", "GET");
	m += parameter(params + m, "REQUEST_URI", uri);
	m += parameter(params + m, "REMOTE_ADDR", "192.0.2.1");
	n += record(all + n, BEGIN, begin, sizeof(begin));
	n += record(all + n, PARAMS, params, m);
	n += record(all + n, PARAMS, NULL, 0);
	n += record(all + n, STDIN, NULL, 0);
	assert_int_equal(send(fd, all, n, MSG_NOSIGNAL), n);
}

/* The answer of one request, up to its end. */
static void
receive(int fd, char *text, size_t size)
{
	uint8_t header[HEADER], content[65536];
	size_t n, used = 0;

	do {
		assert_int_equal(recv(fd, header, HEADER, MSG_WAITALL), HEADER);
		n = (size_t)(header[4] << 8 | header[5]) + header[6];
		if (n > 0)
			assert_int_equal(recv(fd, content, n, MSG_WAITALL), n);
		n -= header[6];
		if (header[1] == STDOUT && used + n < size) {
			memcpy(text + used, content, n);
			used += n;
		}
	} while (header[1] != END);
	text[used] = '\0';
}

static void
assert_answers(int fd, const char *uri, uint8_t keep, const char *status)
{
	char text[4096];

	send_get(fd, uri, keep);
	receive(fd, text, sizeof(text));
	if (strncmp(text, status, strlen(status)) != 0)
		fail_msg("%s: %s", uri, text);
}

/* ---- the program */

static void
run(void)
{
	char file[64];
	FILE *f;

	snprintf(file, sizeof(file), "%s/password", folder);
	f = fopen(file, "w");
	/* Not longer than the test, however that ends. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || f == NULL ||
	    fputs("none\n", f) < 0 || fclose(f) != 0)
		_exit(99);
	setenv("SOCKET", path, 1);
	setenv("THREADS", "2", 1);
	setenv("INSTANCE", "i-1", 1);
	setenv("RELEASE", "r-1", 1);
	setenv("DB_ADDRESS", "/nowhere/at/all", 1);
	setenv("DB_NAME", "none", 1);
	setenv("DB_USER", "none", 1);
	setenv("DB_PASSWORD_FILE", file, 1);
	_exit(serve("test", routes, NULL));
}

/* Until it listens; it is not there at once. */
static int
start(void **state)
{
	bool db_ok;

	(void)state;
	if (pipe(entered) != 0 || pipe(leave) != 0)
		return -1;
	fflush(NULL);
	if ((program = fork()) == 0)
		run();
	while (!probe(path, &db_ok))
		if (waitpid(program, NULL, WNOHANG) != 0)
			return -1;
	return 0;
}

/* Killed when a test has failed before its end. */
static int
stop(void **state)
{
	(void)state;
	if (program > 0) {
		kill(program, SIGKILL);
		waitpid(program, NULL, 0);
	}
	program = 0;
	close(entered[0]), close(entered[1]);
	close(leave[0]), close(leave[1]);
	return 0;
}

static void
assert_ends_well(void)
{
	int status;

	assert_int_equal(waitpid(program, &status, 0), program);
	program = 0;
	assert_int_equal(status, 0);
	assert_int_not_equal(access(path, F_OK), 0);
}

/* ---- tests */

static void
a_connection_is_kept_if_nginx_wants_it(void **state)
{
	char byte;
	int fd = connect_to(path);

	(void)state;
	assert_answers(fd, "/hello", 1, "Status: 200 OK\r\n");
	assert_answers(fd, "/nothing", 1, "Status: 404 Not Found\r\n");
	assert_answers(fd, "/hello", 0, "Status: 200 OK\r\n");
	assert_int_equal(recv(fd, &byte, 1, 0), 0);
	close(fd);
	kill(program, SIGTERM);
	assert_ends_well();
}

/* One that is busy lets others pass, and says that it is alive. */
static void
a_busy_thread_stops_nobody(void **state)
{
	int busy = connect_to(path), other = connect_to(path);
	char text[4096], byte;
	bool db_ok;

	(void)state;
	send_get(busy, "/slow", 0);
	assert_int_equal(read(entered[0], &byte, 1), 1);
	assert_answers(other, "/hello", 1, "Status: 200 OK\r\n");
	assert_true(probe(path, &db_ok));
	assert_int_equal(write(leave[1], "x", 1), 1);
	receive(busy, text, sizeof(text));
	assert_non_null(strstr(text, "\r\n\r\nhello"));
	close(busy), close(other);
	kill(program, SIGTERM);
	assert_ends_well();
}

/* What has begun is answered, what has not is refused; then it ends. */
static void
a_drain_finishes_what_has_begun(void **state)
{
	int fd = connect_to(path), other;
	char text[4096], byte;
	bool db_ok;

	(void)state;
	send_get(fd, "/slow", 1);
	assert_int_equal(read(entered[0], &byte, 1), 1);
	kill(program, SIGTERM);
	while ((other = connect_to(path)) >= 0)
		close(other);
	assert_false(probe(path, &db_ok));
	assert_int_equal(write(leave[1], "x", 1), 1);
	receive(fd, text, sizeof(text));
	assert_non_null(strstr(text, "\r\n\r\nhello"));
	close(fd);
	assert_ends_well();
}

/* The database that is not there is told apart from a program that is dead. */
static void
a_missing_database_is_seen(void **state)
{
	bool db_ok = true;

	(void)state;
	while (db_ok)
		assert_true(probe(path, &db_ok));
	kill(program, SIGTERM);
	assert_ends_well();
}

static int
make_folder(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/socket", folder);
	return 0;
}

static int
remove_folder(void **state)
{
	char file[64];

	(void)state;
	snprintf(file, sizeof(file), "%s/password", folder);
	unlink(file);
	return rmdir(folder);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)
	const struct CMUnitTest tests[] = {
		TEST(a_connection_is_kept_if_nginx_wants_it),
		TEST(a_busy_thread_stops_nobody),
		TEST(a_drain_finishes_what_has_begun),
		TEST(a_missing_database_is_seen),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
