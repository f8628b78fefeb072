/* What is to blame when the outcome of a request is not a good one. */
#ifndef FAULT_H
#define FAULT_H

#include "base/status.h"

/*
 * The field or parameter by name ("" when none) and a sentence for the client.
 * Both are copied.
 */
struct fault {
	char field[64];
	char why[160];
};

/*
 * Blame a field (may be "") with a printf-style sentence; returns st, so
 * that a parser can say: return fault_set(f, INVALID_FIELD, "title", "…").
 */
enum status fault_set(struct fault *, enum status st, const char *field,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

#endif
