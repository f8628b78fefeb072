/* What asg remembers: written and read again, whatever is in the file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "state/state.h"
#include "rules/plan.h"

static char directory[] = "/tmp/allday-memory-XXXXXX";
static struct group_config groups[] = {
	{ .name = "web", .min = 1, .desired = 2, .max = 3 },
	{ .name = "api", .min = 1, .desired = 2, .max = 3 },
};
static const struct config config = { .group_count = 2, .groups = groups };

static void
write_file(const char *text)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "%s/state", directory);
	file = fopen(path, "w");
	fputs(text, file);
	fclose(file);
}

static char *
read_file(void)
{
	static char text[65536];
	char path[64];
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), "%s/state", directory);
	file = fopen(path, "r");
	n = fread(text, 1, sizeof(text) - 1, file);
	text[n] = '\0';
	fclose(file);
	return text;
}

static int
make(void **state)
{
	(void)state;
	snprintf(directory, sizeof(directory), "/tmp/allday-memory-XXXXXX");
	return mkdtemp(directory) != NULL ? 0 : -1;
}

static int
clear(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	return system(command);
}

/* One of everything. */
static void
remember_all(void)
{
	struct state m;
	struct instance *i;
	struct group *g;

	state_open(&m, directory, &config);
	assert_true(m.fresh);
	g = state_group(&m, "api");
	g->min = 1;
	g->desired = 3;
	g->max = 4;
	g->suspended = 5;
	g->all_dead = true;
	g->scheduled = m.now - 7;
	g->scale.last_out = m.now - 8;
	snprintf(
	    plan_backoff_of(g, "z1")->error, TEXT_SIZE, "a \"quoted\" <why>");
	plan_backoff_of(g, "z1")->until = m.now + 9;
	i = group_add(g, "i-00000001");
	i->lifecycle = STANDBY;
	i->protect = i->decremented = true;
	i->state_since = m.now - 5;
	i->port = 8000;
	snprintf(i->address, sizeof(i->address), "127.20.0.1");
	event_cause_add(i->cause, m.now, "it had to be");
	assert_true(state_save(&m));
	state_close(&m);
}

static void
remembers(void **state)
{
	struct state m;
	struct instance *i;
	struct group *g;

	(void)state;
	remember_all();
	state_open(&m, directory, &config);
	assert_false(m.fresh);
	i = state_instance(&m, "i-00000001", &g);
	assert_non_null(i);
	assert_string_equal(g->name, "api");
	assert_int_equal(g->desired, 3);
	assert_int_equal(g->suspended, 5);
	assert_true(g->all_dead);
	assert_int_equal(g->backoff_count, 1);
	assert_string_equal(g->backoff[0].error, "a \"quoted\" <why>");
	assert_true(g->scale.last_out != 0);
	assert_int_equal(i->lifecycle, STANDBY);
	assert_true(i->protect && i->decremented && !i->to_terminate);
	assert_int_equal(i->port, 8000);
	assert_string_equal(i->address, "127.20.0.1");
	assert_non_null(strstr(i->cause, "it had to be"));
	assert_true(m.now - i->state_since < 60 * CLOCK_SECOND);
	state_close(&m);
}

static void
leaves_out_groups_that_are_no_more(void **state)
{
	struct config less = { .group_count = 1, .groups = groups };
	struct state m;
	struct group *g;

	(void)state;
	remember_all();
	state_open(&m, directory, &less);
	assert_null(state_instance(&m, "i-00000001", &g));
	state_close(&m);
}

static void
is_left_alone_when_nothing_changed(void **state)
{
	struct state m;
	char before[65536];

	(void)state;
	remember_all();
	snprintf(before, sizeof(before), "%s", read_file());
	state_open(&m, directory, &config);
	assert_true(state_save(&m));
	state_close(&m);
	assert_string_equal(read_file(), before);
}

static void
puts_aside_what_it_cannot_read(void **state)
{
	static const char *const texts[] = { "garbage\n", "{\"group\":\"api\"",
		"{\"group\":\"api\"}\n{", "\n", "{\"group\":\"api\",}\n",
		"[1]\n" };
	struct state m;
	char bad[64];
	size_t n;

	(void)state;
	snprintf(bad, sizeof(bad), "%s/state.bad", directory);
	for (n = 0; n < sizeof(texts) / sizeof(*texts); n++) {
		write_file(texts[n]);
		state_open(&m, directory, &config);
		assert_true(m.fresh);
		assert_int_equal(access(bad, F_OK), 0);
		state_close(&m);
		unlink(bad);
	}
}

/* Lines are whole where a line ends, but what follows is missing: who runs is
 * not to be taken for one whom nobody remembers, and ended. */
