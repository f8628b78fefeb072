/* plan() of a group that is refreshed: pass after pass, in a world where all
 * that is launched is in service three passes later. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "rules/plan.h"

enum { PASSES = 600 };

static int64_t now;
static uint64_t seed = 1;

static const struct refresh_policy
    at_once = { .max_healthy = 200, .min_healthy = 100, .batch = 100 },
    rolling = { .max_healthy = 100, .min_healthy = 50, .batch = 25 },
    additional = { .max_healthy = 125, .min_healthy = 100, .batch = 25 },
    immutable = { .max_healthy = 200,
	    .min_healthy = 100,
	    .batch = 100,
	    .first = 1,
	    .hold = true };

/* What becomes of what is launched of a release. */
struct world {
	struct group g;
	struct group_config c;
	const char *broken; /* this one ends at its start */
	int least, most;    /* in service and there, as seen at any pass */
	int passes;
	char last[2 * TEXT_SIZE]; /* the last note */
};

static void
see(struct world *w, struct instance *i)
{
	if (i->lifecycle == LAUNCHING) {
		i->presence = RUNNING;
		memcpy(i->address, "10.0.0.1", 9);
	} else if (i->lifecycle == PENDING) {
		i->slot = 1;
		if (w->broken != NULL && strcmp(i->release, w->broken) == 0)
			i->presence = STOPPED;
		else
			i->health = HEALTH_UP;
	} else if (i->lifecycle == DRAINING) {
		i->routing = ROUTE_DRAIN;
		i->sessions = 0;
	} else if (i->lifecycle == TERMINATING) {
		i->presence = ABSENT;
	}
	i->responsive = true;
}

static int
count(const struct world *w, enum lifecycle lifecycle, const char *release)
{
	const struct instance *i;
	int n = 0;

	group_each (i, &w->g)
		n += i->lifecycle == lifecycle &&
		     (release == NULL || strcmp(i->release, release) == 0);
	return n;
}

static void
measure(struct world *w)
{
	int ready = count(w, IN_SERVICE, NULL);

	if (ready < w->least)
		w->least = ready;
	if ((int)w->g.count > w->most)
		w->most = (int)w->g.count;
}

static void
listen(struct world *w, struct events *ev)
{
	size_t n;

	for (n = 0; n < ev->count; n++)
		if (ev->list[n].kind == EVENT_NOTE)
			memcpy(w->last, ev->list[n].text, sizeof(w->last));
	events_free(ev);
}

static void
pass_alone(struct world *w)
{
	struct events ev = { 0 };
	struct instance *i;

	group_each (i, &w->g)
		see(w, i);
	plan(&w->g, &w->c, now += CLOCK_SECOND, &seed, &ev);
	listen(w, &ev);
	measure(w);
}

static void
pass(struct world *w)
{
	struct events ev = { 0 };

	plan_deployments(&w->g, 1, now, &ev);
	listen(w, &ev);
	pass_alone(w);
}

static void
settle(struct world *w)
{
	for (w->passes = 0; w->passes < PASSES; w->passes++) {
		pass(w);
		if (w->g.refresh.phase == REFRESH_NONE &&
		    count(w, IN_SERVICE, NULL) == w->g.desired &&
		    (int)w->g.count == w->g.desired)
			return;
	}
	fail_msg("not settled: phase %d, %d wanted, %d of %d serve, %d of the "
		 "target, %zu records: %s",
	    (int)w->g.refresh.phase, w->g.refresh.wanted,
	    count(w, IN_SERVICE, NULL), w->g.desired,
	    count(w, IN_SERVICE, w->g.refresh.target), w->g.count, w->last);
}

static void
begin(struct world *w, int desired)
{
	memset(w, 0, sizeof(*w));
	memcpy(w->c.name, "g", 2);
	memcpy(w->c.zones[0], "a", 2);
	memcpy(w->c.zones[1], "b", 2);
	w->c.zone_count = 2;
	w->c.min = 1;
	w->c.desired = desired;
	w->c.max = desired;
	w->c.grace = w->c.drain = 10 * CLOCK_SECOND;
	memcpy(w->g.name, "g", 2);
	memcpy(w->g.release, "one", 4);
	now = INT64_C(1800000000) * CLOCK_SECOND;
	settle(w);
	assert_int_equal(count(w, IN_SERVICE, "one"), desired);
	w->least = w->most = desired;
}

