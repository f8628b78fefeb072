/* What a pass takes from the provider's lists and from what it has done, when
 * they come at the wrong moment: no environment can be made to do that at
 * will. The provider is this file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/clock.h"
#include "state/state.h"
#include "reconcile/reconcile.h"

#define SECOND CLOCK_SECOND
#define ID     "i-0a1b2c3d"
#define LINE \
	"{\"id\":\"" ID "\",\"group\":\"api\",\"zone\":\"a\"," \
	"\"state\":\"running\",\"address\":\"10.0.0.1\",\"port\":8000}\n"
#define AWAY "{\"zone\":\"a\",\"state\":\"unreachable\"}\n"

static struct job job; /* the one that has ended; done: there is one */
static char terminated[ID_SIZE];

struct job *
provider_job(struct provider *p, const char *id)
{
	(void)p;
	return job.child.done && strcmp(job.id, id) == 0 ? &job : NULL;
}

void
provider_end(struct job *j)
{
	buf_free(&j->child.output);
	buf_free(&j->child.error);
	memset(j, 0, sizeof(*j));
}

bool
provider_begin(struct provider *p, enum work work, const char *id)
{
	(void)p;
	assert_int_equal(work, WORK_TERMINATE);
	snprintf(terminated, sizeof(terminated), "%s", id);
	return true;
}

/* ---- a group with one instance in zone a, of which the provider is silent */

struct world {
	struct reconciler r;
	struct state m;
	struct group group;
	struct group_config config;
	struct events events;
};

static struct instance *
one(struct world *w)
{
	return &w->group.instances[0];
}

static int
begin(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	memset(&job, 0, sizeof(job));
	terminated[0] = '\0';
	snprintf(w->config.name, sizeof(w->config.name), "api");
	snprintf(w->config.zones[0], sizeof(w->config.zones[0]), "a");
	w->config.zone_count = 1;
	w->r.config.groups = &w->config;
	w->r.config.group_count = 1;
	snprintf(w->group.name, sizeof(w->group.name), "api");
	w->m.groups = &w->group;
	w->m.group_count = 1;
	w->m.now = clock_boot();
	snprintf(group_add(&w->group, ID)->zone, NAME_SIZE, "a");
	one(w)->lifecycle = LAUNCHING;
	*state = w;
	return 0;
}

static int
end(void **state)
{
	struct world *w = *state;

	free(w->r.listing.list);
	free(w->r.before.list);
	free(w->group.instances);
	free(w->m.troubles);
	events_free(&w->events);
	free(w);
	return 0;
}

static void
ends(enum work work, const char *id, const char *output, bool failed)
{
	job.work = work;
	job.child.done = true;
	job.failed = failed;
	snprintf(job.id, sizeof(job.id), "%s", id);
	buf_add(failed ? &job.child.error : &job.child.output, output,
	    strlen(output));
	buf_add(&job.child.error, "", failed ? 1 : 0);
}

/* (Each pass reads its memory anew.) */
static void
pass(struct world *w)
{
	size_t n;

	for (n = 0; n < w->m.trouble_count; n++)
		w->m.troubles[n].seen = false;
	observe(&w->r, &w->m, &w->events);
}

/* A pass, with a list that was begun so many seconds ago. */
static void
lists(struct world *w, const char *output, int ago)
{
	ends(WORK_LIST, "", output, false);
	job.child.started = clock_boot() - ago * SECOND;
	assert_true(observe_list(&w->r));
	pass(w);
}

static bool
told(struct world *w, const char *words)
{
	size_t n;

	for (n = 0; n < w->events.count; n++)
		if (strstr(w->events.list[n].text, words) != NULL)
			return true;
	return false;
}

/* ---- tests */

static void
what_runs_has_an_address(void **state)
{
	struct world *w = *state;

	lists(w, LINE, 0);
	assert_int_equal(one(w)->presence, RUNNING);
	assert_string_equal(one(w)->address, "10.0.0.1");
	assert_int_equal(one(w)->port, 8000);
	lists(w, "", 0);
	assert_int_equal(one(w)->presence, ABSENT);
}

/* It may have been launched, or terminated, since. */
static void
a_list_from_before_a_launch_says_nothing(void **state)
{
	struct world *w = *state;

	one(w)->presence = RUNNING;
	one(w)->acted_at = clock_boot() - SECOND;
	lists(w, "", 2);
	assert_int_equal(one(w)->presence, RUNNING);
	lists(w, "", 0);
	assert_int_equal(one(w)->presence, ABSENT);
}

