/* The lock of the passes, with processes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "state/lock.h"

#define LONG (60 * CLOCK_SECOND)

static volatile sig_atomic_t ended;

static void
on_term(int number)
{
	(void)number;
	ended = 1;
}

/* Takes the lock, says so, and works until it is told to end. */
static pid_t
start_holder(const char *directory, int *said)
{
	int fds[2], fd;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	if ((pid = fork()) == 0) {
		alarm(60); /* whatever the test forgets */
		fd = lock_take(directory, LONG);
		(void)!write(fds[1], "", 1);
		while (fd != -1 && !ended) {
			lock_beat(fd);
			poll(NULL, 0, 10);
		}
		_exit(fd == -1);
	}
	close(fds[1]);
	*said = fds[0];
	return pid;
}

static void
await(int said)
{
	char byte;

	assert_int_equal(read(said, &byte, 1), 1);
	close(said);
}

static int
status_of(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* ---- */

static void
nobody_is_no_fault(void **state)
{
	long pid = 1;

	assert_false(lock_is_held(*state, &pid));
	assert_int_equal(pid, 0);
}

static void
its_holder_has_a_name(void **state)
{
	pid_t child;
	int said;
	long pid;

	child = start_holder(*state, &said);
	await(said);
	assert_true(lock_is_held(*state, &pid));
	assert_int_equal(pid, child);
	kill(child, SIGTERM);
	assert_int_equal(status_of(child), 0);
	assert_false(lock_is_held(*state, &pid));
}

static void
the_next_one_takes_it_when_it_is_free(void **state)
{
	int said, said_too;
	pid_t first, next;
	long pid;

	first = start_holder(*state, &said);
	await(said);
	next = start_holder(*state, &said_too);
	kill(first, SIGKILL);
	assert_int_equal(status_of(first), -SIGKILL);
	await(said_too);
	assert_true(lock_is_held(*state, &pid));
	assert_int_equal(pid, next);
	kill(next, SIGTERM);
	assert_int_equal(status_of(next), 0);
}

static int
make(void **state)
{
	char directory[] = "/tmp/allday-lock-XXXXXX";

	return (*state = strdup(mkdtemp(directory))) == NULL;
}

static int
clear(void **state)
{
	char path[300];

	snprintf(path, sizeof(path), "%s/lock", (char *)*state);
	unlink(path);
	rmdir(*state);
	free(*state);
	return 0;
}

int
main(void)
{
	struct sigaction sa = { .sa_handler = on_term };
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    nobody_is_no_fault, make, clear),
		cmocka_unit_test_setup_teardown(
		    its_holder_has_a_name, make, clear),
		cmocka_unit_test_setup_teardown(
		    the_next_one_takes_it_when_it_is_free, make, clear),
	};

	sigaction(SIGTERM, &sa, NULL);
	return cmocka_run_group_tests_name("lock", tests, NULL, NULL);
}
