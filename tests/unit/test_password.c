/* Hashes: right, wrong, and those that would cost too much to look at. */
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "domain/password.h"

/* What hashing asks the scheduler for; these stand before the C library's. */
static cpu_set_t processors;
static int times_last, policy_asked;
static useconds_t busy; /* nobody else's turn comes before */

int
sched_setaffinity(pid_t pid, size_t size, const cpu_set_t *set)
{
	(void)pid;
	memcpy(&processors, set, size);
	return 0;
}

int
sched_setscheduler(pid_t pid, int policy, const struct sched_param *param)
{
	(void)pid;
	(void)param;
	times_last++;
	policy_asked = policy;
	usleep(busy);
	return 0;
}

static void
knows_its_own(void **state)
{
	char one[PASSWORD_HASH], two[PASSWORD_HASH];

	(void)state;
	assert_int_equal(password_hash("correct horse", one), 0);
	assert_int_equal(password_hash("correct horse", two), 0);
	assert_string_not_equal(one, two);
	assert_non_null(strstr(one, "$argon2id$v=19$m=19456,t=2,p=1$"));
	assert_int_equal(password_check("correct horse", one), PASSWORD_RIGHT);
	assert_int_equal(password_check("correct horsf", one), PASSWORD_WRONG);
	assert_int_equal(password_check("", one), PASSWORD_WRONG);
	assert_false(password_outdated(one));
}

static void
leaves_half_of_the_processors(void **state)
{
	char hash[PASSWORD_HASH];
	cpu_set_t all;
	int cpu, left = 0;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(all), &all), 0);
	assert_int_equal(password_hash("correct horse", hash), 0);
	for (cpu = 0; left < CPU_COUNT(&all) / 2; cpu++)
		if (CPU_ISSET(cpu, &all)) {
			assert_false(CPU_ISSET(cpu, &processors));
			left++;
		}
	assert_int_equal(CPU_COUNT(&processors), CPU_COUNT(&all) - left);
}

static void
goes_last_unless_that_takes_too_long(void **state)
{
	char hash[PASSWORD_HASH];

	(void)state;
	times_last = 0;
	assert_int_equal(password_hash("correct horse", hash), 0);
	assert_int_equal(times_last, 1);
	assert_int_equal(policy_asked, SCHED_IDLE);
	busy = 600000;
	assert_int_equal(password_check("correct horse", hash), PASSWORD_RIGHT);
	assert_int_equal(times_last, 2);
	busy = 0;
	assert_int_equal(password_check("correct horse", hash), PASSWORD_RIGHT);
	assert_int_equal(times_last, 2);
}

static void
nobody_is_always_wrong(void **state)
{
	(void)state;
	assert_int_equal(password_check("anything", NULL), PASSWORD_WRONG);
}

static void
refuses_what_costs_too_much(void **state)
{
	static const char *const bad[] = {
		"",
		"x",
		"$argon2id$",
		"$argon2i$v=19$m=19456,t=2,p=1$YQ$YQ",
		"$argon2id$v=19$m=1048576,t=2,p=1$c2FsdHNhbHQ$aGFzaA",
		"$argon2id$v=19$m=19456,t=1000,p=1$c2FsdHNhbHQ$aGFzaA",
		"$argon2id$v=19$m=19456,t=2,p=99$c2FsdHNhbHQ$aGFzaA",
		"$argon2id$v=16$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaA",
		"$argon2id$v=19$m=19456,t=2,p=1$***$***",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(password_check("x", bad[i]), PASSWORD_BROKEN);
}

static void
notices_older_parameters(void **state)
{
	(void)state;
	assert_true(password_outdated(
	    "$argon2id$v=19$m=4096,t=3,p=1$c2FsdHNhbHQ$aGFzaA"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		/* First: another hash that took long would count. */
		cmocka_unit_test(goes_last_unless_that_takes_too_long),
		cmocka_unit_test(leaves_half_of_the_processors),
		cmocka_unit_test(knows_its_own),
		cmocka_unit_test(nobody_is_always_wrong),
		cmocka_unit_test(refuses_what_costs_too_much),
		cmocka_unit_test(notices_older_parameters),
	};

	return cmocka_run_group_tests_name("password", tests, NULL, NULL);
}
