/* The gates in front of every handler: of whatever is wrong with a request at
 * once, the first in the order that route.h promises is what the client is
 * told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <fcgiapp.h>

#include "http/route.h"

#define ACCOUNT "018f0000-0000-7000-8000-000000000001"
#define OTHER   "018f0000-0000-7000-8000-000000000002"

/* What may be wrong, in the order of the gates. */
enum {
	PATH = 1,
	METHOD = 2,
	SIZE = 4,
	TYPE = 8,
	LOGIN = 16,
	ORIGIN = 32,
	ACCOUNT_IS_OTHER = 64,
	PARAMETER = 128,
	JSON = 256,
	ALL = 511,
};

static const enum status says[] = { NOT_FOUND, WRONG_METHOD, TOO_LARGE,
	WRONG_TYPE, NO_SESSION, FOREIGN_ORIGIN, WRONG_ACCOUNT, BAD_QUERY,
	BAD_JSON };

static int asked, asked_recent;
static bool known;

/* In place of the database. */
enum status
session_find(struct db *db, const char *token, struct session *s)
{
	(void)db;
	(void)token;
	asked++;
	assert_true(uuid_parse(ACCOUNT, true, &s->account));
	return known ? OK : NO_SESSION;
}

enum status
session_find_recent(struct db *db, const char *token, struct session *s)
{
	asked_recent++;
	return session_find(db, token, s);
}

static enum status
handle(struct req *req, struct res *res)
{
	(void)req;
	(void)res;
	return OK;
}

static const struct route table[] = {
	{ GET, "/thing/words", RECENT | SESSION, handle },
	{ GET, "/thing/{id}", 0, handle },
	{ PUT, "/thing/{id}", SESSION | BODY, handle },
	{ DELETE, "/thing/{id}", SESSION | QUERY, handle },
	{ POST, "/open", BODY | MAYBE, handle },
	{ 0 },
};

struct asking {
	FCGX_Request fcgx;
	char text[8][128];
	char *envp[9];
	struct req req;
	struct res res;
};

static void
says_header(struct asking *a, const char *name, const char *value)
{
	size_t n = 0;

	while (a->envp[n] != NULL)
		n++;
	assert_true(n < 8);
	snprintf(a->text[n], sizeof(a->text[n]), "%s=%s", name, value);
	a->envp[n] = a->text[n];
}

static void
begin(struct asking *a, enum method method, const char *path, char *body)
{
	memset(a, 0, sizeof(*a));
	a->fcgx.envp = a->envp;
	a->req.fcgx = &a->fcgx;
	a->req.method = method;
	snprintf(a->req.path, sizeof(a->req.path), "%s", path);
	a->req.body = body;
	a->req.body_len = body != NULL ? strlen(body) : 0;
	asked = asked_recent = 0;
	known = true;
}

static void
end(struct asking *a)
{
	json_free(a->req.json);
	buf_free(&a->res.headers);
	buf_free(&a->res.body);
}

/* A PUT by cookie of which so much is wrong. */
static enum status
put(struct asking *a, unsigned wrong)
{
	static char good[] = "{\"title\":\"x\"}", bad[] = "{'title':1}";
	enum status read = OK;

	begin(a, wrong & METHOD ? PATCH : PUT,
	    wrong & PATH ? "/things/1" : "/thing/1", wrong & JSON ? bad : good);
	if ((wrong & SIZE) != 0)
		read = TOO_LARGE;
	says_header(a, "CONTENT_TYPE",
	    wrong & TYPE ? "text/plain" : "application/json; charset=utf-8");
	says_header(a, "HTTP_COOKIE",
	    "allday_session=0123456789012345678901234567890123456789012");
	known = (wrong & LOGIN) == 0;
	says_header(a, "HTTP_SEC_FETCH_SITE",
	    wrong & ORIGIN ? "cross-site" : "same-origin");
	says_header(a, "HTTP_ALLDAY_ACCOUNT",
	    wrong & ACCOUNT_IS_OTHER ? OTHER : ACCOUNT);
	says_header(a, "QUERY_STRING", wrong & PARAMETER ? "colour=red" : "");
	return route(table, &a->req, read, &a->res);
}

