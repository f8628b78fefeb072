/* Responses: headers, problems, and how they are sent. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <fcgiapp.h>

#include "base/buf_json.h"
#include "base/clock.h"
#include "http/res.h"

#define REST (6 * CLOCK_SECOND) /* of an answer that has begun */

void
res_header(struct res *res, const char *name, const char *fmt, ...)
{
	va_list ap;

	buf_str(&res->headers, name);
	buf_str(&res->headers, ": ");
	va_start(ap, fmt);
	buf_vprintf(&res->headers, fmt, ap);
	va_end(ap);
	buf_str(&res->headers, "\r\n");
}

void
res_problem(struct res *res, const struct req *req, enum status st)
{
	char type[64];

	snprintf(type, sizeof(type), "urn:allday:%s", status_slug(st));
	buf_clear(&res->body);
	buf_json_open(&res->body, NULL, '{');
	buf_json_string(&res->body, "type", type);
	buf_json_string(&res->body, "title", status_title(st));
	buf_json_int(&res->body, "status", status_code(st));
	buf_json_string(&res->body, "detail",
	    *res->fault.why != '\0' ? res->fault.why : status_detail(st));
	if (*res->fault.field != '\0')
		buf_json_string(&res->body, "field", res->fault.field);
	buf_json_string(&res->body, "request_id", req->id_text);
	buf_json_close(&res->body, '}');
	res->type = "application/problem+json";
}

static bool
bare(enum status st)
{
	return st == STATUS_NO_CONTENT || st == STATUS_NOT_MODIFIED;
}

/* length: of the body; -1 when it is not known yet. */
static void
send_head(struct req *req, struct res *res, enum status st, int length)
{
	FCGX_Stream *out = req->fcgx->out;

	FCGX_FPrintF(out, "Status: %d %s\r\n",
	    res->last ? 529 : status_code(st), status_phrase(st));
	if (!bare(st))
		FCGX_FPrintF(out, "Content-Type: %s\r\n", res->type);
	if (!bare(st) && length >= 0)
		FCGX_FPrintF(out, "Content-Length: %d\r\n", length);
	if (res->retry_after > 0)
		FCGX_FPrintF(out, "Retry-After: %d\r\n", res->retry_after);
	if (st == STATUS_NO_SESSION || st == STATUS_WRONG_LOGIN)
		FCGX_PutS("WWW-Authenticate: Bearer\r\n", out);
	/*
	 * ETags count within an account, but a browser's cache knows none: it
	 * would show one who logs in the list of the one before. Programs that
	 * know whose copy they hold still get their 304.
	 */
	FCGX_PutS("Cache-Control: no-store\r\n", out);
	if (res->headers.len > 0)
		FCGX_PutStr(res->headers.data, (int)res->headers.len, out);
	FCGX_PutS("\r\n", out);
}

static void
send_body(struct req *req, struct res *res)
{
	if (req->head || res->body.len == 0)
		return;
	FCGX_PutStr(res->body.data, (int)res->body.len, req->fcgx->out);
	res->sent += res->body.len;
}

bool
res_part(struct req *req, struct res *res)
{
	char last = res->body.data[--res->body.len];

	if (!res->begun) {
		send_head(req, res, STATUS_OK, -1);
		db_set_deadline(req->db, clock_boot() + REST);
	}
	res->begun = true;
	*req->peer = clock_boot();
	send_body(req, res);
	*req->peer = 0;
	buf_clear(&res->body);
	buf_add(&res->body, &last, 1);
	return FCGX_GetError(req->fcgx->out) == 0;
}

void
res_send(struct req *req, struct res *res, enum status st)
{
	if (!res->begun)
		send_head(req, res, st, (int)res->body.len);
	if (!bare(st))
		send_body(req, res);
}

void
res_done(struct res *res)
{
	buf_clear(&res->headers);
	buf_clear(&res->body);
	memset(&res->fault, 0, sizeof(res->fault));
	res->type = "application/json";
	res->retry_after = 0;
	res->begun = false;
	res->last = false;
}
