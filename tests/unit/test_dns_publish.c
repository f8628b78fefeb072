/* The zone of a Knot that is started here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "publish.h"

static struct {
	char directory[64], socket[108];
	int port, second_port; /* of the secondary */
	pid_t pid;             /* 0: there is no knotd here */
} knot;

static void write_file(const char *name, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
write_file(const char *name, const char *fmt, ...)
{
	char path[128];
	va_list ap;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", knot.directory, name);
	assert_non_null(f = fopen(path, "w"));
	va_start(ap, fmt);
	vfprintf(f, fmt, ap);
	va_end(ap);
	fclose(f);
}

/* One that nobody has as long as fd is open. */
static int
free_port(int *port)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sa);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&sa, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	*port = ntohs(sa.sin_port);
	return fd;
}

static void
write_files(void)
{
	int fd = free_port(&knot.port), second = free_port(&knot.second_port);

	write_file("zone", "$TTL 5\n"
			   "@ SOA ns hostmaster 1 3600 600 86400 5\n"
			   "@ NS ns\n"
			   "ns A 127.0.0.1\n"
			   "app A 127.0.0.1\n"
			   "app A 127.0.0.2\n"
			   "app TXT \"A 127.0.0.9\"\n"
			   "api A 127.0.0.1\n"
			   "api A 127.0.0.2\n"
			   "mail A 127.0.0.77\n");
	write_file("knot.conf",
	    "server:\n"
	    "    listen: 127.0.0.1@%d\n"
	    "    rundir: %s\n"
	    "    udp-workers: 1\n"
	    "    tcp-workers: 1\n"
	    "    background-workers: 1\n"
	    "database:\n"
	    "    storage: %s\n"
	    "remote:\n"
	    "  - id: second\n"
	    "    address: 127.0.0.1@%d\n"
	    "acl:\n"
	    "  - id: second\n"
	    "    address: 127.0.0.1\n"
	    "    action: transfer\n"
	    "zone:\n"
	    "  - domain: todo.test\n"
	    "    file: %s/zone\n"
	    "    zonefile-sync: -1\n"
	    "    zonefile-load: whole\n"
	    "    journal-content: changes\n"
	    "    notify: second\n"
	    "    acl: second\n",
	    knot.port, knot.directory, knot.directory, knot.second_port,
	    knot.directory);
	close(fd);
	close(second);
}

/* What knotc says to this; name: of the control socket. */
static const char *
knotc_of(const char *name, const char *words)
{
	static char said[4096];
	char line[512];
	size_t n;
	FILE *f;

	snprintf(line, sizeof(line), "knotc -x -s %s/%s %s 2>&1",
	    knot.directory, name, words);
	assert_non_null(f = popen(line, "r"));
	n = fread(said, 1, sizeof(said) - 1, f);
	said[n] = '\0';
	pclose(f);
	return said;
}

static const char *
knotc(const char *words)
{
	return knotc_of("knot.sock", words);
}

static bool
run_knotd(void)
{
	char file[128];

	snprintf(file, sizeof(file), "%s/knot.conf", knot.directory);
	if ((knot.pid = fork()) == 0) {
		if (freopen("/dev/null", "w", stdout) != NULL &&
		    freopen("/dev/null", "w", stderr) != NULL)
			execlp("knotd", "knotd", "-c", file, NULL);
		_exit(127);
	}
	while (strncmp(knotc("zone-read todo.test"), "[todo.test.]", 12) != 0) {
		if (waitpid(knot.pid, NULL, WNOHANG) == knot.pid) {
			knot.pid = 0;
			return false;
		}
		poll(NULL, 0, 5);
	}
	return true;
}

static int
start_knot(void **state)
{
	char file[128];

	(void)state;
	/* Debian keeps servers where an ordinary user's PATH does not look. */
	setenv("PATH", "/usr/bin:/bin:/usr/sbin:/sbin", 1);
	snprintf(knot.directory, sizeof(knot.directory), "/tmp/dns-XXXXXX");
	assert_non_null(mkdtemp(knot.directory));
	snprintf(
	    knot.socket, sizeof(knot.socket), "%s/knot.sock", knot.directory);
	snprintf(file, sizeof(file), "%s/second", knot.directory);
	assert_int_equal(mkdir(file, 0700), 0);
	if (access("/usr/sbin/knotd", X_OK) != 0)
		return 0;
	write_files();
	return run_knotd() ? 0 : -1;
}

