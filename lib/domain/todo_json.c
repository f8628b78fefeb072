/* Items in and out of JSON, and the cursors of their pages. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf_json.h"
#include "base/clock.h"
#include "base/text.h"
#include "domain/todo.h"

static enum status
read_text(const struct json *j, const char *key, enum text_kind kind,
    size_t min, size_t max, char *dst, size_t size, struct fault *f)
{
	const char *s;
	enum status st;

	if ((st = json_get_string(j, key, &s, f)) != OK)
		return st;
	return text_take(s, kind, min, max, dst, size, key, f);
}

static enum status
read_position(const struct json *j, struct todo_edit *e, struct fault *f)
{
	const char *s;
	enum status st;

	if ((st = json_get_string(j, "position", &s, f)) != OK)
		return st;
	if (!order_valid(s))
		return fault_set(f, INVALID_FIELD, "position",
		    "Must be a fractional key such as a0V.");
	snprintf(e->position, sizeof(e->position), "%s", s);
	return OK;
}

static enum status
read_note(
    const struct json *j, struct note *n, struct todo_edit *e, struct fault *f)
{
	e->note = n->text;
	return read_text(
	    j, "note", TEXT_LINES, 0, NOTE_MAX, n->text, sizeof(n->text), f);
}

static enum status
read_field(const struct json *j, unsigned field, struct note *n,
    struct todo_edit *e, struct fault *f)
{
	switch (field) {
	case TITLE:
		return read_text(j, "title", TEXT_LINE, 1, TITLE_MAX, e->title,
		    sizeof(e->title), f);
	case NOTE:
		return read_note(j, n, e, f);
	case DONE:
		return json_get_bool(j, "done", &e->done, f);
	case DUE:
		return due_read(j, &e->due, f);
	default:
		return read_position(j, e, f);
	}
}

void
todo_edit_clear(struct todo_edit *e)
{
	e->fields = 0;
	e->title[0] = e->position[0] = '\0';
	e->note = "";
	e->done = false;
	memset(&e->due, 0, sizeof(e->due));
}

enum status
todo_read(const struct json *j, bool whole, struct note *n, struct todo_edit *e,
    struct fault *f)
{
	static const char *const known[] = { "title", "note", "done", "due",
		"position", NULL };
	enum status st;
	int i;

	todo_edit_clear(e);
	if ((st = json_only(j, known, f)) != OK)
		return st;
	for (i = 0; known[i] != NULL; i++) {
		if (!json_has(j, known[i]) && !(whole && i == 0))
			continue;
		if ((st = read_field(j, 1u << i, n, e, f)) != OK)
			return st;
		e->fields |= 1u << i;
	}
	return OK;
}

static int
compare_ids(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct uuid));
}

enum status
todo_read_ids(const struct json *j, struct todo_ids *ids, struct fault *f)
{
	static const char *const known[] = { "ids", NULL };
	const char *text[IDS_MAX];
	enum status st;
	size_t n, i;

	if ((st = json_only(j, known, f)) != OK ||
	    (st = json_get_strings(j, "ids", IDS_MAX, text, &n, f)) != OK)
		return st;
	for (i = 0; i < n; i++)
		if (!uuid_parse(text[i], true, &ids->id[i]))
			return fault_set(
			    f, INVALID_FIELD, "ids", "Each must be a UUID.");
	qsort(ids->id, n, sizeof(ids->id[0]), compare_ids);
	for (ids->n = 0, i = 0; i < n; i++)
		if (i == 0 || !uuid_equal(&ids->id[i], &ids->id[ids->n - 1]))
			ids->id[ids->n++] = ids->id[i];
	return OK;
}

void
todo_write(struct buf *b, const char *key, const struct todo *t)
{
	buf_json_open(b, key, '{');
	buf_json_uuid(b, "id", &t->id);
	buf_json_string(b, "title", t->title);
	buf_json_string(b, "note", t->note);
	buf_json_bool(b, "done", t->done != 0);
	due_write(b, &t->due);
	buf_json_string(b, "position", t->position);
	buf_json_time(b, "created", t->created);
	buf_json_time(b, "updated", t->updated);
	buf_json_time(b, "completed", t->completed);
	buf_json_time(b, "deleted", t->deleted);
	buf_json_int(b, "seq", t->seq);
	buf_json_close(b, '}');
}

/*
 * A cursor is "KEY.UUID" of the last item of a page, where KEY is its
 * position or its seq: both are plain letters and digits.
 */
bool
page_read(const char *text, bool changes, struct page *p)
{
	const char *dot = strchr(text, '.');
	size_t n;

	if (dot == NULL || !uuid_parse(dot + 1, true, &p->id))
		return false;
	if ((n = (size_t)(dot - text)) == 0 || n > ORDER_MAX)
		return false;
	snprintf(p->position, sizeof(p->position), "%.*s", (int)n, text);
	p->has_cursor = true;
	if (!changes)
		return order_valid(p->position);
	p->seq = strtoll(p->position, NULL, 10);
	return n <= 18 && strspn(p->position, "0123456789") == n;
}
