/*
 * Is a new release worse than the one before it, by what both halves of a
 * group have answered meanwhile? Pure.
 *
 * A sequential test, which may be asked after every second: evidence is the
 * logarithm of a likelihood ratio, since whichever second makes it greatest
 * (CUSUM; Page, "Continuous inspection schemes", 1954). It comes above
 * log(SECONDS / ALPHA) in ALPHA of the refreshes of that length at most whose
 * release is as good as the other one (Doob's inequality: the sum over all
 * beginnings, less the time, is a martingale).
 *
 * Failures: of each, as long as both are equally good, the new half has had the
 * part that it has of the requests, p; were it WORSE times as bad, that would
 * be WORSE p / (WORSE p + 1 - p). What both have in common, as a database that
 * is away, speaks for neither.
 *
 * Times: in each second in which both have answered enough, the new half's mean
 * is SLOW times the other one's, or it is not; equally good ones differ as much
 * in one of five seconds at most.
 */
#ifndef JUDGE_H
#define JUDGE_H

#include <stdbool.h>
#include <stddef.h>

#include "model/refresh.h"

/* One more second. */
void judge_add(
    struct judgement *, const struct answers *new, const struct answers *old);

/* Is it worse? Then why has the sentence with the figures. */
bool judge_is_worse(const struct judgement *, char *why, size_t size);

#endif
