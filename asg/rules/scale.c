/* Target tracking: what policies ask for now, and have asked for long enough.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "rules/scale.h"

#define SLOT (10 * CLOCK_SECOND)

/* No change this near to the target, as of Kubernetes' autoscaler. */
#define TOLERANCE 0.1

static const char *const units[] = {
	[REQUESTS_PER_TARGET] = " a second",
	[RESPONSE_TIME] = " ms",
	[CPU] = " %",
};

/* ---- what one policy asks for now */

/* Of one instance; negative: not known. */
static double
measured(enum metric metric, const struct load *load)
{
	double value = load->response_ms;

	if (load->in_service <= 0)
		return -1;
	if (metric == REQUESTS_PER_TARGET)
		value = load->requests / load->in_service;
	else if (metric == CPU)
		value = load->cpu;
	return isfinite(value) ? value : -1;
}

/*
 * The number that would bring the metric to its target; -1: not known. A
 * metric above its target never asks for fewer than desired, nor one below it
 * for more: the others are on their way.
 */
static int
proposal(const struct policy *p, const struct load *load, int desired)
{
	double ratio = measured(p->metric, load) / p->target, wanted;

	if (!(ratio >= 0))
		return -1;
	if (fabs(ratio - 1) <= TOLERANCE)
		return desired;
	/* A time is not proportional to the load: by steps. */
	if (p->metric == RESPONSE_TIME)
		ratio = fmin(fmax(ratio, 0.5), 2);
	/* Less a hair, for what should have been whole. */
	wanted = ceil(ratio * load->in_service - 1e-9);
	/* From none it would never come back: nothing could be measured. */
	wanted = fmin(fmax(wanted, 1), INSTANCES_MAX);
	return (int)(ratio > 1 ? fmax(wanted, desired) : fmin(wanted, desired));
}

/* ---- what it asked for before */

static void
forget(struct proposals *p, int from, int to)
{
	for (; from < to; from++)
		p->low[from] = p->high[from] = -1;
}

/* Let slot 0 be the one of now; what nobody recorded is unknown. */
static void
advance(struct proposals *p, int64_t now)
{
	int64_t begin = now - now % SLOT, steps = (begin - p->newest) / SLOT;
	int n = SCALE_SLOTS;

	if (p->newest != 0 && steps >= 0 && steps < SCALE_SLOTS)
		n = (int)steps;
	memmove(p->low + n, p->low, (SCALE_SLOTS - (size_t)n) * sizeof(int));
	memmove(p->high + n, p->high, (SCALE_SLOTS - (size_t)n) * sizeof(int));
	forget(p, 0, n);
	p->newest = begin;
}

/* A slot in which anything was known is known. */
static void
record(struct proposals *p, int asked, int64_t now)
{
	advance(p, now);
	if (asked < 0)
		return;
	if (p->low[0] < 0 || asked < p->low[0])
		p->low[0] = asked;
	if (asked > p->high[0])
		p->high[0] = asked;
}

/* The slot that the moment so long ago was in; the window ends with it. */
static int
slot_ago(const struct proposals *p, int64_t now, int64_t ago)
{
	int64_t before = p->newest - (now - ago), n = 0;

	if (before > 0)
		n = (before - 1) / SLOT + 1;
	return n < SCALE_SLOTS ? (int)n : SCALE_SLOTS - 1;
}

/* The most that was asked for at every time of the last `after`, or -1. */
static int
asked_throughout(
    const struct proposals *p, int present, int64_t now, int64_t after)
{
	int n, least = present, last = slot_ago(p, now, after);

	for (n = 0; after > 0 && n <= last; n++)
		least = p->low[n] < least ? p->low[n] : least;
	return least;
}

/* The most that was asked for at any time of it; -1: not all is known. */
static int
asked_ever(const struct proposals *p, int present, int64_t now, int64_t after)
{
	int n, most = present, last = slot_ago(p, now, after);

	for (n = 0; after > 0 && n <= last; n++) {
		if (p->high[n] < 0 || present < 0)
			return -1;
		most = p->high[n] > most ? p->high[n] : most;
	}
	return most;
}

