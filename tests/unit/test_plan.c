/*
 * plan(): one group before and after one pass, as a letter per instance.
 *
 * Before: L launching, P pending without a check, H pending and healthy, S in
 * service, N in service but not ready, U unhealthy and silent, A unhealthy but
 * answering, E ended, G gone, X gone but serving, B standby, D draining, Q
 * draining without requests, R draining and unhealthy, T terminating.
 * After, by lifecycle state: l p s b d t, and u in service but unhealthy.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/clock.h"
#include "rules/plan.h"
#include "simulate.h"

static const int64_t NOW = INT64_C(1800000000) * 1000000;

static uint64_t seed;

static struct group_config
config(int desired)
{
	struct group_config c = { .name = "api",
		.min = 0,
		.desired = desired,
		.max = 100,
		.grace = 10 * CLOCK_SECOND,
		.drain = 10 * CLOCK_SECOND,
		.zone_count = 1,
		.zones = { "z0" } };

	return c;
}

static void
set(struct instance *i, char letter)
{
	static const struct {
		char letter;
		enum lifecycle lifecycle;
		enum presence presence;
		enum health health;
		bool answers;
	} letters[] = {
		{ 'L', LAUNCHING, STARTING, HEALTH_UNKNOWN, false },
		{ 'P', PENDING, RUNNING, HEALTH_INITIAL, false },
		{ 'H', PENDING, RUNNING, HEALTH_UP, true },
		{ 'S', IN_SERVICE, RUNNING, HEALTH_UP, true },
		{ 'N', IN_SERVICE, RUNNING, HEALTH_UNREADY, true },
		{ 'U', IN_SERVICE, RUNNING, HEALTH_DEAD, false },
		{ 'A', IN_SERVICE, RUNNING, HEALTH_DEAD, true },
		{ 'E', IN_SERVICE, STOPPED, HEALTH_DEAD, false },
		{ 'G', IN_SERVICE, ABSENT, HEALTH_DEAD, false },
		{ 'X', IN_SERVICE, ABSENT, HEALTH_UP, true },
		{ 'B', STANDBY, RUNNING, HEALTH_UP, true },
		{ 'D', DRAINING, RUNNING, HEALTH_UP, true },
		{ 'Q', DRAINING, RUNNING, HEALTH_UP, true },
		{ 'R', DRAINING, RUNNING, HEALTH_DEAD, true },
		{ 'T', TERMINATING, RUNNING, HEALTH_UNKNOWN, false },
	};
	size_t n = 0;

	while (letters[n].letter != letter)
		n++;
	i->lifecycle = letters[n].lifecycle;
	i->presence = letters[n].presence;
	i->health = letters[n].health;
	i->responsive = letters[n].answers;
	i->sessions = letter == 'D' || letter == 'R';
	i->routing = i->lifecycle == DRAINING ? ROUTE_DRAIN : ROUTE_READY;
	i->unhealthy = strchr("UAEGXR", letter) != NULL;
	if (i->slot == 0 && i->lifecycle != LAUNCHING)
		i->slot = 1; /* as balancers_assign() does */
}

/* The earlier in the text, the earlier it was launched. */
static void
fill(struct group *g, const struct group_config *c, const char *letters)
{
	struct instance *i;
	char id[ID_SIZE];
	size_t n;

	memset(g, 0, sizeof(*g));
	memcpy(g->name, c->name, sizeof(g->name));
	group_adopt(g, c);
	for (n = 0; letters[n] != '\0'; n++) {
		snprintf(id, sizeof(id), "i-%08zx", n);
		i = group_add(g, id);
		memcpy(i->zone, "z0", 3);
		memcpy(i->address, "10.0.0.1", 9);
		i->state_since = i->requested_at = NOW - CLOCK_SECOND;
		i->launched_at = NOW - CLOCK_DAY + (int64_t)n;
		i->slot = (int)n + 1;
		set(i, letters[n]);
		i->in_service_at = i->lifecycle == IN_SERVICE ? i->state_since
							      : 0;
	}
}

static void
render(const struct group *g, char *text)
{
	size_t n;

	for (n = 0; n < g->count; n++)
		text[n] = g->instances[n].unhealthy &&
				  g->instances[n].lifecycle == IN_SERVICE
			      ? 'u'
			      : "lpsbdt"[g->instances[n].lifecycle];
	text[n] = '\0';
}

static void
step(struct group *g, const struct group_config *c, int64_t now)
{
	struct events ev = { 0 };

	plan(g, c, now, &seed, &ev);
	events_free(&ev);
}

static void
assert_after(const char *what, struct group *g, const char *after)
{
	char text[256];

	render(g, text);
	if (strcmp(text, after) != 0)
		fail_msg("%s: %s instead of %s", what, text, after);
}

static void
one_pass(void **state)
{
	static const struct {
		const char *rule;
		int desired;
		const char *before, *after;
	} table[] = {
		{ "what is well stays", 2, "SS", "ss" },
		{ "what is missing is launched", 3, "S", "sll" },
		{ "an empty group is filled", 2, "", "ll" },
		{ "what comes is counted", 3, "SLP", "slp" },
		{ "a first passed check is service", 1, "H", "s" },
		{ "a replacement is launched first", 2, "SU", "sul" },
		{ "and waited for while it launches", 2, "SUL", "sul" },
		{ "and while it is pending", 2, "SUP", "sup" },
		{ "and then the bad one ends", 2, "SUH", "sts" },
		{ "drained if it answers", 2, "SAH", "sds" },
		{ "a second one is next", 3, "SUTU", "sutul" },
		{ "one at a time", 4, "SSUU", "ssuul" },
		{ "the next one when that one is gone", 3, "SSUR", "ssud" },
		{ "what has ended goes first", 2, "UEH", "utsl" },
		{ "a tenth at a time", 20, "SSSSSSSSSSSSSSSSSAAA",
		    "sssssssssssssssssuuull" },
		{ "the only one is replaced", 1, "U", "ul" },
		{ "all dead: one is tried", 3, "UUU", "uuul" },
		{ "all dead: nothing ends", 3, "UUUP", "uuup" },
		{ "all dead: until one is well", 3, "UUUH", "tuus" },
		{ "all dead: a tenth is one", 20, "UUUUUUUUUUUUUUUUUUUU",
		    "uuuuuuuuuuuuuuuuuuuul" },
		{ "all dead, and one more than desired: one is tried", 2, "UUU",
		    "uuul" },
		{ "not ready is no fault", 2, "NN", "ss" },
		{ "not ready and dead", 2, "NU", "sul" },
		{ "what has ended is made up for at once", 4, "EEES",
		    "uuuslll" },
		{ "and stays on the books until then", 4, "EEESPPP",
		    "uuusppp" },
		{ "and goes then", 4, "EEESHHH", "tttssss" },
		{ "what is gone is let go", 4, "GGSS", "ttssll" },
		{ "gone but serving: launched first", 2, "XS", "usl" },
		{ "gone but serving: drained then", 2, "XSH", "dss" },
		{ "standby does not count", 2, "SB", "sbl" },
		{ "draining does not count", 2, "SD", "sdl" },
		{ "too many: the oldest goes", 2, "SSS", "dss" },
		{ "too many: all at once", 1, "SSSS", "ddds" },
		{ "too many: what comes is waited for", 2, "SSP", "ssp" },
		{ "too many and a bad one", 2, "SSU", "sst" },
		{ "to nothing", 0, "SS", "dd" },
		{ "drained when idle", 1, "SQ", "st" },
		{ "not drained while busy", 1, "SD", "sd" },
	};
	struct group_config c;
	struct group g;
	size_t n;

	(void)state;
	for (n = 0; n < sizeof(table) / sizeof(*table); n++) {
		c = config(table[n].desired);
		fill(&g, &c, table[n].before);
		step(&g, &c, NOW);
		assert_after(table[n].rule, &g, table[n].after);
		group_free(&g);
	}
}

