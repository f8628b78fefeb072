/* Items: what is taken, what is refused and who is blamed, what is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/clock.h"
#include "domain/todo.h"

static struct todo_edit edit;
static struct note note;
static struct fault fault;

static enum status
take(const char *text, bool whole)
{
	struct json *j;
	enum status st;

	memset(&fault, 0, sizeof(fault));
	if ((st = json_read(text, strlen(text), &j, &fault)) != OK)
		return st;
	st = todo_read(j, whole, &note, &edit, &fault);
	json_free(j);
	return st;
}

static void
takes_a_whole_item(void **state)
{
	(void)state;
	assert_int_equal(take("{\"title\":\"a\",\"note\":\"b\\n\\tc\","
			      "\"done\":true,\"due\":{\"date\":\"2028-02-29\"},"
			      "\"position\":\"a0V\"}",
			     true),
	    OK);
	assert_string_equal(edit.title, "a");
	assert_string_equal(edit.note, "b\n\tc");
	assert_true(edit.done);
	assert_string_equal(edit.due.date, "2028-02-29");
	assert_string_equal(edit.position, "a0V");
	assert_int_equal(edit.fields, TITLE | NOTE | DONE | DUE | POSITION);
}

static void
takes_a_part(void **state)
{
	(void)state;
	assert_int_equal(take("{}", false), OK);
	assert_int_equal(edit.fields, 0);
	assert_int_equal(take("{\"due\":null}", false), OK);
	assert_int_equal(edit.fields, DUE);
	assert_string_equal(edit.due.date, "");
}

static void
blames_the_field(void **state)
{
	static const struct {
		const char *text;
		enum status st;
		const char *field;
	} cases[] = {
		{ "{}", MISSING_FIELD, "title" },
		{ "{\"title\":\"\"}", INVALID_FIELD, "title" },
		{ "{\"title\":null}", INVALID_FIELD, "title" },
		{ "{\"title\":1}", INVALID_FIELD, "title" },
		{ "{\"title\":\"a\\nb\"}", INVALID_FIELD, "title" },
		{ "{\"title\":\"\\u202e\\u3164\"}", INVALID_FIELD, "title" },
		{ "{\"title\":\"a\",\"id\":1}", UNKNOWN_FIELD, "id" },
		{ "{\"title\":\"a\",\"note\":\"\\u0007\"}", INVALID_FIELD,
		    "note" },
		{ "{\"title\":\"a\",\"done\":\"yes\"}", INVALID_FIELD, "done" },
		{ "{\"title\":\"a\",\"done\":1}", INVALID_FIELD, "done" },
		{ "{\"title\":\"a\",\"position\":\"\"}", INVALID_FIELD,
		    "position" },
		{ "{\"title\":\"a\",\"due\":\"2026-11-30\"}", INVALID_FIELD,
		    "due" },
		{ "{\"title\":\"a\",\"due\":{}}", MISSING_FIELD, "due.date" },
		{ "{\"title\":\"a\",\"due\":{\"date\":\"2026-02-29\"}}",
		    INVALID_FIELD, "due.date" },
		{ "{\"title\":\"a\",\"due\":{\"date\":\"2026-2-9\"}}",
		    INVALID_FIELD, "due.date" },
		{ "{\"title\":\"a\",\"due\":{\"date\":\"0000-01-01\"}}",
		    INVALID_FIELD, "due.date" },
		{ "{\"title\":\"a\",\"due\":{\"date\":\"2026-11-30\","
		  "\"time\":\"18:00\"}}",
		    MISSING_FIELD, "due.zone" },
		{ "{\"title\":\"a\",\"due\":{\"date\":\"2026-11-30\","
		  "\"zone\":\"UTC\"}}",
		    MISSING_FIELD, "due.time" },
		{ "{\"title\":\"a\",\"due\":{\"date\":\"2026-11-30\","
		  "\"time\":\"24:00\",\"zone\":\"UTC\"}}",
		    INVALID_FIELD, "due.time" },
		{ "{\"title\":\"a\",\"due\":{\"date\":\"2026-11-30\","
		  "\"time\":\"18:60\",\"zone\":\"UTC\"}}",
		    INVALID_FIELD, "due.time" },
		{ "{\"title\":\"a\",\"due\":{\"date\":\"2026-11-30\","
		  "\"time\":\"18:00\",\"zone\":\"Asia/../../../etc/passwd\"}}",
		    INVALID_FIELD, "due.zone" },
		{ "{\"title\":\"a\",\"due\":{\"date\":\"2026-11-30\","
		  "\"time\":\"18:00\",\"zone\":\"Asia/Nowhere\"}}",
		    INVALID_FIELD, "due.zone" },
		{ "{\"title\":\"a\",\"due\":{\"date\":\"2026-11-30\","
		  "\"hour\":1}}",
		    UNKNOWN_FIELD, "due.hour" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (take(cases[i].text, true) != cases[i].st ||
		    strcmp(fault.field, cases[i].field) != 0)
			fail_msg("%s: blames \"%s\": %s", cases[i].text,
			    fault.field, fault.why);
	}
}

/* A title of n times one character of the given bytes. */
static enum status
take_title(const char *c, int n)
{
	static char text[4 * 600 + 64];
	char *p = text + sprintf(text, "{\"title\":\"");

	while (n-- > 0)
		p += sprintf(p, "%s", c);
	sprintf(p, "\"}");
	return take(text, true);
}

