#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "todo_row.h"

static const struct stmt get_body = {
	"SELECT body_digest FROM todo WHERE account_id = ? AND id = ?", "uu",
	"h"
};
const struct stmt todo_raise = {
	"UPDATE change_counter SET seq = LAST_INSERT_ID(seq + 1)"
	" WHERE account_id = ?",
	"u", ""
};
static const struct stmt count = {
	"SELECT COUNT(*) FROM todo WHERE account_id = ?", "u", "i"
};
static const struct stmt last_position = {
	"SELECT COALESCE(MAX(position), '') FROM todo WHERE account_id = ?",
	"u", "s"
};
static const struct stmt insert = {
	"INSERT INTO todo (account_id, id, title, note, done, due_date,"
	" due_time, due_zone, position, created, updated, completed, deleted,"
	" seq, writer, body_digest)"
	" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	"uussinnnsttttiuh", ""
};
static const struct stmt update = {
	"UPDATE todo SET title = ?, note = ?, done = ?, due_date = ?,"
	" due_time = ?, due_zone = ?, position = ?, updated = ?,"
	" completed = ?, deleted = ?, seq = ?, writer = ?"
	" WHERE account_id = ? AND id = ?",
	"ssinnnstttiuuu", ""
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

/*
 * A write: what decide() makes of the item as it stands. It gets the item
 * (existed says whether there is one) and answers CREATED or OK to have it
 * stored, NOT_MODIFIED when there is nothing to store but all is well, or why
 * not.
 */
struct change {
	const struct writer *who;
	const struct todo_edit *edit;
	enum status (*decide)(struct change *);
	const uint8_t *body_digest; /* of a POST, or NULL */
	struct todo *item;
	bool existed;
	int64_t now;
	enum status status;
};

static bool
stale(const struct change *c)
{
	const struct condition *k = &c->who->condition;

	if (k->absent && c->existed)
		return true;
	if (k->any && !c->existed)
		return true;
	return k->seq >= 0 && (!c->existed || c->item->seq != k->seq);
}

static enum dbrc
store(struct db *db, struct change *c)
{
	struct todo *t = c->item;
	const struct uuid *owner = c->who->owner;
	enum dbrc rc;
	int64_t n;

	if (c->existed)
		return db_run(db, &update, t->title, t->note, t->done,
		    t->due.date, t->due.time, t->due.zone, t->position,
		    t->updated, t->completed, t->deleted, t->seq, &t->writer,
		    owner, &t->id);
	if ((rc = db_one(db, &count, owner, &n)) != DB_DONE)
		return rc;
	if (n >= TODO_MAX) {
		c->status = LIST_FULL;
		return DB_NONE;
	}
	return db_run(db, &insert, owner, &t->id, t->title, t->note, t->done,
	    t->due.date, t->due.time, t->due.zone, t->position, t->created,
	    t->updated, t->completed, t->deleted, t->seq, &t->writer,
	    c->body_digest);
}

/* Append when neither the client nor the stored item knows a place. */
static enum dbrc
place(struct db *db, struct change *c)
{
	char last[ORDER_MAX + 1];
	enum dbrc rc;

	if (*c->item->position != '\0')
		return DB_DONE;
	if ((rc = db_one(db, &last_position, c->who->owner, last,
		 sizeof(last))) == DB_DONE)
		order_after(last, c->item->position);
	return rc;
}

static enum status
replayed(const struct change *c)
{
	return c->item->created == c->item->updated ? CREATED : OK;
}

/*
 * Raise the counter (which locks the account's row), read the item, decide,
 * store. DB_NONE rolls back; c->status then says why.
 */
static enum dbrc
do_change(struct db *db, void *arg)
{
	struct change *c = arg;
	struct todo *t = c->item;
	struct uuid id = t->id;
	int64_t seq;
	enum dbrc rc;

	if ((rc = db_run(db, &todo_raise, c->who->owner)) != DB_DONE)
		return rc;
	seq = db_insert_id(db);
	c->status = NO_SESSION;
	if (db_affected(db) == 0)
		return DB_NONE;
	rc = db_one(db, &todo_by_id, c->who->owner, &id, ROW_OF(t));
	if (rc != DB_DONE && rc != DB_NONE)
		return rc;
	if (!(c->existed = rc == DB_DONE)) {
		memset(t, 0, sizeof(*t));
		t->id = id;
		t->created = c->now;
		t->completed = t->deleted = CLOCK_NONE;
	} else if (uuid_equal(&t->writer, c->who->request)) {
		c->status = replayed(c);
		return DB_NONE;
	}
	if ((c->status = stale(c) ? STALE : c->decide(c)) != OK &&
	    c->status != CREATED)
		return DB_NONE;
	t->seq = seq;
	t->updated = c->now;
	t->writer = *c->who->request;
	if ((rc = place(db, c)) != DB_DONE)
		return rc;
	return store(db, c);
}

/* One transaction of work, which is do_change() or begins with it. */
static enum status
change(struct db *db, struct change *c, enum dbrc (*work)(struct db *, void *))
{
	enum dbrc rc;

	c->now = clock_now();
	rc = db_transaction(db, work, c);
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

	if ((mask & TITLE) != 0)
		memcpy(t->title, e->title, sizeof(t->title));
	if ((mask & NOTE) != 0)
		memcpy(t->note, e->note, sizeof(t->note));
	if ((mask & DONE) != 0)
		set_done(c, e->done);
	if ((mask & DUE) != 0)
		t->due = e->due;
	if ((mask & POSITION) != 0)
		memcpy(t->position, e->position, sizeof(t->position));
}

static enum status
decide_put(struct change *c)
{
	apply(c, TITLE | NOTE | DONE | DUE | (c->edit->fields & POSITION));
	c->item->deleted = CLOCK_NONE;
	return c->existed ? OK : CREATED;
}

enum status
todo_put(struct db *db, const struct writer *who, const struct uuid *id,
    const struct todo_edit *edit, struct todo *ret)
{
	struct change c = {
		.who = who, .edit = edit, .decide = decide_put, .item = ret
	};

	ret->id = *id;
	return change(db, &c, do_change);
}

/* An item that is there already was made with this key before. */
static enum status
decide_post(struct change *c)
{
	return c->existed ? NOT_MODIFIED : decide_put(c);
}

enum status
todo_post(struct db *db, const struct writer *who, const char *key,
    const char *body, size_t len, const struct todo_edit *edit,
    struct todo *ret)
{
	uint8_t sum[DIGEST_SIZE], first[DIGEST_SIZE];
	struct change c = { .who = who,
		.edit = edit,
		.decide = decide_post,
		.body_digest = sum,
		.item = ret };
	enum status st;

	digest(body, len, sum);
	uuid_derive(&ret->id, who->owner, key);
	if ((st = change(db, &c, do_change)) != NOT_MODIFIED)
		return st == OK ? CREATED : st;
	if ((st = db_status(
		 db_one(db, &get_body, who->owner, &ret->id, first))) != OK)
		return st;
	return memcmp(first, sum, sizeof(sum)) == 0 ? CREATED : KEY_REUSED;
}

static enum status
decide_patch(struct change *c)
{
	if (!c->existed || c->item->deleted != CLOCK_NONE)
		return NOT_FOUND;
	apply(c, c->edit->fields);
	return OK;
}

enum status
todo_patch(struct db *db, const struct writer *who, const struct uuid *id,
    const struct todo_edit *edit, struct todo *ret)
{
	struct change c = {
		.who = who, .edit = edit, .decide = decide_patch, .item = ret
	};
	enum status st;

	ret->id = *id;
	st = change(db, &c, do_change);
	return st == CREATED ? OK : st;
}

/*
 * Forget what left the trash. A client that has not asked since then must
 * fetch the list anew: purged remembers up to where.
 */
static enum dbrc
sweep(struct db *db, const struct uuid *owner)
{
	int64_t end = todo_trash_end(), seq;
	enum dbrc rc;

	rc = db_one(db, &purge_horizon, owner, end, &seq);
	if (rc != DB_DONE || seq == 0)
		return rc;
	if ((rc = db_run(db, &set_purged, seq, owner)) != DB_DONE)
		return rc;
	return db_run(db, &purge, owner, end);
}

static enum status
decide_delete(struct change *c)
{
	if (!c->existed)
		return NOT_FOUND;
	if (c->item->deleted != CLOCK_NONE)
		return NOT_MODIFIED;
	c->item->deleted = c->now;
	return OK;
}

static enum dbrc
do_delete(struct db *db, void *arg)
{
	struct change *c = arg;
	enum dbrc rc;

	if ((rc = do_change(db, c)) != DB_DONE)
		return rc;
	return sweep(db, c->who->owner);
}

enum status
todo_delete(struct db *db, const struct writer *who, const struct uuid *id)
{
	struct todo item = { .id = *id };
	struct change c = {
		.who = who, .decide = decide_delete, .item = &item
	};
	enum status st = change(db, &c, do_delete);

	return st == NOT_MODIFIED || st == CREATED ? OK : st;
}

static enum status
decide_restore(struct change *c)
{
	if (!c->existed)
		return NOT_FOUND;
	if (c->item->deleted == CLOCK_NONE)
		return NOT_MODIFIED;
	if (c->item->deleted <= todo_trash_end())
		return NOT_FOUND;
	c->item->deleted = CLOCK_NONE;
	return OK;
}

enum status
todo_restore(struct db *db, const struct writer *who, const struct uuid *id,
    struct todo *ret)
{
	struct change c = { .who = who, .decide = decide_restore, .item = ret };
	enum status st;

	ret->id = *id;
	st = change(db, &c, do_change);
	return st == NOT_MODIFIED || st == CREATED ? OK : st;
}
