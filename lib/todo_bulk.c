/* Writes of many items at once. */
#include "clock.h"
#include "todo_row.h"

static const struct stmt completed_ids = {
	"SELECT id FROM todo WHERE account_id = ? AND done = 1"
	" AND deleted IS NULL ORDER BY position, id",
	"u", "u"
};
static const struct stmt clear = {
	"UPDATE todo SET deleted = ?, updated = ?, seq = ?, writer = ?"
	" WHERE account_id = ? AND done = 1 AND deleted IS NULL",
	"ttiuu", ""
};
static const struct stmt cleared_ids = {
	"SELECT id, seq FROM todo WHERE account_id = ? AND writer = ?"
	" AND deleted IS NOT NULL ORDER BY position, id",
	"uu", "ui"
};
struct clearing {
	const struct writer *who;
	struct buf *out;
	size_t start; /* length of out before it */
	enum status status;
};

/* When this very request cleared before, its answer is told again. */
static enum dbrc
do_clear(struct db *db, void *arg)
{
	struct clearing *c = arg;
	const struct writer *w = c->who;
	struct uuid id;
	int64_t now = clock_now(), seq, old, n = 0;
	enum dbrc rc;

	c->out->len = c->start;
	buf_json_open(c->out, NULL, '{');
	buf_json_open(c->out, "items", '[');
	if ((rc = db_run(db, &todo_raise, w->owner)) != DB_DONE)
		return rc;
	if (db_affected(db) == 0) {
		c->status = NO_SESSION;
		return DB_NONE;
	}
	seq = db_insert_id(db);
	if ((rc = db_run(db, &cleared_ids, w->owner, w->request)) != DB_DONE)
		return rc;
	for (; (rc = db_next(db, &cleared_ids, &id, &old)) == DB_DONE; n++) {
		buf_json_uuid(c->out, NULL, &id);
		seq = old;
	}
	if (rc == DB_NONE && n == 0) {
		if ((rc = db_run(db, &completed_ids, w->owner)) != DB_DONE)
			return rc;
		for (; (rc = db_next(db, &completed_ids, &id)) == DB_DONE; n++)
			buf_json_uuid(c->out, NULL, &id);
		if (rc == DB_NONE && n > 0)
			rc = db_run(
			    db, &clear, now, now, seq, w->request, w->owner);
		else
			seq--; /* nothing to do: rolled back */
	}
	buf_json_close(c->out, ']');
	buf_json_int(c->out, "seq", seq);
	buf_json_close(c->out, '}');
	return rc;
}

enum status
todo_clear(struct db *db, const struct writer *who, struct buf *out)
{
	struct clearing c = { who, out, out->len, OK };
	enum dbrc rc = db_transaction(db, do_clear, &c);

	return rc == DB_NONE ? c.status : db_status(rc);
}
