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
#include "dns.h"
#include "publish.h"

static struct {
	char directory[64], socket[108];
	pid_t pid; /* 0: there is no knotd here */
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
	int port;
	int fd = free_port(&port);

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
	    "zone:\n"
	    "  - domain: todo.test\n"
	    "    file: %s/zone\n"
	    "    zonefile-sync: -1\n"
	    "    zonefile-load: whole\n"
	    "    journal-content: none\n",
	    port, knot.directory, knot.directory, knot.directory);
	close(fd);
}

/* What knotc says to this. */
static const char *
knotc(const char *words)
{
	static char said[4096];
	char line[512];
	size_t n;
	FILE *f;

	snprintf(
	    line, sizeof(line), "knotc -x -s %s %s 2>&1", knot.socket, words);
	assert_non_null(f = popen(line, "r"));
	n = fread(said, 1, sizeof(said) - 1, f);
	said[n] = '\0';
	pclose(f);
	return said;
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
	(void)state;
	/* Debian keeps servers where an ordinary user's PATH does not look. */
	setenv("PATH", "/usr/bin:/bin:/usr/sbin:/sbin", 1);
	snprintf(knot.directory, sizeof(knot.directory), "/tmp/dns-XXXXXX");
	assert_non_null(mkdtemp(knot.directory));
	snprintf(
	    knot.socket, sizeof(knot.socket), "%s/knot.sock", knot.directory);
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

static unsigned long
serial(void)
{
	const char *at = strstr(
	    knotc("zone-read todo.test @ SOA"), "hostmaster.todo.test. ");

	assert_non_null(at);
	return strtoul(at + strlen("hostmaster.todo.test. "), NULL, 10);
}

/* Two pairs: app on .1 and .2, api on .1 and .2. */
static struct listener all[4];
static char error[256];

static int
publish(void)
{
	error[0] = '\0';
	return dns_publish(
	    knot.socket, "todo.test", all, 4, error, sizeof(error));
}

static int
all_healthy(void **state)
{
	int n;

	(void)state;
	if (knot.pid == 0)
		return 0;
	memset(all, 0, sizeof(all));
	for (n = 0; n < 4; n++) {
		snprintf(all[n].name, sizeof(all[n].name), "%s",
		    n % 2 == 0 ? "app" : "api");
		snprintf(all[n].address, sizeof(all[n].address), "127.0.0.%d",
		    n / 2 + 1);
		all[n].port = 8080 + n % 2;
		all[n].known = all[n].answered = all[n].healthy = true;
	}
	return publish() >= 0 ? 0 : -1;
}

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
	all[0].healthy = false;
	assert_int_equal(publish(), 1);
	assert_string_equal(error, "");
	assert_string_equal(addresses("app"), "127.0.0.2 ");
	assert_string_equal(addresses("api"), "127.0.0.1 127.0.0.2 ");
	assert_true(serial() > before);
	before = serial();
	all[0].healthy = true;
	all[2].healthy = all[3].healthy = false;
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
	snprintf(all[1].name, sizeof(all[1].name), "@");
	snprintf(all[3].name, sizeof(all[3].name), "@");
	assert_int_equal(publish(), 2);
	assert_string_equal(addresses("@"), "127.0.0.1 127.0.0.2 ");
	assert_int_equal(publish(), 0);
	all[1].healthy = false;
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
	all[0].healthy = false;
	assert_int_equal(publish(), 1);
	all[2].healthy = false;
	assert_int_equal(publish(), 1);
	assert_string_equal(addresses("app"), "127.0.0.1 127.0.0.2 ");
}

static void
publishes_a_name_that_was_not_there(void **state)
{
	(void)state;
	need_knot();
	snprintf(all[1].name, sizeof(all[1].name), "new");
	snprintf(all[3].name, sizeof(all[3].name), "new");
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
	snprintf(all[3].address, sizeof(all[3].address), "::1");
	assert_int_equal(publish(), 4);
	assert_string_equal(addresses("app"), "127.0.0.5 ");
	assert_string_equal(addresses("api"), "127.0.0.1 ");
}

static void
leaves_the_rest_of_the_zone(void **state)
{
	(void)state;
	need_knot();
	all[0].healthy = all[1].healthy = false;
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
	all[0].healthy = false;
	assert_int_equal(publish(), 1);
	assert_string_equal(addresses("app"), "127.0.0.2 ");
}

