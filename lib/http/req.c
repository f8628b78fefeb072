/* Requests: their headers, body, query and cookies. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fcgiapp.h>

#include "http/req.h"

static const char *const methods[METHOD__MAX] = {
	[GET] = "GET",
	[POST] = "POST",
	[PUT] = "PUT",
	[PATCH] = "PATCH",
	[DELETE] = "DELETE",
	[OPTIONS] = "OPTIONS",
};

const char *
req_header(const struct req *req, const char *cgi_name)
{
	const char *v = FCGX_GetParam(cgi_name, req->fcgx->envp);

	return v != NULL ? v : "";
}

static enum status
read_method(struct req *req)
{
	const char *m = req_header(req, "REQUEST_METHOD");
	int i;

	if ((req->head = strcmp(m, "HEAD") == 0)) {
		req->method = GET;
		return OK;
	}
	for (i = 0; i < METHOD__MAX; i++)
		if (strcmp(m, methods[i]) == 0) {
			req->method = (enum method)i;
			return OK;
		}
	return *m == '\0' ? BAD_REQUEST : WRONG_METHOD;
}

static enum status
read_path(struct req *req)
{
	const char *uri = req_header(req, "REQUEST_URI");
	size_t n = strcspn(uri, "?#");

	if (*uri != '/')
		return BAD_REQUEST;
	if (n >= sizeof(req->path))
		return NOT_FOUND;
	memcpy(req->path, uri, n);
	req->path[n] = '\0';
	return OK;
}

/*
 * As FCGX_GetStr(), but what was read is wiped where libfcgi has it: it frees
 * that buffer as it is, and a body may hold a password.
 */
static int
take(FCGX_Stream *in, char *dst, int len)
{
	int at, run, c;

	for (at = 0; at < len; at += run) {
		if ((run = (int)(in->stop - in->rdNext)) > 0) {
			if (run > len - at)
				run = len - at;
			FCGX_GetStr(dst + at, run, in);
		} else if ((c = FCGX_GetChar(in)) >= 0) {
			dst[at] = (char)c;
			run = 1;
		} else
			break;
		explicit_bzero(in->rdNext - run, (size_t)run);
	}
	return at;
}

/*
 * Exactly CONTENT_LENGTH bytes: libfcgi reports a body that ends early only
 * by a short read, and half a body that happens to parse must not be written.
 */
static enum status
read_body(struct req *req)
{
	const char *text = req_header(req, "CONTENT_LENGTH");
	char *end;
	long len;

	if (*text == '\0')
		return OK;
	len = strtol(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end != '\0')
		return BAD_REQUEST;
	if (len > BODY_MAX)
		return TOO_LARGE;
	if (len == 0)
		return OK;
	if ((req->body = malloc((size_t)len + 1)) == NULL)
		return SERVER_ERROR;
	req->body_len = (size_t)len;
	req->body[len] = '\0';
	if (take(req->fcgx->in, req->body, (int)len) != (int)len ||
	    FCGX_GetError(req->fcgx->in) != 0)
		return BAD_REQUEST;
	return OK;
}

enum status
req_read(struct req *req)
{
	enum status st;

	if (!uuid_parse(req_header(req, "REQUEST_ID"), true, &req->id))
		uuid_new(&req->id);
	uuid_text(&req->id, true, req->id_text);
	if ((st = read_path(req)) != OK || (st = read_method(req)) != OK)
		return st;
	return read_body(req);
}

static int
hex(int c)
{
	return isdigit(c) ? c - '0' : isxdigit(c) ? (c | 32) - 'a' + 10 : -1;
}

/* Percent-decode n bytes; -1 for bad escapes, control bytes or no room. */
static int
decode(const char *src, size_t n, char *dst, size_t size)
{
	size_t i, len = 0;
	int c, high, low;

	for (i = 0; i < n; i++) {
		c = (unsigned char)src[i];
		if (c == '%') {
			if (i + 2 >= n || (high = hex(src[i + 1])) < 0 ||
			    (low = hex(src[i + 2])) < 0)
				return -1;
			c = high << 4 | low;
			i += 2;
		}
		if (c < 0x20 || c > 0x7e || len + 1 >= size)
			return -1;
		dst[len++] = (char)c;
	}
	dst[len] = '\0';
	return 0;
}

/*
 * Walk the query: *at points into it, *name and *n are the next parameter's
 * name, *value and *len its raw value. false at the end.
 */
static bool
next_parameter(const char **at, const char **name, size_t *n,
    const char **value, size_t *len)
{
	const char *pair = *at;
	size_t all = strcspn(pair, "&");

	if (*pair == '\0')
		return false;
	*name = pair;
	*n = strcspn(pair, "=&");
	*value = pair + *n + (*n < all);
	*len = all - *n - (*n < all);
	*at = pair + all + (pair[all] == '&');
	return true;
}

