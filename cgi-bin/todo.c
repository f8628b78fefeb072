/*
 * The list: /api/v1/todos and /api/v1/changes. See docs/openapi.yaml.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "cache/page_cache.h"
#include "domain/todo.h"
#include "fcgi/serve.h"

/* {id} of the path; what is no UUID is no item. */
static enum status
path_id(const struct req *req, struct uuid *id)
{
	return uuid_parse(req->arg, true, id) ? OK : NOT_FOUND;
}

/* 1 to 200 visible ASCII characters, or none. */
static enum status
read_key(struct req *req, struct res *res, const char **ret)
{
	const char *p;

	*ret = req_header(req, "HTTP_IDEMPOTENCY_KEY");
	for (p = *ret; *p > ' ' && *p <= '~'; p++)
		;
	if (*p != '\0' || p - *ret > 200)
		return fault_set(&res->fault, BAD_REQUEST, "Idempotency-Key",
		    "Must be 1 to 200 visible ASCII characters.");
	return OK;
}

static enum status
read_etags(struct req *req, struct res *res, const char *cgi_name,
    const char *name, const char **ret)
{
	*ret = req_header(req, cgi_name);
	if (etag_valid(*ret))
		return OK;
	return fault_set(&res->fault, BAD_REQUEST, name,
	    "Must be * or entity tags such as \"17\".");
}

/* What the client holds already; nothing else is asked of a GET. */
static enum status
read_held(struct req *req, struct res *res, const char **ret)
{
	return read_etags(req, res, "HTTP_IF_NONE_MATCH", "If-None-Match", ret);
}

static enum status
read_writer(struct req *req, struct res *res, struct writer *w)
{
	const char *key;
	enum status st;

	w->owner = &req->session.account;
	w->request = &req->id;
	w->retry_after = &res->retry_after;
	w->until = req->until;
	if ((st = read_etags(req, res, "HTTP_IF_MATCH", "If-Match",
		 &w->condition.match)) != OK ||
	    (st = read_held(req, res, &w->condition.none)) != OK ||
	    (st = read_key(req, res, &key)) != OK)
		return st;
	writer_name(w, key,
	    *key != '\0' ? req_header(req, "REQUEST_METHOD") : "", req->path,
	    req->body, req->body_len);
	return OK;
}

static enum status
send_item(struct res *res, const struct todo *t, enum status st)
{
	res_header(res, "ETag", "\"%" PRId64 "\"", t->seq);
	todo_write(&res->body, NULL, t);
	return st;
}

static enum status
bad_query(struct res *res, const char *name, const char *why)
{
	return fault_set(&res->fault, BAD_QUERY, name, "%s", why);
}

/* A whole number from min to max. */
static enum status
query_int(struct req *req, struct res *res, const char *name, int64_t min,
    int64_t max, int64_t *ret)
{
	char text[24], *end;
	enum status st = OK;

	if (!req_query(req, name, text, sizeof(text), &st, &res->fault) ||
	    st != OK)
		return st;
	*ret = strtoll(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != '\0' || *ret < min ||
	    *ret > max)
		return fault_set(&res->fault, BAD_QUERY, name,
		    "Must be an integer from %" PRId64 " to %" PRId64 ".", min,
		    max);
	return OK;
}

static enum status
query_page(struct req *req, struct res *res, bool changes, struct page *p)
{
	char text[ORDER_MAX + UUID_TEXT + 1];
	int64_t limit = 100;
	enum status st;

	memset(p, 0, sizeof(*p));
	if ((st = query_int(req, res, "limit", 1, PAGE_MAX, &limit)) != OK)
		return st;
	p->limit = (int)limit;
	if (req_query(req, "cursor", text, sizeof(text), &st, &res->fault) &&
	    st == OK && !page_read(text, changes, p))
		return bad_query(
		    res, "cursor", "Not a cursor returned by this API.");
	return st;
}

static enum status
query_filter(struct req *req, struct res *res, enum todo_filter *ret)
{
	static const char *const names[] = { [ALL] = "all",
		[ACTIVE] = "active",
		[COMPLETED] = "completed",
		[TRASH] = "trash" };
	char text[16];
	enum status st = OK;
	int i;

	*ret = ALL;
	if (!req_query(req, "filter", text, sizeof(text), &st, &res->fault))
		return OK;
	for (i = ALL; st == OK && i <= TRASH; i++)
		if (strcmp(text, names[i]) == 0) {
			*ret = (enum todo_filter)i;
			return OK;
		}
	return bad_query(
	    res, "filter", "Must be all, active, completed or trash.");
}

