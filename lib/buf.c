#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "clock.h"
#include "log.h"

#define BUF_KEEP (256 * 1024) /* more is given back when cleared */

static void
reserve(struct buf *b, size_t more)
{
	size_t size = b->size != 0 ? b->size : 4096;
	char *data;

	while (size < b->len + more + 1)
		size *= 2;
	if (size == b->size)
		return;
	if ((data = realloc(b->data, size)) == NULL)
		die(111, "out of memory");
	b->data = data;
	b->size = size;
}

void
buf_add(struct buf *b, const void *src, size_t n)
{
	reserve(b, n);
	memcpy(b->data + b->len, src, n);
	b->len += n;
	b->data[b->len] = '\0';
}

void
buf_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	char text[1024];

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	buf_str(b, text);
}

void
buf_clear(struct buf *b)
{
	if (b->size > BUF_KEEP)
		buf_free(b);
	b->len = 0;
}

void
buf_free(struct buf *b)
{
	free(b->data);
	memset(b, 0, sizeof(*b));
}

/* The JSON string of s; bytes above 0x7f are valid UTF-8 already. */
static void
quoted(struct buf *b, const char *s)
{
	const char *run = s;

	buf_add(b, "\"", 1);
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		/* '<' too: a body can never end a script element. */
		if (c >= 0x20 && c != '"' && c != '\\' && c != '<' && c != 0x7f)
			continue;
		buf_add(b, run, (size_t)(s - run));
		run = s + 1;
		if (c == '"' || c == '\\')
			buf_printf(b, "\\%c", c);
		else if (c == '\n')
			buf_add(b, "\\n", 2);
		else
			buf_printf(b, "\\u%04x", c);
	}
	buf_add(b, run, (size_t)(s - run));
	buf_add(b, "\"", 1);
}

static void
member(struct buf *b, const char *key)
{
	char last = b->len > 0 ? b->data[b->len - 1] : '{';

	if (last != '{' && last != '[' && last != ':' && last != ',' &&
	    last != '\n')
		buf_add(b, ",", 1);
	if (key == NULL)
		return;
	buf_add(b, "\"", 1);
	buf_str(b, key); /* ours: nothing in it is to be escaped */
	buf_add(b, "\":", 2);
}

void
buf_json_string(struct buf *b, const char *key, const char *value)
{
	member(b, key);
	quoted(b, value);
}

void
buf_json_int(struct buf *b, const char *key, int64_t value)
{
	member(b, key);
	buf_printf(b, "%" PRId64, value);
}

void
buf_json_bool(struct buf *b, const char *key, bool value)
{
	member(b, key);
	buf_str(b, value ? "true" : "false");
}

void
buf_json_null(struct buf *b, const char *key)
{
	member(b, key);
	buf_str(b, "null");
}

void
buf_json_uuid(struct buf *b, const char *key, const struct uuid *id)
{
	char text[UUID_TEXT];

	uuid_text(id, true, text);
	buf_json_string(b, key, text);
}

void
buf_json_time(struct buf *b, const char *key, int64_t t)
{
	char text[CLOCK_TEXT];

	if (t == CLOCK_NONE) {
		buf_json_null(b, key);
		return;
	}
	clock_text(t, text);
	buf_json_string(b, key, text);
}

void
buf_json_open(struct buf *b, const char *key, char bracket)
{
	member(b, key);
	buf_add(b, &bracket, 1);
}

void
buf_json_close(struct buf *b, char bracket)
{
	buf_add(b, &bracket, 1);
}
