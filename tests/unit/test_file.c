/* Files that are read and replaced whole, and what is left when they cannot be.
 */
#include <errno.h>
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

#include "base/file.h"

static char directory[] = "/tmp/test_file.XXXXXX";
static char path[64], beside[64];
static int synced;

/* Stands before the C library's. */
int
fsync(int fd)
{
	(void)fd;
	synced++;
	return 0;
}

static int
set_up(void **state)
{
	(void)state;
	if (mkdtemp(directory) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/a", directory);
	snprintf(beside, sizeof(beside), "%s/a.new", directory);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	unlink(path);
	rmdir(beside);
	return rmdir(directory);
}

static const char *
content(void)
{
	static char text[16];
	FILE *f = fopen(path, "re");

	assert_non_null(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	return text;
}

static void
holds_what_was_written_last(void **state)
{
	(void)state;
	assert_true(file_replace(path, "one", 3, false));
	assert_string_equal(content(), "one");
	assert_int_equal(synced, 0);
	assert_true(file_replace(path, "2", 1, true));
	assert_string_equal(content(), "2");
	assert_int_equal(access(beside, F_OK), -1);
}

static void
is_durable_with_its_directory(void **state)
{
	(void)state;
	synced = 0;
	assert_true(file_replace(path, "3", 1, true));
	assert_int_equal(synced, 1);
}

static void
stays_when_it_cannot_be_replaced(void **state)
{
	(void)state;
	assert_true(file_replace(path, "old", 3, false));
	assert_int_equal(mkdir(beside, 0700), 0);
	assert_false(file_replace(path, "new", 3, true));
	assert_int_equal(errno, EISDIR);
	assert_string_equal(content(), "old");
	assert_false(file_replace("/nowhere/a", "x", 1, false));
	assert_int_equal(errno, ENOENT);
}

static void
is_read_whole_or_not_at_all(void **state)
{
	struct buf b = { 0 };
	char line[8];

	(void)state;
	assert_true(file_replace(path, "first\r\nsecond", 13, false));
	assert_true(file_read(path, &b, 13));
	assert_string_equal(b.data, "first\r\nsecond");
	buf_clear(&b);
	assert_false(file_read(path, &b, 12));
	assert_int_equal(errno, EFBIG);
	assert_false(file_read("/nowhere/a", &b, 12));
	assert_int_equal(errno, ENOENT);
	buf_free(&b);
	assert_true(file_line(path, line, sizeof(line)));
	assert_string_equal(line, "first");
	assert_true(file_line(path, line, 4));
	assert_string_equal(line, "fir");
	assert_true(file_replace(path, "", 0, false));
	assert_false(file_line(path, line, sizeof(line)));
	assert_int_equal(errno, 0);
	assert_string_equal(line, "");
	assert_false(file_line("/nowhere/a", line, sizeof(line)));
	assert_int_equal(errno, ENOENT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holds_what_was_written_last),
		cmocka_unit_test(is_durable_with_its_directory),
		cmocka_unit_test(is_read_whole_or_not_at_all),
		cmocka_unit_test(stays_when_it_cannot_be_replaced),
	};

	return cmocka_run_group_tests_name("file", tests, set_up, tear_down);
}
