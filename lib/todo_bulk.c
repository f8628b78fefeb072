/* Writes of many items at once. */
#include "clock.h"
#include "todo_row.h"

/* The items of a JSON array of ids. */
#define NAMED \
	"JSON_TABLE(?, '$[*]' COLUMNS (id CHAR(36) PATH '$')) j" \
	" JOIN todo t ON t.account_id = ?" \
	" AND t.id = UNHEX(REPLACE(j.id, '-', ''))"
#define IN_ORDER " ORDER BY t.position, t.id"

/* What is to be written (1), and what is there already (0). */
static const struct stmt completed = {
	"SELECT t.id, 1 FROM todo t WHERE t.account_id = ? AND t.done = 1"
	" AND t.deleted IS NULL" IN_ORDER,
	"u", "ui"
};
static const struct stmt named_completed = { "SELECT t.id, 1 FROM " NAMED
					     " WHERE t.done = 1"
					     " AND t.deleted IS NULL" IN_ORDER,
	"su", "ui" };
static const struct stmt trashed = {
	"SELECT t.id, 1 FROM todo t WHERE t.account_id = ? AND t.deleted > ?",
	"ut", "ui"
};
static const struct stmt named_trashed = {
	"SELECT t.id, 1 FROM " NAMED " WHERE t.deleted > ?", "sut", "ui"
};
static const struct stmt named_all = {
	"SELECT t.id, t.deleted IS NOT NULL FROM " NAMED
	" WHERE COALESCE(t.deleted, '9999-12-31') > ?" IN_ORDER,
	"sut", "ui"
};
/* The same of a request that was here before, by what it wrote. */
static const struct stmt written = {
	"SELECT t.id, 1 FROM todo t WHERE t.account_id = ? AND t.seq >= ?"
	" AND LOCATE(?, t.writers) > 0" IN_ORDER,
	"uik", "ui"
};
static const struct stmt restored = { "SELECT t.id, 0 FROM " NAMED
				      " WHERE t.deleted IS NULL"
				      " OR LOCATE(?, t.writers) > 0" IN_ORDER,
	"suk", "ui" };
static const struct stmt move = {
	"UPDATE " NAMED " SET t.deleted = ?, t.updated = ?, t.seq = ?,"
	" t.writer = ?, t.writers = LEFT(CONCAT(?, t.writers), 512)",
	"suttiuk", ""
};
static const struct stmt erase = {
	"UPDATE " NAMED " SET t.title = '', t.note = '', t.due_date = NULL,"
	" t.due_time = NULL, t.due_zone = NULL, t.deleted = ?, t.updated = ?,"
	" t.seq = ?, t.writer = ?,"
	" t.writers = LEFT(CONCAT(?, t.writers), 512)",
	"suttiuk", ""
};

struct bulk {
	const struct writer *who;
	const struct todo_ids *ids;
	enum dbrc (*pick)(struct db *, struct bulk *, const struct stmt **);
	enum dbrc (*write)(struct db *, struct bulk *);
	struct buf named;  /* JSON of ids */
	struct buf chosen; /* JSON of those that are to be written */
	int64_t n;         /* so many */
	struct buf *out;
	bool counts; /* the answer has a number, not the ids */
	size_t start;
	struct turn turn;
	enum status status;
};

static enum dbrc
pick_completed(struct db *db, struct bulk *b, const struct stmt **st)
{
	if (b->ids->n == 0)
		return db_run(db, *st = &completed, b->who->owner);
	return db_run(db, *st = &named_completed, b->named.data, b->who->owner);
}

static enum dbrc
pick_trashed(struct db *db, struct bulk *b, const struct stmt **st)
{
	if (b->ids->n == 0)
		return db_run(
		    db, *st = &trashed, b->who->owner, todo_trash_end());
	return db_run(db, *st = &named_trashed, b->named.data, b->who->owner,
	    todo_trash_end());
}

static enum dbrc
pick_all(struct db *db, struct bulk *b, const struct stmt **st)
{
	return db_run(db, *st = &named_all, b->named.data, b->who->owner,
	    todo_trash_end());
}

static enum dbrc
write_at(struct db *db, struct bulk *b, const struct stmt *st, int64_t deleted)
{
	const struct writer *w = b->who;

	return db_run(db, st, b->chosen.data, w->owner, deleted, clock_now(),
	    b->turn.seq, w->request, w->name);
}

static enum dbrc
write_clear(struct db *db, struct bulk *b)
{
	enum dbrc rc = write_at(db, b, &move, clock_now());

	if (rc != DB_DONE)
		return rc;
	return todo_sweep(db, b->who->owner, b->turn.seq);
}

static enum dbrc
write_restore(struct db *db, struct bulk *b)
{
	enum dbrc rc;
	int64_t n;

	if ((rc = db_one(db, &todo_count, b->who->owner, &n)) != DB_DONE)
		return rc;
	if (n + b->n > TODO_MAX) {
		b->status = LIST_FULL;
		return DB_DONE;
	}
	return write_at(db, b, &move, CLOCK_NONE);
}

