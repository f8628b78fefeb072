/*
 * Text from people: UTF-8 in Unicode normalisation form C (UAX #15), so that
 * what a Mac types (NFD) and what a phone types (NFC) are the same text.
 */
#ifndef TEXT_H
#define TEXT_H

#include <stddef.h>

#include "base/fault.h"

enum text_kind {
	TEXT_LINE,  /* no control character at all */
	TEXT_LINES, /* newline and tab are allowed */
};

/*
 * Take src (valid UTF-8) into dst: without marks that come with pasted text
 * (U+200B, U+202A to U+202E, U+2066 to U+2069, U+FEFF), normalised. What is
 * left must have min to max characters (code points), none of them a control
 * character, and, when min is not 0, one that can be seen. dst must hold it:
 * 4 * max + 1 bytes. INVALID_FIELD blames the field and leaves dst untouched.
 * Vectors, which the app's tests read too: tests/text-cases.json.
 */
enum status text_take(const char *src, enum text_kind, size_t min, size_t max,
    char *dst, size_t size, const char *field, struct fault *);

/*
 * A password as it is hashed (RFC 8265 section 4.2, OpaqueString): any space is
 * U+0020, then NFC. 0, or -1 when dst is too small. No copy is left elsewhere.
 */
int text_password(const char *src, char *dst, size_t size);

/*
 * The key under which a login is unique: full case folding, then NFC
 * (Unicode 3.13, canonical caseless matching). 0, or -1 when dst is too small.
 */
int text_fold(const char *src, char *dst, size_t size);

/* Characters (code points). */
size_t text_length(const char *);

#endif
