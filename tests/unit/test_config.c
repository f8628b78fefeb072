/* asg.json: what is taken from it, and that anything else is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "model/config.h"

/* As environment/asg.py makes it of a full file (test_derived.py). */
#define GIVEN "tests/unit/corpus/asg.json"

enum { MUTATIONS = 5000 };

static void
load(struct buf *b)
{
	char block[4096];
	FILE *f = fopen(GIVEN, "re");
	size_t n;

	assert_non_null(f);
	buf_str(b, "");
	while ((n = fread(block, 1, sizeof(block), f)) > 0)
		buf_add(b, block, n);
	fclose(f);
}

/* A file of this text that is nowhere. */
static bool
read_text(struct config *c, const char *text, size_t len, char error[320])
{
	char path[32];
	bool good;
	int fd = memfd_create("asg.json", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_true(write(fd, text, len) == (ssize_t)len);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	*error = '\0';
	good = config_read(c, path, error, 320);
	assert_int_equal(good, *error == '\0');
	assert_null(strchr(error, '\n'));
	close(fd);
	return good;
}

static void
takes_what_is_written(void **state)
{
	const struct group_config *g;
	char error[320] = "";
	struct config c;

	(void)state;
	if (!config_read(&c, GIVEN, error, sizeof(error)))
		fail_msg("%s", error);
	assert_string_equal(c.name, "seoul-1");
	assert_int_equal(c.slots, 50);
	assert_int_equal(c.group_count, 2);
	assert_null(config_group(&c, "web-2"));

	g = config_group(&c, "web");
	assert_string_equal(g->kind, "web");
	assert_int_equal(g->max, 0);
	assert_string_equal(g->threads, "");
	assert_string_equal(g->environment, "{}");
	assert_int_equal(g->zone_count, 1);
	assert_string_equal(g->zones[0], "local");

	g = config_group(&c, "api");
	assert_string_equal(g->name, "api");
	assert_string_equal(g->kind, "api");
	assert_int_equal(g->min, 2);
	assert_int_equal(g->desired, 3);
	assert_int_equal(g->max, 40);
	assert_int_equal(g->grace, 60 * CLOCK_SECOND);
	assert_int_equal(g->drain, 3600 * CLOCK_SECOND);
	assert_int_equal(g->warm_up, 60 * CLOCK_SECOND);
	assert_int_equal(g->cooldown, 7200 * CLOCK_SECOND);
	assert_int_equal(g->out_after, CLOCK_SECOND / 1000);
	assert_int_equal(g->in_after, 900 * CLOCK_SECOND);
	assert_int_equal(g->termination_policy, TERMINATE_OLDEST_RELEASE);
	assert_int_equal(g->zone_count, 2);
	assert_string_equal(g->zones[1], "seoul-b");
	assert_string_equal(g->release, "1.2~rc1+20260101");
	assert_string_equal(g->threads, "login=4 auth=2 todo=64 classic=2");
	assert_string_equal(g->environment,
	    "{\"GREETING\":\"안녕하세요\",\"MOTD\":\"one \\\"line\\\"\\n"
	    "another\\n\",\"EMPTY\":\"\",\"NUMBER\":\"010\"}");
	assert_false(g->alone);

	assert_int_equal(g->policy_count, 3);
	assert_int_equal(g->policies[0].metric, REQUESTS_PER_TARGET);
	assert_true(g->policies[0].target == 100);
	assert_true(g->policies[0].scale_in);
	assert_int_equal(g->policies[1].metric, RESPONSE_TIME);
	assert_true(g->policies[1].target == 250.5);
	assert_false(g->policies[1].scale_in);
	assert_int_equal(g->policies[2].metric, CPU);
	assert_true(g->policies[2].target == 0.000001);

	assert_int_equal(g->schedule_count, 2);
	assert_string_equal(g->schedule[0].text, "0 8 * * mon-fri");
	assert_string_equal(g->schedule[0].time_zone, "Asia/Seoul");
	assert_int_equal(g->schedule[0].min, 2);
	assert_int_equal(g->schedule[0].desired, 4);
	assert_int_equal(g->schedule[0].max, 8);
	assert_int_equal(g->schedule[0].cron.weekdays, 0x3e);
	assert_string_equal(g->schedule[1].time_zone, "UTC");
	assert_int_equal(g->schedule[1].min, -1);
	assert_int_equal(g->schedule[1].desired, 2);
	assert_int_equal(g->schedule[1].max, -1);
	assert_int_equal(g->schedule[1].cron.hours, 1);
	config_free(&c);
}

/* One member is another one; the sentence names it. */
static void
refuses_another_shape(void **state)
{
	static const struct {
		const char *from, *to, *said;
	} cases[] = {
		{ "\"version\": 1", "\"version\": 2", "version must be 1" },
		{ "\"version\": 1", "\"version\": \"1\"", "version must be" },
		{ "\"version\"", "\"edition\"", "version must be 1" },
		{ "\"slots\": 50", "\"slots\": 5.5", "slots must be an int" },
		{ "\"slots\": 50", "\"slots\": -1", "slots must be an int" },
		{ "\"slots\": 50", "\"slots\": 50000", "slots must be an int" },
		{ "\"kind\": \"web\"", "\"kind\": \"db\"", "groups.web.kind" },
		{ "\"max\": 40", "\"max\": 2", "groups.api.desired must be" },
		{ "\"max\": 40", "\"most\": 40", "groups.api.max must be" },
		{ "\"alone\": false", "\"alone\": 0", "alone must be true or" },
		{ "\"seoul-b\"", "7", "groups.api.zones must be" },
		{ "\"seoul-b\"", "\"a2345678901234567890123456789012\"",
		    "groups.api.zones must be" },
		{ "\"@daily\"", "\"@never\"", "groups.api.cron must be" },
		{ "\"Asia/Seoul\"", "\"Asia/Seol\"", "groups.api.time_zone" },
		{ "\"010\"", "10", "groups.api.environment must be" },
		{ "250.5", "\"250.5\"", "groups.api.target must be" },
		{ "250.5", "-1", "groups.api.target must be" },
		{ "\"cpu\"", "\"memory\"", "groups.api.metric must be" },
		{ "60000", "99999999999", "_ms must be an integer" },
		{ "\"groups\"", "\"group\"", "groups must be an object" },
		{ "\"1.2~rc1+20260101\"", "null", "groups.api.release must" },
		{ "\"seoul-1\"", "\"se\\u0000ul\"", "name must be a text" },
	};
	struct buf given = { 0 }, b = { 0 };
	char error[320], *at;
	struct config c;
	size_t i;

	(void)state;
	load(&given);
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_non_null(at = strstr(given.data, cases[i].from));
		buf_clear(&b);
		buf_add(&b, given.data, (size_t)(at - given.data));
		buf_str(&b, cases[i].to);
		buf_str(&b, at + strlen(cases[i].from));
		if (read_text(&c, b.data, b.len, error))
			fail_msg("%s was taken", cases[i].to);
		if (strstr(error, cases[i].said) == NULL)
			fail_msg("%s: %s", cases[i].to, error);
		config_free(&c);
	}
	buf_free(&given);
	buf_free(&b);
}

