/* Requests of the program auth that were done. */
#include "base/clock.h"
#include "domain/replay.h"

static const struct stmt find = { "SELECT id FROM auth_request WHERE id = ?" };
static const struct stmt note = {
	"INSERT INTO auth_request (id, done) VALUES (?, ?)"
};
/* More than one: so there is an end to it. */
static const struct stmt sweep = {
	"DELETE FROM auth_request WHERE done <= ? LIMIT 10"
};

enum dbrc
replay_known(struct db *db, const struct uuid *request)
{
	struct uuid same;

	return db_one(
	    db, &find, DB_IN(db_uuid(request)), DB_OUT(db_to_uuid(&same)));
}

enum dbrc
replay_note(struct db *db, const struct uuid *request)
{
	int64_t now = clock_now();
	enum dbrc rc;

	if ((rc = db_run(db, &sweep, db_time(now - CLOCK_DAY))) != DB_DONE)
		return rc;
	return db_run(db, &note, db_uuid(request), db_time(now));
}