static int
stop_knot(void **state)
{
	char line[128];

	(void)state;
	if (knot.pid != 0) {
		kill(knot.pid, SIGKILL);
		waitpid(knot.pid, NULL, 0);
	}
	snprintf(line, sizeof(line), "rm -rf %s", knot.directory);
	return system(line);
}

/* The addresses of a name, "127.0.0.1 127.0.0.2 ". */
static const char *
addresses(const char *name)
{
	static char found[256];
	char words[64];
	const char *at;

	snprintf(words, sizeof(words), "zone-read todo.test %s A", name);
	found[0] = '\0';
	for (at = knotc(words); (at = strstr(at, " 5 A ")) != NULL; at += 5)
		snprintf(found + strlen(found), sizeof(found) - strlen(found),
		    "%.*s ", (int)strcspn(at + 5, "\n"), at + 5);
	return found;
}

/* 0: it has no zone yet. */
static unsigned long
serial_of(const char *name)
{
	const char *at = strstr(knotc_of(name, "zone-read todo.test @ SOA"),
	    "hostmaster.todo.test. ");

	return at != NULL
		   ? strtoul(at + strlen("hostmaster.todo.test. "), NULL, 10)
		   : 0;
}

static unsigned long
serial(void)
{
	return serial_of("knot.sock");
}

/* Two pairs: app on .1 and .2, api on .1 and .2. */
static struct listener all[4];
static struct zone zone = { .domain = "todo.test", .listeners = all };
static struct name_server here;

/* To its end; the number of changes, -1: it failed. */
static int
publish_to(struct name_server *s)
{
	struct child *const knotc[] = { &s->command };

	s->due = true;
	s->next = 0;
	publish_begin(s, &zone);
	while (s->step != 0) {
		child_wait(knotc, 1, 60000);
		publish_continue(s, &zone);
	}
	return s->error[0] == '\0' ? (int)s->changes.count : -1;
}

static int
publish(void)
{
	return publish_to(&here);
}

static void
lead_to(size_t n, const char *name, const char *address)
{
	snprintf(all[n].names[0], NAME_SIZE, "%s", name);
	snprintf(all[n].address, sizeof(all[n].address), "%s", address);
}

static int
all_healthy(void **state)
{
	size_t n;

	(void)state;
	memset(all, 0, sizeof(all));
	zone.count = 4;
	zone.ttl = 5;
	for (n = 0; n < 4; n++) {
		lead_to(n, n % 2 == 0 ? "app" : "api",
		    n < 2 ? "127.0.0.1" : "127.0.0.2");
		all[n].name_count = 1;
		all[n].health = HEALTHY;
	}
	publish_close(&here);
	memset(&here, 0, sizeof(here));
	snprintf(here.name, sizeof(here.name), "here");
	snprintf(here.socket, sizeof(here.socket), "%s", knot.socket);
	return knot.pid == 0 || publish() >= 0 ? 0 : -1;
}

/* ---- what is to be changed: no Knot is asked */

#define SOA     "[todo.test.] todo.test. 5 SOA ns. hostmaster. 1 2 3 4 5\n"
#define A(n, t) "[todo.test.] " n ".todo.test. " #t " A 127.0.0."

/* "-app 127.0.0.1 +app 5 127.0.0.2 " */
static const char *
changes(const char *text)
{
	static struct changes found;
	static char said[512];
	const struct change *c;

	said[0] = '\0';
	changes_find(&found, &zone, text);
	for (c = found.list; c < found.list + found.count; c++)
		if (c->set)
			snprintf(said + strlen(said), 64, "+%s %d %s ", c->name,
			    c->ttl, c->address);
		else
			snprintf(said + strlen(said), 64, "-%s %s ", c->name,
			    c->address);
	return said;
}

static void
set_health(enum health first, enum health second)
{
	zone.count = 4;
	all[0].health = first;
	all[2].health = second;
	all[1].name_count = all[3].name_count = 0;
}

