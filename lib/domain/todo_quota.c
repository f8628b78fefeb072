/* How much room an account's items take, and what it may have and do. */
#include <string.h>

#include "base/clock.h"
#include "base/conf.h"
#include "domain/todo_row.h"

int64_t todo_write_us = CLOCK_SECOND / 20;
int64_t todo_write_burst = 50000;
static int64_t room_most = 64 * 1000 * 1000;

static const struct stmt take = {
	"UPDATE change_counter SET bytes = bytes + ?"
	" WHERE account_id = ? AND counted = seq AND bytes + ? <= ?"
};
static const struct stmt look = {
	"SELECT bytes, counted = seq FROM change_counter WHERE account_id = ?"
};
static const struct stmt add_up = { "SELECT COALESCE(SUM(" ITEM_BYTES_OF
				    "), 0) FROM todo WHERE account_id = ?" };
static const struct stmt texts_of = { "SELECT COALESCE(SUM(" TEXT_OF(
    "t.") "), 0), COUNT(*) FROM " NAMED };
static const struct stmt set = {
	"UPDATE change_counter SET bytes = ?, counted = seq"
	" WHERE account_id = ?"
};

void
todo_read_limits(void)
{
	room_most = conf_number("ACCOUNT_MB", 1, 1000000, 64) *
		    INT64_C(1000000);
	todo_write_us = CLOCK_SECOND / conf_number("WRITE_RATE", 1, 10000, 20);
	todo_write_burst = conf_number("WRITE_BURST", 1, 1000000, 50000);
}

int64_t
todo_bytes(const struct todo *t)
{
	return ITEM_BYTES + (int64_t)(strlen(t->title) + strlen(t->note));
}

/*
 * Of an account that was made by a release before this count, or written by
 * one: its last write is not the last that was counted.
 */
static enum dbrc
count_anew(struct db *db, const struct uuid *owner)
{
	enum dbrc rc;
	int64_t n;

	if ((rc = db_one(db, &add_up, DB_IN(db_uuid(owner)),
		 DB_OUT(db_to_int(&n)))) != DB_DONE)
		return rc;
	return db_run(db, &set, db_int(n), db_uuid(owner));
}

/* DB_NONE: there is no room for it, or it is not known whether there is. */
static enum dbrc
try_to_take(struct db *db, const struct uuid *owner, int64_t bytes)
{
	int64_t most = bytes > 0 ? room_most : INT64_MAX;
	enum dbrc rc = db_run(db, &take, db_int(bytes), db_uuid(owner),
	    db_int(bytes), db_int(most));

	return rc == DB_DONE && db_affected(db) == 0 ? DB_NONE : rc;
}

enum dbrc
todo_take(struct db *db, const struct uuid *owner, int64_t bytes, bool *full)
{
	int64_t used, known;
	enum dbrc rc;

	*full = false;
	if (bytes == 0 || (rc = try_to_take(db, owner, bytes)) == DB_DONE)
		return DB_DONE;
	if (rc != DB_NONE ||
	    (rc = db_one(db, &look, DB_IN(db_uuid(owner)),
		 DB_OUT(db_to_int(&used), db_to_int(&known)))) != DB_DONE)
		return rc;
	/* Nobody has to wait for the count to make room. */
	if (!known && bytes < 0)
		return DB_DONE;
	if (!known && ((rc = count_anew(db, owner)) != DB_DONE ||
			  (rc = try_to_take(db, owner, bytes)) != DB_NONE))
		return rc;
	*full = true;
	return DB_DONE;
}

enum dbrc
todo_give_back(
    struct db *db, const struct uuid *owner, const char *ids, bool remembered)
{
	int64_t bytes, n;
	enum dbrc rc;
	bool full;

	if ((rc = db_one(db, &texts_of, DB_IN(db_text(ids), db_uuid(owner)),
		 DB_OUT(db_to_int(&bytes), db_to_int(&n)))) != DB_DONE)
		return rc;
	if (!remembered)
		bytes += n * ITEM_BYTES;
	return todo_take(db, owner, -bytes, &full);
}

enum status
todo_room(struct db *db, const struct uuid *owner, struct room *room)
{
	enum status st;
	int64_t known;

	room->limit = room_most;
	st = db_status(db_one(db, &look, DB_IN(db_uuid(owner)),
	    DB_OUT(db_to_int(&room->used), db_to_int(&known))));
	if (st == OK && !known)
		room->used = -1;
	return st == NOT_FOUND ? NO_SESSION : st;
}
