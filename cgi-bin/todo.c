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
	return uuid_parse(req->arg, true, id) ? STATUS_OK : STATUS_NOT_FOUND;
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
		return fault_set(&res->fault, STATUS_BAD_REQUEST,
		    "Idempotency-Key",
		    "Must be 1 to 200 visible ASCII characters.");
	return STATUS_OK;
}

static enum status
read_etags(struct req *req, struct res *res, const char *cgi_name,
    const char *name, const char **ret)
{
	*ret = req_header(req, cgi_name);
	if (etag_valid(*ret))
		return STATUS_OK;
	return fault_set(&res->fault, STATUS_BAD_REQUEST, name,
	    "Must be * or entity tags such as \"17\".");
}

/* What the client holds already; nothing else is asked of a GET. */
static enum status
read_held(struct req *req, struct res *res, const char **ret)
{
	return read_etags(req, res, "HTTP_IF_NONE_MATCH", "If-None-Match", ret);
}

static enum status
read_writer(struct req *req, struct res *res, struct todo_writer *w)
{
	const char *key;
	enum status st;

	w->owner = &req->session.account;
	w->request = &req->id;
	w->retry_after = &res->retry_after;
	w->until = req->until;
	if ((st = read_etags(req, res, "HTTP_IF_MATCH", "If-Match",
		 &w->condition.match)) != STATUS_OK ||
	    (st = read_held(req, res, &w->condition.none)) != STATUS_OK ||
	    (st = read_key(req, res, &key)) != STATUS_OK)
		return st;
	todo_writer_name(w, key,
	    *key != '\0' ? req_header(req, "REQUEST_METHOD") : "", req->path,
	    req->body, req->body_len);
	return STATUS_OK;
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
	return fault_set(&res->fault, STATUS_BAD_QUERY, name, "%s", why);
}

/* A whole number from min to max. */
static enum status
query_int(struct req *req, struct res *res, const char *name, int64_t min,
    int64_t max, int64_t *ret)
{
	char text[24], *end;
	enum status st = STATUS_OK;

	if (!req_query(req, name, text, sizeof(text), &st, &res->fault) ||
	    st != STATUS_OK)
		return st;
	*ret = strtoll(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != '\0' || *ret < min ||
	    *ret > max)
		return fault_set(&res->fault, STATUS_BAD_QUERY, name,
		    "Must be an integer from %" PRId64 " to %" PRId64 ".", min,
		    max);
	return STATUS_OK;
}

static enum status
query_page(struct req *req, struct res *res, bool changes, struct todo_page *p)
{
	char text[ORDER_MAX + UUID_TEXT + 1];
	int64_t limit = 100;
	enum status st;

	memset(p, 0, sizeof(*p));
	if ((st = query_int(req, res, "limit", 1, TODO_PAGE_MAX, &limit)) !=
	    STATUS_OK)
		return st;
	p->limit = (int)limit;
	if (req_query(req, "cursor", text, sizeof(text), &st, &res->fault) &&
	    st == STATUS_OK && !todo_page_read(text, changes, p))
		return bad_query(
		    res, "cursor", "Not a cursor returned by this API.");
	return st;
}

