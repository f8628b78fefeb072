/* Reading lists: one item, pages of them, what changed. */
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/buf_json.h"
#include "base/clock.h"
#include "domain/todo_row.h"

/* Only while there is the account: what it had goes piece by piece. */
static const struct stmt by_id = { "SELECT " COLUMNS_OF(
    "t.") " FROM change_counter c"
	  " JOIN todo t ON t.account_id = c.account_id"
	  " WHERE c.account_id = ? AND t.id = ?" };
/*
 * One page of a list, with the counter in each row: one statement, one moment.
 * The first page says nothing of a cursor, and the index is named: both spare
 * the server work, a third of the whole. The condition tells the filters apart.
 *
 * What the condition leaves out is read with its note all the same, and there
 * may be thousands of it before the first that is wanted: after 0.1 s the
 * server gives up, and the page is looked for without the notes, which takes
 * twice as long where there is nothing to leave out.
 */
#define LIST(cursor, condition) \
	{ \
		"SET STATEMENT max_statement_time = 0.1 FOR" \
		" SELECT c.seq, " COLUMNS_OF( \
		    "t.") " FROM change_counter c" \
			  " JOIN todo t FORCE INDEX (PRIMARY)" \
			  " WHERE c.account_id = ? AND t.account_id = " \
			  "?" cursor " AND " condition \
			  " ORDER BY t.position, t.id LIMIT ?" \
	}
#define FAR_LIST(cursor, condition) \
	{ \
		"SELECT c.seq, " COLUMNS_OF( \
		    "t.") " FROM (SELECT account_id, seq" \
			  " FROM change_counter WHERE account_id = ?) c" \
			  " JOIN (SELECT t.position, t.id FROM todo t" \
			  " FORCE INDEX (PRIMARY) WHERE t.account_id = " \
			  "?" cursor " AND " condition \
			  " ORDER BY t.position, t.id LIMIT ?) k" \
			  " JOIN todo t ON t.account_id = c.account_id" \
			  " AND t.position = k.position AND t.id = k.id" \
			  " ORDER BY k.position, k.id" \
	}
#define AFTER " AND (t.position > ? OR (t.position = ? AND t.id > ?))"

#define IS_ACTIVE "t.deleted IS NULL AND t.done = 0"
#define IS_DONE   "t.deleted IS NULL AND t.done = 1"
#define FIRST_AND_NEXT(list) \
	{ \
		[ALL] = { list("", "t.deleted IS NULL"), \
			list(AFTER, "t.deleted IS NULL") }, \
		[ACTIVE] = { list("", IS_ACTIVE), list(AFTER, IS_ACTIVE) }, \
		[COMPLETED] = { list("", IS_DONE), list(AFTER, IS_DONE) }, \
		[TRASH] = { list("", "t.deleted > ?"), \
			list(AFTER, "t.deleted > ?") }, \
	}

static const struct stmt near_pages[][2] = FIRST_AND_NEXT(LIST);
static const struct stmt far_pages[][2] = FIRST_AND_NEXT(FAR_LIST);
static const struct stmt titles = {
	"SELECT t.id, t.title, t.done, t.created FROM change_counter c"
	" JOIN todo t FORCE INDEX (todo_created)"
	" WHERE c.account_id = ? AND t.account_id = ? AND t.deleted IS NULL"
	" AND (t.created > ? OR (t.created = ? AND t.id > ?))"
	" ORDER BY t.created, t.id LIMIT ?"
};
static const struct stmt changes = {
	"SELECT " COLUMNS " FROM todo WHERE account_id = ?"
	" AND (seq > ? OR (seq = ? AND id > ?)) ORDER BY seq, id LIMIT ?"
};
enum status
todo_get(struct db *db, const struct uuid *owner, const struct uuid *id,
    struct note *text, struct todo *t)
{
	enum status st = db_status(db_one(db, &by_id,
	    DB_IN(db_uuid(owner), db_uuid(id)), DB_OUT(ROW_OF(t, text))));

	t->note = text->text;
	if (st == OK && t->deleted != CLOCK_NONE &&
	    t->deleted <= todo_trash_end())
		return NOT_FOUND;
	return st;
}

