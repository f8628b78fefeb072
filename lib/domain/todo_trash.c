/* How much the trash holds, and how long what has left it is remembered. */
#include "base/buf_json.h"
#include "base/clock.h"
#include "domain/batch.h"
#include "domain/todo_row.h"

static const struct stmt look = {
	"SELECT COALESCE(SUM(deleted > ?), 0), COALESCE(MIN(deleted) <= ?, 0)"
	" FROM todo FORCE INDEX (todo_deleted)"
	" WHERE account_id = ? AND deleted IS NOT NULL"
};
/*
 * The oldest, of the trash or before it. They are written by their ids: what is
 * locked to be sorted is read with its text, and there may be 400 MB of it.
 */
#define OLDEST(condition) \
	{ \
		"SELECT id, seq FROM todo FORCE INDEX (todo_deleted)" \
		" WHERE account_id = ? AND " condition \
		" ORDER BY deleted, position, id LIMIT ?" \
	}
static const struct stmt oldest = OLDEST("deleted > ?");
static const struct stmt forgotten = OLDEST("deleted <= ?");
static const struct stmt drop = {
	"UPDATE " NAMED " SET t.title = '', t.note = '', t.due_date = NULL,"
	" t.due_time = NULL, t.due_zone = NULL, t.deleted = ?, t.updated = ?,"
	" t.seq = ?"
};
static const struct stmt raise = {
	"UPDATE change_counter SET counted = IF(counted = seq, seq + 1,"
	" counted), seq = seq + 1 WHERE account_id = ?"
};
static const struct stmt hold = {
	"SELECT seq FROM change_counter WHERE account_id = ? FOR UPDATE"
};
static const struct stmt set_purged = {
	"UPDATE change_counter SET purged = GREATEST(purged, ?)"
	" WHERE account_id = ?"
};
static const struct stmt purge = { "DELETE t FROM " NAMED };

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
	int64_t end;    /* the trash ends there */
	int64_t old;    /* nobody asks for what left it before */
	int64_t size;   /* items of a batch */
	int64_t n;      /* those of this one */
	struct buf ids; /* JSON */
	int64_t seq;    /* the highest of theirs */
};

static enum dbrc
find(struct db *db, struct sweep *s, const struct stmt *st, int64_t since)
{
	struct uuid id;
	enum dbrc rc;
	int64_t seq;

	buf_clear(&s->ids);
	s->seq = s->n = 0;
	if ((rc = db_select(db, st,
		 DB_IN(db_uuid(s->owner), db_time(since), db_int(s->size)),
		 DB_OUT(db_to_uuid(&id), db_to_int(&seq)))) != DB_DONE)
		return rc;
	buf_json_open(&s->ids, NULL, '[');
	while ((rc = db_next(db)) == DB_DONE) {
		buf_json_uuid(&s->ids, NULL, &id);
		s->n++;
		s->seq = seq > s->seq ? seq : s->seq;
	}
	buf_json_close(&s->ids, ']');
	return rc == DB_NONE ? DB_DONE : rc;
}

/* A write of the list: others hear of it. */
static enum dbrc
do_drop(struct db *db, void *arg)
{
	struct sweep *s = arg;
	enum dbrc rc;
	int64_t seq;

	if ((rc = db_run(db, &raise, db_uuid(s->owner))) != DB_DONE ||
	    (rc = db_one(db, &hold, DB_IN(db_uuid(s->owner)),
		 DB_OUT(db_to_int(&seq)))) != DB_DONE ||
	    (rc = find(db, s, &oldest, s->end)) != DB_DONE ||
	    (rc = todo_give_back(db, s->owner, s->ids.data, true)) != DB_DONE)
		return rc;
	return db_run(db, &drop, db_text(s->ids.data), db_uuid(s->owner),
	    db_time(todo_emptied()), db_time(clock_now()), db_int(seq));
}

/* A client that has not asked since then must fetch the list anew. */
static enum dbrc
do_forget(struct db *db, void *arg)
{
	struct sweep *s = arg;
	enum dbrc rc;
	int64_t seq;

	if ((rc = db_one(db, &hold, DB_IN(db_uuid(s->owner)),
		 DB_OUT(db_to_int(&seq)))) != DB_DONE ||
	    (rc = find(db, s, &forgotten, s->old)) != DB_DONE ||
	    (rc = todo_give_back(db, s->owner, s->ids.data, false)) !=
		DB_DONE ||
	    (rc = db_run(db, &set_purged, db_int(s->seq), db_uuid(s->owner))) !=
		DB_DONE)
		return rc;
	return db_run(db, &purge, db_text(s->ids.data), db_uuid(s->owner));
}

/* So many, or BATCH_MAX, in batches. */
static void
sweep(struct db *db, struct sweep *s, enum dbrc (*work)(struct db *, void *),
    int64_t left)
{
	int64_t next = BATCH_FIRST, began;

	if (left > BATCH_MAX)
		left = BATCH_MAX;
	for (; left > 0; left -= s->n) {
		s->size = next < left ? next : left;
		began = clock_boot();
		if (db_transaction(db, work, s) != DB_DONE || s->n < s->size)
			return;
		next = batch_next(s->size, clock_boot() - began);
	}
}

void
todo_sweep(struct db *db, const struct uuid *owner)
{
	struct sweep s = { .owner = owner, .end = todo_trash_end() };
	int64_t n, any;

	s.old = s.end - CLOCK_DAY;
	if (db_one(db, &look,
		DB_IN(db_time(s.end), db_time(s.old), db_uuid(owner)),
		DB_OUT(db_to_int(&n), db_to_int(&any))) != DB_DONE)
		return;
	sweep(db, &s, do_drop, n - TRASH_MAX);
	if (any)
		sweep(db, &s, do_forget, BATCH_MAX);
	buf_free(&s.ids);
}
