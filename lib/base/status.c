/* The table of outcomes: a few, and those of problems/problems.yaml. */
#include "base/status.h"

static const struct {
	int code;
	const char *slug;
	const char *title;
	const char *detail; /* when nobody says more */
} statuses[STATUS__MAX] = {
	[OK] = { 200, "ok", "OK" },
	[CREATED] = { 201, "created", "Created" },
	[NO_CONTENT] = { 204, "no-content", "No content" },
	[NOT_MODIFIED] = { 304, "not-modified", "Not modified" },
	[FORBIDDEN] = { 403, "forbidden", "Forbidden" },
#define PROBLEM(name, code, slug, title, detail) \
	[name] = { code, slug, title, detail },
#include "problems.def"
#undef PROBLEM
};

static const char *const phrases[] = {
	[200] = "OK",
	[201] = "Created",
	[204] = "No Content",
	[304] = "Not Modified",
	[400] = "Bad Request",
	[401] = "Unauthorized",
	[403] = "Forbidden",
	[404] = "Not Found",
	[405] = "Method Not Allowed",
	[409] = "Conflict",
	[410] = "Gone",
	[412] = "Precondition Failed",
	[413] = "Content Too Large",
	[415] = "Unsupported Media Type",
	[422] = "Unprocessable Content",
	[429] = "Too Many Requests",
	[500] = "Internal Server Error",
	[503] = "Service Unavailable",
};

int
status_code(enum status st)
{
	return statuses[st].code;
}

const char *
status_phrase(enum status st)
{
	return phrases[statuses[st].code];
}

const char *
status_slug(enum status st)
{
	return statuses[st].slug;
}

const char *
status_title(enum status st)
{
	return statuses[st].title;
}

const char *
status_detail(enum status st)
{
	return statuses[st].detail;
}
