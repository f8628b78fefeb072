/* Child processes: heard to their end, killed in time, and slept for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/child.h"

enum { PATIENCE_MS = 60000, SECONDS = 60 };

static struct child
run(const char *script, int seconds)
{
	const char *const argv[] = { "/bin/sh", "-c", script, NULL };
	struct child c, *const all[] = { &c };

	assert_true(child_start(&c, argv, seconds, NULL, NULL));
	assert_true(child_wait(all, 1, PATIENCE_MS));
	assert_true(c.done);
	return c;
}

static void
is_heard(void **state)
{
	struct child c = run("echo out; echo err >&2; exit 3", SECONDS);

	(void)state;
	assert_int_equal(WEXITSTATUS(c.status), 3);
	assert_int_equal(c.output.len, 4);
	assert_memory_equal(c.output.data, "out\n", 4);
	assert_memory_equal(c.error.data, "err\n", 4);
	child_end(&c);
	assert_int_equal(c.pid, 0);
}

static void
is_killed_in_time(void **state)
{
	struct child c = run("exec sleep 1000", 0);

	(void)state;
	assert_int_equal(WTERMSIG(c.status), SIGKILL);
	child_end(&c);
}

static void
is_killed_when_it_says_too_much(void **state)
{
	struct child c = run("exec cat /dev/zero", SECONDS);

	(void)state;
	assert_int_equal(WTERMSIG(c.status), SIGKILL);
	child_end(&c);
}

static int polls;

/* Counted here, in place of the C library's. */
int
poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
	struct timespec t = { timeout_ms / 1000, timeout_ms % 1000 * 1000000L };

	polls++;
	return ppoll(fds, count, &t, NULL);
}

/* A pipe at its end is always ready: nobody may ask it again and again. */
static void
is_slept_for_when_its_pipes_are_closed(void **state)
{
	struct child c;

	(void)state;
	polls = 0;
	c = run("exec >&- 2>&-; sleep 1", SECONDS);
	assert_int_equal(c.status, 0);
	assert_in_range(polls, 1, 10);
	child_end(&c);
}

static void
is_not_waited_for_any_longer(void **state)
{
	const char *const argv[] = { "/bin/sleep", "1000", NULL };
	struct child c, *const all[] = { &c };

	(void)state;
	assert_true(child_start(&c, argv, SECONDS, NULL, NULL));
	assert_false(child_wait(all, 1, 20));
	assert_false(c.done);
	child_end(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_heard),
		cmocka_unit_test(is_killed_in_time),
		cmocka_unit_test(is_killed_when_it_says_too_much),
		cmocka_unit_test(is_slept_for_when_its_pipes_are_closed),
		cmocka_unit_test(is_not_waited_for_any_longer),
	};

	return cmocka_run_group_tests_name("child", tests, NULL, NULL);
}