static void
suspended_processes(void **state)
{
	static const struct {
		enum process process;
		int desired;
		const char *before, *after;
	} table[] = {
		{ PROCESS_LAUNCH, 2, "S", "s" },
		{ PROCESS_LAUNCH, 2, "SU", "su" },
		{ PROCESS_TERMINATE, 1, "SS", "ss" },
		{ PROCESS_TERMINATE, 2, "SUH", "sus" },
		{ PROCESS_HEALTH_CHECK, 2, "SU", "ss" },
		{ PROCESS_REPLACE_UNHEALTHY, 2, "SU", "su" },
		{ PROCESS_REPLACE_UNHEALTHY, 2, "SG", "su" },
		{ PROCESS_REPLACE_UNHEALTHY, 2, "SUH", "sus" },
		{ PROCESS_ADD_TO_LOAD_BALANCER, 1, "H", "p" },
	};
	struct group_config c;
	struct group g;
	size_t n;

	(void)state;
	for (n = 0; n < sizeof(table) / sizeof(*table); n++) {
		c = config(table[n].desired);
		fill(&g, &c, table[n].before);
		g.suspended = 1u << table[n].process;
		step(&g, &c, NOW);
		assert_after(
		    group_processes[table[n].process], &g, table[n].after);
		group_free(&g);
	}
}

static void
termination_policies(void **state)
{
	static const struct {
		enum termination_policy policy;
		const char *releases, *after;
	} table[] = {
		{ TERMINATE_OLDEST, "aaaa", "dsss" },
		{ TERMINATE_NEWEST, "aaaa", "sssd" },
		{ TERMINATE_DEFAULT, "abab", "dsss" }, /* b was last */
		{ TERMINATE_DEFAULT, "baab", "sdss" },
		{ TERMINATE_OLDEST_RELEASE, "baba", "dsss" },
		{ TERMINATE_OLDEST_RELEASE, "abbb", "dsss" },
	};
	struct group_config c = config(3);
	struct group g;
	size_t n, k;

	(void)state;
	for (n = 0; n < sizeof(table) / sizeof(*table); n++) {
		c.termination_policy = table[n].policy;
		fill(&g, &c, "SSSS");
		for (k = 0; k < 4; k++)
			g.instances[k].release[0] = table[n].releases[k];
		step(&g, &c, NOW);
		assert_after(table[n].releases, &g, table[n].after);
		group_free(&g);
	}
}

static void
protects_from_scale_in_alone(void **state)
{
	struct group_config c = config(1);
	struct group g;

	(void)state;
	fill(&g, &c, "SS");
	g.instances[0].protect = true;
	step(&g, &c, NOW);
	assert_after("protected", &g, "sd");
	group_free(&g);
	fill(&g, &c, "UH");
	g.instances[0].protect = true;
	step(&g, &c, NOW);
	assert_after("protected but unhealthy", &g, "ts");
	group_free(&g);
}

static void
ends_what_is_asked_for(void **state)
{
	struct group_config c = config(2);
	struct group g;

	(void)state;
	fill(&g, &c, "SS");
	g.instances[0].to_terminate = true;
	step(&g, &c, NOW);
	assert_after("doomed", &g, "ssl");
	set(&g.instances[2], 'H');
	step(&g, &c, NOW);
	assert_after("doomed, then", &g, "dss");
	group_free(&g);
	fill(&g, &c, "SS");
	g.instances[0].to_terminate = g.instances[1].to_terminate = true;
	g.suspended = 1u << PROCESS_REPLACE_UNHEALTHY;
	step(&g, &c, NOW);
	assert_after("both doomed", &g, "ssl");
	assert_false(g.all_dead);
	group_free(&g);
	fill(&g, &c, "SSB");
	g.instances[2].to_terminate = true;
	step(&g, &c, NOW);
	assert_after("doomed in standby", &g, "ssd");
	group_free(&g);
}

/* ---- launches */

static void
gives_time_to_start(void **state)
{
	struct group_config c = config(1);
	struct group g;

	(void)state;
	fill(&g, &c, "P");
	step(&g, &c, NOW + 8 * CLOCK_SECOND);
	assert_after("within its grace", &g, "p");
	step(&g, &c, NOW + 10 * CLOCK_SECOND);
	assert_after("after it", &g, "t");
	assert_int_equal(g.backoff[0].failures, 1);
	group_free(&g);
	fill(&g, &c, "P");
	g.instances[0].slot = 0;
	step(&g, &c, NOW + 3600 * CLOCK_SECOND);
	assert_after("no slot was free", &g, "p");
	step(&g, &c, NOW + 3605 * CLOCK_SECOND);
	assert_after("no slot was free a moment ago", &g, "p");
	group_free(&g);
	fill(&g, &c, "P");
	g.instances[0].health = HEALTH_UNREADY;
	step(&g, &c, NOW + 3600 * CLOCK_SECOND);
	assert_after("the database is away", &g, "p");
	g.instances[0].health = HEALTH_INITIAL;
	step(&g, &c, NOW + 3609 * CLOCK_SECOND);
	assert_after("it was away a moment ago", &g, "p");
	step(&g, &c, NOW + 3616 * CLOCK_SECOND);
	assert_after("and it has had its time", &g, "t");
	group_free(&g);
	fill(&g, &c, "P");
	g.instances[0].presence = STOPPED;
	step(&g, &c, NOW);
	assert_after("ended at once", &g, "t");
	group_free(&g);
}