static void
finds_what_differs(void **state)
{
	(void)state;
	set_health(HEALTHY, UNHEALTHY);
	assert_string_equal(changes(SOA A("app", 5) "1\n"), "");
	assert_string_equal(changes(SOA), "+app 5 127.0.0.1 ");
	assert_string_equal(changes(""), "+app 5 127.0.0.1 ");
	assert_string_equal(
	    changes(A("app", 5) "1\n" A("APP", 5) "2\n"), "-app 127.0.0.2 ");
	assert_string_equal(changes(A("app", 5) "9\n" A("mail", 5) "2\n"),
	    "-app 127.0.0.9 +app 5 127.0.0.1 ");
	set_health(UNHEALTHY, UNHEALTHY);
	assert_string_equal(changes(A("app", 5) "2\n"), "+app 5 127.0.0.1 ");
}

/* Whatever the first check says, the zone keeps what it has. */
static void
the_unknown_stay_as_they_are(void **state)
{
	(void)state;
	set_health(HEALTH_UNKNOWN, HEALTH_UNKNOWN);
	assert_string_equal(changes(A("app", 5) "1\n"), "");
	assert_string_equal(changes(A("app", 5) "2\n"), "");
	assert_string_equal(changes(SOA), "+app 5 127.0.0.1 +app 5 127.0.0.2 ");
	set_health(HEALTH_UNKNOWN, HEALTHY);
	assert_string_equal(changes(A("app", 5) "1\n"), "+app 5 127.0.0.2 ");
	assert_string_equal(changes(A("app", 5) "2\n"), "");
	set_health(HEALTH_UNKNOWN, UNHEALTHY);
	assert_string_equal(
	    changes(A("app", 5) "1\n" A("app", 5) "2\n"), "-app 127.0.0.2 ");
	assert_string_equal(changes(A("app", 5) "2\n"), "+app 5 127.0.0.1 ");
}

/* In the same transaction all are unset before they are set. */
static void
another_ttl_replaces_all(void **state)
{
	(void)state;
	set_health(HEALTHY, HEALTHY);
	assert_string_equal(changes(A("app", 60) "1\n" A("app", 60) "2\n"),
	    "-app 127.0.0.1 -app 127.0.0.2 "
	    "+app 5 127.0.0.1 +app 5 127.0.0.2 ");
	set_health(HEALTH_UNKNOWN, HEALTHY);
	assert_string_equal(changes(A("app", 60) "1\n"),
	    "-app 127.0.0.1 +app 5 127.0.0.1 +app 5 127.0.0.2 ");
}

static void
many_records_are_left_to_the_next_time(void **state)
{
	struct buf text = { 0 };
	static struct changes found;
	int n;

	(void)state;
	set_health(HEALTHY, HEALTHY);
	for (n = 0; n < 2 * RECORDS_MAX; n++)
		buf_printf(&text, A("app", 5) "%d\n", n);
	changes_find(&found, &zone, text.data);
	assert_in_range(found.count, RECORDS_MAX / 2, 2 * RECORDS_MAX);
	buf_free(&text);
}

/* ---- a Knot that is started here */

static void
need_knot(void)
{
	if (knot.pid == 0)
		skip();
}

static void
publishes_who_is_healthy(void **state)
{
	unsigned long before;

	(void)state;
	need_knot();
	assert_string_equal(addresses("app"), "127.0.0.1 127.0.0.2 ");
	before = serial();
	assert_int_equal(publish(), 0);
	assert_int_equal(serial(), before);
	all[0].health = UNHEALTHY;
	assert_int_equal(publish(), 1);
	assert_string_equal(here.error, "");
	assert_string_equal(addresses("app"), "127.0.0.2 ");
	assert_string_equal(addresses("api"), "127.0.0.1 127.0.0.2 ");
	assert_true(serial() > before);
	before = serial();
	all[0].health = HEALTHY;
	all[2].health = all[3].health = UNHEALTHY;
	assert_int_equal(publish(), 3);
	assert_string_equal(addresses("app"), "127.0.0.1 ");
	assert_string_equal(addresses("api"), "127.0.0.1 ");
	assert_true(serial() > before);
}

