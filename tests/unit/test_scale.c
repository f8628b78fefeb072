/* Target tracking, by a load that is played to it second by second. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/clock.h"
#include "rules/scale.h"
#include "state/scale_text.h"

#define S CLOCK_SECOND

static struct group_config c;
static struct scale_state m;
static struct load load;
static int64_t now;
static int desired, min, max;
static char cause[SCALE_CAUSE];

/* One policy, requests 100, two instances, the begin of a slot. */
static int
begin(void **state)
{
	(void)state;
	memset(&c, 0, sizeof(c));
	memset(&m, 0, sizeof(m));
	memset(&load, 0, sizeof(load));
	c.policy_count = 1;
	c.policies[0].metric = REQUESTS_PER_TARGET;
	c.policies[0].target = 100;
	c.policies[0].scale_in = true;
	c.out_after = 15 * S;
	c.in_after = 300 * S;
	c.cooldown = 60 * S;
	c.warm_up = 10 * S;
	load.in_service = desired = 2;
	load.requests = 200;
	load.response_ms = load.cpu = 100;
	min = 1;
	max = 8;
	now = 1700000000 * S;
	return 0;
}

static void
also(enum metric metric, double target)
{
	c.policies[c.policy_count++] = (struct policy){ metric, target, true };
}

static void
pass(void)
{
	desired = scale(&c, &m, &load, min, desired, max, now, cause);
}

/* A pass each second until desired changes: after so many; -1: it does not. */
static int
change_within(int seconds)
{
	int n, before = desired;

	for (n = 0; n <= seconds; n++, now += S) {
		pass();
		if (desired != before)
			return n;
	}
	return -1;
}

/* What is wanted, and in service too, a moment later. */
static void
follow(void)
{
	load.in_service = desired;
	now += S;
}

/* ---- out */

static void
scales_out_what_was_asked_for_long_enough(void **state)
{
	(void)state;
	load.requests = 286;
	assert_int_equal(change_within(60), 15);
	assert_int_equal(desired, 3);
	assert_string_equal(cause,
	    "requests_per_target is 143.0 a second, above its target of 100 "
	    "for 15 s");
	assert_int_equal(m.last_out, now);
	/* The third is on its way: that is enough. */
	load.warming = 1;
	assert_int_equal(change_within(60), -1);
}

static void
asks_at_once_when_nothing_is_to_be_waited_for(void **state)
{
	(void)state;
	c.out_after = 0;
	change_within(2);
	load.requests = 450;
	assert_int_equal(change_within(60), 0);
	assert_int_equal(desired, 5);
}

static void
takes_the_least_of_the_time(void **state)
{
	(void)state;
	load.requests = 800;
	assert_int_equal(change_within(9), -1);
	load.requests = 390;
	assert_int_equal(change_within(3), -1);
	load.requests = 800;
	assert_int_equal(change_within(9), 1);
	assert_int_equal(desired, 4);
}

static void
begins_again_after_a_pause(void **state)
{
	int n;

	(void)state;
	load.requests = 286;
	assert_int_equal(change_within(14), -1);
	load.requests = 180;
	pass();
	now += S;
	load.requests = 286;
	n = change_within(60);
	assert_in_range(n, 15, 25);
}

static void
an_unknown_slot_asks_for_nothing(void **state)
{
	(void)state;
	load.requests = 286;
	assert_int_equal(change_within(12), -1);
	now += 20 * S; /* nobody called; three seconds of a slot are gone */
	assert_int_equal(change_within(60), 12);
}

static void
stays_while_the_metric_is_near_its_target(void **state)
{
	(void)state;
	load.requests = 218;
	assert_int_equal(change_within(120), -1);
	load.requests = 182;
	assert_int_equal(change_within(600), -1);
	assert_string_equal(cause, "");
}