static int64_t
fail_once(struct group *g, const struct group_config *c, int64_t now)
{
	size_t n;

	for (n = 0; n < g->count; n++)
		if (g->instances[n].lifecycle == LAUNCHING)
			g->instances[n].failed = true;
	step(g, c, now);
	/* Cleaned up by the provider. */
	for (n = 0; n < g->count; n++)
		if (g->instances[n].lifecycle == TERMINATING)
			g->instances[n].presence = ABSENT;
	return g->backoff[0].until - now;
}

static void
backs_off(void **state)
{
	struct group_config c = config(3);
	struct group g;
	int64_t now = NOW, wait = 0;
	int n;

	(void)state;
	fill(&g, &c, "LLL");
	for (n = 0; n < 12; n++) {
		wait = fail_once(&g, &c, now);
		assert_int_equal(
		    wait / CLOCK_SECOND, n < 9 ? 1 << n : BACKOFF_MAX);
		/* Three at once are one failure. */
		assert_int_equal(g.backoff[0].failures, n + 1);
		step(&g, &c, now + wait - 1);
		assert_after("too early", &g, "");
		step(&g, &c, now += wait);
		assert_after("again", &g, "lll");
	}
	for (n = 0; n < 3; n++)
		set(&g.instances[n], 'H');
	step(&g, &c, now);
	assert_after("at last", &g, "sss");
	assert_int_equal(g.backoff[0].failures, 0);
	group_free(&g);
}

static void
drains_for_so_long(void **state)
{
	struct group_config c = config(1);
	struct group g;

	(void)state;
	fill(&g, &c, "SD");
	step(&g, &c, NOW + 8 * CLOCK_SECOND);
	assert_after("busy", &g, "sd");
	step(&g, &c, NOW + 10 * CLOCK_SECOND);
	assert_after("busy for too long", &g, "st");
	group_free(&g);
}

static void
adopts_what_runs_already(void **state)
{
	struct group_config c = config(1);
	struct group g;

	(void)state;
	fill(&g, &c, "L");
	g.instances[0].presence = RUNNING;
	step(&g, &c, NOW);
	assert_after("launched by one that was killed", &g, "p");
	group_free(&g);
}

/* ---- zones */

static void
put(struct group *g, const char *zones)
{
	size_t n;

	for (n = 0; zones[n] != '\0'; n++)
		g->instances[n].zone[1] = zones[n];
}

static int
in_zone(const struct group *g, char zone, enum lifecycle state)
{
	size_t n;
	int count = 0;

	for (n = 0; n < g->count; n++)
		count += g->instances[n].zone[1] == zone &&
			 g->instances[n].lifecycle == state;
	return count;
}

static struct group_config
three_zones(int desired)
{
	struct group_config c = config(desired);

	c.zone_count = 3;
	memcpy(c.zones[1], "z1", 3);
	memcpy(c.zones[2], "z2", 3);
	return c;
}

static void
keeps_zones_even(void **state)
{
	struct group_config c = three_zones(6);
	struct group g;

	(void)state;
	fill(&g, &c, "SS");
	put(&g, "00");
	step(&g, &c, NOW);
	assert_int_equal(in_zone(&g, '0', LAUNCHING), 0);
	assert_int_equal(in_zone(&g, '1', LAUNCHING), 2);
	assert_int_equal(in_zone(&g, '2', LAUNCHING), 2);
	group_free(&g);
	c.desired = 4;
	fill(&g, &c, "SSSSSS");
	put(&g, "122222");
	step(&g, &c, NOW);
	assert_int_equal(in_zone(&g, '2', DRAINING), 2);
	group_free(&g);
}

static void
evens_zones_out(void **state)
{
	struct group_config c = three_zones(4);
	struct group g;

	(void)state;
	fill(&g, &c, "SSSS");
	put(&g, "0022");
	step(&g, &c, NOW);
	assert_int_equal(in_zone(&g, '1', LAUNCHING), 1);
	set(&g.instances[4], 'H');
	step(&g, &c, NOW);
	assert_int_equal(in_zone(&g, '1', IN_SERVICE), 1);
	assert_int_equal(
	    in_zone(&g, '0', DRAINING) + in_zone(&g, '2', DRAINING), 1);
	group_free(&g);
	fill(&g, &c, "SSSS");
	put(&g, "0129"); /* z9 is not of the group any more */
	step(&g, &c, NOW);
	assert_int_equal(g.count, 5);
	set(&g.instances[4], 'H');
	step(&g, &c, NOW);
	assert_int_equal(in_zone(&g, '9', DRAINING), 1);
	group_free(&g);
	fill(&g, &c, "SSSS");
	put(&g, "0022");
	g.suspended = 1u << PROCESS_AZ_REBALANCE;
	step(&g, &c, NOW);
	assert_int_equal(g.count, 4);
	group_free(&g);
}

/* Of each zone one: what takes the place of one is launched where that was, and
 * no healthy one is moved for it. */
static void
replaces_in_the_zone_that_lost_it(void **state)
{
	static const char kinds[] = "UAEGXd"; /* d: to be terminated */
	struct group_config c = three_zones(3);
	struct group g;
	size_t k, zone, n;

	(void)state;
	for (k = 0; kinds[k] != '\0'; k++)
		for (zone = 0; zone < 3; zone++) {
			fill(&g, &c, "SSS");
			put(&g, "012");
			if (kinds[k] == 'd')
				g.instances[zone].to_terminate = true;
			else
				set(&g.instances[zone], kinds[k]);
			step(&g, &c, NOW);
			assert_int_equal(g.count, 4);
			assert_int_equal(
			    in_zone(&g, (char)('0' + zone), LAUNCHING), 1);
			set(&g.instances[3], 'S');
			for (n = 1; n < 20; n++)
				step(&g, &c, NOW + (int64_t)n * CLOCK_SECOND);
			assert_true(g.count <= 4);
			for (n = 0; n < 3; n++)
				assert_int_equal(
				    in_zone(&g, (char)('0' + n), IN_SERVICE),
				    1);
			assert_int_equal(in_zone(&g, '0', LAUNCHING) +
					     in_zone(&g, '1', LAUNCHING) +
					     in_zone(&g, '2', LAUNCHING),
			    0);
			group_free(&g);
		}
}