/* Beside what else stands there, and nobody else's. */
static void
publishes_the_domain_itself(void **state)
{
	(void)state;
	need_knot();
	snprintf(all[1].names[0], NAME_SIZE, "@");
	snprintf(all[3].names[0], NAME_SIZE, "@");
	assert_int_equal(publish(), 2);
	assert_string_equal(addresses("@"), "127.0.0.1 127.0.0.2 ");
	assert_int_equal(publish(), 0);
	all[1].health = UNHEALTHY;
	assert_int_equal(publish(), 1);
	assert_string_equal(addresses("@"), "127.0.0.2 ");
	assert_string_equal(addresses("api"), "127.0.0.1 127.0.0.2 ");
	assert_string_equal(addresses("app"), "127.0.0.1 127.0.0.2 ");
}

static void
publishes_all_when_none_is_healthy(void **state)
{
	(void)state;
	need_knot();
	all[0].health = UNHEALTHY;
	assert_int_equal(publish(), 1);
	all[2].health = UNHEALTHY;
	assert_int_equal(publish(), 1);
	assert_string_equal(addresses("app"), "127.0.0.1 127.0.0.2 ");
}

static void
publishes_a_name_that_was_not_there(void **state)
{
	(void)state;
	need_knot();
	snprintf(all[1].names[0], NAME_SIZE, "new");
	snprintf(all[3].names[0], NAME_SIZE, "new");
	assert_int_equal(publish(), 2);
	assert_string_equal(addresses("new"), "127.0.0.1 127.0.0.2 ");
	assert_string_equal(addresses("api"), "127.0.0.1 127.0.0.2 ");
}

static void
an_address_stands_once(void **state)
{
	(void)state;
	need_knot();
	snprintf(all[0].address, sizeof(all[0].address), "127.0.0.5");
	snprintf(all[2].address, sizeof(all[2].address), "127.0.0.5");
	assert_int_equal(publish(), 3);
	assert_string_equal(addresses("app"), "127.0.0.5 ");
	assert_string_equal(addresses("api"), "127.0.0.1 127.0.0.2 ");
}

static void
leaves_the_rest_of_the_zone(void **state)
{
	(void)state;
	need_knot();
	all[0].health = all[1].health = UNHEALTHY;
	assert_int_equal(publish(), 2);
	assert_string_equal(addresses("mail"), "127.0.0.77 ");
	assert_string_equal(addresses("ns"), "127.0.0.1 ");
	assert_non_null(
	    strstr(knotc("zone-read todo.test app TXT"), "A 127.0.0.9"));
}

static void
ends_the_transaction_of_a_dead_one(void **state)
{
	(void)state;
	need_knot();
	assert_non_null(strstr(knotc("zone-begin todo.test"), "OK"));
	assert_int_equal(publish(), 0); /* asks for none itself */
	assert_non_null(
	    strstr(knotc("zone-set todo.test app 5 A 9.9.9.9"), "OK"));
	all[0].health = UNHEALTHY;
	assert_int_equal(publish(), 1);
	assert_string_equal(addresses("app"), "127.0.0.2 ");
}

static void
a_failure_leaves_no_transaction(void **state)
{
	(void)state;
	need_knot();
	all[0].health = UNHEALTHY;
	snprintf(all[3].names[0], NAME_SIZE, "a..b");
	assert_int_equal(publish(), -1);
	assert_non_null(strstr(here.error, "knotc zone-set: error:"));
	assert_null(strchr(here.error, '\n'));
	assert_non_null(
	    strstr(knotc("zone-abort todo.test"), "no active transaction"));
	assert_string_equal(addresses("app"), "127.0.0.1 127.0.0.2 ");
}

static void
says_what_is_wrong(void **state)
{
	(void)state;
	need_knot();
	snprintf(here.socket, sizeof(here.socket), "/nonexistent/knot.sock");
	assert_int_equal(publish(), -1);
	assert_non_null(strstr(here.error, "knotc zone-read: error: failed"));
	assert_in_range(
	    here.next - clock_boot(), 4 * CLOCK_SECOND, 5 * CLOCK_SECOND);
	snprintf(here.socket, sizeof(here.socket), "%s", knot.socket);
	snprintf(zone.domain, sizeof(zone.domain), "other.test");
	assert_int_equal(publish(), -1);
	snprintf(zone.domain, sizeof(zone.domain), "todo.test");
	assert_non_null(strstr(here.error, "no such zone found"));
	setenv("PATH", "/nonexistent", 1);
	assert_int_equal(publish(), -1);
	setenv("PATH", "/usr/bin:/bin:/usr/sbin:/sbin", 1);
	assert_string_equal(
	    here.error, "knotc zone-read: knotc: No such file or directory");
	assert_int_equal(publish(), 0);
}

