/* Change counters, one or several by one statement. */
#include "domain/version.h"

static const struct stmt get_one = {
	"SELECT seq, purged FROM change_counter WHERE account_id = ?"
};
static const struct stmt get_many = {
	"SELECT account_id, seq, purged FROM change_counter"
	" WHERE account_id IN (?, ?, ?, ?, ?, ?, ?, ?)"
};

enum status
version_get(struct db *db, const struct uuid *owner, struct version *v)
{
	enum status st = db_status(db_one(db, &get_one, DB_IN(db_uuid(owner)),
	    DB_OUT(db_to_int(&v->seq), db_to_int(&v->purged))));

	return st == NOT_FOUND ? NO_SESSION : st;
}

enum status
version_get_many(struct db *db, const struct uuid *const *owners, size_t n,
    struct version *ret)
{
	const struct uuid *o[VERSION_MAX];
	struct uuid owner;
	struct version v;
	enum dbrc rc;
	size_t i;

	/* What is not wanted is asked for twice. */
	for (i = 0; i < VERSION_MAX; i++)
		o[i] = owners[i < n ? i : 0];
	for (i = 0; i < n; i++)
		ret[i].seq = -1;
	rc = db_select(db, &get_many,
	    DB_IN(db_uuid(o[0]), db_uuid(o[1]), db_uuid(o[2]), db_uuid(o[3]),
		db_uuid(o[4]), db_uuid(o[5]), db_uuid(o[6]), db_uuid(o[7])),
	    DB_OUT(
		db_to_uuid(&owner), db_to_int(&v.seq), db_to_int(&v.purged)));
	if (rc != DB_DONE)
		return db_status(rc);
	while ((rc = db_next(db)) == DB_DONE)
		for (i = 0; i < n; i++)
			if (uuid_equal(owners[i], &owner))
				ret[i] = v;
	return rc == DB_NONE ? OK : db_status(rc);
}