/* Neither what stands by nor what is protected changes where it goes. */
static void
replaces_in_its_zone_beside_standby_and_protected(void **state)
{
	struct group_config c = three_zones(3);
	struct group g;

	(void)state;
	fill(&g, &c, "SSUB");
	put(&g, "0122");
	g.instances[2].protect = true;
	step(&g, &c, NOW);
	assert_after("protected, and one stands by there", &g, "ssubl");
	assert_int_equal(in_zone(&g, '2', LAUNCHING), 1);
	group_free(&g);
	fill(&g, &c, "SSSB");
	put(&g, "0121");
	step(&g, &c, NOW);
	assert_after("a replacement stands by", &g, "sssb");
	group_free(&g);
}

/* Passes in a world where all goes well: how many were launched, and ended. */
static void
pass_by(struct group *g, const struct group_config *c, int passes,
    int *launched, int *ended)
{
	struct instance *i;
	size_t k;
	int n;

	*launched = *ended = 0;
	for (n = 0; n < passes; n++) {
		step(g, c, NOW + n * CLOCK_SECOND);
		for (k = 0; k < g->count; k++) {
			i = &g->instances[k];
			*launched += i->lifecycle == LAUNCHING;
			*ended += i->lifecycle == DRAINING;
			if (i->lifecycle == LAUNCHING)
				set(i, 'H');
			else if (i->lifecycle == DRAINING)
				i->lifecycle = TERMINATING;
			else if (i->lifecycle == TERMINATING)
				i->presence = ABSENT;
		}
	}
}

/* What is protected goes nowhere, so nothing is launched to take its place, and
 * no other one ends for that. */
static void
moves_nothing_that_is_protected(void **state)
{
	struct group_config c = three_zones(3);
	struct group g;
	int launched, ended;
	size_t n;

	(void)state;
	fill(&g, &c, "SSS");
	put(&g, "019"); /* z9 is not of the group any more */
	g.instances[2].protect = true;
	pass_by(&g, &c, 20, &launched, &ended);
	assert_int_equal(launched, 0);
	assert_int_equal(ended, 0);
	group_free(&g);
	fill(&g, &c, "SSS");
	put(&g, "000");
	for (n = 0; n < 3; n++)
		g.instances[n].protect = true;
	pass_by(&g, &c, 20, &launched, &ended);
	assert_int_equal(launched, 0);
	assert_int_equal(ended, 0);
	g.instances[0].protect = false;
	pass_by(&g, &c, 20, &launched, &ended);
	assert_int_equal(launched, 1);
	assert_int_equal(ended, 1);
	assert_int_equal(in_zone(&g, '0', IN_SERVICE), 2);
	group_free(&g);
}

/* Those in standby have slots, too: when all are taken, one must leave before
 * its replacement can be seen to be well. */
static void
makes_room_for_what_finds_no_slot(void **state)
{
	static const char *const befores[] = { "SSAP", "SSSP" };
	struct group_config c = config(3);
	struct group g;
	int n;

	(void)state;
	for (n = 0; n < 2; n++) {
		fill(&g, &c, befores[n]);
		g.instances[2].to_terminate = n == 1;
		step(&g, &c, NOW);
		assert_int_equal(g.instances[2].lifecycle, IN_SERVICE);
		g.instances[3].slot = 0;
		step(&g, &c, NOW);
		assert_after("none was free", &g, "ssdp");
		step(&g, &c, NOW);
		assert_int_equal(in_zone(&g, '0', IN_SERVICE), 2);
		group_free(&g);
	}
	fill(&g, &c, "SSAL");
	g.instances[3].slot = 0;
	g.instances[3].presence = RUNNING;
	step(&g, &c, NOW);
	assert_after("it gets one after this pass", &g, "ssup");
	group_free(&g);
	fill(&g, &c, "SSAP");
	g.instances[3].slot = 0;
	g.suspended = 1u << PROCESS_ADD_TO_LOAD_BALANCER;
	step(&g, &c, NOW);
	assert_after("it is to have none", &g, "ssup");
	group_free(&g);
}

/* Neither by a fault nor by a termination that is asked for. */
static void
launches_nothing_for_a_group_that_is_to_have_none(void **state)
{
	struct group_config c = config(0);
	struct group g;
	int launched, ended;

	(void)state;
	fill(&g, &c, "S");
	g.instances[0].to_terminate = true;
	pass_by(&g, &c, 20, &launched, &ended);
	assert_int_equal(launched, 0);
	assert_after("asked for", &g, "");
	group_free(&g);
	fill(&g, &c, "AU");
	pass_by(&g, &c, 20, &launched, &ended);
	assert_int_equal(launched, 0);
	assert_after("at fault", &g, "");
	group_free(&g);
}

/* All of them one after another, as a new release comes. */
static void
rolls_each_in_its_zone(void **state)
{
	struct group_config c = three_zones(6);
	struct group g;
	size_t n;
	char zone;

	(void)state;
	fill(&g, &c, "SSSSSS");
	put(&g, "001122");
	for (n = 0; n < 6; n++) {
		g.instances[n].to_terminate = true;
		step(&g, &c, NOW);
		zone = g.instances[n].zone[1];
		assert_int_equal(g.count, 7 + n);
		assert_int_equal(in_zone(&g, zone, LAUNCHING), 1);
		set(&g.instances[6 + n], 'S');
		step(&g, &c, NOW + CLOCK_SECOND);
		assert_int_equal(g.instances[n].lifecycle, DRAINING);
	}
	assert_int_equal(g.count, 12);
	for (zone = '0'; zone <= '2'; zone++)
		assert_int_equal(in_zone(&g, zone, IN_SERVICE), 2);
	group_free(&g);
}

static void
fills_up_in_the_zones_that_work(void **state)
{
	struct group_config c = three_zones(3);
	struct group g;
	size_t n;

	(void)state;
	fill(&g, &c, "SSS");
	put(&g, "012");
	g.instances[2].presence = UNREACHABLE;
	g.instances[2].health = HEALTH_DEAD;
	step(&g, &c, NOW);
	/* Given up at once; its place is taken in its zone, which fails. */
	assert_after("lost", &g, "sstl");
	g.instances[3].failed = true;
	step(&g, &c, NOW);
	for (n = 4; n < g.count; n++)
		assert_string_not_equal(g.instances[n].zone, "z2");
	assert_int_equal(g.count, 5);
	group_free(&g);
}