static void
an_old_list_says_nothing(void **state)
{
	struct world *w = *state;

	one(w)->presence = RUNNING;
	lists(w, AWAY, 31);
	assert_int_equal(one(w)->presence, RUNNING);
	assert_false(w->group.unreachable[0] || w->group.unsure[0]);
}

/* Nothing is launched there at once; nothing is replaced before it is sure. */
static void
a_zone_is_away_when_two_lists_say_so(void **state)
{
	struct world *w = *state;

	lists(w, AWAY, 0);
	assert_int_equal(one(w)->presence, PRESENCE_UNKNOWN);
	assert_true(w->group.unsure[0] && !w->group.unreachable[0]);
	w->r.listed_at = 7;
	observe_again(&w->r, &w->m);
	assert_int_equal(w->r.listed_at, 0);
	assert_false(told(w, "cannot be reached"));
	lists(w, AWAY, 0);
	assert_int_equal(one(w)->presence, UNREACHABLE);
	assert_true(w->group.unreachable[0] && !w->group.unsure[0]);
	assert_true(told(w, "the zone a cannot be reached"));
	lists(w, LINE, 0);
	assert_int_equal(one(w)->presence, RUNNING);
	w->m.now += 4 * SECOND; /* it is calm again (alert.h) */
	pass(w);
	assert_true(told(w, "the zone a can be reached again"));
}

/* What was known stays known, and is told of when it lasts. */
static void
a_list_that_fails_takes_nothing_back(void **state)
{
	struct world *w = *state;

	lists(w, LINE, 0);
	ends(WORK_LIST, "", "no such host", true);
	assert_true(observe_list(&w->r));
	pass(w);
	assert_int_equal(one(w)->presence, RUNNING);
	assert_int_equal(w->events.count, 0);
	w->m.now += 4 * SECOND;
	pass(w);
	assert_true(told(w, "cannot list the instances: no such host"));
	lists(w, "{}\n", 0);
	assert_string_not_equal(w->r.list_error, "");
	assert_int_equal(one(w)->presence, RUNNING);
}

static void
a_launch_must_say_its_own_name(void **state)
{
	static const char *const wrong[] = { "", "\n", "no\n",
		"{\"id\":\"i-00000000\",\"group\":\"api\",\"zone\":\"a\","
		"\"state\":\"running\",\"address\":\"10.0.0.1\",\"port\":1}",
		"{\"id\":\"" ID "\",\"state\":\"pending\"}" };
	struct world *w = *state;
	size_t n;

	for (n = 0; n < sizeof(wrong) / sizeof(*wrong); n++) {
		one(w)->failed = false;
		ends(WORK_LAUNCH, ID, wrong[n], false);
		pass(w);
		assert_true(one(w)->failed);
		assert_non_null(strstr(one(w)->reason, ID));
	}
	one(w)->failed = false;
	ends(WORK_LAUNCH, ID, LINE "\n", false);
	pass(w);
	assert_false(one(w)->failed);
	assert_string_equal(one(w)->address, "10.0.0.1");
}

static void
a_termination_that_fails_is_tried_later_and_later(void **state)
{
	struct world *w = *state;
	int64_t waited = 0;
	int n;

	for (n = 0; n < 4; n++) {
		ends(WORK_TERMINATE, ID, "busy", true);
		pass(w);
		assert_true(one(w)->retry_at - w->m.now > waited);
		waited = one(w)->retry_at - w->m.now;
	}
	assert_int_equal(w->events.count, 1); /* told once */
	ends(WORK_TERMINATE, ID, "", false);
	pass(w);
	assert_int_equal(one(w)->attempts, 0);
}

/* With a memory it is an orphan; without one it is all that is left of it. */
static void
who_was_not_asked_for_is_ended_or_adopted(void **state)
{
	struct world *w = *state;

	w->group.count = 0;
	lists(w, LINE, 0);
	assert_string_equal(terminated, ID);
	assert_int_equal(w->group.count, 0);
	terminated[0] = '\0';
	w->m.fresh = true;
	lists(w, LINE, 0);
	assert_string_equal(terminated, "");
	assert_int_equal(w->group.count, 1);
	assert_int_equal(one(w)->lifecycle, PENDING);
	assert_true(told(w, "was adopted"));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(what_runs_has_an_address),
		TEST(a_list_from_before_a_launch_says_nothing),
		TEST(an_old_list_says_nothing),
		TEST(a_zone_is_away_when_two_lists_say_so),
		TEST(a_list_that_fails_takes_nothing_back),
		TEST(a_launch_must_say_its_own_name),
		TEST(a_termination_that_fails_is_tried_later_and_later),
		TEST(who_was_not_asked_for_is_ended_or_adopted),
	};

	return cmocka_run_group_tests_name("observe", tests, NULL, NULL);
}
