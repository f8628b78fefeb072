/* Writes of one item: lock, read, decide, store. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "domain/todo_row.h"

static const struct stmt get_body = {
	"SELECT body_digest FROM todo WHERE account_id = ? AND id = ?"
};
const struct stmt todo_count = {
	"SELECT COUNT(*) FROM todo FORCE INDEX (todo_deleted)"
	" WHERE account_id = ? AND deleted IS NULL"
};
static const struct stmt last_position = {
	"SELECT position FROM todo WHERE account_id = ?"
	" ORDER BY position DESC LIMIT 1"
};
static const struct stmt insert = {
	"INSERT INTO todo (account_id, id, title, note, done, due_date,"
	" due_time, due_zone, position, created, updated, completed, deleted,"
	" seq, writer, writers, body_digest)"
	" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
};
static const struct stmt update = {
	"UPDATE todo SET title = ?, note = ?, done = ?, due_date = ?,"
	" due_time = ?, due_zone = ?, position = ?, created = ?, updated = ?,"
	" completed = ?, deleted = ?, seq = ?, writer = ?,"
	" writers = LEFT(CONCAT(?, writers), 512)"
	" WHERE account_id = ? AND id = ?"
};
/*
 * A write: what decide() makes of the item as it is. It gets the item
 * (existed says whether there is one for the client) and answers STATUS_CREATED
 * or STATUS_OK to have it stored, STATUS_NOT_MODIFIED when all is well as it
 * is, or why not.
 */
struct change {
	const struct todo_writer *who;
	const struct todo_edit *edit;
	enum status (*decide)(struct change *);
	const uint8_t *body_digest; /* of a POST, or NULL */
	struct todo_note *text;     /* the item's, as it was read */
	struct todo *item;
	bool there; /* there is a row; existed: it has not left the trash */
	bool existed;
	int64_t now;
	int64_t held; /* bytes of the row that is there */
	struct turn turn;
	enum status status;
};

static enum status
replayed(const struct change *c)
{
	return c->item->created == c->item->updated ? STATUS_CREATED
						    : STATUS_OK;
}

/* What it brings along. */
static size_t
text_of(const struct todo_edit *e)
{
	return e == NULL
		   ? 0
		   : ((e->fields & TODO_TITLE) != 0 ? strlen(e->title) : 0) +
			 ((e->fields & TODO_NOTE) != 0 ? strlen(e->note) : 0);
}

/* Lock the list, and read the item or make a blank one. DB_NONE: no more. */
static enum dbrc
begin(struct db *db, struct change *c)
{
	struct todo *t = c->item;
	struct uuid id = t->id;
	bool written;
	enum dbrc rc;

	c->status = STATUS_NO_SESSION;
	c->turn.bytes = text_of(c->edit);
	if ((rc = todo_begin_item_write(db, c->who, &c->turn, c->text, t,
		 &c->there, &written)) != DB_DONE)
		return rc;
	if (c->turn.wait > 0 || written) {
		c->status = c->turn.wait > 0 ? STATUS_TOO_MANY : replayed(c);
		return DB_NONE;
	}
	c->held = c->there ? todo_bytes(t) : 0;
	c->existed = c->there && (t->deleted == CLOCK_NONE ||
				     t->deleted > todo_trash_cutoff());
	if (!c->existed) {
		memset(t, 0, sizeof(*t));
		t->id = id;
		t->note = "";
		t->created = c->now;
		t->completed = t->deleted = CLOCK_NONE;
	}
	return DB_DONE;
}

static bool
good(enum status st)
{
	return st == STATUS_OK || st == STATUS_CREATED ||
	       st == STATUS_NOT_MODIFIED;
}

/*
 * An item takes TODO_ITEM_BYTES of the quota at least, so of a small account
 * nobody needs to count them: that would make each new one cost more.
 */
static enum dbrc
is_list_full(struct db *db, const struct change *c, bool *full)
{
	int64_t n = 0;
	enum dbrc rc;

	*full = false;
	if (c->turn.used >= 0 && c->turn.used < TODO_MAX * TODO_ITEM_BYTES)
		return DB_DONE;
	rc = db_one(db, &todo_count, DB_IN(db_uuid(c->who->owner)),
	    DB_OUT(db_to_int(&n)));
	*full = n >= TODO_MAX;
	return rc;
}

/* Conditions, then decide(), then room for one that comes into the list. */
static enum dbrc
judge(struct db *db, struct change *c)
{
	const struct todo *t = c->item;
	bool lived = c->existed && t->deleted == CLOCK_NONE, full;
	enum dbrc rc;

	c->status = etag_condition_holds(
			&c->who->condition, c->existed ? t->seq : -1)
			? c->decide(c)
			: STATUS_STALE;
	if (!good(c->status) || lived || t->deleted != CLOCK_NONE)
		return DB_DONE;
	if ((rc = is_list_full(db, c, &full)) == DB_DONE && full)
		c->status = STATUS_LIST_FULL;
	return rc;
}

