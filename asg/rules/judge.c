/* A new release against the one before it. */
#include <math.h>
#include <stdio.h>

#include "rules/judge.h"

static const double ALPHA = 0.001;  /* false alarms a refresh … */
static const double SECONDS = 3600; /* … of so long */
static const double WORSE = 10;     /* times as many failures are looked for */
static const double SLOW = 2;       /* times as long, … */
static const double SLOW_MS = 10;   /* … and so much longer */
static const double BY_CHANCE = 0.2, IF_SLOW = 0.9; /* seconds in which it is */

enum {
	AT_ONCE = 3, /* failures that count in a second: one cause, one burst */
	ENOUGH = 5,  /* answers of each half, for its mean to be one */
	EVIDENCE = 1000 /* a natural logarithm of 1 */
};

static long
least(long a, long b)
{
	return a < b ? a : b;
}

static double
larger(double a, double b)
{
	return a > b ? a : b;
}

/* How good it was before does not outweigh what it does now. */
static void
add(int *evidence, double e)
{
	*evidence = (int)larger(0, *evidence + EVIDENCE * e);
}

static void
add_failures(
    struct judgement *j, const struct answers *new, const struct answers *old)
{
	long all = new->requests + old->requests;
	double p, q, worse, as_good;

	if (new->requests <= 0 || old->requests <= 0)
		return;
	p = (double)new->requests / (double)all;
	q = WORSE * p / (WORSE * p + 1 - p);
	worse = log(q / p);
	as_good = log((1 - q) / (1 - p));
	add(&j->failing, worse * (double)least(new->failures, AT_ONCE) +
			     as_good * (double)least(old->failures, AT_ONCE));
}

static void
add_times(
    struct judgement *j, const struct answers *new, const struct answers *old)
{
	bool slow;

	if (new->requests < ENOUGH || old->requests < ENOUGH || new->ms < 0 ||
	    old->ms < 0)
		return;
	slow = new->ms > SLOW * old->ms &&new->ms > old->ms + SLOW_MS;
	add(&j->slow, slow ? log(IF_SLOW / BY_CHANCE)
			   : log((1 - IF_SLOW) / (1 - BY_CHANCE)));
	j->seconds++;
	j->ms[0] += (int)(new->ms - j->ms[0]) / j->seconds;
	j->ms[1] += (int)(old->ms - j->ms[1]) / j->seconds;
}

void
judge_add(
    struct judgement *j, const struct answers *new, const struct answers *old)
{
	const struct answers *const both[2] = { new, old };
	int n;

	for (n = 0; n < 2; n++) {
		j->requests[n] += (int)both[n]->requests;
		j->failures[n] += (int)both[n]->failures;
	}
	add_failures(j, new, old);
	add_times(j, new, old);
}

static double
rate(const struct judgement *j, int half)
{
	return j->requests[half] > 0
		   ? 100.0 * j->failures[half] / j->requests[half]
		   : 0;
}

bool
judge_is_worse(const struct judgement *j, char *why, size_t size)
{
	double enough = EVIDENCE * log(SECONDS / ALPHA);

	if (j->failing >= enough) {
		snprintf(why, size,
		    "of its %d requests %d failed (%.2g %%), of the %d of "
		    "the release before %d (%.2g %%)",
		    j->requests[0], j->failures[0], rate(j, 0), j->requests[1],
		    j->failures[1], rate(j, 1));
		return true;
	}
	if (j->slow >= enough) {
		snprintf(why, size,
		    "it takes %d ms for an answer, where the release before "
		    "takes %d ms",
		    j->ms[0], j->ms[1]);
		return true;
	}
	return false;
}
