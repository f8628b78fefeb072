/*
 * Writes of many items at once, in batches: no transaction is long, whatever
 * the items hold. A request does batches until its time is over; what one that
 * was killed has done, the next copy of it finds by the request's name in the
 * items, and goes on. The last batch notes the request in the account: then a
 * late copy does nothing.
 */
#include "base/buf_json.h"
#include "base/clock.h"
#include "domain/batch.h"
#include "domain/todo_row.h"

#define LAST_US 500000 /* before the request's end: the last batch begins */

#define IN_ORDER " ORDER BY t.position, t.id"

/*
 * What is to be written, and was not by this request; the last parameters are
 * its name and the counter when it ended, or INT64_MAX.
 */
#define TO_DO(of, condition) \
	{ \
		"SELECT t.id FROM " of " " condition \
		" AND LOCATE(?, t.writers) = 0 AND t.seq <= ?" \
	}
#define ALL_OF  "todo t WHERE t.account_id = ? AND"
#define LISTED  NAMED " WHERE"
#define IS_DONE "t.done = 1 AND t.deleted IS NULL"
#define TRASHED "t.deleted > ?"

/* Of all items, or of those that are named. */
static const struct stmt completed[] = { TO_DO(ALL_OF, IS_DONE),
	TO_DO(LISTED, IS_DONE) };
static const struct stmt trashed[] = { TO_DO(ALL_OF, TRASHED),
	TO_DO(LISTED, TRASHED) };

/* What a request has written, and for a restore what is there anyway. */
static const struct stmt written = {
	"SELECT t.id FROM todo t WHERE t.account_id = ?"
	" AND LOCATE(?, t.writers) > 0" IN_ORDER
};
static const struct stmt named_written = {
	"SELECT t.id FROM " NAMED " WHERE LOCATE(?, t.writers) > 0" IN_ORDER
};
static const struct stmt named_living = {
	"SELECT t.id FROM " NAMED " WHERE t.deleted IS NULL"
	" OR LOCATE(?, t.writers) > 0" IN_ORDER
};
static const struct stmt move = {
	"UPDATE " NAMED " SET t.deleted = ?, t.updated = ?, t.seq = ?,"
	" t.writer = ?, t.writers = LEFT(CONCAT(?, t.writers), 512)"
};
static const struct stmt erase = {
	"UPDATE " NAMED " SET t.title = '', t.note = '', t.due_date = NULL,"
	" t.due_time = NULL, t.due_zone = NULL, t.deleted = ?, t.updated = ?,"
	" t.seq = ?, t.writer = ?,"
	" t.writers = LEFT(CONCAT(?, t.writers), 512)"
};

struct bulk {
	const struct writer *who;
	const struct todo_ids *ids;
	bool of_trash;             /* it is for what is in the trash */
	bool counts;               /* the answer has a number, not the ids */
	const struct stmt *change; /* move or erase */
	const struct stmt *result; /* named_written or named_living */
	int64_t deleted;           /* what the items get */
	struct buf named;          /* JSON of the ids that the request names */
	struct buf left;           /* struct uuid: what is to be done */
	struct buf batch;          /* JSON of what is written now */
	size_t done;               /* bytes of left */
	int64_t size;              /* items of a batch */
	int64_t n;                 /* items of batch */
	bool last;                 /* this batch notes the request */
	bool more;                 /* there is something left to do */
	int64_t until;
	struct turn turn;
	enum status status;
};

/* ---- what is to be done */

/* ids: JSON, or NULL for all; each that is found comes into *found. */
static enum dbrc
find_of(struct db *db, const struct bulk *b, const char *ids, int64_t seq,
    struct uuid *found)
{
	const struct stmt *st = b->of_trash ? trashed : completed;
	const struct writer *w = b->who;
	struct db_in in[5];
	size_t n = 0;

	if (ids != NULL)
		in[n++] = db_text(ids);
	in[n++] = db_uuid(w->owner);
	if (b->of_trash)
		in[n++] = db_time(todo_trash_end());
	in[n++] = db_name(w->name);
	in[n++] = db_int(seq);
	return db_select(db, &st[ids != NULL], (struct db_ins){ in, n },
	    DB_OUT(db_to_uuid(found)));
}

/* The ids of what the whole request is for, or what is left of it. */
static const char *
named(const struct bulk *b)
{
	return b->ids->n > 0 ? b->named.data : NULL;
}