/* A Knot that takes connections and is silent; knotc waits a minute for it. */
static int
listen_silently(struct sockaddr_un *sa)
{
	int fd;

	memset(sa, 0, sizeof(*sa));
	sa->sun_family = AF_UNIX;
	snprintf(
	    sa->sun_path, sizeof(sa->sun_path), "%s/silent", knot.directory);
	unlink(sa->sun_path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)sa, sizeof(*sa)), 0);
	assert_int_equal(listen(fd, 4), 0);
	return fd;
}

static void
does_not_wait_for_a_silent_one(void **state)
{
	struct sockaddr_un sa;
	struct pollfd p = { .events = POLLIN };
	int fd, took, one;
	char byte[64];
	int64_t before = clock_boot();

	(void)state;
	need_knot();
	fd = listen_silently(&sa);
	snprintf(here.socket, sizeof(here.socket), "%s", sa.sun_path);
	assert_int_equal(publish(), -1);
	took = (int)((clock_boot() - before) / 1000);
	assert_in_range(took, 2900, 3900);
	assert_string_equal(here.error, "knotc zone-read does not end");
	/* It is gone: its end of the connection is closed. */
	p.fd = one = accept(fd, NULL, NULL);
	while (poll(&p, 1, 1000) == 1 && recv(one, byte, sizeof(byte), 0) > 0)
		continue;
	assert_int_equal(recv(one, byte, 1, MSG_DONTWAIT), 0);
	close(one);
	close(fd);
}

/* A host that is so busy that each knotc takes a second. */
static void
goes_on_as_long_as_it_goes_on(void **state)
{
	char path[128];

	(void)state;
	need_knot();
	write_file("knotc",
	    "#!/bin/sh\n"
	    "sleep 1\n"
	    "PATH=/usr/bin:/bin:/usr/sbin:/sbin exec knotc \"$@\"\n");
	snprintf(path, sizeof(path), "%s/knotc", knot.directory);
	assert_int_equal(chmod(path, 0755), 0);
	snprintf(path, sizeof(path), "%s:/usr/bin:/bin", knot.directory);
	setenv("PATH", path, 1);
	all[0].health = UNHEALTHY;
	assert_int_equal(publish(), 1);
	setenv("PATH", "/usr/bin:/bin:/usr/sbin:/sbin", 1);
	assert_string_equal(addresses("app"), "127.0.0.2 ");
}

/* The first zone's host is gone: the second's answers are as right. */
static void
one_is_told_while_another_is_silent(void **state)
{
	static struct name_server silent;
	struct child *const knotc[] = { &silent.command };
	struct sockaddr_un sa;
	int fd;

	(void)state;
	need_knot();
	fd = listen_silently(&sa);
	snprintf(silent.socket, sizeof(silent.socket), "%s", sa.sun_path);
	silent.due = true;
	all[0].health = UNHEALTHY;
	publish_begin(&silent, &zone);
	assert_int_equal(publish(), 1);
	assert_string_equal(addresses("app"), "127.0.0.2 ");
	publish_continue(&silent, &zone);
	assert_int_not_equal(silent.command.pid, 0);

	/* One at a time, and not sooner than its pause ends. */
	silent.due = true;
	publish_begin(&silent, &zone);
	assert_true(silent.due);
	kill(silent.command.pid, SIGKILL);
	assert_true(child_wait(knotc, 1, 60000));
	publish_continue(&silent, &zone);
	assert_int_equal(silent.command.pid, 0);
	publish_begin(&silent, &zone);
	assert_true(silent.due && silent.command.pid == 0);
	publish_close(&silent);
	close(fd);
}

static void
who_is_killed_is_a_failure(void **state)
{
	struct child *const knotc[] = { &here.command };

	(void)state;
	need_knot();
	here.due = true;
	publish_begin(&here, &zone);
	kill(here.command.pid, SIGKILL);
	assert_true(child_wait(knotc, 1, 60000));
	while (here.command.pid != 0)
		publish_continue(&here, &zone);
	assert_string_not_equal(here.error, "");
	assert_int_equal(publish(), 0);
}

/* ---- a secondary, which takes what Knot calls the difference */