enum status
todo_titles(struct db *db, const struct uuid *owner, struct titles *at,
    void (*each)(struct buf *, const struct todo *), struct buf *out)
{
	struct todo t;
	enum dbrc rc;
	int64_t n = 0;

	rc = db_select(db, &titles,
	    DB_IN(db_uuid(owner), db_uuid(owner), db_time(at->created),
		db_time(at->created), db_uuid(&at->id), db_int(PAGE_MAX)),
	    DB_OUT(db_to_uuid(&t.id), db_to_text(t.title), db_to_int(&t.done),
		db_to_time(&t.created)));
	if (rc != DB_DONE)
		return db_status(rc);
	for (; (rc = db_next(db)) == DB_DONE; n++) {
		each(out, &t);
		*at = (struct titles){ t.created, t.id, false };
	}
	at->more = n == PAGE_MAX;
	return rc == DB_NONE ? OK : db_status(rc);
}

/*
 * A page in the making, and where the next one begins. It has no more than its
 * limit of items nor, when it has one, of bytes.
 */
struct making {
	struct page at; /* its cursor moves on */
	struct buf *out;
	size_t start;
	int n;
	bool more;
	atomic_uint *item_bytes;
};

/* Asked for by one statement: an answer of the default limit, and one more. */
#define AT_ONCE 101

/*
 * Bytes of an item in the last page of an account; 0: not known. Accounts may
 * share a number: then more rows are asked for than fit, or fewer.
 */
static atomic_uint item_bytes[4096];

static struct making
open_page(const struct uuid *owner, const struct page *p, struct buf *b)
{
	const uint8_t *last = owner->b + sizeof(owner->b) - 2;
	struct making m = { .at = *p, .out = b, .start = b->len };

	m.item_bytes = &item_bytes[(last[0] << 8 | last[1]) & 4095];

	buf_json_open(b, NULL, '{');
	buf_json_open(b, "items", '[');
	return m;
}

static void
close_page(const struct making *m, bool by_seq, int64_t seq)
{
	char id[UUID_TEXT];
	struct buf *b = m->out;

	if (m->n > 0)
		*m->item_bytes = (unsigned)(b->len - m->start) / (unsigned)m->n;
	buf_json_close(b, ']');
	uuid_text(&m->at.id, true, id);
	if (!m->more)
		buf_json_null(b, "next");
	else if (by_seq)
		buf_printf(b, ",\"next\":\"%" PRId64 ".%s\"", m->at.seq, id);
	else
		buf_printf(b, ",\"next\":\"%s.%s\"", m->at.position, id);
	buf_json_int(b, "seq", seq);
	buf_json_close(b, '}');
}

/* Its next item, or what begins the next one: false. */
static bool
add_item(struct making *m, const struct todo *t)
{
	size_t before = m->out->len;

	if ((m->more = m->n == m->at.limit))
		return false;
	todo_write(m->out, NULL, t);
	if ((m->more = m->n > 0 && m->out->len - m->start > PAGE_BYTES)) {
		buf_cut(m->out, before);
		return false;
	}
	m->n++;
	m->at.has_cursor = true;
	m->at.seq = t->seq;
	m->at.id = t->id;
	memcpy(m->at.position, t->position, sizeof(m->at.position));
	return true;
}

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/*
 * How many rows to ask for: not many more than fit, for what the server has
 * begun to send must be taken.
 */
static int64_t
rows_wanted(const struct making *m)
{
	size_t used = m->out->len - m->start;
	size_t each = m->n > 0 ? used / (size_t)m->n : *m->item_bytes;
	int64_t fit = AT_ONCE;

	if (each > 0)
		fit = (int64_t)((PAGE_BYTES - used) / each) + 2;
	if (m->n == 0)
		fit = least(fit, AT_ONCE);
	return least(fit, m->at.limit - m->n + 1);
}

/* The parameters of a page's statement, in their order. */
static enum dbrc
run_list(struct db *db, const struct stmt *st, const struct uuid *owner,
    enum todo_filter filter, const struct page *p, int64_t most,
    struct db_outs out)
{
	struct db_in in[7] = { db_uuid(owner), db_uuid(owner) };
	size_t n = 2;