static void
a_failure_leaves_no_transaction(void **state)
{
	(void)state;
	need_knot();
	all[0].healthy = false;
	snprintf(all[3].name, sizeof(all[3].name), "a..b");
	assert_int_equal(publish(), -1);
	assert_non_null(strstr(error, "knotc zone-set: error:"));
	assert_null(strchr(error, '\n'));
	assert_non_null(
	    strstr(knotc("zone-abort todo.test"), "no active transaction"));
	assert_string_equal(addresses("app"), "127.0.0.1 127.0.0.2 ");
}

static void
says_what_is_wrong(void **state)
{
	(void)state;
	need_knot();
	assert_int_equal(dns_publish("/nonexistent/knot.sock", "todo.test", all,
			     4, error, sizeof(error)),
	    -1);
	assert_non_null(strstr(error, "knotc zone-read: error: failed"));
	assert_int_equal(dns_publish(knot.socket, "other.test", all, 4, error,
			     sizeof(error)),
	    -1);
	assert_non_null(strstr(error, "no such zone found"));
	setenv("PATH", "/nonexistent", 1);
	assert_int_equal(publish(), -1);
	setenv("PATH", "/usr/bin:/bin:/usr/sbin:/sbin", 1);
	assert_string_equal(error, "knotc: No such file or directory");
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
	assert_int_equal(
	    dns_publish(sa.sun_path, "todo.test", all, 4, error, sizeof(error)),
	    -1);
	took = (int)((clock_boot() - before) / 1000);
	assert_in_range(took, 2900, 3900);
	assert_string_equal(error, "knotc zone-read does not end");
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
	all[0].healthy = false;
	assert_int_equal(publish(), 1);
	setenv("PATH", "/usr/bin:/bin:/usr/sbin:/sbin", 1);
	assert_string_equal(addresses("app"), "127.0.0.2 ");
}

/* ---- beside what else is done */

static struct publisher
publisher_of(const char *socket)
{
	struct publishers found = { 0 };

	assert_true(publishers_parse(&found, socket));
	assert_int_equal(found.count, 1);
	return found.list[0];
}

/* To its end; what it has said is taken. */
static void
tell(struct publisher *p, struct events *ev)
{
	p->next = 0;
	publisher_begin(p, "todo.test", all, 4);
	assert_true(publisher_wait(p, 3000));
	publisher_take(p, ev);
	assert_int_equal(p->pid, 0);
}

static void
knows_the_name_servers(void **state)
{
	static struct publishers p;
	char text[700];
	int n;

	(void)state;
	assert_true(publishers_parse(&p, ""));
	assert_int_equal(p.count, 0);
	assert_true(publishers_parse(
	    &p, " /run/a/dns-a/knot.sock  /run/a/dns-b/knot.sock dns/k here "));
	assert_int_equal(p.count, 4);
	assert_string_equal(p.list[0].name, "dns-a");
	assert_string_equal(p.list[0].socket, "/run/a/dns-a/knot.sock");
	assert_string_equal(p.list[1].name, "dns-b");
	assert_string_equal(p.list[2].name, "dns");
	assert_string_equal(p.list[3].name, "here");
	memset(text, 'x', sizeof(text));
	text[600] = '\0';
	assert_false(publishers_parse(&p, text));
	for (n = 0; n <= ZONES_MAX; n++)
		memcpy(text + 2 * n, "a ", 3);
	assert_false(publishers_parse(&p, text));
	text[2 * ZONES_MAX] = '\0';
	assert_true(publishers_parse(&p, text));
}
static void
publishes_beside(void **state)
{
	struct publisher p = publisher_of(knot.socket);
	struct events ev = { 0 };
	char text[TEXT_SIZE];

	(void)state;
	need_knot();
	all[0].healthy = false;
	tell(&p, &ev);
	assert_int_equal(ev.count, 1);
	snprintf(text, sizeof(text), "name server %s answers anew: 1 record",
	    p.name);
	assert_string_equal(ev.list[0].text, text);
	assert_string_equal(addresses("app"), "127.0.0.2 ");
	assert_string_equal(p.error, "");

	/* The next one a second later; nothing is new then. */
	publisher_begin(&p, "todo.test", all, 4);
	assert_int_equal(p.pid, 0);
	tell(&p, &ev);
	assert_int_equal(ev.count, 1);
	events_free(&ev);
}

