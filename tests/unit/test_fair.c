/* Who is served next. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fcgi/fair.h"

enum { MOST = 2, MANY = 2000 };

static struct fair fair;
static struct fair_place places[MANY];
static int64_t now;

static int
empty(void **state)
{
	(void)state;
	memset(&fair, 0, sizeof(fair));
	memset(places, 0, sizeof(places));
	now = CLOCK_SECOND;
	return 0;
}

/* The id of the owner with this number. */
static struct uuid
owner(unsigned n)
{
	struct uuid u = { { (uint8_t)(n >> 8) } };

	u.b[sizeof(u.b) - 1] = (uint8_t)n;
	return u;
}

static void
put(size_t place, unsigned n)
{
	struct uuid u = owner(n);

	fair_put(&fair, &places[place], &u, MOST, now);
}

/* The number of the place that is taken; -1 for none. */
static int
take(void)
{
	bool any = fair_any(&fair, now);
	struct fair_place *p = fair_take(&fair, now);

	assert_true(any == (p != NULL));
	return p != NULL ? (int)(p - places) : -1;
}

static void
rest(size_t place, int64_t time)
{
	fair_done(&fair, places[place].owner, now, time);
}

static void
done(size_t place)
{
	rest(place, 0);
}

static void
test_nobody_waits(void **state)
{
	(void)state;
	assert_int_equal(take(), -1);
}

static void
test_those_of_one_owner_keep_their_order(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 100; i++)
		put((size_t)i, 7);
	for (i = 0; i < 100; i++) {
		assert_int_equal(take(), i);
		done((size_t)i);
	}
	assert_int_equal(take(), -1);
}

static void
test_an_owner_has_so_many_and_no_more(void **state)
{
	(void)state;
	put(0, 1);
	put(1, 1);
	put(2, 1);
	assert_int_equal(take(), 0);
	assert_int_equal(take(), 1);
	assert_int_equal(take(), -1);
	done(1);
	assert_int_equal(take(), 2);
	assert_int_equal(take(), -1);
}

static void
test_a_light_one_is_next_however_many_a_heavy_one_has(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 1000; i++)
		put((size_t)i, 1);
	assert_int_equal(take(), 0);
	assert_int_equal(take(), 1);
	put(1000, 2);
	assert_int_equal(take(), 1000);
	assert_int_equal(take(), -1);
	done(0);
	put(1001, 3);
	/* Both may be served: the heavy one is there longer. */
	assert_int_equal(take(), 2);
	assert_int_equal(take(), 1001);
}

static void
test_owners_take_turns(void **state)
{
	static const int order[] = { 0, 3, 6, 1, 4, 7 };
	size_t i;

	(void)state;
	for (i = 0; i < 9; i++)
		put(i, (unsigned)i / 3);
	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		assert_int_equal(take(), order[i]);
	assert_int_equal(take(), -1); /* each has two */
	done(4);
	assert_int_equal(take(), 5);
}

/* Others are served meanwhile; and so is whoever has just come. */
static void
test_after_a_heavy_one_its_owner_rests(void **state)
{
	(void)state;
	put(0, 1);
	put(1, 1);
	assert_int_equal(take(), 0);
	rest(0, 20);
	assert_int_equal(take(), -1);
	assert_int_equal(fair_next(&fair, now), now + 20);
	put(2, 2);
	assert_int_equal(take(), 2);
	now += 19;
	assert_int_equal(take(), -1);
	now++;
	assert_int_equal(fair_next(&fair, now), 0);
	assert_int_equal(take(), 1);
}

/* Its rests are added up, and one of its requests is served at once. */
static void
test_a_heavy_one_is_served_one_by_one(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < 6; i++)
		put(i, 1);
	assert_int_equal(take(), 0);
	assert_int_equal(take(), 1);
	rest(0, 20);
	rest(1, 20);
	now += 39;
	assert_int_equal(take(), -1);
	now++;
	assert_int_equal(take(), 2);
	assert_int_equal(take(), -1);
	assert_int_equal(fair_next(&fair, now), 0);
	done(2);
	assert_int_equal(take(), 3);
	assert_int_equal(take(), -1);
	now += FAIR_HEAVY;
	assert_int_equal(take(), 4);
}