static void
puts_aside_what_was_cut_off(void **state)
{
	struct state m;
	char text[65536], *end;
	int cuts = 0;

	(void)state;
	remember_all();
	snprintf(text, sizeof(text), "%s", read_file());
	while ((end = strrchr(text, '\n')) != NULL) {
		end[end[1] == '\0' ? 0 : 1] = '\0';
		if (end[0] == '\0')
			continue;
		write_file(text);
		state_open(&m, directory, &config);
		assert_true(m.fresh);
		state_close(&m);
		cuts++;
	}
	assert_true(cuts >= 3);
	write_file("");
	state_open(&m, directory, &config);
	assert_true(m.fresh);
	state_close(&m);
}

/* An asg of before wrote no number of lines. */
static void
believes_what_has_no_number_of_lines(void **state)
{
	char *at, text[65536];
	struct state m;
	struct group *g;

	(void)state;
	remember_all();
	snprintf(text, sizeof(text), "%s", read_file());
	at = strstr(text, ",\"lines\":");
	assert_non_null(at);
	memmove(at, strchr(at, '}'), strlen(strchr(at, '}')) + 1);
	write_file(text);
	state_open(&m, directory, &config);
	assert_false(m.fresh);
	assert_non_null(state_instance(&m, "i-00000001", &g));
	state_close(&m);
}

/* What the release before called otherwise. */
static void
reads_the_names_of_the_release_before(void **state)
{
	char name[64], old[64];
	struct instance *i;
	struct state m;
	struct group *g;

	(void)state;
	write_file("{\"group\":\"api\",\"desired\":1,\"together.since\":1,"
		   "\"together.well\":2,\"together.told\":true}\n"
		   "{\"trouble\":\"zone a\",\"since\":1,\"told\":true}\n"
		   "{\"group\":\"api\",\"zone\":\"z1\",\"lifecycle\":2,"
		   "\"doomed\":true,\"retry\":1,\"touched\":2,\"since\":3,"
		   "\"struck\":4,\"noticed\":5,\"requested\":6,"
		   "\"launched\":7,\"in_service\":8,"
		   "\"instance\":\"i-00000001\"}\n");
	snprintf(name, sizeof(name), "%s/state", directory);
	snprintf(old, sizeof(old), "%s/memory", directory);
	assert_int_equal(rename(name, old), 0);
	state_open(&m, directory, &config);
	assert_int_equal(access(old, F_OK), -1);
	i = state_instance(&m, "i-00000001", &g);
	assert_non_null(i);
	assert_int_equal(g->together.clear_since, 2);
	assert_true(g->together.firing);
	assert_true(state_trouble(&m, "zone", "a")->firing);
	assert_true(i->to_terminate);
	assert_int_equal(i->retry_at, 1);
	assert_int_equal(i->acted_at, 2);
	assert_int_equal(i->state_since, 3);
	assert_int_equal(i->fault_since, 4);
	assert_int_equal(i->detected_at, 5);
	assert_int_equal(i->requested_at, 6);
	assert_int_equal(i->launched_at, 7);
	assert_int_equal(i->in_service_at, 8);
	assert_true(state_save(&m));
	state_close(&m);
	assert_null(strstr(read_file(), "doomed"));
	/* One that is left beside it is out of date. */
	write_file("");
	assert_int_equal(rename(name, old), 0);
	write_file("{\"group\":\"api\",\"to_terminate\":true,\"instance\":"
		   "\"i-00000009\"}\n");
	state_open(&m, directory, &config);
	assert_int_equal(access(old, F_OK), -1);
	assert_non_null(state_instance(&m, "i-00000009", &g));
	assert_true(state_save(&m));
	state_close(&m);
	assert_non_null(strstr(read_file(), "\"to_terminate\":true"));
}

/* Members of other types, and numbers that are none, are nothing. */
static void
bears_nonsense(void **state)
{
	struct state m;
	struct group *g;
	struct instance *i;

	(void)state;
	write_file("{\"group\":\"api\",\"desired\":\"two\",\"min\":1e300}\n"
		   "{\"group\":\"api\",\"instance\":\"i-00000002\","
		   "\"lifecycle\":99,\"since\":-5,\"port\":[]}\n"
		   "{\"group\":7}\n{\"unknown\":true}\n");
	state_open(&m, directory, &config);
	assert_false(m.fresh);
	i = state_instance(&m, "i-00000002", &g);
	assert_non_null(i);
	assert_int_equal(g->desired, 0);
	assert_int_equal(i->state_since, 0);
	/* As it would be if the provider had it no more. */
	assert_int_equal(i->lifecycle, TERMINATING);
	state_close(&m);
}