static void
counts_characters_not_bytes(void **state)
{
	(void)state;
	assert_int_equal(take_title("a", 500), OK);
	assert_int_equal(take_title("a", 501), INVALID_FIELD);
	assert_int_equal(take_title("\xf0\x9f\x98\x80", 500), OK);
	assert_int_equal(take_title("\xf0\x9f\x98\x80", 501), INVALID_FIELD);
}

static void
normalises_to_nfc(void **state)
{
	(void)state;
	/* Hangul as a Mac sends it (NFD): three letters make one syllable. */
	assert_int_equal(take("{\"title\":\"\xe1\x84\x92\xe1\x85\xa1"
			      "\xe1\x86\xab\"}",
			     true),
	    OK);
	assert_string_equal(edit.title, "\xed\x95\x9c");
}

static void
cursors_are_checked(void **state)
{
	static const char id[] = "01234567-89ab-7def-8123-456789abcdef";
	struct page p = { 0 };
	char text[300];

	(void)state;
	snprintf(text, sizeof(text), "a0V.%s", id);
	assert_true(page_read(text, false, &p));
	assert_string_equal(p.position, "a0V");
	assert_false(page_read(text, true, &p));
	snprintf(text, sizeof(text), "42.%s", id);
	assert_true(page_read(text, true, &p));
	assert_int_equal(p.seq, 42);
	assert_false(page_read(text, false, &p));
	assert_false(page_read("", true, &p));
	assert_false(page_read("42", true, &p));
	assert_false(page_read("42.", true, &p));
	snprintf(text, sizeof(text), ".%s", id);
	assert_false(page_read(text, true, &p));
	snprintf(text, sizeof(text), "1234567890123456789.%s", id);
	assert_false(page_read(text, true, &p));
}

static void
writes_json_that_it_would_read(void **state)
{
	struct todo t = { .title = "a\"\\</script>\x7f",
		.note = "1\n2\t3",
		.completed = CLOCK_NONE,
		.deleted = CLOCK_NONE,
		.position = "a0",
		.seq = 7 };
	struct buf b = { 0 };
	struct json *j;
	const char *s;

	(void)state;
	todo_write(&b, NULL, &t);
	assert_int_equal(json_read(b.data, b.len, &j, &fault), OK);
	assert_int_equal(json_get_string(j, "title", &s, &fault), OK);
	assert_string_equal(s, t.title);
	assert_int_equal(json_get_string(j, "note", &s, &fault), OK);
	assert_string_equal(s, t.note);
	assert_true(json_is_null(j, "due"));
	assert_null(strstr(b.data, "</"));
	json_free(j);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_a_whole_item),
		cmocka_unit_test(takes_a_part),
		cmocka_unit_test(blames_the_field),
		cmocka_unit_test(counts_characters_not_bytes),
		cmocka_unit_test(normalises_to_nfc),
		cmocka_unit_test(cursors_are_checked),
		cmocka_unit_test(writes_json_that_it_would_read),
	};

	return cmocka_run_group_tests_name("todo", tests, NULL, NULL);
}
