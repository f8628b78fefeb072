/* JSON written into a buffer (RFC 8259). */
#include <string.h>

#include "base/buf_json.h"
#include "base/clock.h"

/*
 * Must this byte be escaped? Those above 0x7f are valid UTF-8 already. '<' too:
 * a body can never end a script element.
 */
static bool
special(unsigned char c)
{
	static const uint32_t bits[8] = { UINT32_MAX,
		1u << ('"' - 32) | 1u << ('<' - 32), 1u << ('\\' - 64),
		1u << (127 - 96) };

	return bits[c >> 5] >> (c & 31) & 1;
}

/* The longest of escapes. */
#define ESCAPED 6

/* How the byte is written; the end of it. */
static char *
escape(char *dst, unsigned char c)
{
	static const char digits[] = "0123456789abcdef";

	if (c != '"' && c != '\\' && c != '\n') {
		dst = mempcpy(dst, "\\u00", 4);
		*dst++ = digits[c >> 4];
		*dst++ = digits[c & 15];
		return dst;
	}
	*dst++ = '\\';
	*dst++ = c == '\n' ? 'n' : (char)c;
	return dst;
}

/* Those that must be escaped, up to one that need not; where that is. */
static const char *
add_escaped(struct buf *b, const char *s)
{
	char *p = b->data + b->len;

	for (; *s != '\0' && special((unsigned char)*s); s++) {
		if (b->data + b->size - p <= ESCAPED) {
			buf_written(b, p);
			p = buf_reserve(b, ESCAPED);
		}
		p = escape(p, (unsigned char)*s);
	}
	buf_written(b, p);
	return s;
}

/* The comma and the key, and room for so many bytes of a value. */
static char *
member(struct buf *b, const char *key, size_t more)
{
	size_t n = key != NULL ? strlen(key) : 0;
	char last = b->len > 0 ? b->data[b->len - 1] : '{';
	char *p = buf_reserve(b, n + 4 + more);

	if (last != '{' && last != '[' && last != ':' && last != ',' &&
	    last != '\n')
		*p++ = ',';
	if (key == NULL)
		return p;
	*p++ = '"';
	p = mempcpy(p, key, n); /* ours: nothing in it is to be escaped */
	*p++ = '"';
	*p++ = ':';
	return p;
}

/* A value that needs no escapes. */
static void
plain(struct buf *b, const char *key, const char *value, size_t n)
{
	buf_written(b, mempcpy(member(b, key, n), value, n));
}

void
buf_json_string(struct buf *b, const char *key, const char *s)
{
	const char *run;
	char *p = member(b, key, 1);

	*p++ = '"';
	buf_written(b, p);
	for (;;) {
		for (run = s; !special((unsigned char)*s);)
			s++;
		buf_add(b, run, (size_t)(s - run));
		if (*s == '\0')
			break;
		s = add_escaped(b, s);
	}
	buf_add(b, "\"", 1);
}

void
buf_json_int(struct buf *b, const char *key, int64_t value)
{
	char digits[24], *p = digits + sizeof(digits);
	uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;

	do
		*--p = (char)('0' + left % 10);
	while ((left /= 10) > 0);
	if (value < 0)
		*--p = '-';
	plain(b, key, p, (size_t)(digits + sizeof(digits) - p));
}

void
buf_json_bool(struct buf *b, const char *key, bool value)
{
	plain(b, key, value ? "true" : "false", value ? 4 : 5);
}

void
buf_json_null(struct buf *b, const char *key)
{
	plain(b, key, "null", 4);
}

void
buf_json_uuid(struct buf *b, const char *key, const struct uuid *id)
{
	char *p = member(b, key, UUID_TEXT + 1);

	*p = '"';
	uuid_text(id, true, p + 1);
	p[UUID_TEXT] = '"';
	buf_written(b, p + UUID_TEXT + 1);
}

void
buf_json_time(struct buf *b, const char *key, int64_t t)
{
	char *p;

	if (t == CLOCK_NONE) {
		buf_json_null(b, key);
		return;
	}
	p = member(b, key, CLOCK_TEXT + 1);
	*p = '"';
	clock_text(t, p + 1);
	p[CLOCK_TEXT] = '"';
	buf_written(b, p + CLOCK_TEXT + 1);
}

void
buf_json_open(struct buf *b, const char *key, char bracket)
{
	plain(b, key, &bracket, 1);
}

void
buf_json_close(struct buf *b, char bracket)
{
	buf_add(b, &bracket, 1);
}