/* Somebody set the wall clock: an hour ago is still an hour ago. */
static void
shifts_with_the_clock(void **state)
{
	char *text, *at, shifted[65536];
	struct state m;
	struct instance *i;
	struct group *g;
	int64_t difference;

	(void)state;
	remember_all();
	text = read_file();
	at = strstr(text, "\"wall_minus_boottime\":");
	assert_non_null(at);
	at += strlen("\"wall_minus_boottime\":");
	difference = strtoll(at, NULL, 10);
	snprintf(shifted, sizeof(shifted), "%.*s%lld%s", (int)(at - text), text,
	    (long long)(difference - 3600 * CLOCK_SECOND),
	    at + strspn(at, "0123456789"));
	write_file(shifted);
	state_open(&m, directory, &config);
	i = state_instance(&m, "i-00000001", &g);
	assert_non_null(i);
	difference = i->state_since - m.now;
	assert_true(difference > 3500 * CLOCK_SECOND &&
		    difference < 3700 * CLOCK_SECOND);
	assert_int_equal(i->detected_at, 0);
	assert_int_equal(g->scale.last_out - i->state_since, -3);
	/* But what was due by the wall is due. */
	assert_true(m.now - g->scheduled < 60 * CLOCK_SECOND);
	state_close(&m);
}

/* The clock of a host without a battery begins in the past, and is put right
 * when its network is there: nothing is waited for that long. */
static void
waits_for_no_clock_of_another_boot(void **state)
{
	static const char head[] =
	    "{\"boot\":\"another one\",\"wall_minus_boottime\":1}\n";
	struct state m;
	struct instance *i;
	char text[512];
	struct group *g;

	(void)state;
	state_open(&m, directory, &config);
	snprintf(text, sizeof(text),
	    "%s{\"group\":\"api\",\"zone\":\"a\",\"until\":%lld}\n"
	    "{\"group\":\"api\",\"instance\":\"i-00000003\","
	    "\"lifecycle\":4,\"since\":%lld,\"launched\":%lld}\n",
	    head, (long long)(m.now + 365 * CLOCK_DAY),
	    (long long)(m.now + 365 * CLOCK_DAY),
	    (long long)(m.now - 5 * CLOCK_DAY));
	state_close(&m);
	write_file(text);
	state_open(&m, directory, &config);
	i = state_instance(&m, "i-00000003", &g);
	assert_non_null(i);
	assert_true(i->state_since <= m.now);
	assert_true(i->launched_at < m.now - 4 * CLOCK_DAY);
	assert_int_equal(g->backoff_count, 1);
	assert_true(g->backoff[0].until <= m.now);
	state_close(&m);
}

static void
two_wait_for_each_other(void **state)
{
	struct state m;
	struct group *g;
	pid_t child;
	int n;

	(void)state;
	remember_all();
	if ((child = fork()) == 0) {
		for (n = 0; n < 200; n++) {
			state_open(&m, directory, &config);
			state_group(&m, "api")->desired++;
			state_save(&m);
			state_close(&m);
		}
		_exit(0);
	}
	for (n = 0; n < 200; n++) {
		state_open(&m, directory, &config);
		state_group(&m, "api")->desired++;
		state_save(&m);
		state_close(&m);
	}
	waitpid(child, NULL, 0);
	state_open(&m, directory, &config);
	g = state_group(&m, "api");
	assert_int_equal(g->desired, 403);
	state_close(&m);
}

/* What a pass knew is there for who waits, in whoever's memory. */
static void
a_pass_signs(void **state)
{
	struct state m;

	(void)state;
	state_open(&m, directory, &config);
	assert_string_equal(m.generation, "");
	assert_false(state_is_away(&m, "a"));
	strcpy(m.generation, "0123456789abcdef");
	strcpy(m.away, "a zone-c");
	strcpy(m.database, "it is read-only");
	assert_true(state_save(&m));
	state_close(&m);
	state_open(&m, directory, &config);
	assert_string_equal(m.generation, "0123456789abcdef");
	assert_true(state_is_away(&m, "a") && state_is_away(&m, "zone-c"));
	assert_false(state_is_away(&m, "zone") || state_is_away(&m, ""));
	assert_string_equal(m.database, "it is read-only");
	state_close(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_pass_signs, make, clear),
		cmocka_unit_test_setup_teardown(remembers, make, clear),
		cmocka_unit_test_setup_teardown(
		    leaves_out_groups_that_are_no_more, make, clear),
		cmocka_unit_test_setup_teardown(
		    is_left_alone_when_nothing_changed, make, clear),
		cmocka_unit_test_setup_teardown(
		    puts_aside_what_it_cannot_read, make, clear),
		cmocka_unit_test_setup_teardown(
		    puts_aside_what_was_cut_off, make, clear),
		cmocka_unit_test_setup_teardown(
		    believes_what_has_no_number_of_lines, make, clear),
		cmocka_unit_test_setup_teardown(
		    reads_the_names_of_the_release_before, make, clear),
		cmocka_unit_test_setup_teardown(bears_nonsense, make, clear),
		cmocka_unit_test_setup_teardown(
		    shifts_with_the_clock, make, clear),
		cmocka_unit_test_setup_teardown(
		    waits_for_no_clock_of_another_boot, make, clear),
		cmocka_unit_test_setup_teardown(
		    two_wait_for_each_other, make, clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