/* Append when neither the client nor the stored item knows a place. */
static enum dbrc
place(struct db *db, struct change *c)
{
	char last[ORDER_MAX + 1] = "";
	enum dbrc rc;

	if (*c->item->position != '\0')
		return DB_DONE;
	rc = db_one(db, &last_position, DB_IN(db_uuid(c->who->owner)),
	    DB_OUT(db_to_text(last)));
	if (rc != DB_DONE && rc != DB_NONE)
		return rc;
	order_after(last, c->item->position);
	return DB_DONE;
}

/* Room for its text. */
static enum dbrc
fit(struct db *db, struct change *c)
{
	enum dbrc rc;
	bool full;

	if (!good(c->status) || c->turn.known)
		return DB_DONE;
	rc = todo_quota_take(
	    db, c->who->owner, todo_bytes(c->item) - c->held, &full);
	if (rc == DB_DONE && full)
		c->status = STATUS_ACCOUNT_FULL;
	return rc;
}

static enum dbrc
store(struct db *db, const struct change *c)
{
	const struct todo *t = c->item;
	const struct todo_writer *w = c->who;

	if (c->there)
		return db_run(db, &update, db_text(t->title), db_text(t->note),
		    db_int(t->done), db_text_or_null(t->due.date),
		    db_text_or_null(t->due.time), db_text_or_null(t->due.zone),
		    db_text(t->position), db_time(t->created),
		    db_time(t->updated), db_time(t->completed),
		    db_time(t->deleted), db_int(t->seq), db_uuid(&t->writer),
		    db_name(w->name), db_uuid(w->owner), db_uuid(&t->id));
	return db_run(db, &insert, db_uuid(w->owner), db_uuid(&t->id),
	    db_text(t->title), db_text(t->note), db_int(t->done),
	    db_text_or_null(t->due.date), db_text_or_null(t->due.time),
	    db_text_or_null(t->due.zone), db_text(t->position),
	    db_time(t->created), db_time(t->updated), db_time(t->completed),
	    db_time(t->deleted), db_int(t->seq), db_uuid(&t->writer),
	    db_name(w->name), db_digest(c->body_digest));
}

/* Have the item remember the request, though nothing of it changes. */
static enum dbrc
keep(struct db *db, struct change *c)
{
	enum dbrc rc;

	c->item->writer = *c->who->request;
	if ((rc = store(db, c)) != DB_DONE)
		return rc;
	db_last(db);
	return todo_record_request(
	    db, c->who->owner, c->who->name, c->turn.seq - 1);
}

/*
 * Lock, read, judge, store. What is refused is noted, or a late copy of it
 * could find things otherwise; not by its key, under which the client may ask
 * again. DB_NONE rolls back; c->status then says why.
 */
static enum dbrc
do_change(struct db *db, void *arg)
{
	struct change *c = arg;
	const uint8_t *request = todo_writer_request(c->who);
	struct todo *t = c->item;
	enum dbrc rc;

	if ((rc = begin(db, c)) != DB_DONE || (rc = judge(db, c)) != DB_DONE ||
	    (rc = fit(db, c)) != DB_DONE)
		return rc;
	if (c->turn.known) {
		c->status = good(c->status) ? STATUS_STALE : c->status;
		return DB_NONE;
	}
	if (!good(c->status)) {
		db_last(db);
		return todo_record_request(
		    db, c->who->owner, request, c->turn.seq - 1);
	}
	if (c->status == STATUS_NOT_MODIFIED)
		return keep(db, c);
	t->seq = c->turn.seq;
	t->updated = c->now;
	t->writer = *c->who->request;
	if ((rc = place(db, c)) != DB_DONE)
		return rc;
	db_last(db);
	return store(db, c);
}

static enum status
change(struct db *db, struct change *c)
{
	enum dbrc rc;

	c->now = clock_now();
	rc = db_transaction(db, do_change, c);
	if (c->turn.wait > 0 && c->who->retry_after != NULL)
		*c->who->retry_after = c->turn.wait;
	/* DB_NONE is our own way out; c->status tells what it was. */
	return rc == DB_DONE || rc == DB_NONE ? c->status : db_status(rc);
}

static void
set_done(struct change *c, bool done)
{
	struct todo *t = c->item;

	if (done && !t->done)
		t->completed = c->now;
	else if (!done)
		t->completed = CLOCK_NONE;
	t->done = done;
}

