/* Reading lists: one item, pages of them, what changed. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "todo_row.h"

const struct stmt todo_by_id = { "SELECT " COLUMNS
				 " FROM todo WHERE account_id = ? AND id = ?",
	"uu", ROW };
/*
 * One page of a list, with the counter in each row: one statement, one moment.
 * The first page says nothing of a cursor, and the index is named: both spare
 * the server work, a third of the whole. The condition tells the filters apart.
 */
#define LIST(cursor, condition, in) \
	{ \
		"SELECT c.seq, " COLUMNS_OF( \
		    "t.") " FROM change_counter c" \
			  " JOIN todo t FORCE INDEX (PRIMARY)" \
			  " WHERE c.account_id = ? AND t.account_id = " \
			  "?" cursor " AND " condition \
			  " ORDER BY t.position, t.id LIMIT ?", \
		    in, "i" ROW \
	}
#define AFTER " AND (t.position > ? OR (t.position = ? AND t.id > ?))"

static const struct stmt first_pages[] = {
	[ALL] = LIST("", "t.deleted IS NULL", "uui"),
	[ACTIVE] = LIST("", "t.deleted IS NULL AND t.done = 0", "uui"),
	[COMPLETED] = LIST("", "t.deleted IS NULL AND t.done = 1", "uui"),
	[TRASH] = LIST("", "t.deleted > ?", "uuti"),
};
static const struct stmt next_pages[] = {
	[ALL] = LIST(AFTER, "t.deleted IS NULL", "uussui"),
	[ACTIVE] = LIST(AFTER, "t.deleted IS NULL AND t.done = 0", "uussui"),
	[COMPLETED] = LIST(AFTER, "t.deleted IS NULL AND t.done = 1", "uussui"),
	[TRASH] = LIST(AFTER, "t.deleted > ?", "uussuti"),
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
static const struct stmt version = {
	"SELECT seq, purged FROM change_counter WHERE account_id = ?", "u", "ii"
};

static const struct stmt versions = {
	"SELECT account_id, seq, purged FROM change_counter"
	" WHERE account_id IN (?, ?, ?, ?, ?, ?, ?, ?)",
	"uuuuuuuu", "uii"
};

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

enum status
todo_version(struct db *db, const struct uuid *owner, struct version *v)
{
	enum status st = db_status(
	    db_one(db, &version, owner, &v->seq, &v->purged));

	return st == NOT_FOUND ? NO_SESSION : st;
}

enum status
todo_versions(struct db *db, const struct uuid *const *owners, size_t n,
    struct version *ret)
{
	const struct uuid *o[VERSIONS_MOST];
	struct uuid owner;
	struct version v;
	enum dbrc rc;
	size_t i;

	/* What is not wanted is asked for twice. */
	for (i = 0; i < VERSIONS_MOST; i++)
		o[i] = owners[i < n ? i : 0];
	for (i = 0; i < n; i++)
		ret[i].seq = -1;
	rc = db_run(
	    db, &versions, o[0], o[1], o[2], o[3], o[4], o[5], o[6], o[7]);
	if (rc != DB_DONE)
		return db_status(rc);
	while (
	    (rc = db_next(db, &versions, &owner, &v.seq, &v.purged)) == DB_DONE)
		for (i = 0; i < n; i++)
			if (uuid_equal(owners[i], &owner))
				ret[i] = v;
	return rc == DB_NONE ? OK : db_status(rc);
}

/* What comes after the n-th item; key: where the next page begins. */
static void
close_page(struct buf *b, bool more, const char *key, const struct uuid *last,
    int64_t seq)
{
	char id[UUID_TEXT];

	buf_json_close(b, ']');
	if (more) {
		uuid_text(last, true, id);
		buf_printf(b, ",\"next\":\"%s.%s\"", key, id);
	} else {
		buf_json_null(b, "next");
	}
	buf_json_int(b, "seq", seq);
	buf_json_close(b, '}');
}

static void
open_page(struct buf *b)
{
	buf_json_open(b, NULL, '{');
	buf_json_open(b, "items", '[');
}

/* No row says nothing of the counter. */
static enum status
empty_list(struct db *db, const struct uuid *owner, int64_t *seq, struct buf *b)
{
	struct version v;
	enum status st = todo_version(db, owner, &v);

	if (st != OK)
		return st;
	*seq = v.seq;
	open_page(b);
	close_page(b, false, NULL, NULL, v.seq);
	return OK;
}

static enum dbrc
run_list(struct db *db, const struct uuid *owner, enum todo_filter filter,
    const struct page *p)
{
	const struct stmt *first = &first_pages[filter];
	const struct stmt *next = &next_pages[filter];
	int64_t most = p->limit + 1;

	if (filter == TRASH && p->has_cursor)
		return db_run(db, next, owner, owner, p->position, p->position,
		    &p->id, todo_trash_end(), most);
	if (filter == TRASH)
		return db_run(db, first, owner, owner, todo_trash_end(), most);
	if (p->has_cursor)
		return db_run(db, next, owner, owner, p->position, p->position,
		    &p->id, most);
	return db_run(db, first, owner, owner, most);
}

enum status
todo_list(struct db *db, const struct uuid *owner, enum todo_filter filter,
    const struct page *p, int64_t *seq, struct buf *b)
{
	const struct stmt *st = p->has_cursor ? &next_pages[filter]
					      : &first_pages[filter];
	char key[ORDER_MAX + 1];
	struct uuid last;
	struct todo t;
	enum dbrc rc;
	int n;

	if ((rc = run_list(db, owner, filter, p)) != DB_DONE)
		return db_status(rc);
	for (n = 0; (rc = db_next(db, st, seq, ROW_OF(&t))) == DB_DONE; n++) {
		if (n == p->limit)
			continue;
		if (n == 0)
			open_page(b);
		todo_write(b, NULL, &t);
		memcpy(key, t.position, sizeof(key));
		last = t.id;
	}
	if (rc != DB_NONE)
		return db_status(rc);
	if (n == 0)
		return empty_list(db, owner, seq, b);
	close_page(b, n > p->limit, key, &last, *seq);
	return OK;
}

enum status
todo_changes(struct db *db, const struct uuid *owner, int64_t since,
    const struct page *p, const struct version *v, struct buf *b)
{
	int64_t from = p->has_cursor ? p->seq : since;
	struct uuid last = p->id;
	char key[24] = "";
	struct todo t;
	enum dbrc rc;
	int n;

	if (since > v->seq || (since > 0 && since < v->purged))
		return RESYNC;
	/* Without a cursor: beyond every id that has seq == since. */
	rc = db_run(db, &changes, owner, from,
	    p->has_cursor ? from : INT64_C(-1), &p->id, (int64_t)p->limit + 1);
	if (rc != DB_DONE)
		return db_status(rc);
	open_page(b);
	for (n = 0; (rc = db_next(db, &changes, ROW_OF(&t))) == DB_DONE; n++) {
		if (n == p->limit)
			continue;
		todo_write(b, NULL, &t);
		snprintf(key, sizeof(key), "%" PRId64, t.seq);
		last = t.id;
	}
	if (rc != DB_NONE)
		return db_status(rc);
	close_page(b, n > p->limit, key, &last, v->seq);
	return OK;
}
