/* Errors in the shape of the classic API. */
#include "base/buf_json.h"
#include "base/clock.h"
#include "http/classic.h"

void
classic_error(struct res *res, const struct req *req, enum status st)
{
	buf_clear(&res->body);
	buf_json_open(&res->body, NULL, '{');
	buf_json_time(&res->body, "timestamp", clock_now());
	buf_json_int(&res->body, "status", status_code(st));
	buf_json_string(&res->body, "error", status_phrase(st));
	buf_json_string(&res->body, "path", req->path);
	buf_json_close(&res->body, '}');
	res->type = "application/json";
}

enum status
classic_bad_request(struct res *res, const char *message)
{
	buf_clear(&res->body);
	buf_json_open(&res->body, NULL, '{');
	buf_json_string(&res->body, "error", message);
	buf_json_null(&res->body, "data");
	buf_json_close(&res->body, '}');
	return BAD_REQUEST;
}