static void
stays_between_min_and_max(void **state)
{
	(void)state;
	load.requests = 5000;
	assert_int_not_equal(change_within(60), -1);
	assert_int_equal(desired, 8);
	assert_int_equal(change_within(60), -1);
	assert_string_equal(cause, "");
	desired = 12;
	pass();
	assert_int_equal(desired, 8);
	assert_string_equal(cause, "min is 1 and max is 8");
	c.policy_count = 0;
	desired = 0;
	pass();
	assert_int_equal(desired, 1);
	assert_string_equal(cause, "");
}

static void
knows_what_it_does_not_know(void **state)
{
	static const double unknown[] = { -1, NAN, INFINITY };
	size_t n;

	(void)state;
	for (n = 0; n < 3; n++) {
		begin(NULL);
		c.policies[0].metric = CPU;
		load.cpu = unknown[n];
		assert_int_equal(change_within(600), -1);
		assert_int_equal(m.proposals[0].high[0], -1);
	}
	load.cpu = 500;
	load.in_service = 0;
	assert_int_equal(change_within(60), -1);
}

static void
a_moment_without_a_number_is_no_unknown_slot(void **state)
{
	(void)state;
	c.policies[0].metric = CPU;
	c.out_after = 9 * S;
	load.cpu = 150;
	assert_int_equal(change_within(3), -1);
	load.cpu = -1;
	assert_int_equal(change_within(2), -1);
	load.cpu = 150;
	assert_in_range(change_within(20), 0, 4);
	assert_int_equal(desired, 3);
	assert_string_equal(
	    cause, "cpu is 150.0 %, above its target of 100 for 9 s");
}

static void
a_time_goes_by_steps(void **state)
{
	(void)state;
	c.policies[0].metric = RESPONSE_TIME;
	load.response_ms = 5000;
	assert_int_not_equal(change_within(60), -1);
	assert_int_equal(desired, 4);
	assert_non_null(strstr(cause, "response_time is 5000.0 ms, above"));
	follow();
	assert_int_not_equal(change_within(60), -1);
	assert_int_equal(desired, 8);
	follow();
	load.response_ms = 1;
	assert_int_not_equal(change_within(600), -1);
	assert_int_equal(desired, 4);
}

/* Six of ten are on their way, or of five three are on their way out. */
static void
never_goes_against_the_metric(void **state)
{
	(void)state;
	c.in_after = 30 * S;
	max = 20;
	desired = 10;
	load.in_service = 4;
	load.requests = 600;
	assert_int_equal(change_within(120), -1);
	desired = 2;
	load.in_service = 8;
	load.requests = 480;
	assert_int_equal(change_within(120), -1);
}

/* ---- in */

static void
scales_in_what_nobody_asked_for(void **state)
{
	int n;

	(void)state;
	desired = load.in_service = 5;
	load.requests = 290;
	n = change_within(400);
	assert_in_range(n, 291, 300); /* the slot that was begun is full */
	assert_int_equal(desired, 3);
	assert_non_null(strstr(
	    cause, "requests_per_target is 58.0 a second, below its target"));
	assert_int_equal(m.last_in, now);
}

static void
one_moment_of_load_keeps_them(void **state)
{
	int n;

	(void)state;
	desired = load.in_service = 5;
	load.requests = 100;
	assert_int_equal(change_within(200), -1);
	load.requests = 390;
	assert_int_equal(change_within(0), -1);
	load.requests = 100;
	n = change_within(400);
	assert_in_range(n, 80, 120);
	assert_int_equal(desired, 4); /* the most of that time */
}

static void
an_unknown_slot_keeps_them(void **state)
{
	int n;

	(void)state;
	desired = load.in_service = 5;
	load.requests = 100;
	assert_int_equal(change_within(200), -1);
	now += 20 * S;
	n = change_within(400);
	assert_in_range(n, 290, 310);
}

static void
what_is_unknown_now_does_not_agree(void **state)
{
	(void)state;
	c.in_after = 20 * S;
	desired = load.in_service = 5;
	load.requests = 100;
	load.warming = 1;
	assert_int_equal(change_within(42), -1);
	load.warming = 0;
	load.requests = -1;
	assert_int_equal(change_within(5), -1);
}

