#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "config_text.h"

enum { FILE_MAX = 1024 * 1024 };

/* The character at s and its length in bytes; 0 when it is not UTF-8. */
static size_t
decode(const unsigned char *s, size_t left, uint32_t *ret)
{
	static const uint32_t lowest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = *s < 0x80             ? 1
		   : (*s & 0xe0) == 0xc0 ? 2
		   : (*s & 0xf0) == 0xe0 ? 3
		   : (*s & 0xf8) == 0xf0 ? 4
					 : 0;
	uint32_t c = n == 1 ? *s : *s & (0x7fU >> n);
	size_t i;

	if (n == 0 || n > left)
		return 0;
	for (i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < lowest[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*ret = c;
	return n;
}

/*
 * YAML 1.2, 5.1 and 5.4: what is no text, or a line break that nobody sees.
 * And tabs: they must not indent, and libfyaml 0.7 stumbles over some others.
 */
static bool
unprintable(uint32_t c)
{
	return (c < ' ' && c != '\n') || (c >= 0x7f && c < 0xa0) ||
	       c == 0x2028 || c == 0x2029 || c == 0xfeff ||
	       (c & 0xfffe) == 0xfffe;
}

/*
 * Escapes can make what no file may have, and so did bugs of libfyaml. What
 * JSON escapes may be: it can be read again.
 */
bool
text_valid(const char *text, size_t len)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t i, n;
	uint32_t c;

	for (i = 0; i < len; i += n)
		if ((n = decode(s + i, len - i, &c)) == 0 || c == 0 ||
		    (c >= 0x7f && unprintable(c)))
			return false;
	return true;
}

/* Lines that end in LF, of UTF-8 without control characters, or a refusal. */
static bool
clean(const char *file, const struct buf *raw, struct buf *text,
    struct buf *error)
{
	const unsigned char *s = (const unsigned char *)raw->data;
	size_t i, n;
	uint32_t c;
	char sentence[80];
	int line = 1;

	i = raw->len >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	for (; i < raw->len; i += n) {
		if ((n = decode(s + i, raw->len - i, &c)) == 0)
			break;
		if (c == '\r') {
			n = i + 1 < raw->len && s[i + 1] == '\n' ? 2 : 1;
			c = '\n';
			buf_str(text, "\n");
		} else
			buf_add(text, s + i, n);
		line += c == '\n';
		if (unprintable(c)) {
			snprintf(sentence, sizeof(sentence),
			    c == '\t' ? "has a tab where spaces are wanted"
				      : "has the control character U+%04X",
			    (unsigned)c);
			text_refuse(error, file, line, sentence);
			return false;
		}
	}
	if (i == raw->len)
		return true;
	text_refuse(error, file, line, "is not UTF-8 text");
	return false;
}

static bool
slurp(const char *file, struct buf *raw, struct buf *error)
{
	char block[8192];
	const char *why = NULL;
	FILE *f;
	size_t n;

	buf_str(raw, "");
	errno = 0;
	if ((f = fopen(file, "re")) != NULL) {
		while (raw->len <= FILE_MAX &&
		       (n = fread(block, 1, sizeof(block), f)) > 0)
			buf_add(raw, block, n);
		if (!ferror(f))
			errno = 0;
	}
	if (errno != 0)
		why = strerror(errno);
	if (f != NULL)
		fclose(f);
	if (why == NULL && raw->len > FILE_MAX)
		why = "it has more than 1 MiB";
	if (why == NULL)
		return true;
	buf_str(error, file);
	buf_str(error, ": cannot be read: ");
	buf_str(error, why);
	buf_str(error, "\n");
	return false;
}

bool
text_read(const char *file, struct buf *text, struct buf *error)
{
	struct buf raw = { 0 };
	bool ok;

	ok = slurp(file, &raw, error) && clean(file, &raw, text, error);
	buf_free(&raw);
	return ok;
}

void
text_refuse(struct buf *error, const char *file, int line, const char *sentence)
{
	char where[24];

	snprintf(where, sizeof(where), ":%d: ", line);
	buf_str(error, file);
	buf_str(error, where);
	for (; *sentence != '\0'; sentence++)
		buf_add(
		    error, (unsigned char)*sentence < ' ' ? "?" : sentence, 1);
	buf_str(error, "\n");
}