static void
refresh(struct world *w, const struct refresh_policy *p, const char *target)
{
	struct refresh_policy policy = *p;

	policy.timeout = 60 * CLOCK_SECOND;
	refresh_begin(&w->g.refresh, &policy, target, false, now);
}

/* ---- tests */

static void
each_policy_ends_with_the_new_release(void **state)
{
	static const struct {
		const char *name;
		const struct refresh_policy *policy;
		int desired, least, most;
	} table[] = {
		{ "all at once", &at_once, 4, 4, 8 },
		{ "rolling", &rolling, 4, 3, 4 },
		{ "rolling, one instance", &rolling, 1, 0, 1 },
		{ "with an additional batch", &additional, 4, 4, 5 },
		{ "with an additional batch, one", &additional, 1, 1, 2 },
		{ "immutable", &immutable, 4, 4, 8 },
		{ "immutable, one", &immutable, 1, 1, 2 },
		{ "rolling, many", &rolling, 40, 30, 40 },
		{ "additional, many", &additional, 40, 40, 50 },
		{ "none there", &immutable, 0, 0, 0 },
	};
	struct world w;
	size_t n;

	(void)state;
	for (n = 0; n < sizeof(table) / sizeof(*table); n++) {
		begin(&w, table[n].desired == 0 ? 1 : table[n].desired);
		if (table[n].desired == 0) {
			w.c.min = w.c.desired = w.c.max = 0;
			settle(&w);
			w.least = w.most = 0;
		}
		refresh(&w, table[n].policy, "two");
		settle(&w);
		if (count(&w, IN_SERVICE, "two") != table[n].desired ||
		    w.least != table[n].least || w.most != table[n].most)
			fail_msg("%s: %d of two, at least %d, at most %d",
			    table[n].name, count(&w, IN_SERVICE, "two"),
			    w.least, w.most);
		assert_string_equal(w.g.release, "two");
		assert_string_equal(w.g.previous, "one");
		group_free(&w.g);
	}
}

static void
what_does_not_start_goes_back(void **state)
{
	const struct refresh_policy *const all[] = { &at_once, &rolling,
		&additional, &immutable };
	struct world w;
	size_t n;

	(void)state;
	for (n = 0; n < 4; n++) {
		begin(&w, 4);
		w.broken = "two";
		refresh(&w, all[n], "two");
		settle(&w);
		assert_int_equal(count(&w, IN_SERVICE, "one"), 4);
		assert_string_equal(w.g.release, "one");
		assert_string_equal(w.g.previous, "");
		assert_non_null(strstr(w.last, "is back at release one"));
		assert_non_null(strstr(w.last, "launches in a row failed"));
		assert_true(w.least >= (all[n] == &rolling ? 3 : 4));
		group_free(&w.g);
	}
}

/* Half of the way there, one of each half dies. */
static void
each_half_is_kept_up_by_itself(void **state)
{
	struct refresh_policy p = additional;
	struct world w;
	struct instance *i;

	(void)state;
	p.batch = 50;
	p.bake = 100 * CLOCK_SECOND;
	begin(&w, 4);
	refresh(&w, &p, "two");
	while (w.g.refresh.phase != REFRESH_BAKING)
		pass(&w);
	assert_int_equal(count(&w, IN_SERVICE, "one"), 2);
	assert_int_equal(count(&w, IN_SERVICE, "two"), 2);
	group_each (i, &w.g) {
		if (i == w.g.instances || strcmp(i->release, "two") == 0) {
			i->presence = ABSENT;
			i->health = HEALTH_DEAD;
			if (strcmp(i->release, "two") == 0)
				break;
		}
	}
	do {
		pass(&w);
	} while ((int)w.g.count != 4 || count(&w, IN_SERVICE, NULL) != 4);
	assert_int_equal(w.g.refresh.phase, REFRESH_BAKING);
	assert_int_equal(count(&w, IN_SERVICE, "one"), 2);
	assert_int_equal(count(&w, IN_SERVICE, "two"), 2);
	settle(&w);
	assert_int_equal(count(&w, IN_SERVICE, "two"), 4);
	group_free(&w.g);
}

