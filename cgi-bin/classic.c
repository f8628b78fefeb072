/*
 * The classic API of the book "React.js, Spring Boot, AWS": /todo, with the
 * same words, and with the check of ownership that the original lacks. Every
 * write answers with the whole list. Its log-in is in auth.c.
 */
#include "base/buf_json.h"
#include "base/log.h"
#include "base/text.h"
#include "domain/todo.h"
#include "http/classic.h"
#include "fcgi/serve.h"

static void
write_item(struct buf *b, const struct todo *t)
{
	char id[UUID_TEXT];

	uuid_text(&t->id, false, id);
	buf_json_open(b, NULL, '{');
	buf_json_string(b, "id", id);
	buf_json_string(b, "title", t->title);
	buf_json_bool(b, "done", t->done != 0);
	buf_json_close(b, '}');
}

/* More of a list is sent before the rest is read. */
#define PART (256 * 1024)

static enum status
all_items(struct req *req, struct res *res)
{
	struct titles at = { 0 };
	enum status st;

	do {
		if (res->body.len > PART && !res_part(req, res))
			return UNAVAILABLE;
		st = todo_titles(req->db, &req->session.account, &at,
		    write_item, &res->body);
	} while (st == OK && at.more);
	return st;
}

static enum status
whole_list(struct req *req, struct res *res)
{
	enum status st;

	buf_json_open(&res->body, NULL, '{');
	buf_json_null(&res->body, "error");
	buf_json_open(&res->body, "data", '[');
	if ((st = all_items(req, res)) != OK) {
		buf_clear(&res->body);
		return st;
	}
	buf_json_close(&res->body, ']');
	buf_json_close(&res->body, '}');
	return OK;
}

/* Absent or null is empty, as it was there; done must be a boolean. */
static enum status
read_item(struct req *req, struct res *res, struct todo_edit *e)
{
	const char *title = "";
	struct fault *f = &res->fault;

	todo_edit_clear(e);
	e->fields = TITLE | DONE;
	if (json_has(req->json, "title") && !json_is_null(req->json, "title") &&
	    json_get_string(req->json, "title", &title, f) != OK)
		return classic_bad_request(res, "title must be a string");
	if (text_take(title, TEXT_LINE, 0, TITLE_MAX, e->title,
		sizeof(e->title), "title", f) != OK)
		return classic_bad_request(res,
		    "title must be a line of at most 500 "
		    "characters");
	if (json_has(req->json, "done") && !json_is_null(req->json, "done") &&
	    json_get_bool(req->json, "done", &e->done, f) != OK)
		return classic_bad_request(res, "done must be true or false");
	return OK;
}

/* 32 hexadecimal characters; false for what can be no id of ours. */
static bool
read_id(struct req *req, struct uuid *id)
{
	const char *text;
	struct fault ignored = { 0 };

	return json_get_string(req->json, "id", &text, &ignored) == OK &&
	       uuid_parse(text, false, id);
}

/* Nobody sends conditions here. */
static void
read_writer(struct req *req, struct res *res, struct writer *w)
{
	*w = (struct writer){ .owner = &req->session.account,
		.request = &req->id,
		.condition = { "", "" },
		.retry_after = &res->retry_after };
	writer_name(w, req_header(req, "HTTP_IDEMPOTENCY_KEY"),
	    req_header(req, "REQUEST_METHOD"), req->path, req->body,
	    req->body_len);
}

static enum status
post(struct req *req, struct res *res)
{
	struct writer who;
	struct todo_edit e;
	struct note text;
	struct todo t;
	const char *key = req_header(req, "HTTP_IDEMPOTENCY_KEY");
	enum status st;

	if ((st = read_item(req, res, &e)) != OK)
		return st;
	read_writer(req, res, &who);
	st = todo_post(req->db, &who, *key != '\0' ? key : req->id_text,
	    req->body, req->body_len, &e, &text, &t);
	if (st == LIST_FULL || st == ACCOUNT_FULL)
		return classic_bad_request(res, status_title(st));
	return st == CREATED ? whole_list(req, res) : st;
}

static enum status
put(struct req *req, struct res *res)
{
	struct writer who;
	struct todo_edit e;
	struct note text;
	struct todo t;
	struct uuid id;
	enum status st;

	if (!json_has(req->json, "id") || json_is_null(req->json, "id"))
		return classic_bad_request(
		    res, "The given id must not be null!");
	if ((st = read_item(req, res, &e)) != OK)
		return st;
	read_writer(req, res, &who);
	/* An unknown id, or somebody else's: nothing happens, as it did. */
	if (read_id(req, &id) &&
	    (st = todo_patch(req->db, &who, &id, &e, &text, &t)) != OK &&
	    st != NOT_FOUND)
		return st == ACCOUNT_FULL
			   ? classic_bad_request(res, status_title(st))
			   : st;
	return whole_list(req, res);
}

static enum status
delete_item(struct req *req, struct res *res)
{
	struct writer who;
	struct uuid id;
	enum status st;

	if (!json_has(req->json, "id") || json_is_null(req->json, "id"))
		return classic_bad_request(res, "error deleting entity null");
	read_writer(req, res, &who);
	if (read_id(req, &id) && (st = todo_delete(req->db, &who, &id)) != OK &&
	    st != NOT_FOUND)
		return st;
	return whole_list(req, res);
}

static enum status
up(struct req *req, struct res *res)
{
	(void)req;
	res->type = "text/plain;charset=UTF-8";
	buf_str(&res->body, "The service is up and running...");
	return OK;
}

#define OWNER (CLASSIC | SESSION | RECENT)

static const struct route routes[] = {
	{ GET, "/", CLASSIC, up },
	{ GET, "/todo", OWNER, whole_list },
	{ POST, "/todo", OWNER | BODY, post },
	{ PUT, "/todo", OWNER | BODY, put },
	{ DELETE, "/todo", OWNER | BODY, delete_item },
	{ 0, NULL, 0, NULL },
};

int
main(void)
{
	log_open("classic");
	todo_read_limits();
	return serve("classic", routes, NULL);
}