static void
refuses_what_is_no_json(void **state)
{
	static const char *const texts[] = { "", "[]", "1", "null", "{",
		"{\"version\":1}", "{} x", "{'version':1}", "\xff",
		"{\"version\":1,}" };
	char error[320] = "";
	struct config c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		if (read_text(&c, texts[i], strlen(texts[i]), error))
			fail_msg("%s was taken", texts[i]);
		config_free(&c);
	}
	assert_false(config_read(&c, "nowhere.json", error, sizeof(error)));
	assert_string_equal(
	    error, "nowhere.json: cannot be read: No such file or directory");
	assert_false(config_read(&c, "tests", error, sizeof(error)));
	assert_string_equal(error, "tests: cannot be read: Is a directory");
}

static uint64_t seed = 88172645463325252U;

static size_t
chance(size_t n)
{
	seed ^= seed << 13; /* xorshift64: the same on every machine */
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % n;
}

/* Whatever becomes of it by accident: no crash, and one sentence. */
static void
survives_mutations(void **state)
{
	static const char marks[] = "{}[]\",:0-1.en\\ \n\xff";
	struct buf given = { 0 }, b = { 0 };
	char error[320];
	struct config c;
	int n, good = 0;

	(void)state;
	load(&given);
	for (n = 0; n < MUTATIONS; n++) {
		size_t at = chance(given.len), len = chance(8);

		buf_clear(&b);
		buf_add(&b, given.data, at);
		if (n % 2)
			buf_add(&b, &marks[chance(sizeof(marks) - 1)], 1);
		if (at + len < given.len)
			buf_add(
			    &b, given.data + at + len, given.len - at - len);
		good += read_text(&c, b.data, b.len, error);
		config_free(&c);
	}
	assert_true(good > 0 && good < n);
	buf_free(&given);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_what_is_written),
		cmocka_unit_test(refuses_another_shape),
		cmocka_unit_test(refuses_what_is_no_json),
		cmocka_unit_test(survives_mutations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