static void
waits_for_what_is_warming(void **state)
{
	(void)state;
	c.in_after = 30 * S;
	desired = load.in_service = 5;
	load.requests = 100;
	load.warming = 1;
	assert_int_equal(change_within(100), -1);
	load.warming = 0;
	assert_int_equal(change_within(100), 0);
}

static void
waits_between_two(void **state)
{
	(void)state;
	c.in_after = 20 * S;
	desired = load.in_service = 5;
	load.requests = 290;
	assert_int_not_equal(change_within(100), -1);
	follow();
	load.requests = 100;
	assert_in_range(change_within(200), 58, 60);
	assert_int_equal(desired, 1);
}

static void
lets_an_addition_warm_up(void **state)
{
	(void)state;
	c.in_after = 0;
	c.warm_up = 45 * S;
	c.out_after = 0;
	load.requests = 290;
	assert_int_equal(change_within(0), 0);
	follow();
	load.requests = 100;
	assert_in_range(change_within(200), 43, 45);
}

static void
a_policy_may_only_ever_add(void **state)
{
	(void)state;
	c.policies[0].scale_in = false;
	desired = load.in_service = 5;
	load.requests = 100;
	assert_int_equal(change_within(900), -1);
	load.requests = 900;
	assert_int_not_equal(change_within(60), -1);
}

static void
never_goes_to_none(void **state)
{
	(void)state;
	min = 0;
	load.requests = 0;
	assert_int_not_equal(change_within(400), -1);
	assert_int_equal(desired, 1);
	follow();
	assert_int_equal(change_within(900), -1);
}

/* ---- several */

static void
the_most_that_any_asks_for(void **state)
{
	(void)state;
	also(CPU, 50);
	also(RESPONSE_TIME, 200);
	load.requests = 286;
	assert_int_not_equal(change_within(60), -1);
	assert_int_equal(desired, 4);
	assert_non_null(strstr(cause, "cpu is 100.0 %"));
}

static void
in_only_when_all_agree(void **state)
{
	(void)state;
	also(CPU, 50);
	desired = load.in_service = 6;
	load.requests = 100;
	load.cpu = 48;
	assert_int_equal(change_within(400), -1);
	load.cpu = -1;
	assert_int_equal(change_within(400), -1);
	load.cpu = 30;
	assert_int_not_equal(change_within(400), -1);
	assert_int_equal(desired, 4);
	assert_non_null(strstr(cause, "cpu is 30.0 %, below its target of 50"));
}

/* ---- the clock */

static void
forgets_when_the_clock_jumps(void **state)
{
	static const int64_t jumps[] = { -3600, -11, 86400, 900 };
	size_t n;

	(void)state;
	for (n = 0; n < 4; n++) {
		begin(NULL);
		desired = load.in_service = 5;
		load.requests = 100;
		assert_int_equal(change_within(280), -1);
		now += jumps[n] * S;
		assert_in_range(change_within(400), 280, 310);
	}
}

static void
waits_from_now_on_when_the_clock_was_set_back(void **state)
{
	(void)state;
	c.in_after = 20 * S;
	desired = load.in_service = 5;
	load.requests = 100;
	m.last_in = m.last_out = now + 86400 * S;
	assert_in_range(change_within(200), 58, 61);
}

/* ---- as text */

static void
assert_round_trip(void)
{
	struct scale_state back;
	struct buf b = { 0 };

	scale_save(&m, &b);
	assert_null(strpbrk(b.data, "\"\\\n"));
	assert_true(b.len < 4096);
	memset(&back, 'x', sizeof(back));
	scale_load(&back, b.data, 0);
	assert_memory_equal(&back, &m, sizeof(m));
	buf_free(&b);
}

