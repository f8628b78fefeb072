/* The lines that a provider prints, good and bad. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "provider/provider.h"

#define CORPUS "tests/unit/corpus/provider"
#define GOOD \
	"{\"id\":\"i-0a1b2c3d\",\"group\":\"api\",\"zone\":\"a\"," \
	"\"state\":\"running\",\"address\":\"10.0.0.1\",\"port\":8000"

static void
reads_a_line(void **state)
{
	static const char line[] = GOOD ",\"release\":\"r1\","
					"\"cpu_seconds\":1.5,\"more\":true}";
	char error[128];
	struct listed l;

	(void)state;
	assert_true(listing_parse_line(
	    line, sizeof(line) - 1, &l, error, sizeof(error)));
	assert_string_equal(l.id, "i-0a1b2c3d");
	assert_string_equal(l.group, "api");
	assert_string_equal(l.zone, "a");
	assert_string_equal(l.release, "r1");
	assert_string_equal(l.address, "10.0.0.1");
	assert_int_equal(l.port, 8000);
	assert_int_equal(l.state, RUNNING);
	assert_true(l.cpu_seconds > 1.4 && l.cpu_seconds < 1.6);
}

static void
refuses(void **state)
{
	static const struct {
		const char *line, *why;
	} table[] = {
		{ "", "JSON" },
		{ "[]", "JSON" },
		{ GOOD, "JSON" },
		{ "{}", "state" },
		{ "{\"id\":\"i-0a1b2c3d\",\"state\":\"lost\"}", "state" },
		{ "{\"id\":\"i-0A1B2C3D\",\"state\":\"pending\"}", "id" },
		{ "{\"id\":\"i-0a1b2c3\",\"state\":\"pending\"}", "id" },
		{ "{\"id\":\"../../../x\",\"state\":\"pending\"}", "id" },
		{ "{\"id\":7,\"state\":\"pending\"}", "id" },
		{ "{\"id\":\"i-0a1b2c3d\",\"state\":\"running\"}", "address" },
		{ "{\"id\":\"i-0a1b2c3d\",\"state\":\"running\","
		  "\"address\":\"10.0.0.1\",\"port\":0}",
		    "port" },
		{ "{\"id\":\"i-0a1b2c3d\",\"state\":\"running\","
		  "\"address\":\"10.0.0.1\",\"port\":65536}",
		    "port" },
		{ "{\"state\":\"unreachable\"}", "zone" },
	};
	char error[128];
	struct listed l;
	size_t n;

	(void)state;
	for (n = 0; n < sizeof(table) / sizeof(*table); n++) {
		error[0] = '\0';
		if (listing_parse_line(table[n].line, strlen(table[n].line), &l,
			error, sizeof(error)) ||
		    strstr(error, table[n].why) == NULL)
			fail_msg("%s: \"%s\"", table[n].line, error);
	}
}

static void
cuts_what_is_too_long(void **state)
{
	char line[8192], error[128];
	struct listed l;
	int n;

	(void)state;
	n = snprintf(
	    line, sizeof(line), GOOD ",\"release\":\"%0*d\"}", 5000, 7);
	assert_true(
	    listing_parse_line(line, (size_t)n, &l, error, sizeof(error)));
	assert_int_equal(strlen(l.release), RELEASE_SIZE - 1);
}

static void
assert_told(const char *said, const char *wanted)
{
	struct listing l = { .database = "what was said before" };
	struct buf b = { 0 };

	buf_add(&b, said, strlen(said));
	listing_told(&l, &b);
	assert_string_equal(l.database, wanted);
	buf_free(&b);
}

static void
knows_of_the_database(void **state)
{
	static const char closed[] = "it is read-only: its disk is full";
	char line[1000], cut[DATABASE_SIZE];

	(void)state;
	assert_told("", "");
	assert_told("Warning: a database: it is slow\n", "");
	assert_told("database: it is read-only\n", "it is read-only");
	assert_told("a warning\ndatabase: \033[2J\xff\nmore\n", "?[2J?");
	/* Its disk may have had no room for what it says. */
	assert_told("database:\n", closed);
	assert_told("database: ", closed);
	snprintf(line, sizeof(line), "database: %0*d", 900, 7);
	snprintf(cut, sizeof(cut), "%0*d", DATABASE_SIZE - 1, 0);
	assert_told(line, cut);
}

/* ---- the corpus, and what becomes of it when bytes change */

static size_t
load(const char *name, char *text, size_t size)
{
	char path[300];
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), CORPUS "/%s", name);
	if ((file = fopen(path, "r")) == NULL)
		fail_msg("%s cannot be read", path);
	n = fread(text, 1, size, file);
	fclose(file);
	return n;
}

static void
mutate(char *text, size_t *len, unsigned *seed)
{
	int times = 1 + rand_r(seed) % 4;
	size_t at;

	while (times-- > 0 && *len > 1) {
		at = (size_t)rand_r(seed) % *len;
		switch (rand_r(seed) % 3) {
		case 0:
			text[at] = (char)rand_r(seed);
			break;
		case 1:
			memmove(text + at, text + at + 1, *len - at - 1);
			--*len;
			break;
		default:
			*len = at + 1;
		}
	}
}

static void
feed(struct listing *l, const char *text, size_t len)
{
	struct buf b = { 0 };
	char error[128] = "";

	buf_add(&b, text, len);
	if (!listing_parse(l, &b, error, sizeof(error)))
		assert_true(error[0] != '\0');
	buf_free(&b);
}

static void
survives_anything(void **state)
{
	struct listing l = { 0 };
	char text[65536], changed[65536];
	struct dirent *d;
	DIR *dir = opendir(CORPUS);
	size_t len, n;
	unsigned seed = 1;
	int files = 0, k;

	(void)state;
	assert_non_null(dir);
	while ((d = readdir(dir)) != NULL) {
		if (d->d_name[0] == '.')
			continue;
		files++;
		len = load(d->d_name, text, sizeof(text));
		feed(&l, text, len);
		for (k = 0; k < 500; k++) {
			memcpy(changed, text, len);
			n = len;
			mutate(changed, &n, &seed);
			feed(&l, changed, n);
		}
	}
	closedir(dir);
	free(l.list);
	assert_true(files > 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_line),
		cmocka_unit_test(refuses),
		cmocka_unit_test(cuts_what_is_too_long),
		cmocka_unit_test(knows_of_the_database),
		cmocka_unit_test(survives_anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