/* The fields of the edit that are in the mask, into the item. */
static void
apply(struct change *c, unsigned mask)
{
	const struct todo_edit *e = c->edit;
	struct todo *t = c->item;

	if ((mask & TODO_TITLE) != 0)
		memcpy(t->title, e->title, sizeof(t->title));
	if ((mask & TODO_NOTE) != 0)
		t->note = e->note;
	if ((mask & TODO_DONE) != 0)
		set_done(c, e->done);
	if ((mask & TODO_DUE) != 0)
		t->due = e->due;
	if ((mask & TODO_POSITION) != 0)
		memcpy(t->position, e->position, sizeof(t->position));
}

static enum status
decide_put(struct change *c)
{
	apply(c, TODO_TITLE | TODO_NOTE | TODO_DONE | TODO_DUE |
		     (c->edit->fields & TODO_POSITION));
	c->item->deleted = CLOCK_NONE;
	return c->existed ? STATUS_OK : STATUS_CREATED;
}

enum status
todo_put(struct db *db, const struct todo_writer *who, const struct uuid *id,
    const struct todo_edit *edit, struct todo_note *text, struct todo *ret)
{
	struct change c = { .who = who,
		.edit = edit,
		.decide = decide_put,
		.text = text,
		.item = ret };

	ret->id = *id;
	return change(db, &c);
}

/* An item that is there already was made with this key before. */
static enum status
decide_post(struct change *c)
{
	return c->there ? STATUS_KEY_REUSED : decide_put(c);
}

enum status
todo_post(struct db *db, const struct todo_writer *who, const char *key,
    const char *body, size_t len, const struct todo_edit *edit,
    struct todo_note *text, struct todo *ret)
{
	uint8_t sum[CRYPTO_DIGEST_SIZE], first[CRYPTO_DIGEST_SIZE];
	struct change c = { .who = who,
		.edit = edit,
		.decide = decide_post,
		.body_digest = sum,
		.text = text,
		.item = ret };
	enum status st;

	crypto_digest(body, len, sum);
	uuid_derive(&ret->id, who->owner, key);
	if ((st = change(db, &c)) != STATUS_KEY_REUSED)
		return st == STATUS_OK ? STATUS_CREATED : st;
	if ((st = db_status(db_one(db, &get_body,
		 DB_IN(db_uuid(who->owner), db_uuid(&ret->id)),
		 DB_OUT(db_to_digest(first))))) != STATUS_OK)
		return st;
	return memcmp(first, sum, sizeof(sum)) == 0 ? STATUS_CREATED
						    : STATUS_KEY_REUSED;
}

static enum status
decide_patch(struct change *c)
{
	if (!c->existed || c->item->deleted != CLOCK_NONE)
		return STATUS_NOT_FOUND;
	apply(c, c->edit->fields);
	return STATUS_OK;
}

enum status
todo_patch(struct db *db, const struct todo_writer *who, const struct uuid *id,
    const struct todo_edit *edit, struct todo_note *text, struct todo *ret)
{
	struct change c = { .who = who,
		.edit = edit,
		.decide = decide_patch,
		.text = text,
		.item = ret };
	enum status st;

	ret->id = *id;
	st = change(db, &c);
	return st == STATUS_CREATED ? STATUS_OK : st;
}

static enum status
decide_delete(struct change *c)
{
	if (!c->existed)
		return STATUS_NOT_FOUND;
	if (c->item->deleted != CLOCK_NONE)
		return STATUS_NOT_MODIFIED;
	c->item->deleted = c->now;
	return STATUS_OK;
}

enum status
todo_delete(struct db *db, const struct todo_writer *who, const struct uuid *id)
{
	struct todo_note text;
	struct todo item;
	struct change c = { .who = who,
		.decide = decide_delete,
		.text = &text,
		.item = &item };
	enum status st;

	item.id = *id;
	st = change(db, &c);
	if (st == STATUS_OK)
		todo_sweep(db, who->owner);
	return st == STATUS_NOT_MODIFIED || st == STATUS_CREATED ? STATUS_OK
								 : st;
}

static enum status
decide_restore(struct change *c)
{
	if (!c->existed)
		return STATUS_NOT_FOUND;
	if (c->item->deleted == CLOCK_NONE)
		return STATUS_NOT_MODIFIED;
	c->item->deleted = CLOCK_NONE;
	return STATUS_OK;
}

enum status
todo_restore(struct db *db, const struct todo_writer *who,
    const struct uuid *id, struct todo_note *text, struct todo *ret)
{
	struct change c = {
		.who = who, .decide = decide_restore, .text = text, .item = ret
	};
	enum status st;

	ret->id = *id;
	st = change(db, &c);
	return st == STATUS_NOT_MODIFIED || st == STATUS_CREATED ? STATUS_OK
								 : st;
}