static enum dbrc
write_empty(struct db *db, struct bulk *b)
{
	enum dbrc rc = write_at(db, b, &erase, todo_emptied());

	if (rc != DB_DONE)
		return rc;
	return todo_sweep(db, b->who->owner, b->turn.seq);
}

/* The rows of a statement that has run, into the answer and chosen. */
static enum dbrc
take(struct db *db, struct bulk *b, const struct stmt *st)
{
	struct uuid id;
	int64_t to_write;
	enum dbrc rc;

	buf_json_open(&b->chosen, NULL, '[');
	while ((rc = db_next(db, st, &id, &to_write)) == DB_DONE) {
		if (!b->counts)
			buf_json_uuid(b->out, NULL, &id);
		if (!to_write)
			continue;
		buf_json_uuid(&b->chosen, NULL, &id);
		b->n++;
	}
	buf_json_close(&b->chosen, ']');
	return rc == DB_NONE ? DB_DONE : rc;
}

/*
 * What is refused is noted too, or a late copy of it could find things
 * otherwise; not by its key, under which the client may ask again.
 */
static enum dbrc
perform(struct db *db, struct bulk *b)
{
	const uint8_t *request = writer_request(b->who);
	const struct stmt *st;
	enum dbrc rc;

	if ((rc = todo_refused(db, b->who->owner, request)) != DB_NONE) {
		b->status = LIST_FULL;
		return rc == DB_DONE ? DB_NONE : rc;
	}
	if ((rc = b->pick(db, b, &st)) != DB_DONE ||
	    (rc = take(db, b, st)) != DB_DONE)
		return rc;
	if (b->n == 0)
		b->turn.seq--;
	else if ((rc = b->write(db, b)) != DB_DONE)
		return rc;
	if (b->status != OK)
		return todo_note(db, b->who->owner, request, b->turn.seq - 1);
	return todo_note(db, b->who->owner, b->who->name, b->turn.seq);
}

static enum dbrc
tell_again(struct db *db, struct bulk *b)
{
	const struct writer *w = b->who;
	enum dbrc rc;

	if (b->pick == pick_all) {
		rc = db_run(db, &restored, b->named.data, w->owner, w->name);
		return rc == DB_DONE ? take(db, b, &restored) : rc;
	}
	rc = db_run(db, &written, w->owner, b->turn.seq, w->name);
	return rc == DB_DONE ? take(db, b, &written) : rc;
}

/* Locked by the account's counter, as every write of the list. */
static enum dbrc
do_bulk(struct db *db, void *arg)
{
	struct bulk *b = arg;
	enum dbrc rc;

	b->out->len = b->start;
	b->n = 0;
	buf_clear(&b->chosen);
	b->status = NO_SESSION;
	rc = todo_begin(db, b->who->owner, b->who->name, &b->turn);
	if (rc != DB_DONE)
		return rc;
	b->status = OK;
	buf_json_open(b->out, NULL, '{');
	if (!b->counts)
		buf_json_open(b->out, "items", '[');
	if ((rc = b->turn.known ? tell_again(db, b) : perform(db, b)) !=
	    DB_DONE)
		return rc;
	if (b->counts)
		buf_json_int(b->out, "count", b->n);
	else
		buf_json_close(b->out, ']');
	buf_json_int(b->out, "seq", b->turn.seq);
	buf_json_close(b->out, '}');
	return DB_DONE;
}

static enum status
bulk(struct db *db, struct bulk *b)
{
	enum dbrc rc;
	size_t i;

	b->start = b->out->len;
	buf_json_open(&b->named, NULL, '[');
	for (i = 0; i < b->ids->n; i++)
		buf_json_uuid(&b->named, NULL, &b->ids->id[i]);
	buf_json_close(&b->named, ']');
	rc = db_transaction(db, do_bulk, b);
	buf_free(&b->named);
	buf_free(&b->chosen);
	return rc == DB_DONE || rc == DB_NONE ? b->status : db_status(rc);
}

enum status
todo_clear(struct db *db, const struct writer *who, const struct todo_ids *ids,
    struct buf *out)
{
	struct bulk b = { .who = who,
		.ids = ids,
		.pick = pick_completed,
		.write = write_clear,
		.out = out };

	return bulk(db, &b);
}

enum status
todo_restore_many(struct db *db, const struct writer *who,
    const struct todo_ids *ids, struct buf *out)
{
	struct bulk b = { .who = who,
		.ids = ids,
		.pick = pick_all,
		.write = write_restore,
		.out = out };

	return bulk(db, &b);
}

enum status
todo_empty(struct db *db, const struct writer *who, const struct todo_ids *ids,
    struct buf *out)
{
	struct bulk b = { .who = who,
		.ids = ids,
		.pick = pick_trashed,
		.write = write_empty,
		.out = out,
		.counts = true };

	return bulk(db, &b);
}
