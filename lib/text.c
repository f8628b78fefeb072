#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <unicase.h>
#include <uninorm.h>
#include <unistr.h>

#include "text.h"

static bool
is_control(ucs4_t c, enum text_kind kind)
{
	if (kind == TEXT_LINES && (c == '\n' || c == '\t'))
		return false;
	/* C0, DEL, C1, the line separators, and overrides of direction. */
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 ||
	       c == 0x2029 || (c >= 0x202a && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

/* Count the characters; false when one of them is not allowed. */
static bool
count(const uint8_t *s, size_t len, enum text_kind kind, size_t *ret)
{
	ucs4_t c;
	size_t n = 0;
	int step;

	for (; len > 0; s += step, len -= (size_t)step, n++) {
		if ((step = u8_mbtouc(&c, s, len)) <= 0 || is_control(c, kind))
			return false;
	}
	*ret = n;
	return true;
}

enum status
text_take(const char *src, enum text_kind kind, size_t min, size_t max,
    char *dst, size_t size, const char *field, struct fault *f)
{
	uint8_t *nfc;
	size_t len, n = 0;
	enum status st = OK;

	nfc = u8_normalize(
	    UNINORM_NFC, (const uint8_t *)src, strlen(src), NULL, &len);
	if (nfc == NULL)
		return SERVER_ERROR;
	if (!count(nfc, len, kind, &n))
		st = fault_set(f, INVALID_FIELD, field,
		    "Control characters are not allowed.");
	else if (n < min || n > max || len >= size)
		st = fault_set(f, INVALID_FIELD, field,
		    "It must have %zu to %zu characters.", min, max);
	if (st == OK) {
		memcpy(dst, nfc, len);
		dst[len] = '\0';
	}
	free(nfc);
	return st;
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