static void
tells_what_went_wrong_beside(void **state)
{
	struct publisher p = publisher_of("/nonexistent/knot.sock");
	struct events ev = { 0 };

	(void)state;
	need_knot();
	tell(&p, &ev);
	assert_int_equal(ev.count, 0); /* it is logged */
	assert_non_null(strstr(p.error, "knotc zone-read: error: failed"));
	assert_in_range(
	    p.next - clock_boot(), 4 * CLOCK_SECOND, 5 * CLOCK_SECOND);

	/* Somebody killed it. */
	p.next = 0;
	publisher_begin(&p, "todo.test", all, 4);
	kill(p.pid, SIGKILL);
	assert_true(publisher_wait(&p, 3000));
	publisher_take(&p, &ev);
	assert_int_equal(p.pid, 0);
	events_free(&ev);
}

/* An operator sees it once, and its end. */
static void
notes_the_loss_of_one_that_was_told(void **state)
{
	struct publisher p = publisher_of(knot.socket);
	struct events ev = { 0 };

	(void)state;
	need_knot();
	tell(&p, &ev);
	assert_int_equal(ev.count, 0);
	snprintf(p.socket, sizeof(p.socket), "/nonexistent/knot.sock");
	tell(&p, &ev);
	tell(&p, &ev);
	assert_int_equal(ev.count, 1);
	assert_non_null(strstr(
	    ev.list[0].text, "cannot be told which balancers answer: knotc"));
	snprintf(p.socket, sizeof(p.socket), "%s", knot.socket);
	tell(&p, &ev);
	assert_int_equal(ev.count, 2);
	assert_non_null(strstr(ev.list[1].text, "is told again"));
	events_free(&ev);
}

/* The first zone's host is gone: the second's answers are as right. */
static void
one_is_told_while_another_is_silent(void **state)
{
	struct publisher silent, here = publisher_of(knot.socket);
	struct events ev = { 0 };
	struct sockaddr_un sa;
	int fd;

	(void)state;
	need_knot();
	fd = listen_silently(&sa);
	silent = publisher_of(sa.sun_path);
	all[0].healthy = false;
	publisher_begin(&silent, "todo.test", all, 4);
	tell(&here, &ev);
	assert_string_equal(addresses("app"), "127.0.0.2 ");
	assert_false(publisher_wait(&silent, 0));
	publisher_close(&silent);
	events_free(&ev);
	close(fd);
}

static void
is_not_held_up_by_a_silent_one(void **state)
{
	struct publisher p;
	struct events ev = { 0 };
	struct sockaddr_un sa;
	int64_t before;
	int fd;

	(void)state;
	need_knot();
	fd = listen_silently(&sa);
	p = publisher_of(sa.sun_path);
	before = clock_boot();
	publisher_begin(&p, "todo.test", all, 4);
	publisher_begin(&p, "todo.test", all, 4);
	publisher_take(&p, &ev);
	assert_false(publisher_wait(&p, 20));
	assert_true(p.pid != 0);
	publisher_close(&p);
	assert_in_range(clock_boot() - before, 0, CLOCK_SECOND / 2);
	assert_int_equal(p.pid, 0);
	publisher_close(&p);

	/* It ends by itself, and a little later it would be ended. */
	publisher_begin(&p, "todo.test", all, 4);
	p.deadline = clock_boot();
	publisher_take(&p, &ev);
	assert_int_equal(p.pid, 0);
	assert_string_equal(p.error, "its process does not end");
	assert_int_equal(ev.count, 0);
	events_free(&ev);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
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
		cmocka_unit_test(knows_the_name_servers),
		cmocka_unit_test_setup(publishes_beside, all_healthy),
		cmocka_unit_test_setup(
		    tells_what_went_wrong_beside, all_healthy),
		cmocka_unit_test_setup(
		    notes_the_loss_of_one_that_was_told, all_healthy),
		cmocka_unit_test_setup(
		    one_is_told_while_another_is_silent, all_healthy),
		cmocka_unit_test_setup(
		    is_not_held_up_by_a_silent_one, all_healthy),
	};

	return cmocka_run_group_tests_name(
	    "dns_publish", tests, start_knot, stop_knot);
}