static void
launches_where_it_can_be_reached(void **state)
{
	struct group_config c = three_zones(6);
	struct group g;
	size_t n;

	(void)state;
	fill(&g, &c, "SSSS");
	put(&g, "0011");
	g.unreachable[2] = true;
	step(&g, &c, NOW);
	assert_after("in the others", &g, "ssssll");
	assert_int_equal(in_zone(&g, '2', LAUNCHING), 0);
	for (n = 4; n < 6; n++)
		set(&g.instances[n], 'S');
	step(&g, &c, NOW);
	assert_after("nothing to even out", &g, "ssssss");
	g.unreachable[2] = false;
	step(&g, &c, NOW);
	assert_after("it is back", &g, "ssssssl");
	assert_int_equal(in_zone(&g, '2', LAUNCHING), 1);
	group_free(&g);

	fill(&g, &c, "S");
	g.unreachable[0] = g.unreachable[1] = g.unreachable[2] = true;
	step(&g, &c, NOW);
	assert_after("nowhere", &g, "s");
	group_free(&g);
}

/* What was begun there does not keep others from being launched elsewhere. */
static void
does_not_wait_for_what_is_out_of_reach(void **state)
{
	struct group_config c = three_zones(3);
	struct group g;

	(void)state;
	fill(&g, &c, "SSLP");
	put(&g, "0122");
	c.desired = c.max = g.desired = 4;
	g.unreachable[2] = true;
	g.instances[2].presence = g.instances[3].presence = UNREACHABLE;
	step(&g, &c, NOW);
	assert_after("two more", &g, "sslpll");
	assert_int_equal(in_zone(&g, '2', LAUNCHING), 1);
	step(&g, &c, NOW + CLOCK_SECOND);
	assert_after("two are enough", &g, "sslpll");

	/* It can be reached again: none is launched, and what is too many goes
	 * when all serve. */
	g.unreachable[2] = false;
	g.instances[2].presence = STARTING;
	g.instances[3].presence = RUNNING;
	step(&g, &c, NOW + 2 * CLOCK_SECOND);
	assert_after("all may come", &g, "sslpll");
	set(&g.instances[2], 'S');
	set(&g.instances[3], 'S');
	set(&g.instances[4], 'S');
	set(&g.instances[5], 'S');
	step(&g, &c, NOW + 3 * CLOCK_SECOND);
	assert_int_equal(in_zone(&g, '0', IN_SERVICE) +
			     in_zone(&g, '1', IN_SERVICE) +
			     in_zone(&g, '2', IN_SERVICE),
	    4);
	group_free(&g);
}

static void
gives_up_what_stays_out_of_reach(void **state)
{
	struct group_config c = three_zones(1);
	struct group g;

	(void)state;
	fill(&g, &c, "L");
	put(&g, "2");
	g.unreachable[2] = true;
	g.instances[0].presence = UNREACHABLE;
	step(&g, &c, NOW + 9 * CLOCK_SECOND);
	assert_after("not yet", &g, "ll");
	set(&g.instances[1], 'S');
	step(&g, &c, NOW + 10 * CLOCK_SECOND);
	assert_after("after its grace period", &g, "ts");
	assert_string_equal(
	    plan_backoff_of(&g, "z2")->error, "its zone cannot be reached");
	group_free(&g);
}

static void
see_away(struct group *g, const char *zones)
{
	struct instance *i;
	size_t n;
	bool away;

	for (n = 0; n < 3; n++) {
		g->unreachable[n] = strchr(zones, '0' + (int)n) != NULL;
		g->unsure[n] = false;
	}
	for (n = 0; n < g->count; n++) {
		i = &g->instances[n];
		away = strchr(zones, i->zone[1]) != NULL;
		i->presence = away ? UNREACHABLE : RUNNING;
		i->health = away ? HEALTH_DEAD : HEALTH_UP;
		i->responsive = !away;
	}
}

/* Most zones at once: who sees that is cut off, and they serve perhaps. */
static void
gives_nothing_up_when_it_is_cut_off(void **state)
{
	struct group_config c = three_zones(3);
	struct group g;
	int s;

	(void)state;
	fill(&g, &c, "SSS");
	put(&g, "012");
	for (s = 0; s < 40; s++) {
		see_away(&g, "12");
		step(&g, &c, NOW + s * CLOCK_SECOND);
		assert_int_equal(g.count, 3);
		assert_int_equal(in_zone(&g, '1', IN_SERVICE), 1);
		assert_int_equal(in_zone(&g, '2', IN_SERVICE), 1);
	}
	see_away(&g, "2");
	step(&g, &c, NOW + 40 * CLOCK_SECOND);
	assert_int_equal(g.count, 3);
	see_away(&g, "");
	step(&g, &c, NOW + 41 * CLOCK_SECOND);
	step(&g, &c, NOW + 45 * CLOCK_SECOND);
	assert_after("all is as it was", &g, "sss");
	/* One alone is made good at once, then and now. */
	see_away(&g, "2");
	step(&g, &c, NOW + 46 * CLOCK_SECOND);
	assert_after("lost", &g, "sstl");
	group_free(&g);
}

/* What has ended where it can be reached is made up for there. */
static void
replaces_what_has_ended_when_it_is_cut_off(void **state)
{
	struct group_config c = three_zones(4);
	struct group g;

	(void)state;
	fill(&g, &c, "SSSS");
	put(&g, "0122");
	see_away(&g, "01");
	step(&g, &c, NOW);
	see_away(&g, "01");
	set(&g.instances[2], 'E');
	set(&g.instances[3], 'E');
	step(&g, &c, NOW + CLOCK_SECOND);
	assert_int_equal(in_zone(&g, '2', LAUNCHING), 2);
	group_free(&g);
}

static void
gives_up_what_stays_away_when_it_is_cut_off(void **state)
{
	struct group_config c = three_zones(3);
	struct group g;

	(void)state;
	fill(&g, &c, "SSS");
	put(&g, "012");
	see_away(&g, "12");
	step(&g, &c, NOW);
	c.desired = c.max = g.desired = 4;
	see_away(&g, "12");
	step(&g, &c, NOW + 299 * CLOCK_SECOND);
	assert_int_equal(g.count, 3);
	see_away(&g, "12");
	step(&g, &c, NOW + 300 * CLOCK_SECOND);
	assert_after("they are gone", &g, "sttlll");
	assert_int_equal(in_zone(&g, '0', LAUNCHING), 3);
	group_free(&g);
}

