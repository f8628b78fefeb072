/* Several balancers at once, of which some say nothing. */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

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

#include "haproxy/balancers.h"
#include "base/clock.h"
#include "haproxy_csv.h"

enum { SILENT = 6 };

static char directory[64];
static int listeners[SILENT + 1];
static pthread_t thread;
static struct buf csv;

/* ---- what LOAD_BALANCERS may say */

static void
reads_the_list(void **state)
{
	struct balancers all;
	char why[256];

	(void)state;
	assert_true(balancers_parse(&all,
	    " app-a,/run/a.sock  api-a,/run/b.sock,/var/b.servers ", why,
	    sizeof(why)));
	assert_int_equal(all.count, 2);
	assert_string_equal(all.list[0].name, "app-a");
	assert_string_equal(all.list[0].socket, "/run/a.sock");
	assert_string_equal(all.list[0].file, "");
	assert_string_equal(all.list[1].socket, "/run/b.sock");
	assert_string_equal(all.list[1].file, "/var/b.servers");
	assert_true(balancers_parse(&all, "", why, sizeof(why)));
	assert_int_equal(all.count, 0);
}

static void
refuses_another_list(void **state)
{
	static const char *const texts[] = { "a", "a,", ",/s", "a,/s,",
		"a,/s,/f,", "a,/s,/f,g", "a,b,c,1", "a,b,c,x,/s", "a,b,c,1,",
		"a,b,c,1,/s,", "a,b,c,1,/s,/f,", "a,b,c,1,/s,/f,g",
		"a,,c,1,/s,/f", "a,b,c,1,/s a" };
	struct balancers all;
	char why[256];
	size_t n;

	(void)state;
	for (n = 0; n < sizeof(texts) / sizeof(*texts); n++) {
		if (balancers_parse(&all, texts[n], why, sizeof(why)))
			fail_msg("%s was taken", texts[n]);
		assert_non_null(strstr(why, "SOCKET[,FILE] is wanted at"));
	}
}

/* ---- sockets: those of dead hosts take a question, and that is all */

static void *
answer_all(void *unused)
{
	char line[256];
	int fd;

	while ((fd = accept(listeners[SILENT], NULL, NULL)) != -1) {
		if (read(fd, line, sizeof(line)) > 0 &&
		    write(fd, csv.data, csv.len) == -1)
			fail();
		close(fd);
	}
	return unused;
}

static int
listen_at(const char *path)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
	assert_int_equal(
	    bind(fd, (const struct sockaddr *)&name, sizeof(name)), 0);
	assert_int_equal(listen(fd, 64), 0);
	return fd;
}

static int
open_sockets(void **state)
{
	char path[96];
	int n;

	(void)state;
	snprintf(directory, sizeof(directory), "/tmp/test-balancers-XXXXXX");
	assert_non_null(mkdtemp(directory));
	for (n = 0; n <= SILENT; n++) {
		snprintf(path, sizeof(path), "%s/%d", directory, n);
		listeners[n] = listen_at(path);
	}
	csv = load("2.6.12-full.csv");
	return pthread_create(&thread, NULL, answer_all, NULL);
}

static int
close_sockets(void **state)
{
	char line[96];
	int n;

	(void)state;
	shutdown(listeners[SILENT], SHUT_RDWR);
	pthread_join(thread, NULL);
	for (n = 0; n <= SILENT; n++)
		close(listeners[n]);
	buf_free(&csv);
	snprintf(line, sizeof(line), "rm -rf %s", directory);
	return system(line);
}

/* The last one answers. */
static void
name_all(struct balancers *all)
{
	struct buf text = { 0 };
	char why[256];
	int n;

	for (n = 0; n <= SILENT; n++)
		buf_printf(&text, "b%d,%s/%d ", n, directory, n);
	assert_true(balancers_parse(all, text.data, why, sizeof(why)));
	buf_free(&text);
}

/* Milliseconds that a look takes. */
static int
look(struct balancers *all)
{
	int64_t before = clock_boot();

	balancers_look(all);
	return (int)((clock_boot() - before) / 1000);
}

static void
asks_all_at_once(void **state)
{
	struct balancers all;
	int n;

	(void)state;
	name_all(&all);
	assert_in_range(look(&all), BALANCER_MS - 10, 2 * BALANCER_MS);
	for (n = 0; n < SILENT; n++)
		assert_false(all.list[n].reachable);
	assert_true(all.list[SILENT].reachable);
	assert_non_null(balancers_group(&all.list[SILENT], "api"));
	assert_null(balancers_group(&all.list[0], "api"));
	assert_string_equal(all.list[0].error, "Connection timed out");
	balancers_free(&all);
}