/* Microseconds for which it has asked for more, or for less, than desired. */
static int64_t
asking_for(const struct proposals *p, int desired, bool more, int64_t now)
{
	int n;

	for (n = 0; n < SCALE_SLOTS; n++)
		if (p->low[n] < 0 ||
		    (more ? p->low[n] <= desired : p->high[n] >= desired))
			break;
	return n == 0 ? 0 : now - p->newest + (n - 1) * SLOT;
}

/* ---- all policies together */

static void
explain(char cause[SCALE_CAUSE], const struct policy *p,
    const struct load *load, bool above, int64_t since)
{
	snprintf(cause, SCALE_CAUSE,
	    "%s is %.1f%s, %s its target of %g for %lld s",
	    config_metrics[p->metric], measured(p->metric, load),
	    units[p->metric], above ? "above" : "below", p->target,
	    (long long)(since / CLOCK_SECOND));
}

/* The policy that asks for the most, more than desired; -1: none. */
static int
who_asks_out(const struct group_config *c, const struct scale_state *m,
    const int *present, int desired, int64_t now, int *ret)
{
	int n, asked, who = -1;

	*ret = desired;
	for (n = 0; n < c->policy_count; n++) {
		asked = asked_throughout(
		    &m->proposals[n], present[n], now, c->out_after);
		if (asked > *ret) {
			*ret = asked;
			who = n;
		}
	}
	return who;
}

/* The policy that lets the fewest go, when all that scale in let some go; -1:
 * not all do. */
static int
who_lets_in(const struct group_config *c, const struct scale_state *m,
    const int *present, int desired, int64_t now, int *ret)
{
	int n, asked, who = -1;

	*ret = -1;
	for (n = 0; n < c->policy_count; n++) {
		if (!c->policies[n].scale_in)
			continue;
		asked = asked_ever(
		    &m->proposals[n], present[n], now, c->in_after);
		if (asked < 0 || asked >= desired)
			return -1;
		if (asked > *ret) {
			*ret = asked;
			who = n;
		}
	}
	return who;
}

static bool
may_go_in(const struct group_config *c, const struct scale_state *m,
    const struct load *load, int64_t now)
{
	return load->warming == 0 && now - m->last_in >= c->cooldown &&
	       now - m->last_out >= c->warm_up;
}

/* The clock was set back: wait from now on, not until then. */
static void
forget_future(struct scale_state *m, int64_t now)
{
	m->last_out = m->last_out > now ? now : m->last_out;
	m->last_in = m->last_in > now ? now : m->last_in;
}

static void
note(const struct group_config *c, struct scale_state *m,
    const struct load *load, int who, bool out, int desired, int64_t now,
    char cause[SCALE_CAUSE])
{
	explain(cause, &c->policies[who], load, out,
	    asking_for(&m->proposals[who], desired, out, now));
	*(out ? &m->last_out : &m->last_in) = now;
}

int
scale(const struct group_config *c, struct scale_state *m,
    const struct load *load, int min, int desired, int max, int64_t now,
    char cause[SCALE_CAUSE])
{
	int n, who, wanted, present[POLICIES_MAX];
	int bounded = config_clamp(desired, min, max);
	bool out;

	cause[0] = '\0';
	if (c->policy_count == 0)
		return bounded;
	if (bounded != desired)
		snprintf(
		    cause, SCALE_CAUSE, "min is %d and max is %d", min, max);
	forget_future(m, now);
	for (n = 0; n < c->policy_count; n++) {
		present[n] = proposal(&c->policies[n], load, bounded);
		record(&m->proposals[n], present[n], now);
	}
	who = who_asks_out(c, m, present, bounded, now, &wanted);
	out = who >= 0;
	if (!out && may_go_in(c, m, load, now))
		who = who_lets_in(c, m, present, bounded, now, &wanted);
	if (who < 0 || bounded == (out ? max : min))
		return bounded;
	note(c, m, load, who, out, bounded, now, cause);
	return config_clamp(wanted, min, max);
}