static enum dbrc
find_all(struct db *db, struct bulk *b)
{
	struct uuid id;
	enum dbrc rc;

	if ((rc = find_of(db, b, named(b), INT64_MAX, &id)) != DB_DONE)
		return rc;
	while ((rc = db_next(db)) == DB_DONE)
		buf_add(&b->left, &id, sizeof(id));
	return rc == DB_NONE ? DB_DONE : rc;
}

/* Of a request that was noted before: did it leave something? */
static enum dbrc
find_left(struct db *db, struct bulk *b)
{
	struct uuid id;
	enum dbrc rc;

	if ((rc = find_of(db, b, named(b), b->turn.seq, &id)) != DB_DONE)
		return rc;
	rc = db_next(db);
	db_stop(db);
	b->more = rc == DB_DONE;
	return rc == DB_NONE ? DB_DONE : rc;
}

/* ---- one batch */

static void
add_ids(struct buf *json, const struct uuid *id, size_t n)
{
	buf_clear(json);
	buf_json_open(json, NULL, '[');
	for (; n > 0; n--)
		buf_json_uuid(json, NULL, id++);
	buf_json_close(json, ']');
}

/* Those of the batch that are still to be written. */
static enum dbrc
choose(struct db *db, struct bulk *b, size_t count)
{
	struct uuid chosen[BATCH_MAX], id;
	enum dbrc rc;

	add_ids(&b->batch, (struct uuid *)(b->left.data + b->done), count);
	b->n = 0;
	if ((rc = find_of(db, b, b->batch.data, INT64_MAX, &id)) != DB_DONE)
		return rc;
	while ((rc = db_next(db)) == DB_DONE)
		chosen[b->n++] = id;
	add_ids(&b->batch, chosen, (size_t)b->n);
	return rc == DB_NONE ? DB_DONE : rc;
}

static enum dbrc
write_items(struct db *db, const struct bulk *b)
{
	const struct writer *w = b->who;
	enum dbrc rc;

	if (b->change == &erase &&
	    (rc = todo_give_back(db, w->owner, b->batch.data, true)) != DB_DONE)
		return rc;
	if ((rc = db_run(db, b->change, db_text(b->batch.data),
		 db_uuid(w->owner), db_time(b->deleted), db_time(clock_now()),
		 db_int(b->turn.seq), db_uuid(w->request), db_name(w->name))) !=
	    DB_DONE)
		return rc;
	return todo_pace(db, w->owner, b->n);
}

/* The last batch, also when there is nothing in it, notes the request. */
static enum dbrc
write_batch(struct db *db, struct bulk *b)
{
	const struct writer *w = b->who;
	enum dbrc rc;

	if (b->n == 0)
		b->turn.seq--;
	else if ((rc = write_items(db, b)) != DB_DONE)
		return rc;
	if (b->last)
		return todo_note(db, w->owner, w->name, b->turn.seq);
	return b->n == 0 ? DB_NONE : DB_DONE;
}

/* What comes back must find room: at first all of it, then each batch. */
static enum dbrc
find_room(struct db *db, const struct bulk *b, bool *found)
{
	int64_t n, wanted = b->n;
	enum dbrc rc;

	if ((rc = db_one(db, &todo_count, DB_IN(db_uuid(b->who->owner)),
		 DB_OUT(db_to_int(&n)))) != DB_DONE)
		return rc;
	if (b->done == 0)
		wanted = (int64_t)(b->left.len / sizeof(struct uuid));
	*found = b->n == 0 || n + wanted <= TODO_MAX;
	return DB_DONE;
}

/*
 * What is refused is noted too, or a late copy of it could find things
 * otherwise; not by its key, under which the client may ask again.
 */
static enum dbrc
restore_batch(struct db *db, struct bulk *b)
{
	const uint8_t *request = writer_request(b->who);
	const struct uuid *owner = b->who->owner;
	enum dbrc rc;
	bool found;

	if ((rc = todo_refused(db, owner, request)) != DB_NONE) {
		b->status = LIST_FULL;
		return rc == DB_DONE ? DB_NONE : rc;
	}
	if ((rc = find_room(db, b, &found)) != DB_DONE)
		return rc;
	if (!found && b->done == 0) {
		b->status = LIST_FULL;
		return todo_note(db, owner, request, b->turn.seq - 1);
	}
	if (!found) {
		b->n = 0;
		b->last = b->more = true;
	}
	return write_batch(db, b);
}

