/* Reading lists: one item, pages of them, what changed. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "todo_row.h"

const struct stmt todo_by_id = { "SELECT " COLUMNS
				 " FROM todo WHERE account_id = ? AND id = ?",
	"uu", ROW };
/* One page of a list; the condition tells the filters apart. */
#define LIST(condition) \
	{ \
		"SELECT " COLUMNS " FROM todo WHERE account_id = ?" \
		" AND (position > ? OR (position = ? AND id > ?)) " \
		"AND " condition " ORDER BY position, id LIMIT ?", \
		    "ussui", ROW \
	}
#define LIST_TRASH \
	{ \
		"SELECT " COLUMNS " FROM todo WHERE account_id = ?" \
		" AND (position > ? OR (position = ? AND id > ?)) AND " \
		"deleted > ?" \
		" ORDER BY position, id LIMIT ?", \
		    "ussuti", ROW \
	}

static const struct stmt lists[] = {
	[ALL] = LIST("deleted IS NULL"),
	[ACTIVE] = LIST("deleted IS NULL AND done = 0"),
	[COMPLETED] = LIST("deleted IS NULL AND done = 1"),
	[TRASH] = LIST_TRASH,
};
static const struct stmt each_item = {
	"SELECT " COLUMNS " FROM todo WHERE account_id = ?"
	" AND deleted IS NULL ORDER BY created, id",
	"u", ROW
};
static const struct stmt changes = {
	"SELECT " COLUMNS " FROM todo WHERE account_id = ?"
	" AND (seq > ? OR (seq = ? AND id > ?)) ORDER BY seq, id LIMIT ?",
	"uiiui", ROW
};
static const struct stmt purged = {
	"SELECT purged FROM change_counter WHERE account_id = ?", "u", "i"
};

int64_t
todo_trash_end(void)
{
	return clock_now() - TRASH_DAYS * CLOCK_DAY;
}

enum status
todo_get(struct db *db, const struct uuid *owner, const struct uuid *id,
    struct todo *t)
{
	enum status st = db_status(
	    db_one(db, &todo_by_id, owner, id, ROW_OF(t)));

	if (st == OK && t->deleted != CLOCK_NONE &&
	    t->deleted <= todo_trash_end())
		return NOT_FOUND;
	return st;
}

enum status
todo_each(struct db *db, const struct uuid *owner,
    void (*each)(struct buf *, const struct todo *), struct buf *out)
{
	struct todo t;
	enum dbrc rc;

	if ((rc = db_run(db, &each_item, owner)) != DB_DONE)
		return db_status(rc);
	while ((rc = db_next(db, &each_item, ROW_OF(&t))) == DB_DONE)
		each(out, &t);
	return rc == DB_NONE ? OK : db_status(rc);
}

/* The rows of a page (one more was asked for), then "next" and "seq". */
static enum status
write_page(struct db *db, const struct stmt *st, const struct page *p,
    int64_t seq, bool by_seq, struct buf *b)
{
	struct todo t;
	char key[ORDER_MAX + 1] = "", id[UUID_TEXT];
	enum dbrc rc;
	int n;

	buf_json_open(b, NULL, '{');
	buf_json_open(b, "items", '[');
	for (n = 0; (rc = db_next(db, st, ROW_OF(&t))) == DB_DONE; n++) {
		if (n == p->limit)
			continue;
		todo_write(b, NULL, &t);
		uuid_text(&t.id, true, id);
		if (by_seq)
			snprintf(key, sizeof(key), "%" PRId64, t.seq);
		else
			memcpy(key, t.position, sizeof(key));
	}
	if (rc != DB_NONE)
		return db_status(rc);
	buf_json_close(b, ']');
	if (n > p->limit) {
		buf_printf(b, ",\"next\":\"%s.%s\"", key, id);
	} else {
		buf_json_null(b, "next");
	}
	buf_json_int(b, "seq", seq);
	buf_json_close(b, '}');
	return OK;
}

enum status
todo_list(struct db *db, const struct uuid *owner, enum todo_filter filter,
    const struct page *p, int64_t seq, struct buf *b)
{
	const struct stmt *st = &lists[filter];
	int64_t more = p->limit + 1;
	enum dbrc rc;

	rc = filter == TRASH ? db_run(db, st, owner, p->position, p->position,
				   &p->id, todo_trash_end(), more)
			     : db_run(db, st, owner, p->position, p->position,
				   &p->id, more);
	if (rc != DB_DONE)
		return db_status(rc);
	return write_page(db, st, p, seq, false, b);
}

enum status
todo_changes(struct db *db, const struct uuid *owner, int64_t since,
    const struct page *p, int64_t seq, struct buf *b)
{
	int64_t from = p->has_cursor ? p->seq : since, forgotten;
	enum dbrc rc;

	if ((rc = db_one(db, &purged, owner, &forgotten)) != DB_DONE)
		return db_status(rc);
	if (since > seq || (since > 0 && since < forgotten))
		return RESYNC;
	/* Without a cursor: beyond every id that has seq == since. */
	rc = db_run(db, &changes, owner, from,
	    p->has_cursor ? from : INT64_C(-1), &p->id, (int64_t)p->limit + 1);
	if (rc != DB_DONE)
		return db_status(rc);
	return write_page(db, &changes, p, seq, true, b);
}