/* The whole list has one version: the account's counter. */
static void
send_version(struct res *res, int64_t seq)
{
	res_header(res, "ETag", "W/\"%" PRId64 "\"", seq);
}

/*
 * The account's version, as of a moment when this request was there already:
 * what look_ahead() found is as good.
 */
static enum status
find_version(const struct req *req, struct version *v)
{
	if (!req->has_prefetch)
		return version_get(req->db, &req->session.account, v);
	*v = req->prefetched;
	return OK;
}

/*
 * What needs the counter alone: the client has this version, or it is kept
 * here. false: the list must be read.
 */
static bool
answer_shortly(struct req *req, struct res *res,
    const struct page_cache_key *key, const char *held, enum status *st)
{
	struct version v;

	if (!page_cache_has(key) && *held == '\0')
		return false;
	if ((*st = find_version(req, &v)) != OK)
		return true;
	if (etag_names(held, v.seq))
		*st = NOT_MODIFIED;
	else if (!page_cache_get(key, v.seq, &res->body))
		return false;
	send_version(res, v.seq);
	return true;
}

static enum status
list(struct req *req, struct res *res)
{
	static const char *const known[] = { "filter", "limit", "cursor",
		NULL };
	const struct uuid *owner = &req->session.account;
	enum todo_filter filter;
	const char *held;
	struct page_cache_key key;
	struct page page;
	enum status st;
	int64_t seq;
	bool keep;

	if ((st = req_query_only(req, known, &res->fault)) != OK ||
	    (st = query_filter(req, res, &filter)) != OK ||
	    (st = query_page(req, res, false, &page)) != OK ||
	    (st = read_held(req, res, &held)) != OK)
		return st;
	/* The clock too changes what is in the trash. */
	keep = !page.has_cursor && filter != TRASH;
	key = (struct page_cache_key){ *owner, (int)filter,
		keep ? page.limit : 0 };
	if (answer_shortly(req, res, &key, held, &st))
		return st;
	st = todo_list(req->db, owner, filter, &page, &seq, &res->body);
	if (st != OK)
		return st;
	send_version(res, seq);
	if (keep)
		page_cache_put(&key, seq, &res->body);
	return OK;
}

static enum status
changes(struct req *req, struct res *res)
{
	static const char *const known[] = { "since", "limit", "cursor", NULL };
	const struct uuid *owner = &req->session.account;
	const char *held;
	struct version v;
	struct page page;
	int64_t since = 0;
	enum status st;

	if ((st = req_query_only(req, known, &res->fault)) != OK ||
	    (st = query_int(req, res, "since", 0, INT64_MAX - 1, &since)) !=
		OK ||
	    (st = query_page(req, res, true, &page)) != OK ||
	    (st = read_held(req, res, &held)) != OK ||
	    (st = find_version(req, &v)) != OK)
		return st;
	send_version(res, v.seq);
	if (etag_names(held, v.seq))
		return NOT_MODIFIED;
	return todo_changes(req->db, owner, since, &page, &v, &res->body);
}

static enum status
get(struct req *req, struct res *res)
{
	const char *held;
	struct note text;
	struct uuid id;
	struct todo t;
	enum status st;

	if ((st = path_id(req, &id)) != OK ||
	    (st = read_held(req, res, &held)) != OK ||
	    (st = todo_get(req->db, &req->session.account, &id, &text, &t)) !=
		OK)
		return st;
	return send_item(res, &t, etag_names(held, t.seq) ? NOT_MODIFIED : OK);
}

static enum status
post(struct req *req, struct res *res)
{
	struct note sent, text;
	struct todo_edit in;
	struct writer who;
	struct todo t;
	const char *key;
	char id[UUID_TEXT];
	enum status st;

	if ((st = read_key(req, res, &key)) != OK ||
	    (st = todo_read(req->json, true, &sent, &in, &res->fault)) != OK ||
	    (st = read_writer(req, res, &who)) != OK ||
	    (st = todo_post(req->db, &who, *key != '\0' ? key : req->id_text,
		 req->body, req->body_len, &in, &text, &t)) != CREATED)
		return st;
	uuid_text(&t.id, true, id);
	res_header(res, "Location", "/api/v1/todos/%s", id);
	return send_item(res, &t, CREATED);
}

static enum status
put(struct req *req, struct res *res)
{
	struct note sent, text;
	struct todo_edit in;
	struct writer who;
	struct uuid id;
	struct todo t;
	enum status st;

	if ((st = path_id(req, &id)) != OK ||
	    (st = todo_read(req->json, true, &sent, &in, &res->fault)) != OK ||
	    (st = read_writer(req, res, &who)) != OK)
		return st;
	st = todo_put(req->db, &who, &id, &in, &text, &t);
	return st == OK || st == CREATED ? send_item(res, &t, st) : st;
}

