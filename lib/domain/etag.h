/*
 * If-Match and If-None-Match (RFC 9110 sections 13.1.1, 13.1.2): "*", or
 * entity tags (section 8.8.3) between commas. What we number by seq has the
 * tag "seq", or W/"seq" where bytes may differ (a list).
 */
#ifndef ETAG_H
#define ETAG_H

#include <stdbool.h>
#include <stdint.h>

/* The two fields of a request, borrowed; "" for absent. */
struct condition {
	const char *match;
	const char *none;
};

/* Is the value of a field well-formed? "" is. */
bool etag_valid(const char *field);

/* Does a list of tags name seq, weakly compared? A field of "*" names all. */
bool etag_names(const char *field, int64_t seq);

/*
 * May the method be performed on what has the tag "seq", or (seq < 0) on what
 * does not exist? If-Match compares strongly: no weak tag is equal.
 */
bool condition_holds(const struct condition *, int64_t seq);

#endif