static void
it_pauses_and_no_answer_means_what_was_said(void **state)
{
	struct refresh_policy p = additional;
	struct world w;
	int goes_on;

	(void)state;
	p.pause_after = 50;
	p.pause = 100 * CLOCK_SECOND;
	for (goes_on = 0; goes_on < 2; goes_on++) {
		p.pause_goes_on = goes_on;
		begin(&w, 4);
		refresh(&w, &p, "two");
		while (w.g.refresh.phase != REFRESH_PAUSED)
			pass(&w);
		assert_int_equal(count(&w, IN_SERVICE, "two"), 2);
		settle(&w);
		assert_true(w.passes > 95);
		assert_int_equal(
		    count(&w, IN_SERVICE, goes_on ? "two" : "one"), 4);
		group_free(&w.g);
	}
}

/* Whoever is asked may be asleep. */
static void
it_is_judged_while_it_pauses(void **state)
{
	struct refresh_policy p = additional;
	struct world w;
	int n;

	(void)state;
	p.pause_after = 50;
	p.pause = 10000 * CLOCK_SECOND;
	begin(&w, 4);
	refresh(&w, &p, "two");
	while (w.g.refresh.phase != REFRESH_PAUSED)
		pass(&w);
	w.g.answered = true;
	w.g.answers[0] = (struct answers){
		.requests = 50, .failures = 2, .ms = -1
	};
	w.g.answers[1] = (struct answers){ .requests = 50, .ms = -1 };
	for (n = 0; n < 60 && !w.g.refresh.back; n++)
		pass(&w);
	assert_true(w.g.refresh.back);
	w.g.answered = false;
	settle(&w);
	assert_int_equal(count(&w, IN_SERVICE, "one"), 4);
	group_free(&w.g);
}

static void
a_restart_replaces_the_same_release(void **state)
{
	struct world w;
	struct instance *i;
	int64_t start;

	(void)state;
	begin(&w, 4);
	refresh(&w, &additional, "one");
	settle(&w);
	assert_true(w.passes < 3);
	start = now;
	refresh(&w, &additional, "one");
	w.g.refresh.restart = true;
	settle(&w);
	group_each (i, &w.g)
		assert_true(i->requested_at > start);
	group_free(&w.g);
}

static void
protected_and_standby_ones_are_left(void **state)
{
	struct world w;

	(void)state;
	begin(&w, 4);
	w.g.instances[0].protect = true;
	w.g.instances[1].lifecycle = STANDBY;
	do {
		pass(&w);
	} while (count(&w, IN_SERVICE, NULL) != 4);
	refresh(&w, &additional, "two");
	do {
		pass(&w);
	} while (w.g.refresh.phase != REFRESH_NONE);
	assert_int_equal(count(&w, IN_SERVICE, "two"), 3);
	assert_int_equal(count(&w, IN_SERVICE, "one"), 1);
	assert_int_equal(count(&w, STANDBY, "one"), 1);
	group_free(&w.g);
}

static void
it_follows_the_desired_capacity(void **state)
{
	struct refresh_policy p = additional;
	struct world w;

	(void)state;
	p.bake = 20 * CLOCK_SECOND;
	begin(&w, 4);
	w.g.max = w.c.max = w.g.file_max = 8;
	refresh(&w, &p, "two");
	while (count(&w, IN_SERVICE, "two") < 2)
		pass(&w);
	w.g.desired = 8;
	while (w.g.refresh.phase != REFRESH_BAKING)
		pass(&w);
	assert_int_equal(count(&w, IN_SERVICE, "two"), 4);
	assert_int_equal(count(&w, IN_SERVICE, "one"), 4);
	w.g.desired = 2;
	settle(&w);
	assert_int_equal(count(&w, IN_SERVICE, "two"), 2);
	group_free(&w.g);
}

static void
a_fix_reaches_a_group_that_is_all_dead(void **state)
{
	const struct refresh_policy *const all[] = { &at_once, &rolling,
		&additional, &immutable };
	struct world w;
	struct instance *i;
	size_t n;

	(void)state;
	for (n = 0; n < 4; n++) {
		begin(&w, 4);
		w.broken = "one";
		group_each (i, &w.g) {
			i->health = HEALTH_DEAD;
		}
		pass(&w);
		refresh(&w, all[n], "two");
		settle(&w);
		assert_int_equal(count(&w, IN_SERVICE, "two"), 4);
		group_free(&w.g);
	}
}