/* Of two zones none knows which of them is cut off. */
static void
makes_good_one_of_two_zones(void **state)
{
	struct group_config c = three_zones(2);
	struct group g;

	(void)state;
	c.zone_count = 2;
	fill(&g, &c, "SS");
	put(&g, "01");
	see_away(&g, "1");
	step(&g, &c, NOW);
	assert_after("lost", &g, "stl");
	group_free(&g);
}

static void
forgets_failures_when_all_is_as_desired(void **state)
{
	struct group_config c = three_zones(2);
	struct group g;

	(void)state;
	fill(&g, &c, "SLS");
	put(&g, "021");
	g.instances[1].failed = true;
	step(&g, &c, NOW);
	assert_int_equal(plan_backoff_of(&g, "z2")->failures, 1);
	g.instances[1].presence = ABSENT;
	step(&g, &c, NOW + CLOCK_SECOND / 2);
	assert_after("nobody waits for it", &g, "ss");
	assert_int_equal(plan_backoff_of(&g, "z2")->failures, 1);
	step(&g, &c, NOW + CLOCK_SECOND);
	assert_int_equal(plan_backoff_of(&g, "z2")->failures, 0);

	group_free(&g);
	/* Where it is missing, or would be moved to, it is tried again later.
	 */
	c.desired = g.desired = 4;
	fill(&g, &c, "SSSS");
	put(&g, "0011");
	plan_backoff_of(&g, "z2")->failures = 5;
	g.suspended = 1u << PROCESS_LAUNCH;
	step(&g, &c, NOW);
	assert_int_equal(plan_backoff_of(&g, "z2")->failures, 5);
	group_free(&g);
}

static void
tells_how_many_there_are(void **state)
{
	struct group_config c = config(2);
	struct group g;

	(void)state;
	fill(&g, &c, "SU");
	step(&g, &c, NOW);
	assert_non_null(strstr(g.instances[2].cause, "from 1 to 2 of 2"));
	group_free(&g);
	fill(&g, &c, "SS");
	g.instances[0].to_terminate = true;
	step(&g, &c, NOW);
	assert_non_null(strstr(g.instances[2].cause,
	    "ahead of one that is to be terminated, increasing the capacity "
	    "from 2 to 3 until then"));
	group_free(&g);
}

static void
waits_to_be_sure_of_a_zone(void **state)
{
	struct group_config c = three_zones(3);
	struct group g;

	(void)state;
	fill(&g, &c, "SS");
	put(&g, "01");
	g.unsure[2] = true;
	step(&g, &c, NOW);
	assert_after("the next list will tell", &g, "ss");
	g.unsure[2] = false;
	step(&g, &c, NOW + CLOCK_SECOND);
	assert_int_equal(in_zone(&g, '2', LAUNCHING), 1);
	group_free(&g);
}

static void
without_a_balancer_the_providers_word_counts(void **state)
{
	struct group_config c = config(2);
	struct group g;
	size_t n;

	(void)state;
	fill(&g, &c, "SP");
	for (n = 0; n < 2; n++)
		g.instances[n].health = HEALTH_UNKNOWN;
	group_see_alone(&g);
	step(&g, &c, NOW);
	assert_after("both run", &g, "ss");
	for (n = 0; n < 2; n++)
		g.instances[n].health = HEALTH_UNKNOWN;
	g.instances[0].presence = STOPPED;
	group_see_alone(&g);
	step(&g, &c, NOW);
	assert_after("one has ended", &g, "usl");
	group_free(&g);
}

/* ---- what a replacement would cure */

enum trouble { WELL, SILENT, REFUSES, SAYS_500, UNREADY, KILLED };

static void
trouble(struct instance *i, enum trouble t)
{
	i->health = t == WELL      ? HEALTH_UP
		    : t == UNREADY ? HEALTH_UNREADY
				   : HEALTH_DEAD;
	i->presence = t == KILLED ? STOPPED : RUNNING;
	i->reported_alive = t == WELL || t == UNREADY;
	i->responsive = i->reported_alive || t == SAYS_500;
	i->refused = t == REFUSES || t == KILLED;
}

static void
waits_for_a_fault_to_last(void **state)
{
	static const struct {
		const char *what;
		enum trouble trouble;
		bool vouched;
		int lasts;
	} table[] = {
		{ "the provider says that it has ended", KILLED, false, 0 },
		{ "nobody listens", REFUSES, false, 2 },
		{ "it may be slow", SILENT, false, 5 },
		{ "a part of it may be slow", SAYS_500, false, 5 },
		{ "another balancer says that it lives", SILENT, true, 30 },
		{ "the same, but it has ended", KILLED, true, 0 },
	};
	struct group_config c = config(3);
	struct group g;
	size_t n;

	(void)state;
	for (n = 0; n < sizeof(table) / sizeof(*table); n++) {
		fill(&g, &c, "SSS");
		trouble(&g.instances[1], table[n].trouble);
		g.instances[1].reported_alive = table[n].vouched;
		if (table[n].lasts > 0) {
			step(&g, &c, NOW);
			step(&g, &c, NOW + table[n].lasts * CLOCK_SECOND - 1);
			assert_after(table[n].what, &g, "sss");
		}
		step(&g, &c, NOW + table[n].lasts * CLOCK_SECOND);
		assert_after(table[n].what, &g, "susl");
		group_free(&g);
	}
}

static void
forgives_what_does_not_last(void **state)
{
	struct group_config c = config(2);
	struct group g;
	int n;

	(void)state;
	c.desired = 2;
	fill(&g, &c, "SSS");
	for (n = 0; n < 100; n++) {
		trouble(&g.instances[n % 2], n % 4 < 2 ? SILENT : WELL);
		trouble(&g.instances[(n + 1) % 2], WELL);
		step(&g, &c, NOW + n * 4 * CLOCK_SECOND);
		/* Nor is a good one ended while another one is in doubt. */
		if (n == 0)
			assert_after("one too many, one in doubt", &g, "sss");
	}
	assert_int_equal(g.count, 3);
	assert_int_equal(in_zone(&g, '0', LAUNCHING), 0);
	group_free(&g);
}

