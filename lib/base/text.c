/* Normalising and checking text. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

#include "base/text.h"

/*
 * Marks that come along with pasted text and that nobody means: overrides and
 * isolates of direction, zero width space, byte order mark. The ones that
 * belong to words and emoji stay: ZWJ, ZWNJ, LRM, RLM.
 */
static bool
is_stray(ucs4_t c)
{
	return c == 0x200b || (c >= 0x202a && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

static bool
is_control(ucs4_t c, enum text_kind kind)
{
	if (kind == TEXT_LINES && (c == '\n' || c == '\t'))
		return false;
	/* C0, DEL, C1, and the line separators. */
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 ||
	       c == 0x2029;
}

/* Blanks, formatting, the fillers of Hangul, the empty Braille pattern. */
static bool
is_visible(ucs4_t c)
{
	return !uc_is_property_white_space(c) &&
	       !uc_is_general_category(c, UC_FORMAT) && c != 0x3164 &&
	       c != 0x115f && c != 0x1160 && c != 0xffa0 && c != 0x2800;
}

/* src without stray marks, then composed; NULL when there is no memory. */
static uint8_t *
clean(const char *src, size_t *ret)
{
	const uint8_t *s = (const uint8_t *)src;
	uint8_t *kept, *nfc = NULL;
	size_t left = strlen(src), n = 0;
	ucs4_t c;
	int step;

	if ((kept = malloc(left + 1)) == NULL)
		return NULL;
	for (; left > 0; s += step, left -= (size_t)step) {
		if ((step = u8_mbtouc(&c, s, left)) <= 0)
			break;
		if (!is_stray(c)) {
			memcpy(kept + n, s, (size_t)step);
			n += (size_t)step;
		}
	}
	if (left == 0)
		nfc = u8_normalize(UNINORM_NFC, kept, n, NULL, ret);
	free(kept);
	return nfc;
}

struct counted {
	size_t characters, controls, visible;
};

static struct counted
count(const uint8_t *s, size_t len, enum text_kind kind)
{
	struct counted n = { 0 };
	ucs4_t c;
	int step;

	for (; len > 0; s += step, len -= (size_t)step) {
		step = u8_mbtouc(&c, s, len);
		n.characters++;
		n.controls += is_control(c, kind);
		n.visible += is_visible(c);
	}
	return n;
}

enum status
text_take(const char *src, enum text_kind kind, size_t min, size_t max,
    char *dst, size_t size, const char *field, struct fault *f)
{
	struct counted n;
	uint8_t *text;
	size_t len;
	enum status st = OK;

	if ((text = clean(src, &len)) == NULL)
		return SERVER_ERROR;
	n = count(text, len, kind);
	if (n.controls > 0)
		st = fault_set(f, INVALID_FIELD, field,
		    "Control characters are not allowed.");
	else if (n.characters < min || n.characters > max || len >= size)
		st = fault_set(f, INVALID_FIELD, field,
		    "Must have %zu to %zu characters.", min, max);
	else if (min > 0 && n.visible == 0)
		st = fault_set(
		    f, INVALID_FIELD, field, "Must have a visible character.");
	if (st == OK) {
		memcpy(dst, text, len);
		dst[len] = '\0';
	}
	free(text);
	return st;
}

/* src with plain spaces; -1 when dst is too small. */
static int
plain_spaces(const char *src, uint8_t *dst, size_t size)
{
	const uint8_t *s = (const uint8_t *)src;
	size_t left = strlen(src), n = 0;
	ucs4_t c;
	int step;

	for (; left > 0; s += step, left -= (size_t)step) {
		step = u8_mbtouc(&c, s, left);
		if (n + (size_t)step > size)
			return -1;
		if (c > ' ' && uc_is_general_category(c, UC_SPACE_SEPARATOR)) {
			dst[n++] = ' ';
			continue;
		}
		memcpy(dst + n, s, (size_t)step);
		n += (size_t)step;
	}
	return (int)n;
}

int
text_password(const char *src, char *dst, size_t size)
{
	uint8_t plain[1024], nfc[1024], *made = NULL;
	size_t len = sizeof(nfc);
	int n = plain_spaces(src, plain, sizeof(plain)), rc = -1;

	/* Into nfc or, what is too long in any case, into memory of its own. */
	if (n >= 0)
		made = u8_normalize(UNINORM_NFC, plain, (size_t)n, nfc, &len);
	if (made != NULL && len < size) {
		memcpy(dst, made, len);
		dst[len] = '\0';
		rc = 0;
	}
	if (made != NULL && made != nfc) {
		explicit_bzero(made, len);
		free(made);
	}
	explicit_bzero(plain, sizeof(plain));
	explicit_bzero(nfc, sizeof(nfc));
	return rc;
}

size_t
text_length(const char *s)
{
	return u8_mbsnlen((const uint8_t *)s, strlen(s));
}

int
text_fold(const char *src, char *dst, size_t size)
{
	uint8_t *folded;
	size_t len;

	folded = u8_casefold(
	    (const uint8_t *)src, strlen(src), NULL, UNINORM_NFC, NULL, &len);
	if (folded == NULL || len >= size) {
		free(folded);
		return -1;
	}
	memcpy(dst, folded, len);
	dst[len] = '\0';
	free(folded);
	return 0;
}