static enum status
query_filter(struct req *req, struct res *res, enum todo_filter *ret)
{
	static const char *const names[] = { [TODO_ALL] = "all",
		[TODO_ACTIVE] = "active",
		[TODO_COMPLETED] = "completed",
		[TODO_TRASH] = "trash" };
	char text[16];
	enum status st = STATUS_OK;
	int i;

	*ret = TODO_ALL;
	if (!req_query(req, "filter", text, sizeof(text), &st, &res->fault))
		return STATUS_OK;
	for (i = TODO_ALL; st == STATUS_OK && i <= TODO_TRASH; i++)
		if (strcmp(text, names[i]) == 0) {
			*ret = (enum todo_filter)i;
			return STATUS_OK;
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
 * what prefetch() found is as good.
 */
static enum status
find_version(const struct req *req, struct version *v)
{
	if (!req->has_prefetch)
		return version_get(req->db, &req->session.account, v);
	*v = req->prefetched;
	return STATUS_OK;
}

/*
 * Answer when the version alone is enough: the client has it, or its page is in
 * the cache. false: the list must be read.
 */
static bool
answer_from_version(struct req *req, struct res *res,
    const struct page_cache_key *key, const char *held, enum status *st)
{
	struct version v;

	if (!page_cache_has(key) && *held == '\0')
		return false;
	if ((*st = find_version(req, &v)) != STATUS_OK)
		return true;
	if (etag_names(held, v.seq))
		*st = STATUS_NOT_MODIFIED;
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
	struct todo_page page;
	enum status st;
	int64_t seq;
	bool keep;

	if ((st = req_query_only(req, known, &res->fault)) != STATUS_OK ||
	    (st = query_filter(req, res, &filter)) != STATUS_OK ||
	    (st = query_page(req, res, false, &page)) != STATUS_OK ||
	    (st = read_held(req, res, &held)) != STATUS_OK)
		return st;
	/* The clock too changes what is in the trash. */
	keep = !page.has_cursor && filter != TODO_TRASH;
	key = (struct page_cache_key){ *owner, (int)filter,
		keep ? page.limit : 0 };
	if (answer_from_version(req, res, &key, held, &st))
		return st;
	st = todo_list(req->db, owner, filter, &page, &seq, &res->body);
	if (st != STATUS_OK)
		return st;
	send_version(res, seq);
	if (keep)
		page_cache_put(&key, seq, &res->body);
	return STATUS_OK;
}

static enum status
changes(struct req *req, struct res *res)
{
	static const char *const known[] = { "since", "limit", "cursor", NULL };
	const struct uuid *owner = &req->session.account;
	const char *held;
	struct version v;
	struct todo_page page;
	int64_t since = 0;
	enum status st;

	if ((st = req_query_only(req, known, &res->fault)) != STATUS_OK ||
	    (st = query_int(req, res, "since", 0, INT64_MAX - 1, &since)) !=
		STATUS_OK ||
	    (st = query_page(req, res, true, &page)) != STATUS_OK ||
	    (st = read_held(req, res, &held)) != STATUS_OK ||
	    (st = find_version(req, &v)) != STATUS_OK)
		return st;
	send_version(res, v.seq);
	if (etag_names(held, v.seq))
		return STATUS_NOT_MODIFIED;
	return todo_changes(req->db, owner, since, &page, &v, &res->body);
}

static enum status
get(struct req *req, struct res *res)
{
	const char *held;
	struct todo_note text;
	struct uuid id;
	struct todo t;
	enum status st;

	if ((st = path_id(req, &id)) != STATUS_OK ||
	    (st = read_held(req, res, &held)) != STATUS_OK ||
	    (st = todo_get(req->db, &req->session.account, &id, &text, &t)) !=
		STATUS_OK)
		return st;
	return send_item(
	    res, &t, etag_names(held, t.seq) ? STATUS_NOT_MODIFIED : STATUS_OK);
}

static enum status
post(struct req *req, struct res *res)
{
	struct todo_note sent, text;
	struct todo_edit in;
	struct todo_writer who;
	struct todo t;
	const char *key;
	char id[UUID_TEXT];
	enum status st;

	if ((st = read_key(req, res, &key)) != STATUS_OK ||
	    (st = todo_read(req->json, true, &sent, &in, &res->fault)) !=
		STATUS_OK ||
	    (st = read_writer(req, res, &who)) != STATUS_OK ||
	    (st = todo_post(req->db, &who, *key != '\0' ? key : req->id_text,
		 req->body, req->body_len, &in, &text, &t)) != STATUS_CREATED)
		return st;
	uuid_text(&t.id, true, id);
	res_header(res, "Location", "/api/v1/todos/%s", id);
	return send_item(res, &t, STATUS_CREATED);
}

static enum status
put(struct req *req, struct res *res)
{
	struct todo_note sent, text;
	struct todo_edit in;
	struct todo_writer who;
	struct uuid id;
	struct todo t;
	enum status st;

	if ((st = path_id(req, &id)) != STATUS_OK ||
	    (st = todo_read(req->json, true, &sent, &in, &res->fault)) !=
		STATUS_OK ||
	    (st = read_writer(req, res, &who)) != STATUS_OK)
		return st;
	st = todo_put(req->db, &who, &id, &in, &text, &t);
	return st == STATUS_OK || st == STATUS_CREATED ? send_item(res, &t, st)
						       : st;
}

static enum status
patch(struct req *req, struct res *res)
{
	struct todo_note sent, text;
	struct todo_edit in;
	struct todo_writer who;
	struct uuid id;
	struct todo t;
	enum status st;

	if ((st = path_id(req, &id)) != STATUS_OK ||
	    (st = todo_read(req->json, false, &sent, &in, &res->fault)) !=
		STATUS_OK ||
	    (st = read_writer(req, res, &who)) != STATUS_OK ||
	    (st = todo_patch(req->db, &who, &id, &in, &text, &t)) != STATUS_OK)
		return st;
	return send_item(res, &t, STATUS_OK);
}

static enum status
delete_item(struct req *req, struct res *res)
{
	struct todo_writer who;
	struct uuid id;
	enum status st;

	if ((st = path_id(req, &id)) != STATUS_OK ||
	    (st = read_writer(req, res, &who)) != STATUS_OK ||
	    (st = todo_delete(req->db, &who, &id)) != STATUS_OK)
		return st;
	return STATUS_NO_CONTENT;
}

static enum status
restore(struct req *req, struct res *res)
{
	struct todo_writer who;
	struct todo_note text;
	struct uuid id;
	struct todo t;
	enum status st;

	if ((st = path_id(req, &id)) != STATUS_OK ||
	    (st = read_writer(req, res, &who)) != STATUS_OK ||
	    (st = todo_restore(req->db, &who, &id, &text, &t)) != STATUS_OK)
		return st;
	return send_item(res, &t, STATUS_OK);
}

/* The items that a body names; without one, all. */
static enum status
many(struct req *req, struct res *res,
    enum status (*work)(struct db *, const struct todo_writer *,
	const struct todo_ids *, struct buf *))
{
	struct todo_ids ids = { 0 };
	struct todo_writer who;
	enum status st;

	if (req->json != NULL &&
	    (st = todo_read_ids(req->json, &ids, &res->fault)) != STATUS_OK)
		return st;
	if ((st = read_writer(req, res, &who)) != STATUS_OK)
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
#define OWNER (ROUTE_SESSION | ROUTE_RECENT)

static const struct route routes[] = {
	{ METHOD_GET, "/api/v1/todos", OWNER | ROUTE_QUERY, list },
	{ METHOD_POST, "/api/v1/todos", OWNER | ROUTE_BODY, post },
	{ METHOD_POST, "/api/v1/todos/clear-completed",
	    OWNER | ROUTE_BODY | ROUTE_BODY_OPTIONAL, clear_completed },
	{ METHOD_POST, "/api/v1/todos/empty-trash",
	    OWNER | ROUTE_BODY | ROUTE_BODY_OPTIONAL, empty_trash },
	{ METHOD_POST, "/api/v1/todos/restore", OWNER | ROUTE_BODY,
	    restore_many },
	{ METHOD_GET, "/api/v1/todos/{id}", OWNER, get },
	{ METHOD_PUT, "/api/v1/todos/{id}", OWNER | ROUTE_BODY, put },
	{ METHOD_PATCH, "/api/v1/todos/{id}", OWNER | ROUTE_BODY, patch },
	{ METHOD_DELETE, "/api/v1/todos/{id}", OWNER, delete_item },
	{ METHOD_POST, "/api/v1/todos/{id}/restore", OWNER, restore },
	{ METHOD_GET, "/api/v1/changes", OWNER | ROUTE_QUERY, changes },
	{ 0, NULL, 0, NULL },
};

/* Does it ask only whether something has changed? */
static bool
polls(const struct req *req)
{
	return (req->row->handler == list || req->row->handler == changes) &&
	       *req_header(req, "HTTP_IF_NONE_MATCH") != '\0';
}

/* One statement for the versions of several polls, most of all requests. */
static void
prefetch(struct db *db, struct req *const *all, size_t n)
{
	const struct uuid *owners[SERVE_MAX];
	struct version v[SERVE_MAX];
	struct req *who[SERVE_MAX];
	size_t i, count = 0;

	_Static_assert(SERVE_MAX <= VERSION_MAX, "asked for at once");
	for (i = 0; i < n; i++)
		if (polls(all[i])) {
			owners[count] = &all[i]->session.account;
			who[count++] = all[i];
		}
	if (count < 2 || version_get_many(db, owners, count, v) != STATUS_OK)
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
	return serve("todo", routes, prefetch);
}
