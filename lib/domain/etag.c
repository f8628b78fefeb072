/* Conditions of a request (RFC 9110 section 13). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "domain/etag.h"

struct tag {
	bool weak;
	const char *text; /* what stands between the quotes */
	size_t len;
};

/* Empty elements of a list are ignored (RFC 9110 section 5.6.1.2). */
#define BLANKS " \t,"

static bool
is_etagc(char c)
{
	return c == '!' || (c >= '#' && c <= '~') || (unsigned char)c >= 0x80;
}

/*
 * The tag at p, and where the next one begins; NULL when this is no tag, or
 * not all there is up to the comma.
 */
static const char *
read_tag(const char *p, struct tag *t)
{
	if ((t->weak = strncmp(p, "W/", 2) == 0))
		p += 2;
	if (*p++ != '"')
		return NULL;
	for (t->text = p; is_etagc(*p); p++)
		;
	t->len = (size_t)(p - t->text);
	if (*p++ != '"')
		return NULL;
	p += strspn(p, " \t");
	return *p == ',' || *p == '\0' ? p + strspn(p, BLANKS) : NULL;
}

bool
etag_valid(const char *field)
{
	const char *p = field + strspn(field, BLANKS);
	struct tag t;

	if (*field == '\0' || strcmp(field, "*") == 0)
		return true;
	if (*p == '\0')
		return false;
	while (p != NULL && *p != '\0')
		p = read_tag(p, &t);
	return p != NULL;
}

static bool
listed(const char *field, int64_t seq, bool weakly)
{
	const char *p = field + strspn(field, BLANKS);
	char text[24];
	struct tag t;
	size_t n;

	n = (size_t)snprintf(text, sizeof(text), "%" PRId64, seq);
	while (p != NULL && *p != '\0')
		if ((p = read_tag(p, &t)) != NULL && (weakly || !t.weak) &&
		    t.len == n && memcmp(t.text, text, n) == 0)
			return true;
	return false;
}

bool
etag_names(const char *field, int64_t seq)
{
	return *field != '\0' &&
	       (strcmp(field, "*") == 0 || listed(field, seq, true));
}

bool
condition_holds(const struct condition *c, int64_t seq)
{
	if (seq < 0)
		return *c->match == '\0';
	if (*c->match != '\0' && strcmp(c->match, "*") != 0 &&
	    !listed(c->match, seq, false))
		return false;
	return *c->none == '\0' || !etag_names(c->none, seq);
}
