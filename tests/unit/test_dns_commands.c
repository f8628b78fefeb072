/* What a knotc that is made up is told, and what is made of its failures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "publish.h"

/* It notes its words from the verb on; FAILS says at which it fails. */
static const char program[] =
    "#!/bin/sh\n"
    "shift 3\n"
    "echo \"$*\" >> \"${0%/*}/told\"\n"
    "[ \"$1\" != zone-read ] || echo \"$ZONE\"\n"
    "[ \"$1\" != \"$FAILS\" ] || { echo 'error: (no)'; echo more; exit 1; }\n";

static char directory[64];
static struct listener all[2];
static struct zone zone = { .domain = "todo.test", .ttl = 5, .listeners = all };
static struct name_server server;

static const char *
file(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return path;
}

static int
make_knotc(void **state)
{
	char path[128];
	FILE *f;

	(void)state;
	snprintf(directory, sizeof(directory), "/tmp/test-dns-XXXXXX");
	assert_non_null(mkdtemp(directory));
	assert_non_null(f = fopen(file("knotc"), "w"));
	fputs(program, f);
	fclose(f);
	chmod(file("knotc"), 0755);
	snprintf(path, sizeof(path), "%s:/usr/bin:/bin", directory);
	return setenv("PATH", path, 1);
}

static int
remove_knotc(void **state)
{
	char line[128];

	(void)state;
	snprintf(line, sizeof(line), "rm -rf %s", directory);
	return system(line);
}

/* One balancer; the zone has another one, with another TTL. */
static int
begin(void **state)
{
	(void)state;
	memset(all, 0, sizeof(all));
	snprintf(all[0].names[0], NAME_SIZE, "app");
	snprintf(all[0].address, sizeof(all[0].address), "127.0.0.1");
	all[0].name_count = 1;
	all[0].health = HEALTHY;
	zone.count = 1;
	memset(&server, 0, sizeof(server));
	snprintf(server.name, sizeof(server.name), "first");
	snprintf(server.socket, sizeof(server.socket), "/run/knot.sock");
	setenv("ZONE", "[todo.test.] app.todo.test. 60 A 127.0.0.2", 1);
	setenv("FAILS", "", 1);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	publish_close(&server);
	return 0;
}

/* What it was told, line by line. */
static const char *
publish(void)
{
	static char told[1024];
	struct child *const knotc[] = { &server.command };
	size_t n;
	FILE *f;

	unlink(file("told"));
	server.due = true;
	server.next = 0;
	publish_begin(&server, &zone);
	while (server.step != 0) {
		child_wait(knotc, 1, 60000);
		publish_continue(&server, &zone);
	}
	assert_non_null(f = fopen(file("told"), "r"));
	n = fread(told, 1, sizeof(told) - 1, f);
	told[n] = '\0';
	fclose(f);
	return told;
}

static void
tells_in_one_transaction(void **state)
{
	(void)state;
	assert_string_equal(publish(), "zone-read todo.test\n"
				       "zone-abort todo.test\n"
				       "zone-begin todo.test\n"
				       "zone-unset todo.test app A 127.0.0.2\n"
				       "zone-set todo.test app 5 A 127.0.0.1\n"
				       "zone-commit todo.test\n");
	assert_string_equal(server.error, "");
}

static void
tells_nothing_when_nothing_differs(void **state)
{
	(void)state;
	setenv("ZONE", "[todo.test.] app.todo.test. 5 A 127.0.0.1", 1);
	assert_string_equal(publish(), "zone-read todo.test\n");
}

/* It may be that there is none to be aborted. */
static void
begins_whatever_the_abort_says(void **state)
{
	(void)state;
	setenv("FAILS", "zone-abort", 1);
	assert_non_null(strstr(publish(), "zone-commit"));
	assert_string_equal(server.error, "");
}

static void
leaves_no_transaction_when_it_fails(void **state)
{
	static const char *const verbs[] = { "zone-unset", "zone-set",
		"zone-commit" };
	char wanted[64];
	const char *told;
	size_t n;

	(void)state;
	for (n = 0; n < 3; n++) {
		setenv("FAILS", verbs[n], 1);
		told = publish();
		assert_string_equal(
		    told + strlen(told) - 21, "zone-abort todo.test\n");
		snprintf(
		    wanted, sizeof(wanted), "knotc %s: error: (no)", verbs[n]);
		assert_string_equal(server.error, wanted);
	}
	setenv("FAILS", "zone-begin", 1);
	assert_null(strstr(publish(), "zone-set"));
	setenv("FAILS", "zone-read", 1);
	assert_string_equal(publish(), "zone-read todo.test\n");
	setenv("FAILS", "", 1);
	publish();
	assert_string_equal(server.error, "");
}

/* A steer that has just begun, and a balancer that did not answer once. */
static void
keeps_what_is_there_when_it_begins(void **state)
{
	(void)state;
	setenv("ZONE", "[todo.test.] app.todo.test. 5 A 127.0.0.1", 1);
	zone.count = 2;
	all[1] = all[0];
	snprintf(all[1].address, sizeof(all[1].address), "127.0.0.2");
	all[0].health = all[1].health = HEALTH_UNKNOWN;
	check_note(&all[0], false);
	check_note(&all[1], true);
	assert_string_equal(publish(), "zone-read todo.test\n");
	check_note(&all[0], false);
	check_note(&all[1], true);
	assert_non_null(
	    strstr(publish(), "zone-unset todo.test app A 127.0.0.1\n"
			      "zone-set todo.test app 5 A 127.0.0.2\n"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    tells_in_one_transaction, begin, end),
		cmocka_unit_test_setup_teardown(
		    tells_nothing_when_nothing_differs, begin, end),
		cmocka_unit_test_setup_teardown(
		    begins_whatever_the_abort_says, begin, end),
		cmocka_unit_test_setup_teardown(
		    leaves_no_transaction_when_it_fails, begin, end),
		cmocka_unit_test_setup_teardown(
		    keeps_what_is_there_when_it_begins, begin, end),
	};

	return cmocka_run_group_tests_name(
	    "dns commands", tests, make_knotc, remove_knotc);
}