/* Locked by the account's counter, as every write of the list. */
static enum dbrc
do_batch(struct db *db, void *arg)
{
	struct bulk *b = arg;
	const struct writer *w = b->who;
	size_t count = (b->left.len - b->done) / sizeof(struct uuid);
	size_t size = (size_t)b->size;
	enum dbrc rc;

	b->status = NO_SESSION;
	if ((rc = todo_begin(db, w->owner, w->name, &b->turn)) != DB_DONE)
		return rc;
	if (b->turn.wait > 0) {
		b->status = TOO_MANY;
		return DB_NONE;
	}
	b->status = OK;
	if (b->turn.known)
		return DB_DONE;
	b->last = count <= size;
	b->more = !b->last && clock_boot() >= b->until;
	b->last |= b->more;
	if ((rc = choose(db, b, count < size ? count : size)) != DB_DONE)
		return rc;
	return b->deleted == CLOCK_NONE ? restore_batch(db, b)
					: write_batch(db, b);
}

/* ---- the answer */

static enum dbrc
run_result(struct db *db, const struct bulk *b, struct uuid *found)
{
	const struct writer *w = b->who;

	if (b->ids->n == 0)
		return db_select(db, &written,
		    DB_IN(db_uuid(w->owner), db_name(w->name)),
		    DB_OUT(db_to_uuid(found)));
	return db_select(db, b->result,
	    DB_IN(db_text(b->named.data), db_uuid(w->owner), db_name(w->name)),
	    DB_OUT(db_to_uuid(found)));
}

static enum dbrc
tell(struct db *db, struct bulk *b, struct buf *out)
{
	struct uuid id;
	int64_t n = 0;
	enum dbrc rc;

	if ((rc = run_result(db, b, &id)) != DB_DONE)
		return rc;
	buf_json_open(out, NULL, '{');
	if (!b->counts)
		buf_json_open(out, "items", '[');
	for (; (rc = db_next(db)) == DB_DONE; n++)
		if (!b->counts)
			buf_json_uuid(out, NULL, &id);
	if (b->counts)
		buf_json_int(out, "count", n);
	else
		buf_json_close(out, ']');
	buf_json_int(out, "seq", b->turn.seq);
	if (b->more)
		buf_json_bool(out, "more", true);
	buf_json_close(out, '}');
	return rc == DB_NONE ? DB_DONE : rc;
}

/* ---- a request */

static enum status
batches(struct db *db, struct bulk *b)
{
	int64_t began;
	enum dbrc rc;

	do {
		began = clock_boot();
		rc = db_transaction(db, do_batch, b);
		/* DB_NONE is our own way out. */
		if (rc != DB_DONE && rc != DB_NONE)
			return db_status(rc);
		if (b->status != OK || b->turn.known)
			return b->status;
		b->done += (size_t)b->size * sizeof(struct uuid);
		b->size = batch_next(b->size, clock_boot() - began);
		if (!b->of_trash && b->n > 0)
			todo_sweep(db, b->who->owner);
	} while (!b->last);
	return OK;
}

static enum status
bulk(struct db *db, struct bulk *b, struct buf *out)
{
	enum status st;
	enum dbrc rc;

	b->until = b->who->until - LAST_US;
	b->size = BATCH_FIRST;
	add_ids(&b->named, b->ids->id, b->ids->n);
	if ((rc = find_all(db, b)) != DB_DONE)
		st = db_status(rc);
	else if ((st = batches(db, b)) == OK &&
		 (!b->turn.known || (rc = find_left(db, b)) == DB_DONE))
		rc = tell(db, b, out);
	if (b->turn.wait > 0 && b->who->retry_after != NULL)
		*b->who->retry_after = b->turn.wait;
	buf_free(&b->named);
	buf_free(&b->left);
	buf_free(&b->batch);
	return st == OK ? db_status(rc) : st;
}

enum status
todo_clear(struct db *db, const struct writer *who, const struct todo_ids *ids,
    struct buf *out)
{
	struct bulk b = { .who = who,
		.ids = ids,
		.change = &move,
		.result = &named_written,
		.deleted = clock_now() };

	return bulk(db, &b, out);
}

enum status
todo_restore_many(struct db *db, const struct writer *who,
    const struct todo_ids *ids, struct buf *out)
{
	struct bulk b = { .who = who,
		.ids = ids,
		.of_trash = true,
		.change = &move,
		.result = &named_living,
		.deleted = CLOCK_NONE };

	return bulk(db, &b, out);
}

enum status
todo_empty(struct db *db, const struct writer *who, const struct todo_ids *ids,
    struct buf *out)
{
	struct bulk b = { .who = who,
		.ids = ids,
		.of_trash = true,
		.counts = true,
		.change = &erase,
		.result = &named_written,
		.deleted = todo_emptied() };

	return bulk(db, &b, out);
}