static pid_t
run_secondary(void)
{
	char file[128];
	pid_t pid;

	write_file("second.conf",
	    "server:\n"
	    "    listen: 127.0.0.1@%d\n"
	    "    rundir: %s/second\n"
	    "database:\n"
	    "    storage: %s/second\n"
	    "remote:\n"
	    "  - id: first\n"
	    "    address: 127.0.0.1@%d\n"
	    "acl:\n"
	    "  - id: notified\n"
	    "    address: 127.0.0.1\n"
	    "    action: notify\n"
	    "zone:\n"
	    "  - domain: todo.test\n"
	    "    storage: %s/second\n"
	    "    master: first\n"
	    "    acl: notified\n",
	    knot.second_port, knot.directory, knot.directory, knot.port,
	    knot.directory);
	snprintf(file, sizeof(file), "%s/second.conf", knot.directory);
	if ((pid = fork()) == 0) {
		if (freopen("/dev/null", "w", stdout) != NULL &&
		    freopen("/dev/null", "w", stderr) != NULL)
			execlp("knotd", "knotd", "-c", file, NULL);
		_exit(127);
	}
	return pid;
}

/* Its serial is that of the primary: so it has both addresses, with that TTL.
 */
static void
secondary_has(pid_t pid, int ttl)
{
	char wanted[64];
	const char *said;
	int n;

	while (serial_of("second/knot.sock") != serial()) {
		assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
		poll(NULL, 0, 5);
	}
	said = knotc_of("second/knot.sock", "zone-read todo.test");
	for (n = 1; n <= 2; n++) {
		snprintf(wanted, sizeof(wanted),
		    "app.todo.test. %d A 127.0.0.%d\n", ttl, n);
		if (strstr(said, wanted) == NULL)
			fail_msg("%s is not in %s", wanted, said);
	}
}

static void
another_ttl_reaches_a_secondary(void **state)
{
	pid_t pid;

	(void)state;
	need_knot();
	pid = run_secondary();
	secondary_has(pid, 5);
	zone.ttl = 7;
	assert_int_equal(publish(), 8);
	secondary_has(pid, 7);
	assert_int_equal(publish(), 0);
	zone.ttl = 3;
	all[2].health = UNHEALTHY;
	assert_int_equal(publish(), 7);
	all[2].health = HEALTHY;
	assert_int_equal(publish(), 1);
	secondary_has(pid, 3);
	zone.ttl = 5;
	assert_int_equal(publish(), 8);
	secondary_has(pid, 5);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(finds_what_differs, all_healthy),
		cmocka_unit_test_setup(
		    the_unknown_stay_as_they_are, all_healthy),
		cmocka_unit_test_setup(another_ttl_replaces_all, all_healthy),
		cmocka_unit_test_setup(
		    many_records_are_left_to_the_next_time, all_healthy),
		cmocka_unit_test_setup(publishes_who_is_healthy, all_healthy),
		cmocka_unit_test_setup(
		    publishes_the_domain_itself, all_healthy),
		cmocka_unit_test_setup(
		    publishes_all_when_none_is_healthy, all_healthy),
		cmocka_unit_test_setup(
		    publishes_a_name_that_was_not_there, all_healthy),
		cmocka_unit_test_setup(an_address_stands_once, all_healthy),
		cmocka_unit_test_setup(
		    leaves_the_rest_of_the_zone, all_healthy),
		cmocka_unit_test_setup(
		    ends_the_transaction_of_a_dead_one, all_healthy),
		cmocka_unit_test_setup(
		    a_failure_leaves_no_transaction, all_healthy),
		cmocka_unit_test_setup(says_what_is_wrong, all_healthy),
		cmocka_unit_test_setup(
		    does_not_wait_for_a_silent_one, all_healthy),
		cmocka_unit_test_setup(
		    goes_on_as_long_as_it_goes_on, all_healthy),
		cmocka_unit_test_setup(
		    one_is_told_while_another_is_silent, all_healthy),
		cmocka_unit_test_setup(who_is_killed_is_a_failure, all_healthy),
		cmocka_unit_test_setup(
		    another_ttl_reaches_a_secondary, all_healthy),
	};

	return cmocka_run_group_tests_name(
	    "dns publish", tests, start_knot, stop_knot);
}