/* Events that have these words. */
static int
told(const struct events *ev, const char *words)
{
	size_t n;
	int count = 0;

	for (n = 0; n < ev->count; n++)
		count += strstr(ev->list[n].text, words) != NULL;
	return count;
}

static void
waits_when_most_are_struck_at_once(void **state)
{
	struct group_config c = config(3);
	struct events ev = { 0 };
	struct group g;
	int n;

	(void)state;
	fill(&g, &c, "SSS");
	for (n = 0; n <= 290; n++) {
		trouble(&g.instances[n / 10 % 3], WELL);
		trouble(&g.instances[(n / 10 + 1) % 3], SILENT);
		trouble(&g.instances[(n / 10 + 2) % 3], SAYS_500);
		plan(&g, &c, NOW + n * CLOCK_SECOND, &seed, &ev);
		assert_after("each in its turn", &g, "sss");
	}
	assert_int_equal(told(&ev, "2 of 3 instances are out of order"), 1);
	for (; n <= 300; n++) {
		for (int k = 0; k < 3; k++)
			trouble(&g.instances[k], WELL);
		plan(&g, &c, NOW + n * CLOCK_SECOND, &seed, &ev);
	}
	assert_after("it is over", &g, "sss");
	assert_int_equal(told(&ev, "in order again, after 291.0 s"), 1);
	assert_int_equal(ev.count, 2);
	events_free(&ev);
	group_free(&g);
}

/* It may be they, after all: one at a time, if that one fares better. */
static void
tries_one_when_it_lasts(void **state)
{
	struct group_config c = config(3);
	struct group g;
	int n;

	(void)state;
	fill(&g, &c, "SSS");
	for (n = 0; n < 3; n++)
		trouble(&g.instances[n], SILENT);
	for (n = 0; n < 30; n++)
		step(&g, &c, NOW + n * CLOCK_SECOND);
	assert_after("for so long nothing", &g, "sss");
	step(&g, &c, NOW + n * CLOCK_SECOND);
	assert_after("then one", &g, "uuul");
	step(&g, &c, NOW + ++n * CLOCK_SECOND);
	assert_after("and no other", &g, "uuul");
	set(&g.instances[3], 'H');
	step(&g, &c, NOW + ++n * CLOCK_SECOND);
	assert_after("it is well: so the first goes", &g, "tuus");
	group_free(&g);
}

static void
replaces_nothing_while_the_database_is_away(void **state)
{
	struct group_config c = config(3);
	struct events ev = { 0 };
	struct group g;
	int n;

	(void)state;
	fill(&g, &c, "SSS");
	for (n = 0; n < 3; n++)
		trouble(&g.instances[n], n == 1 ? SILENT : UNREADY);
	for (n = 0; n < 3600; n++)
		plan(&g, &c, NOW + n * CLOCK_SECOND, &seed, &ev);
	assert_after("for an hour", &g, "sss");
	assert_int_equal(
	    told(&ev, "2 of 3 instances say that the database"), 1);
	assert_int_equal(ev.count, 1);
	events_free(&ev);

	/* But what has ended is made up for, once. */
	trouble(&g.instances[2], KILLED);
	step(&g, &c, NOW + n * CLOCK_SECOND);
	assert_after("one was killed", &g, "ssul");
	set(&g.instances[3], 'P');
	g.instances[3].health = HEALTH_UNREADY;
	for (; n < 7200; n++)
		step(&g, &c, NOW + n * CLOCK_SECOND);
	assert_after("for another hour", &g, "ssup");

	/* It is there again: what really hangs is replaced. */
	trouble(&g.instances[0], WELL);
	trouble(&g.instances[3], WELL);
	for (; n < 7205; n++)
		step(&g, &c, NOW + n * CLOCK_SECOND);
	assert_after("in service", &g, "ssts");
	for (; n < 7250; n++)
		step(&g, &c, NOW + n * CLOCK_SECOND);
	assert_after("one that hangs", &g, "sutsl");
	group_free(&g);
}

static void
replaces_at_once_what_was_killed(void **state)
{
	struct group_config c = config(3);
	struct group g;
	int n, killed;

	(void)state;
	for (killed = 1; killed <= 3; killed++) {
		fill(&g, &c, "SSS");
		/* First the checks fail, then the provider is asked. */
		for (n = 0; n < killed; n++)
			trouble(&g.instances[n], REFUSES);
		step(&g, &c, NOW);
		assert_after("not asked yet", &g, "sss");
		for (n = 0; n < killed; n++)
			trouble(&g.instances[n], KILLED);
		step(&g, &c, NOW + CLOCK_SECOND / 5);
		assert_int_equal(in_zone(&g, '0', LAUNCHING), killed);
		step(&g, &c, NOW + CLOCK_SECOND);
		assert_int_equal(g.count, 3 + killed);
		group_free(&g);
	}
}

/* A broken release fails as ever, a slow machine makes none. */
static void
fails_no_launch_for_what_all_have(void **state)
{
	static const struct {
		enum trouble of_the_new_one, of_the_others;
		const char *after;
	} table[] = {
		{ SILENT, WELL, "sst" },
		{ SAYS_500, WELL, "sst" },
		{ SILENT, SILENT, "ssp" },
		{ SAYS_500, SILENT, "sst" },
		{ REFUSES, SILENT, "sst" },
		{ UNREADY, UNREADY, "ssp" },
	};
	struct group_config c = config(3);
	struct group g;
	size_t n, k;

	(void)state;
	for (n = 0; n < sizeof(table) / sizeof(*table); n++) {
		fill(&g, &c, "SSP");
		for (k = 0; k < 2; k++)
			trouble(&g.instances[k], table[n].of_the_others);
		trouble(&g.instances[2], table[n].of_the_new_one);
		step(&g, &c, NOW);
		assert_after("within its grace", &g, "ssp");
		step(&g, &c, NOW + 10 * CLOCK_SECOND);
		assert_after("after it", &g, table[n].after);
		step(&g, &c, NOW + 39 * CLOCK_SECOND);
		assert_int_equal(g.instances[2].lifecycle,
		    table[n].after[2] == 'p' ? PENDING : TERMINATING);
		step(&g, &c, NOW + 41 * CLOCK_SECOND);
		assert_int_equal(g.instances[2].lifecycle,
		    table[n].of_the_new_one == UNREADY ? PENDING : TERMINATING);
		group_free(&g);
	}
}