static enum status
patch(struct req *req, struct res *res)
{
	struct note sent, text;
	struct todo_edit in;
	struct writer who;
	struct uuid id;
	struct todo t;
	enum status st;

	if ((st = path_id(req, &id)) != OK ||
	    (st = todo_read(req->json, false, &sent, &in, &res->fault)) != OK ||
	    (st = read_writer(req, res, &who)) != OK ||
	    (st = todo_patch(req->db, &who, &id, &in, &text, &t)) != OK)
		return st;
	return send_item(res, &t, OK);
}

static enum status
delete_item(struct req *req, struct res *res)
{
	struct writer who;
	struct uuid id;
	enum status st;

	if ((st = path_id(req, &id)) != OK ||
	    (st = read_writer(req, res, &who)) != OK ||
	    (st = todo_delete(req->db, &who, &id)) != OK)
		return st;
	return NO_CONTENT;
}

static enum status
restore(struct req *req, struct res *res)
{
	struct writer who;
	struct note text;
	struct uuid id;
	struct todo t;
	enum status st;

	if ((st = path_id(req, &id)) != OK ||
	    (st = read_writer(req, res, &who)) != OK ||
	    (st = todo_restore(req->db, &who, &id, &text, &t)) != OK)
		return st;
	return send_item(res, &t, OK);
}

/* The items that a body names; without one, all. */
static enum status
many(struct req *req, struct res *res,
    enum status (*work)(struct db *, const struct writer *,
	const struct todo_ids *, struct buf *))
{
	struct todo_ids ids = { 0 };
	struct writer who;
	enum status st;

	if (req->json != NULL &&
	    (st = todo_read_ids(req->json, &ids, &res->fault)) != OK)
		return st;
	if ((st = read_writer(req, res, &who)) != OK)
		return st;
	return work(req->db, &who, &ids, &res->body);
}

static enum status
clear_completed(struct req *req, struct res *res)
{
	return many(req, res, todo_clear);
}

static enum status
restore_many(struct req *req, struct res *res)
{
	return many(req, res, todo_restore_many);
}

static enum status
empty_trash(struct req *req, struct res *res)
{
	return many(req, res, todo_empty);
}

/* Whose list it is; looked up once a second at most. */
#define OWNER (SESSION | RECENT)

static const struct route routes[] = {
	{ GET, "/api/v1/todos", OWNER | QUERY, list },
	{ POST, "/api/v1/todos", OWNER | BODY, post },
	{ POST, "/api/v1/todos/clear-completed", OWNER | BODY | MAYBE,
	    clear_completed },
	{ POST, "/api/v1/todos/empty-trash", OWNER | BODY | MAYBE,
	    empty_trash },
	{ POST, "/api/v1/todos/restore", OWNER | BODY, restore_many },
	{ GET, "/api/v1/todos/{id}", OWNER, get },
	{ PUT, "/api/v1/todos/{id}", OWNER | BODY, put },
	{ PATCH, "/api/v1/todos/{id}", OWNER | BODY, patch },
	{ DELETE, "/api/v1/todos/{id}", OWNER, delete_item },
	{ POST, "/api/v1/todos/{id}/restore", OWNER, restore },
	{ GET, "/api/v1/changes", OWNER | QUERY, changes },
	{ 0, NULL, 0, NULL },
};

/* Nobody who asks whether there is something new waits for a list. */
static bool
polls(const struct req *req)
{
	return (req->row->handler == list || req->row->handler == changes) &&
	       *req_header(req, "HTTP_IF_NONE_MATCH") != '\0';
}

/* Most of what is asked of us: is there something new? */
static void
look_ahead(struct db *db, struct req *const *all, size_t n)
{
	const struct uuid *owners[SERVE_MOST];
	struct version v[SERVE_MOST];
	struct req *who[SERVE_MOST];
	size_t i, count = 0;

	_Static_assert(SERVE_MOST <= VERSION_MAX, "asked for at once");
	for (i = 0; i < n; i++)
		if (polls(all[i])) {
			owners[count] = &all[i]->session.account;
			who[count++] = all[i];
		}
	if (count < 2 || version_get_many(db, owners, count, v) != OK)
		return;
	for (i = 0; i < count; i++) {
		who[i]->has_prefetch = v[i].seq >= 0;
		who[i]->prefetched = v[i];
	}
}

int
main(void)
{
	log_open("todo");
	todo_read_limits();
	return serve("todo", routes, look_ahead);
}
