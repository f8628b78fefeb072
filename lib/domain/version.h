/* The version of an account's list: its change counter. */
#ifndef VERSION_H
#define VERSION_H

#include "db/db.h"

#define VERSION_MAX 8 /* of one statement */

struct version {
	int64_t seq;
	int64_t purged; /* highest seq of an item that is gone for good */
};

/* NO_SESSION when the account is gone. */
enum status version_get(
    struct db *, const struct uuid *owner, struct version *);

/*
 * Of up to VERSION_MAX owners by one statement, into as many versions; seq is
 * -1 where the account is gone.
 */
enum status version_get_many(
    struct db *, const struct uuid *const *owners, size_t n, struct version *);

#endif
