/* A new release against the one before it, with made-up answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rules/judge.h"

enum { HOUR = 3600, HOURS = 400 };

static uint64_t seed = 1;

/* xorshift64*, from 0 to 1 */
static double
chance(void)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (double)(seed * UINT64_C(2685821657736338717) >> 11) /
	       9007199254740992.0;
}

/* What is true of a half. */
struct half {
	long a_second;
	double failing; /* of its requests */
	double ms;
};

static struct answers
answer(const struct half *h)
{
	struct answers a = { .requests = h->a_second };
	long n;

	for (n = 0; n < h->a_second; n++)
		a.failures += chance() < h->failing;
	/* Between half and one and a half. */
	a.ms = h->ms * (0.5 + chance());
	return a;
}

/* Seconds until it is found to be worse; HOUR + 1 when it is not. */
static int
judge(const struct half *new, const struct half *old, char why[200])
{
	struct judgement j = { 0 };
	int n;

	for (n = 1; n <= HOUR; n++) {
		struct answers a = answer(new), b = answer(old);

		judge_add(&j, &a, &b);
		if (judge_is_worse(&j, why, 200))
			return n;
	}
	return HOUR + 1;
}

static void
what_is_worse_is_found_soon(void **state)
{
	static const struct {
		const char *what;
		struct half new, old;
		int within;
		const char *why;
	} table[] = {
		{ "one in twenty", { 50, 0.05, 10 }, { 150, 0, 10 }, 20,
		    "failed" },
		{ "one in twenty, the same number", { 100, 0.05, 10 },
		    { 100, 0, 10 }, 20, "failed" },
		{ "one in twenty, few requests", { 2, 0.05, 10 }, { 6, 0, 10 },
		    900, "failed" },
		{ "all of them", { 50, 1, 10 }, { 150, 0, 10 }, 10, "failed" },
		{ "all of them, where some fail anyway", { 50, 1, 10 },
		    { 150, 0.01, 10 }, 30, "failed" },
		{ "three times as slow", { 50, 0, 60 }, { 150, 0, 20 }, 60,
		    "60 ms" },
	};
	char why[200];
	size_t n;
	int took;

	(void)state;
	for (n = 0; n < sizeof(table) / sizeof(*table); n++) {
		took = judge(&table[n].new, &table[n].old, why);
		if (took > table[n].within)
			fail_msg("%s: after %d s", table[n].what, took);
		if (strstr(why, "ms") == NULL &&
		    strstr(why, table[n].why) == NULL)
			fail_msg("%s: %s", table[n].what, why);
	}
}

static void
what_is_as_good_is_not(void **state)
{
	static const struct half table[][2] = {
		{ { 50, 0.01, 20 }, { 150, 0.01, 20 } },
		{ { 150, 0.1, 20 }, { 50, 0.1, 20 } },
		{ { 1, 0.02, 20 }, { 3, 0.02, 20 } },
		{ { 100, 0.5, 20 }, { 100, 0.5, 20 } },
	};
	int n, k, alarms = 0;
	char why[200];

	(void)state;
	for (n = 0; n < HOURS; n++)
		for (k = 0; k < 4; k++)
			alarms += judge(&table[k][0], &table[k][1], why) <=
				  HOUR;
	/* ALPHA of 1600 are 1.6. */
	assert_in_range(alarms, 0, 6);
}

static void
what_nobody_asks_says_nothing(void **state)
{
	struct judgement j = { 0 };
	struct answers none = { 0, 0, -1 }, some = { 10, 10, 5 };
	char why[200];
	int n;

	(void)state;
	for (n = 0; n < HOUR; n++)
		judge_add(&j, &none, &none);
	for (n = 0; n < HOUR; n++)
		judge_add(&j, &some, &none);
	assert_false(judge_is_worse(&j, why, sizeof(why)));
	assert_int_equal(j.requests[0], 10 * HOUR);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_worse_is_found_soon),
		cmocka_unit_test(what_is_as_good_is_not),
		cmocka_unit_test(what_nobody_asks_says_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