static void
the_first_gate_that_is_shut_answers(void **state)
{
	struct asking a;
	unsigned wrong, n;
	enum status st, wanted;

	(void)state;
	for (wrong = 0; wrong <= ALL; wrong++) {
		/* A size that was refused is told of paths that are not there
		 * too; nothing else is known of such a body. */
		wanted = OK;
		for (n = 0; n < 9 && wanted == OK; n++)
			if ((wrong & 1u << n) != 0)
				wanted = says[n];
		if ((wrong & SIZE) != 0)
			wanted = TOO_LARGE;
		st = put(&a, wrong);
		if (st != wanted)
			fail_msg("%x: %s, not %s", wrong, status_slug(st),
			    status_slug(wanted));
		assert_int_equal(a.req.json != NULL, st == OK);
		/* Who is refused for what stands in the request costs no
		 * question to the database. */
		assert_int_equal(asked,
		    (wrong & (PATH | METHOD | SIZE | TYPE)) == 0 ? 1 : 0);
		end(&a);
	}
}

static void
a_wrong_method_is_told_the_right_ones(void **state)
{
	struct asking a;

	(void)state;
	begin(&a, PATCH, "/thing/1", NULL);
	assert_int_equal(route(table, &a.req, OK, &a.res), WRONG_METHOD);
	buf_add(&a.res.headers, "", 1);
	assert_non_null(
	    strstr(a.res.headers.data, "Allow: GET, HEAD, PUT, DELETE\r\n"));
	assert_string_equal(a.req.row->path, "/thing/{id}");
	end(&a);
}

/* A path has the row that names it first, and only its methods. */
static void
words_stand_before_ids(void **state)
{
	struct asking a;

	(void)state;
	begin(&a, DELETE, "/thing/words", NULL);
	assert_int_equal(route(table, &a.req, OK, &a.res), WRONG_METHOD);
	end(&a);
	begin(&a, GET, "/thing/word", NULL);
	assert_int_equal(route(table, &a.req, OK, &a.res), OK);
	assert_string_equal(a.req.arg, "word");
	assert_int_equal(asked, 0);
	end(&a);
}

static void
an_id_is_one_segment_that_fits(void **state)
{
	static const char *const no[] = { "/thing/", "/thing", "/thing/1/2",
		"/thing/1/", "/thing//",
		"/thing/0123456789012345678901234567890123456789"
		"012345678901234567890123" };
	struct asking a;
	size_t n;

	(void)state;
	for (n = 0; n < sizeof(no) / sizeof(*no); n++) {
		begin(&a, GET, no[n], NULL);
		if (route(table, &a.req, OK, &a.res) != NOT_FOUND)
			fail_msg("%s", no[n]);
		end(&a);
	}
}

static void
a_row_says_how_it_is_asked(void **state)
{
	struct asking a;

	(void)state;
	/* RECENT, and a parameter that no other handler takes. */
	begin(&a, GET, "/thing/words", NULL);
	says_header(&a, "HTTP_AUTHORIZATION",
	    "bearer 0123456789012345678901234567890123456789012");
	assert_int_equal(route(table, &a.req, OK, &a.res), OK);
	assert_int_equal(asked_recent, 1);
	end(&a);
	begin(&a, DELETE, "/thing/1", NULL);
	says_header(&a, "HTTP_AUTHORIZATION",
	    "Bearer 0123456789012345678901234567890123456789012");
	says_header(&a, "QUERY_STRING", "colour=red");
	assert_int_equal(route(table, &a.req, OK, &a.res), OK);
	assert_int_equal(asked_recent, 0);
	end(&a);
	/* MAYBE: nothing is no body, and needs no type. */
	begin(&a, POST, "/open", NULL);
	assert_int_equal(route(table, &a.req, OK, &a.res), OK);
	assert_null(a.req.json);
	end(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_gate_that_is_shut_answers),
		cmocka_unit_test(a_wrong_method_is_told_the_right_ones),
		cmocka_unit_test(words_stand_before_ids),
		cmocka_unit_test(an_id_is_one_segment_that_fits),
		cmocka_unit_test(a_row_says_how_it_is_asked),
	};

	return cmocka_run_group_tests_name("route", tests, NULL, NULL);
}