/* Two groups of one deployment; the second one's new release does not start. */
static void
all_groups_have_it_or_none(void **state)
{
	struct events ev = { 0 };
	struct world w[2];
	struct group both[2];
	int n, broken;

	(void)state;
	for (broken = 0; broken < 2; broken++) {
		for (n = 0; n < 2; n++) {
			begin(&w[n], 2 + 2 * n);
			refresh(&w[n], &additional, "two");
		}
		if (broken)
			w[1].broken = "two";
		do {
			for (n = 0; n < 2; n++) {
				both[n] = w[n].g;
			}
			plan_deployments(both, 2, now, &ev);
			for (n = 0; n < 2; n++) {
				w[n].g = both[n];
				if (w[n].g.refresh.phase != REFRESH_NONE)
					pass_alone(&w[n]);
			}
			assert_string_equal(w[0].g.release, w[1].g.release);
		} while (w[0].g.refresh.phase != REFRESH_NONE ||
			 w[1].g.refresh.phase != REFRESH_NONE);
		assert_string_equal(w[0].g.release, broken ? "one" : "two");
		for (n = 0; n < 2; n++) {
			settle(&w[n]);
			assert_int_equal(
			    count(&w[n], IN_SERVICE, broken ? "one" : "two"),
			    2 + 2 * n);
			group_free(&w[n].g);
		}
	}
	events_free(&ev);
}

/* Also when both are through with what they were at: whichever is first. */
static void
one_that_is_back_takes_back_one_that_is_done(void **state)
{
	struct group g[2];
	struct events ev = { 0 };
	int back;

	(void)state;
	for (back = 0; back < 2; back++) {
		memset(g, 0, sizeof(g));
		memcpy(g[0].release, "one", 4);
		memcpy(g[1].release, "one", 4);
		refresh_begin(&g[0].refresh, &at_once, "two", false, 7);
		refresh_begin(&g[1].refresh, &at_once, "two", false, 7);
		plan_go_back(&g[back], 8, "it was bad", &ev);
		g[0].refresh.phase = g[1].refresh.phase = REFRESH_DONE;
		plan_deployments(g, 2, 9, &ev);
		assert_true(g[!back].refresh.back);
		assert_int_equal(g[!back].refresh.phase, REFRESH_REPLACING);
		assert_string_equal(g[!back].release, "one");
	}
	events_free(&ev);
}

/* What is installed is for new groups; one that runs has what it runs, and
 * what was deployed. */
static void
a_group_has_the_release_that_it_was_given(void **state)
{
	struct group_config c = { .release = "new", .max = 3 };
	struct group g = { .name = "api" };
	const char *const runs[] = { "old", "odd", "old" };
	size_t n;

	(void)state;
	group_adopt(&g, &c);
	assert_string_equal(g.release, "new");
	memset(g.release, 0, sizeof(g.release)); /* state of before, or lost */
	for (n = 0; n < 3; n++)
		memcpy(group_add(&g, runs[n])->release, runs[n], 4);
	group_adopt(&g, &c);
	assert_string_equal(g.release, "old");
	memcpy(c.release, "newer", 6);
	group_adopt(&g, &c);
	assert_string_equal(g.release, "old");
	c.pinned = true;
	group_adopt(&g, &c);
	assert_string_equal(g.release, "newer");
	group_free(&g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_policy_ends_with_the_new_release),
		cmocka_unit_test(what_does_not_start_goes_back),
		cmocka_unit_test(each_half_is_kept_up_by_itself),
		cmocka_unit_test(it_pauses_and_no_answer_means_what_was_said),
		cmocka_unit_test(it_is_judged_while_it_pauses),
		cmocka_unit_test(a_restart_replaces_the_same_release),
		cmocka_unit_test(protected_and_standby_ones_are_left),
		cmocka_unit_test(it_follows_the_desired_capacity),
		cmocka_unit_test(a_fix_reaches_a_group_that_is_all_dead),
		cmocka_unit_test(all_groups_have_it_or_none),
		cmocka_unit_test(one_that_is_back_takes_back_one_that_is_done),
		cmocka_unit_test(a_group_has_the_release_that_it_was_given),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