	if (p->has_cursor) {
		in[n++] = db_text(p->position);
		in[n++] = db_text(p->position);
		in[n++] = db_uuid(&p->id);
	}
	if (filter == TRASH)
		in[n++] = db_time(todo_trash_end());
	in[n++] = db_int(most);
	return db_select(db, st, (struct db_ins){ in, n }, out);
}

/* Up to so many rows into the page; DB_NONE: it has all that it shall have. */
static enum dbrc
list_rows(struct db *db, const struct stmt pages[][2], const struct uuid *owner,
    enum todo_filter filter, struct making *m, int64_t *seq)
{
	const struct stmt *st = &pages[filter][m->at.has_cursor];
	int64_t wanted = rows_wanted(m), n = 0, now;
	struct note text;
	struct todo t;
	enum dbrc rc;

	rc = run_list(db, st, owner, filter, &m->at, wanted,
	    DB_OUT(db_to_int(&now), ROW_OF(&t, &text)));
	if (rc != DB_DONE)
		return rc;
	t.note = text.text;
	for (; (rc = db_next(db)) == DB_DONE; n++) {
		if (*seq < 0)
			*seq = now;
		if (!add_item(m, &t)) {
			db_stop(db);
			return DB_NONE;
		}
	}
	return rc == DB_NONE && n == wanted ? DB_DONE : rc;
}

static enum dbrc
all_rows(struct db *db, const struct uuid *owner, enum todo_filter filter,
    struct making *m, int64_t *seq)
{
	enum dbrc rc;

	while (
	    (rc = list_rows(db, near_pages, owner, filter, m, seq)) == DB_DONE)
		;
	if (rc != DB_AWAY)
		return rc;
	while (
	    (rc = list_rows(db, far_pages, owner, filter, m, seq)) == DB_DONE)
		;
	return rc;
}

/* The counter is that of the first row; no row says nothing of it. */
enum status
todo_list(struct db *db, const struct uuid *owner, enum todo_filter filter,
    const struct page *p, int64_t *seq, struct buf *b)
{
	struct making m = open_page(owner, p, b);
	struct version v;
	enum status st;
	enum dbrc rc;

	*seq = -1;
	if ((rc = all_rows(db, owner, filter, &m, seq)) != DB_NONE)
		return db_status(rc);
	if (*seq < 0) {
		if ((st = version_get(db, owner, &v)) != OK)
			return st;
		*seq = v.seq;
	}
	close_page(&m, false, *seq);
	return OK;
}

static enum dbrc
change_rows(
    struct db *db, const struct uuid *owner, int64_t since, struct making *m)
{
	int64_t wanted = rows_wanted(m), n = 0;
	const struct page *p = &m->at;
	struct note text;
	struct todo t;
	enum dbrc rc;

	/* Without a cursor: beyond every id that has seq == since. */
	rc = db_select(db, &changes,
	    DB_IN(db_uuid(owner), db_int(p->has_cursor ? p->seq : since),
		db_int(p->has_cursor ? p->seq : INT64_C(-1)), db_uuid(&p->id),
		db_int(wanted)),
	    DB_OUT(ROW_OF(&t, &text)));
	if (rc != DB_DONE)
		return rc;
	t.note = text.text;
	for (; (rc = db_next(db)) == DB_DONE; n++)
		if (!add_item(m, &t)) {
			db_stop(db);
			return DB_NONE;
		}
	return rc == DB_NONE && n == wanted ? DB_DONE : rc;
}

enum status
todo_changes(struct db *db, const struct uuid *owner, int64_t since,
    const struct page *p, const struct version *v, struct buf *b)
{
	struct making m;
	enum dbrc rc;

	if (since > v->seq || (since > 0 && since < v->purged))
		return RESYNC;
	m = open_page(owner, p, b);
	while ((rc = change_rows(db, owner, since, &m)) == DB_DONE)
		;
	if (rc != DB_NONE)
		return db_status(rc);
	close_page(&m, true, v->seq);
	return OK;
}
