/* How much the trash holds, and how long what has left it is remembered. */
#include "clock.h"
#include "todo_row.h"

static const struct stmt look = {
	"SELECT COALESCE(SUM(deleted > ?), 0), COALESCE(MIN(deleted) <= ?, 0)"
	" FROM todo FORCE INDEX (todo_deleted)"
	" WHERE account_id = ? AND deleted IS NOT NULL",
	"ttu", "ii"
};
/* Of one moment there may be many: named whole, the order is always the same.
 */
#define OLDEST(side) \
	" WHERE account_id = ? AND deleted " side " ?" \
	" ORDER BY deleted, position, id LIMIT ?"
static const struct stmt drop_oldest = {
	"UPDATE todo SET title = '', note = '', due_date = NULL,"
	" due_time = NULL, due_zone = NULL, deleted = ?, updated = ?,"
	" seq = ?" OLDEST(">"),
	"ttiuti", ""
};
static const struct stmt text_of_oldest = {
	"SELECT COALESCE(SUM(n), 0) FROM (SELECT " TEXT_OF(
	    "") " AS n FROM todo" OLDEST(">") ") o",
	"uti", "i"
};
static const struct stmt raise = {
	"UPDATE change_counter SET counted = IF(counted = seq, seq + 1,"
	" counted), seq = LAST_INSERT_ID(seq + 1) WHERE account_id = ?",
	"u", ""
};
static const struct stmt hold = {
	"SELECT seq FROM change_counter WHERE account_id = ? FOR UPDATE", "u",
	"i"
};
static const struct stmt purge_horizon = {
	"SELECT COALESCE(MAX(seq), 0), COALESCE(SUM(n), 0) FROM (SELECT seq,"
	" " ITEM_BYTES_OF " AS n FROM todo" OLDEST("<=") ") o",
	"uti", "ii"
};
static const struct stmt set_purged = {
	"UPDATE change_counter SET purged = GREATEST(purged, ?)"
	" WHERE account_id = ?",
	"iu", ""
};
static const struct stmt purge = { "DELETE FROM todo" OLDEST("<="), "uti", "" };

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

struct sweep {
	const struct uuid *owner;
	int64_t end; /* the trash ends there */
	int64_t old; /* nobody asks for what left it before */
	int64_t too_many;
};

/* A write of the list: others hear of it. */
static enum dbrc
do_drop(struct db *db, void *arg)
{
	const struct sweep *s = arg;
	int64_t most = s->too_many < TODO_PIECE ? s->too_many : TODO_PIECE;
	int64_t seq, bytes;
	enum dbrc rc;
	bool full;

	if ((rc = db_run(db, &raise, s->owner)) != DB_DONE)
		return rc;
	seq = db_insert_id(db);
	if ((rc = db_one(db, &text_of_oldest, s->owner, s->end, most,
		 &bytes)) != DB_DONE ||
	    (rc = todo_take(db, s->owner, -bytes, &full)) != DB_DONE)
		return rc;
	return db_run(db, &drop_oldest, todo_emptied(), clock_now(), seq,
	    s->owner, s->end, most);
}

/* A client that has not asked since then must fetch the list anew. */
static enum dbrc
do_forget(struct db *db, void *arg)
{
	const struct sweep *s = arg;
	const int64_t most = TODO_PIECE;
	int64_t seq, bytes;
	enum dbrc rc;
	bool full;

	if ((rc = db_one(db, &hold, s->owner, &seq)) != DB_DONE ||
	    (rc = db_one(db, &purge_horizon, s->owner, s->old, most, &seq,
		 &bytes)) != DB_DONE ||
	    (rc = todo_take(db, s->owner, -bytes, &full)) != DB_DONE ||
	    (rc = db_run(db, &set_purged, seq, s->owner)) != DB_DONE)
		return rc;
	return db_run(db, &purge, s->owner, s->old, most);
}

void
todo_sweep(struct db *db, const struct uuid *owner)
{
	struct sweep s = { .owner = owner, .end = todo_trash_end() };
	int64_t n, any;

	s.old = s.end - CLOCK_DAY;
	if (db_one(db, &look, s.end, s.old, owner, &n, &any) != DB_DONE)
		return;
	if ((s.too_many = n - TRASH_MAX) > 0)
		(void)db_transaction(db, do_drop, &s);
	if (any)
		(void)db_transaction(db, do_forget, &s);
}