static void
knows_no_load_while_most_are_struck(void **state)
{
	struct group_config c = config(2);
	struct group g;
	int n;

	(void)state;
	c.policy_count = 1;
	c.policies[0] = (struct policy){ RESPONSE_TIME, 10, true };
	c.out_after = 30 * CLOCK_SECOND;
	fill(&g, &c, "SS");
	for (n = 0; n < 60; n++) {
		g.load = (struct load){
			.in_service = 2, .response_ms = 2600, .cpu = -1
		};
		trouble(&g.instances[0], UNREADY);
		trouble(&g.instances[1], UNREADY);
		step(&g, &c, NOW + n * CLOCK_SECOND);
	}
	assert_int_equal(g.desired, 2);
	group_free(&g);
}

/* ---- desired capacity */

static void
follows_the_file_and_its_schedule(void **state)
{
	struct group_config c = config(2);
	struct group g;

	(void)state;
	fill(&g, &c, "SS");
	g.desired = 4; /* an operator's */
	step(&g, &c, NOW);
	assert_after("set-desired", &g, "ssll");
	c.desired = 3; /* the file says something new */
	step(&g, &c, NOW);
	assert_int_equal(g.desired, 3);
	c.max = 2;
	step(&g, &c, NOW);
	assert_int_equal(g.desired, 2);
	c.schedule_count = 1;
	assert_true(cron_parse("* * * * *", &c.schedule[0].cron));
	snprintf(c.schedule[0].time_zone, 64, "UTC");
	c.schedule[0].min = 5;
	c.schedule[0].desired = 7;
	c.schedule[0].max = 9;
	step(&g, &c, NOW);
	assert_int_equal(g.desired, 2);
	step(&g, &c, NOW + 61 * CLOCK_SECOND);
	assert_int_equal(g.min, 5);
	assert_int_equal(g.desired, 7);
	assert_int_equal(g.max, 9);
	g.desired = 6;
	step(&g, &c, NOW + 62 * CLOCK_SECOND);
	assert_int_equal(g.desired, 6); /* once a time */
	group_free(&g);
}

static void
scales_by_its_policies(void **state)
{
	struct group_config c = config(2);
	struct group g;
	int n;

	(void)state;
	c.policy_count = 1;
	c.policies[0] = (struct policy){ REQUESTS_PER_TARGET, 100, true };
	fill(&g, &c, "SS");
	g.load = (struct load){
		.in_service = 2, .requests = 500, .response_ms = -1, .cpu = -1
	};
	for (n = 0; n < 6; n++)
		step(&g, &c, NOW + n * 10 * CLOCK_SECOND);
	assert_int_equal(g.desired, 5);
	assert_after("scaled out", &g, "sslll");
	g.desired = 2;
	g.suspended = 1u << PROCESS_ALARM_NOTIFICATION;
	step(&g, &c, NOW + 70 * CLOCK_SECOND);
	assert_int_equal(g.desired, 2);
	group_free(&g);
}

static void
forgets_the_gone(void **state)
{
	struct group_config c = config(1);
	struct group g;

	(void)state;
	fill(&g, &c, "ST");
	g.instances[1].presence = ABSENT;
	g.instances[1].busy = true;
	step(&g, &c, NOW);
	assert_after("the provider is still at it", &g, "st");
	g.instances[1].busy = false;
	step(&g, &c, NOW);
	assert_after("gone", &g, "s");
	group_free(&g);
}

/* ---- the simulator, and that it would notice */

static void
a_week_of_faults(void **state)
{
	struct simulation s;

	(void)state;
	simulation_open(&s, 800, 7);
	s.out = stderr;
	simulation_run(&s, 7);
	assert_int_equal(s.violations, 0);
	assert_true(s.faults > 500 && s.replaced > 400);
	assert_true(s.slowest > 0);
	simulation_close(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_pass),
		cmocka_unit_test(suspended_processes),
		cmocka_unit_test(termination_policies),
		cmocka_unit_test(protects_from_scale_in_alone),
		cmocka_unit_test(ends_what_is_asked_for),
		cmocka_unit_test(gives_time_to_start),
		cmocka_unit_test(backs_off),
		cmocka_unit_test(drains_for_so_long),
		cmocka_unit_test(adopts_what_runs_already),
		cmocka_unit_test(keeps_zones_even),
		cmocka_unit_test(evens_zones_out),
		cmocka_unit_test(replaces_in_the_zone_that_lost_it),
		cmocka_unit_test(
		    replaces_in_its_zone_beside_standby_and_protected),
		cmocka_unit_test(moves_nothing_that_is_protected),
		cmocka_unit_test(
		    launches_nothing_for_a_group_that_is_to_have_none),
		cmocka_unit_test(makes_room_for_what_finds_no_slot),
		cmocka_unit_test(rolls_each_in_its_zone),
		cmocka_unit_test(fills_up_in_the_zones_that_work),
		cmocka_unit_test(launches_where_it_can_be_reached),
		cmocka_unit_test(does_not_wait_for_what_is_out_of_reach),
		cmocka_unit_test(gives_up_what_stays_out_of_reach),
		cmocka_unit_test(gives_nothing_up_when_it_is_cut_off),
		cmocka_unit_test(replaces_what_has_ended_when_it_is_cut_off),
		cmocka_unit_test(gives_up_what_stays_away_when_it_is_cut_off),
		cmocka_unit_test(makes_good_one_of_two_zones),
		cmocka_unit_test(forgets_failures_when_all_is_as_desired),
		cmocka_unit_test(tells_how_many_there_are),
		cmocka_unit_test(waits_to_be_sure_of_a_zone),
		cmocka_unit_test(without_a_balancer_the_providers_word_counts),
		cmocka_unit_test(waits_for_a_fault_to_last),
		cmocka_unit_test(forgives_what_does_not_last),
		cmocka_unit_test(waits_when_most_are_struck_at_once),
		cmocka_unit_test(tries_one_when_it_lasts),
		cmocka_unit_test(replaces_nothing_while_the_database_is_away),
		cmocka_unit_test(replaces_at_once_what_was_killed),
		cmocka_unit_test(fails_no_launch_for_what_all_have),
		cmocka_unit_test(knows_no_load_while_most_are_struck),
		cmocka_unit_test(follows_the_file_and_its_schedule),
		cmocka_unit_test(scales_by_its_policies),
		cmocka_unit_test(forgets_the_gone),
		cmocka_unit_test(a_week_of_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
