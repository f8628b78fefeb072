/* How much the trash holds, and how long what has left it is remembered. */
#include "clock.h"
#include "todo_row.h"

static const struct stmt look = {
	"SELECT COALESCE(SUM(deleted > ?), 0), COALESCE(MIN(deleted) <= ?, 0)"
	" FROM todo FORCE INDEX (todo_deleted)"
	" WHERE account_id = ? AND deleted IS NOT NULL",
	"ttu", "ii"
};
static const struct stmt drop_oldest = {
	"UPDATE todo SET title = '', note = '', due_date = NULL,"
	" due_time = NULL, due_zone = NULL, deleted = ?, updated = ?, seq = ?"
	" WHERE account_id = ? AND deleted > ? ORDER BY deleted LIMIT ?",
	"ttiuti", ""
};
static const struct stmt purge_horizon = {
	"SELECT COALESCE(MAX(seq), 0) FROM todo WHERE account_id = ?"
	" AND deleted <= ?",
	"ut", "i"
};
static const struct stmt set_purged = {
	"UPDATE change_counter SET purged = GREATEST(purged, ?)"
	" WHERE account_id = ?",
	"iu", ""
};
static const struct stmt purge = {
	"DELETE FROM todo WHERE account_id = ? AND deleted <= ?", "ut", ""
};

int64_t
todo_trash_end(void)
{
	return clock_now() - TRASH_DAYS * CLOCK_DAY;
}

/* An hour before the end: no other machine's clock may see it in the trash. */
int64_t
todo_emptied(void)
{
	return todo_trash_end() - 3600 * CLOCK_SECOND;
}

/* A client that has not asked since then must fetch the list anew. */
static enum dbrc
forget(struct db *db, const struct uuid *owner, int64_t end)
{
	enum dbrc rc;
	int64_t seq;

	if ((rc = db_one(db, &purge_horizon, owner, end, &seq)) != DB_DONE ||
	    (rc = db_run(db, &set_purged, seq, owner)) != DB_DONE)
		return rc;
	return db_run(db, &purge, owner, end);
}

enum dbrc
todo_sweep(struct db *db, const struct uuid *owner, int64_t seq)
{
	int64_t end = todo_trash_end(), old = end - CLOCK_DAY, n, any;
	enum dbrc rc;

	if ((rc = db_one(db, &look, end, old, owner, &n, &any)) != DB_DONE)
		return rc;
	if (n > TRASH_MAX &&
	    (rc = db_run(db, &drop_oldest, todo_emptied(), clock_now(), seq,
		 owner, end, n - TRASH_MAX)) != DB_DONE)
		return rc;
	return any ? forget(db, owner, old) : DB_DONE;
}