static bool
named(const char *name, size_t n, const char *wanted)
{
	return strlen(wanted) == n && memcmp(name, wanted, n) == 0;
}

bool
req_query(const struct req *req, const char *wanted, char *dst, size_t size,
    enum status *st, struct fault *f)
{
	const char *at = req_header(req, "QUERY_STRING"), *name, *value;
	size_t n, len;

	while (next_parameter(&at, &name, &n, &value, &len)) {
		if (!named(name, n, wanted))
			continue;
		if (decode(value, len, dst, size) != 0)
			*st = fault_set(f, BAD_QUERY, wanted,
			    "Too long, or not escaped correctly.");
		return true;
	}
	return false;
}

enum status
req_query_only(const struct req *req, const char *const *known, struct fault *f)
{
	const char *at = req_header(req, "QUERY_STRING"), *name, *value;
	size_t n, len, i;
	unsigned seen = 0;
	char text[32];

	while (next_parameter(&at, &name, &n, &value, &len)) {
		for (i = 0; known[i] != NULL && !named(name, n, known[i]);)
			i++;
		if (known[i] != NULL && (seen & 1u << i) == 0) {
			seen |= 1u << i;
			continue;
		}
		if (decode(name, n, text, sizeof(text)) != 0)
			text[0] = '\0';
		return fault_set(f, BAD_QUERY, text,
		    known[i] == NULL ? "Unknown parameter."
				     : "Given more than once.");
	}
	return OK;
}

/* Of the value at s the bytes up to its end, when it looks like a token. */
static bool
take_token(const char *s, const char *end, char token[SESSION_TOKEN])
{
	size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			     "abcdefghijklmnopqrstuvwxyz0123456789-_");

	if (n != SESSION_TOKEN - 1 ||
	    (s[n] != '\0' && strchr(end, s[n]) == NULL))
		return false;
	memcpy(token, s, n);
	token[n] = '\0';
	return true;
}

/* Of several with this name (RFC 6265 section 5.4) the first token. */
static bool
cookie(const struct req *req, const char *name, char token[SESSION_TOKEN])
{
	const char *c = req_header(req, "HTTP_COOKIE");
	size_t n = strlen(name);

	for (; *c != '\0'; c += strcspn(c, ";"), c += *c == ';') {
		c += strspn(c, " \t");
		if (strncmp(c, name, n) == 0 && c[n] == '=' &&
		    take_token(c + n + 1, "; \t", token))
			return true;
	}
	return false;
}

/* The digits of the port in a Host header; "" for none, and for nonsense. */
static const char *
port_of(const char *host)
{
	size_t n;

	if (*host == '[') {
		host += 1 + strspn(host + 1, "0123456789abcdefABCDEF:.");
		host += *host == ']';
	} else
		host += strcspn(host, ":[]");
	if (*host++ != ':' || *host == '0')
		return "";
	n = strspn(host, "0123456789");
	return n >= 1 && n <= 5 && host[n] == '\0' ? host : "";
}

void
req_cookie_name(const struct req *req, char name[COOKIE_NAME])
{
	const char *port = port_of(req_header(req, "HTTP_HOST"));

	snprintf(name, COOKIE_NAME, "%s%s%s",
	    req_secure(req) ? SESSION_COOKIE_SECURE : SESSION_COOKIE,
	    *port != '\0' ? "_" : "", port);
}

bool
req_secure(const struct req *req)
{
	return strcmp(req_header(req, "HTTP_X_FORWARDED_PROTO"), "https") == 0;
}

bool
req_token(struct req *req, char token[SESSION_TOKEN])
{
	const char *a = req_header(req, "HTTP_AUTHORIZATION");
	char name[COOKIE_NAME];

	if (strncasecmp(a, "Bearer ", 7) == 0 && take_token(a + 7, "", token))
		return true;
	req_cookie_name(req, name);
	return req->by_cookie = cookie(req, name, token);
}

bool
req_same_origin(const struct req *req)
{
	const char *site = req_header(req, "HTTP_SEC_FETCH_SITE");
	const char *origin = req_header(req, "HTTP_ORIGIN");
	const char *host = strstr(origin, "://");
	const char *asked = req_header(req, "HTTP_X_FORWARDED_HOST");

	if (*asked == '\0')
		asked = req_header(req, "HTTP_HOST");
	if (*site != '\0')
		return strcmp(site, "same-origin") == 0 ||
		       strcmp(site, "none") == 0;
	return host != NULL && *asked != '\0' &&
	       strcasecmp(host + 3, asked) == 0;
}

void
req_done(struct req *req)
{
	/* It may have held a password. */
	if (req->body != NULL)
		explicit_bzero(req->body, req->body_len);
	free(req->body);
	json_free(req->json);
}
