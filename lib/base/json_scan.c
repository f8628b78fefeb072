/* A scanner for strict JSON: it only says yes or no, and builds nothing. */
#include <stdio.h>
#include <string.h>

#include <unistr.h>

#include "base/json.h"

struct slice {
	const char *s;
	size_t n;
};

struct scan {
	const char *p;
	const char *end;
	int depth;
	struct fault *fault;
};

static enum status value(struct scan *);

static enum status
bad(struct scan *s, const char *why)
{
	return fault_set(s->fault, BAD_JSON, "", "%s", why);
}

static void
space(struct scan *s)
{
	while (
	    s->p < s->end && strchr(" \t\r\n", *s->p) != NULL && *s->p != '\0')
		s->p++;
}

static bool
next_is(struct scan *s, char c)
{
	if (s->p >= s->end || *s->p != c)
		return false;
	s->p++;
	return true;
}

/* Four hexadecimal digits of \uXXXX, or -1. */
static int
hex4(struct scan *s)
{
	int i, v = 0;

	for (i = 0; i < 4; i++, s->p++) {
		if (s->p >= s->end)
			return -1;
		if (*s->p >= '0' && *s->p <= '9')
			v = v * 16 + *s->p - '0';
		else if ((*s->p | 32) >= 'a' && (*s->p | 32) <= 'f')
			v = v * 16 + (*s->p | 32) - 'a' + 10;
		else
			return -1;
	}
	return v;
}

/* After the backslash. A high surrogate must be followed by a low one. */
static enum status
escape(struct scan *s)
{
	int unit;

	if (s->p >= s->end)
		return bad(s, "The text ends inside a string.");
	if (*s->p != 'u')
		return strchr("\"\\/bfnrt", *s->p) != NULL && *s->p++ != '\0'
			   ? OK
			   : bad(s, "Unknown escape in a string.");
	s->p++;
	if ((unit = hex4(s)) < 0)
		return bad(s, "\\u needs four hexadecimal digits.");
	if (unit == 0)
		return bad(s, "U+0000 is not allowed.");
	if (unit < 0xd800 || unit > 0xdfff)
		return OK;
	if (unit > 0xdbff || !next_is(s, '\\') || !next_is(s, 'u') ||
	    (unit = hex4(s)) < 0xdc00 || unit > 0xdfff)
		return bad(s, "A lone surrogate is not a character.");
	return OK;
}

static enum status
string(struct scan *s)
{
	enum status st;

	if (!next_is(s, '"'))
		return bad(s, "Expected a string in double quotes.");
	while (s->p < s->end && *s->p != '"') {
		if ((unsigned char)*s->p < 0x20)
			return bad(s, "Raw control character in a string.");
		if (*s->p++ == '\\' && (st = escape(s)) != OK)
			return st;
	}
	return next_is(s, '"') ? OK : bad(s, "The text ends inside a string.");
}

static bool
digits(struct scan *s)
{
	const char *start = s->p;

	while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
		s->p++;
	return s->p > start;
}

static enum status
number(struct scan *s)
{
	next_is(s, '-');
	if (!next_is(s, '0') && !digits(s))
		return bad(s, "Expected a value.");
	if (next_is(s, '.') && !digits(s))
		return bad(s, "A digit must follow the decimal point.");
	if (next_is(s, 'e') || next_is(s, 'E')) {
		if (!next_is(s, '+'))
			next_is(s, '-');
		if (!digits(s))
			return bad(s, "An exponent needs a digit.");
	}
	return OK;
}

static enum status
word(struct scan *s, const char *w)
{
	size_t n = strlen(w);

	if ((size_t)(s->end - s->p) < n || memcmp(s->p, w, n) != 0)
		return bad(s, "Expected a value.");
	s->p += n;
	return OK;
}

static enum status
duplicate(struct scan *s, const struct slice *k)
{
	char name[sizeof(s->fault->field)];

	snprintf(name, sizeof(name), "%.*s", (int)k->n, k->s);
	return fault_set(
	    s->fault, DUPLICATE_FIELD, name, "Given more than once.");
}

static enum status
key(struct scan *s, struct slice *seen, size_t *n)
{
	enum status st;
	struct slice k = { s->p + 1, 0 };
	size_t i;

	if ((st = string(s)) != OK)
		return st;
	k.n = (size_t)(s->p - 1 - k.s);
	/* Ours are plain; an escaped one could only hide a duplicate. */
	if (memchr(k.s, '\\', k.n) != NULL)
		return bad(s, "Field names must not contain escapes.");
	for (i = 0; i < *n; i++)
		if (seen[i].n == k.n && memcmp(seen[i].s, k.s, k.n) == 0)
			return duplicate(s, &k);
	if (*n == JSON_MEMBERS)
		return bad(s, "Too many fields in one object.");
	seen[(*n)++] = k;
	return OK;
}

static enum status
object(struct scan *s)
{
	struct slice seen[JSON_MEMBERS];
	size_t n = 0;
	enum status st;

	space(s);
	if (next_is(s, '}'))
		return OK;
	do {
		space(s);
		if ((st = key(s, seen, &n)) != OK)
			return st;
		space(s);
		if (!next_is(s, ':'))
			return bad(s, "Expected a colon after the field name.");
		if ((st = value(s)) != OK)
			return st;
	} while (next_is(s, ','));
	return next_is(s, '}') ? OK : bad(s, "The object is not closed.");
}

static enum status
array(struct scan *s)
{
	enum status st;

	space(s);
	if (next_is(s, ']'))
		return OK;
	do {
		if ((st = value(s)) != OK)
			return st;
	} while (next_is(s, ','));
	return next_is(s, ']') ? OK : bad(s, "The array is not closed.");
}

static enum status
nested(struct scan *s, enum status (*inner)(struct scan *))
{
	enum status st;

	if (s->depth == JSON_DEPTH)
		return bad(s, "Nested too deeply.");
	s->p++;
	s->depth++;
	st = inner(s);
	s->depth--;
	return st;
}

static enum status
value(struct scan *s)
{
	enum status st;

	space(s);
	switch (s->p < s->end ? *s->p : '\0') {
	case '{':
		st = nested(s, object);
		break;
	case '[':
		st = nested(s, array);
		break;
	case '"':
		st = string(s);
		break;
	case 't':
		st = word(s, "true");
		break;
	case 'f':
		st = word(s, "false");
		break;
	case 'n':
		st = word(s, "null");
		break;
	default:
		st = number(s);
		break;
	}
	space(s);
	return st;
}

enum status
json_scan(const char *text, size_t len, struct fault *fault)
{
	struct scan s = { text, text + len, 0, fault };
	enum status st;

	if (u8_check((const uint8_t *)text, len) != NULL)
		return bad(&s, "The text is not valid UTF-8.");
	space(&s);
	if (s.p == s.end || *s.p != '{')
		return bad(&s, "Expected a JSON object.");
	if ((st = value(&s)) != OK)
		return st;
	return s.p == s.end ? OK : bad(&s, "There is text after the object.");
}