static void
asks_the_silent_rarely(void **state)
{
	struct balancers all;
	int n;

	(void)state;
	name_all(&all);
	look(&all);
	for (n = 0; n < 5; n++)
		assert_in_range(look(&all), 0, BALANCER_MS / 2);
	assert_true(all.list[SILENT].reachable);

	/* Two seconds later: those that have not been silent for long. */
	for (n = 0; n < SILENT; n++) {
		all.list[n].asked -= 2 * CLOCK_SECOND;
		all.list[n].silent -= (n == 3 ? 5 : 15) * CLOCK_SECOND;
	}
	assert_in_range(look(&all), BALANCER_MS - 10, 2 * BALANCER_MS);
	assert_true(all.list[3].asked > all.list[2].asked + CLOCK_SECOND);
	assert_in_range(look(&all), 0, BALANCER_MS / 2);

	/* Five: all of them. */
	for (n = 0; n < SILENT; n++)
		all.list[n].asked -= 4 * CLOCK_SECOND;
	assert_in_range(look(&all), BALANCER_MS - 10, 2 * BALANCER_MS);
	assert_true(all.list[SILENT].silent == 0 && all.list[2].silent != 0);
	for (n = 0; n < SILENT; n++)
		assert_true(clock_boot() - all.list[n].asked < CLOCK_SECOND);
	balancers_free(&all);
}

/* One that refuses is asked each time: it costs nothing, and is soon back. */
static void
asks_whoever_refuses(void **state)
{
	struct balancers all;
	char why[256], text[256];

	(void)state;
	snprintf(text, sizeof(text), "b,%s/new", directory);
	assert_true(balancers_parse(&all, text, why, sizeof(why)));
	assert_in_range(look(&all), 0, 20);
	assert_false(all.list[0].reachable);
	snprintf(why, sizeof(why), "%s/%d", directory, SILENT);
	snprintf(text, sizeof(text), "%s/new", directory);
	assert_int_equal(symlink(why, text), 0);
	look(&all);
	assert_true(all.list[0].reachable);
	balancers_free(&all);
}

/* They fell silent after the last look, and slots are to be changed. */
static void
is_not_long_at_telling_the_silent(void **state)
{
	struct group g = { .name = "api" };
	struct state m = { .group_count = 1, .groups = &g };
	struct balancers all;
	struct instance *i;
	int64_t before;
	int n;

	(void)state;
	i = group_add(&g, "i-00000001");
	i->lifecycle = PENDING;
	i->slot = 1;
	i->port = 8000;
	snprintf(i->address, sizeof(i->address), "10.0.0.1");
	name_all(&all);
	for (n = 0; n < SILENT; n++) {
		all.list[n].reachable = true;
		all.list[n].view = view_of(csv.data);
	}
	before = clock_boot();
	balancers_route(&all, &m);
	assert_in_range(clock_boot() - before, 0,
	    (2 * BALANCER_MS + SILENT * 40) * INT64_C(1000));
	for (n = 0; n < SILENT; n++)
		assert_string_equal(
		    all.list[n].slots_error, "Connection timed out");
	assert_string_equal(all.list[SILENT].slots_error, "");
	balancers_free(&all);
	group_free(&g);
}

static void
writes_the_files_that_are_its_own(void **state)
{
	struct group g = { .name = "api" };
	struct state m = { .group_count = 1, .groups = &g };
	struct balancers all;
	char why[256], text[512], path[128];
	struct stat st;

	(void)state;
	snprintf(path, sizeof(path), "%s/servers", directory);
	snprintf(text, sizeof(text), "a,/nonexistent b,/nonexistent,%s", path);
	assert_true(balancers_parse(&all, text, why, sizeof(why)));
	balancers_route(&all, &m);
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_size > 0);
	assert_int_equal(stat(".new", &st), -1);
	assert_null(all.list[0].written.data);
	balancers_free(&all);
}

static void
a_second_later(struct balancers *all, struct state *m, const struct config *c)
{
	if (all->load_at != 0)
		all->load_at = clock_boot() - CLOCK_SECOND;
	balancers_load(all, m, c);
}

/* What it counted while nobody asked it is no load of this moment. */
static void
counts_from_its_second_answer_on(void **state)
{
	struct group_config group = { .name = "api" };
	struct config c = { .group_count = 1, .groups = &group };
	struct group g = { .name = "api" };
	struct state m = { .group_count = 1, .groups = &g };
	struct target_group seen[2] = { { .name = "api" }, { .name = "api" } };
	struct balancers all = { .count = 2 };
	int n;

	(void)state;
	for (n = 0; n < 2; n++) {
		all.list[n].view.groups = &seen[n];
		all.list[n].view.group_count = 1;
	}
	all.list[0].reachable = true;
	a_second_later(&all, &m, &c);
	assert_true(g.load.requests < 0);
	seen[1].served.requests = 1000000;
	all.list[1].reachable = true;
	a_second_later(&all, &m, &c);
	assert_true(g.load.requests == 0);
	all.list[1].reachable = false;
	a_second_later(&all, &m, &c);
	seen[1].served.requests = 2000000;
	all.list[1].reachable = true;
	a_second_later(&all, &m, &c);
	assert_true(g.load.requests == 0);
	seen[1].served.requests++;
	a_second_later(&all, &m, &c);
	assert_true(g.load.requests > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_list),
		cmocka_unit_test(refuses_another_list),
		cmocka_unit_test(asks_all_at_once),
		cmocka_unit_test(asks_the_silent_rarely),
		cmocka_unit_test(asks_whoever_refuses),
		cmocka_unit_test(is_not_long_at_telling_the_silent),
		cmocka_unit_test(writes_the_files_that_are_its_own),
		cmocka_unit_test(counts_from_its_second_answer_on),
	};

	return cmocka_run_group_tests(tests, open_sockets, close_sockets);
}
