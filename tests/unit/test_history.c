/* The history while two processes append to it, and it becomes the old one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>
#include <cmocka.h>

#include "state/history.h"

static char directory[] = "/tmp/allday-history-XXXXXX";
static char current[64], old[64];

static int
set_up(void **state)
{
	(void)state;
	if (mkdtemp(directory) == NULL)
		return -1;
	snprintf(current, sizeof(current), "%s/history", directory);
	snprintf(old, sizeof(old), "%s/history.1", directory);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	unlink(current);
	unlink(old);
	return rmdir(directory);
}

static void
append(void)
{
	struct event e = { .kind = EVENT_NOTE, .end = 1 };
	struct events ev = { .list = &e, .count = 1 };

	snprintf(e.text, sizeof(e.text), "appended");
	history_append(directory, &ev);
}

static void
count(const struct event *e, void *arg)
{
	*(int *)arg += strcmp(e->text, "appended") == 0;
}

static int
appended(void)
{
	int n = 0;

	history_read(directory, count, &n);
	return n;
}

static long
size_of(const char *path)
{
	FILE *file = fopen(path, "r");
	long size;

	if (file == NULL)
		return -1;
	fseek(file, 0, SEEK_END);
	size = ftell(file);
	fclose(file);
	return size;
}

static void
test_a_full_one_becomes_the_old_one(void **state)
{
	(void)state;
	append();
	assert_int_equal(truncate(current, HISTORY_SIZE + 1), 0);
	append();
	assert_int_equal(size_of(old), HISTORY_SIZE + 1);
	assert_true(size_of(current) < 1000);
	assert_int_equal(appended(), 2);
}

/* Who waits while another one moves it appends to the new one, and does not
 * move that. */
static void
test_of_two_who_find_it_full_one_moves_it(void **state)
{
	int fd = open(current, O_RDWR | O_CREAT, 0640), status;
	pid_t child;

	(void)state;
	assert_int_equal(ftruncate(fd, HISTORY_SIZE + 1), 0);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	if ((child = fork()) == 0) {
		close(fd); /* or it would hold the lock too */
		append();
		_exit(0);
	}
	poll(NULL, 0, 200); /* for one that does not wait */
	assert_int_equal(waitpid(child, &status, WNOHANG), 0);
	assert_int_equal(rename(current, old), 0);
	close(fd);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(size_of(old), HISTORY_SIZE + 1);
	assert_true(size_of(current) > 0 && size_of(current) < 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_full_one_becomes_the_old_one),
		cmocka_unit_test(test_of_two_who_find_it_full_one_moves_it),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