/* Who has nothing that waits rests all the same. */
static void
test_a_rest_is_remembered(void **state)
{
	unsigned i;

	(void)state;
	put(0, 1);
	assert_int_equal(take(), 0);
	rest(0, 20);
	for (i = 2; i < 10; i++) {
		put(i, i);
		assert_int_equal(take(), (int)i);
		done(i);
	}
	put(1, 1);
	assert_int_equal(take(), -1);
	now += 20;
	assert_int_equal(take(), 1);
	done(1);
	now += FAIR_HEAVY;
	put(2, 2);
	assert_int_equal(take(), 2);
	done(2);
	assert_int_equal(fair.n, 0);
}

/* However many rest. */
static void
test_nobody_else_rests(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < FAIR_OWNERS + 100; i++) {
		put(i, i);
		assert_int_equal(take(), (int)i);
		rest(i, 20);
	}
	assert_int_equal(fair.n, FAIR_OWNERS);
	put(i, FAIR_OWNERS + 99);
	assert_int_equal(take(), -1);
}

/* More owners than there are queues: everybody is served once. */
static void
test_everybody_is_served_in_bounded_memory(void **state)
{
	bool seen[MANY] = { false };
	int i, n;

	(void)state;
	for (i = 0; i < MANY; i++)
		put((size_t)i, (unsigned)i);
	assert_int_equal(fair.n, FAIR_OWNERS);
	for (i = 0; i < MANY; i++) {
		n = take();
		assert_in_range(n, 0, MANY - 1);
		assert_false(seen[n]);
		seen[n] = true;
		done((size_t)n);
	}
	assert_int_equal(take(), -1);
	assert_int_equal(fair.n, 0);
}

/* Whatever comes and goes: nobody is lost, order is kept, limits hold. */
static void
test_at_random(void **state)
{
	enum { OWNERS = 9 };
	int put_of[OWNERS] = { 0 }, taken_of[OWNERS] = { 0 };
	int served[MANY], n = 0, next = 0, taken, i;

	(void)state;
	srand(1);
	while (next < MANY || n > 0) {
		if (next < MANY && rand() % 2) {
			/* Numbered by owner, so that the order shows. */
			put((size_t)next, (unsigned)next % OWNERS);
			put_of[next++ % OWNERS]++;
		}
		if (rand() % 2 && (taken = take()) >= 0) {
			assert_int_equal(
			    taken / OWNERS, taken_of[taken % OWNERS]++);
			served[n++] = taken;
		}
		if (n > 0 && rand() % 2) {
			i = rand() % n;
			done((size_t)served[i]);
			served[i] = served[--n];
		}
		for (i = 0; i < FAIR_OWNERS; i++)
			assert_true(fair.owners[i].served <= MOST);
	}
	while ((taken = take()) >= 0) {
		taken_of[taken % OWNERS]++;
		done((size_t)taken);
	}
	for (i = 0; i < OWNERS; i++)
		assert_int_equal(taken_of[i], put_of[i]);
}

static void
test_a_rest_is_as_long_as_the_answer_was_heavy(void **state)
{
	(void)state;
	assert_int_equal(fair_cooldown(256 * 1024, 2000000), 0);
	/* One that is made at once: by its size. */
	assert_int_equal(fair_cooldown(1000000, 5000), 20000);
	/* Thousands of rows: by the time that they took. */
	assert_int_equal(fair_cooldown(1000000, 30000), 60000);
	assert_int_equal(fair_cooldown(1000000, 2000000), 100000);
	assert_int_equal(fair_cooldown(SIZE_MAX / 4, 0), 100000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_nobody_waits, empty),
		cmocka_unit_test_setup(
		    test_those_of_one_owner_keep_their_order, empty),
		cmocka_unit_test_setup(
		    test_an_owner_has_so_many_and_no_more, empty),
		cmocka_unit_test_setup(
		    test_a_light_one_is_next_however_many_a_heavy_one_has,
		    empty),
		cmocka_unit_test_setup(test_owners_take_turns, empty),
		cmocka_unit_test_setup(
		    test_after_a_heavy_one_its_owner_rests, empty),
		cmocka_unit_test_setup(
		    test_a_heavy_one_is_served_one_by_one, empty),
		cmocka_unit_test_setup(test_a_rest_is_remembered, empty),
		cmocka_unit_test_setup(test_nobody_else_rests, empty),
		cmocka_unit_test_setup(
		    test_everybody_is_served_in_bounded_memory, empty),
		cmocka_unit_test(
		    test_a_rest_is_as_long_as_the_answer_was_heavy),
		cmocka_unit_test_setup(test_at_random, empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