static void
is_saved_and_loaded(void **state)
{
	int n;

	(void)state;
	assert_round_trip();
	for (n = 1; n < POLICIES_MAX; n++)
		also((enum metric)(n % 3), 10 * n);
	load.requests = 300;
	pass();
	assert_round_trip();
	for (n = 0; n < 700; n++, now += 3 * S) {
		load.requests = n % 70 == 0 ? -1 : (n * 37) % 400;
		load.cpu = (n * n) % 90;
		load.response_ms = (n / 20) % 30;
		pass();
		assert_round_trip();
	}
	assert_int_not_equal(m.last_out, 0);
}

static void
nonsense_is_nothing(void **state)
{
	static const char *const bad[] = { "", " ", "x", "1", "1 ", "1 2 ",
		"-1 0", "0 0;", "0 0;5", "0 0;5 ", "0 0;5 3x89", "0 0;5 3x91",
		"0 0;5 3x89,?x2", "0 0;5 3x0,3x90", "0 0;5 9-3x90",
		"0 0;5 -3x90", "0 0;5 3x90 ", "0 0;5 3x90,", "0 0;5 10001x90",
		"0 0;5 3-x90", "0 0;5 3x", "99999999999999999999 0",
		"0 0;99999999999999999999 3x90", "0 0;0;0;0;0;0;0;0;0;0" };
	static const struct scale_state nothing;
	size_t n;

	(void)state;
	for (n = 0; n < sizeof(bad) / sizeof(bad[0]); n++) {
		memset(&m, 'x', sizeof(m));
		scale_load(&m, bad[n], 0);
		if (memcmp(&m, &nothing, sizeof(m)) != 0)
			fail_msg("\"%s\" was taken for something", bad[n]);
	}
	scale_load(&m, "7 8;5 3x90", 0);
	assert_int_equal(m.last_in, 8);
	assert_int_equal(m.proposals[0].high[89], 3);
}

/* Whatever is read, the next pass is sound. */
static void
survives_any_text(void **state)
{
	static const char alphabet[] = "0123456789 ;,x?-";
	char text[64];
	int n;
	size_t i;

	(void)state;
	srand(1);
	for (n = 0; n < 20000; n++) {
		begin(NULL);
		snprintf(text, sizeof(text),
		    "5 6;1700000000000000 3x40,2-5x%d,?x9;9223372036854775807 "
		    "1x90",
		    41);
		for (i = (size_t)rand() % 4; i > 0; i--)
			text[(size_t)rand() % strlen(text)] =
			    alphabet[(size_t)rand() % (sizeof(alphabet) - 1)];
		scale_load(&m, text, 0);
		pass();
		assert_in_range(desired, min, max);
	}
}

#define TEST(f) cmocka_unit_test_setup(f, begin)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(scales_out_what_was_asked_for_long_enough),
		TEST(asks_at_once_when_nothing_is_to_be_waited_for),
		TEST(takes_the_least_of_the_time),
		TEST(begins_again_after_a_pause),
		TEST(an_unknown_slot_asks_for_nothing),
		TEST(stays_while_the_metric_is_near_its_target),
		TEST(stays_between_min_and_max),
		TEST(knows_what_it_does_not_know),
		TEST(a_moment_without_a_number_is_no_unknown_slot),
		TEST(a_time_goes_by_steps),
		TEST(never_goes_against_the_metric),
		TEST(scales_in_what_nobody_asked_for),
		TEST(one_moment_of_load_keeps_them),
		TEST(an_unknown_slot_keeps_them),
		TEST(what_is_unknown_now_does_not_agree),
		TEST(waits_for_what_is_warming),
		TEST(waits_between_two),
		TEST(lets_an_addition_warm_up),
		TEST(a_policy_may_only_ever_add),
		TEST(never_goes_to_none),
		TEST(the_most_that_any_asks_for),
		TEST(in_only_when_all_agree),
		TEST(forgets_when_the_clock_jumps),
		TEST(waits_from_now_on_when_the_clock_was_set_back),
		TEST(is_saved_and_loaded),
		TEST(nonsense_is_nothing),
		TEST(survives_any_text),
	};

	return cmocka_run_group_tests_name("scale", tests, NULL, NULL);
}
