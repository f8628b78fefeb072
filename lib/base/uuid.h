/* UUIDs (RFC 9562). */
#ifndef UUID_H
#define UUID_H

#include <stdbool.h>
#include <stdint.h>

#define UUID_TEXT 37 /* 8-4-4-4-12 and a NUL */

struct uuid {
	uint8_t b[16];
};

/* Version 7: the first 48 bits are the time, so new keys sort last. */
void uuid_new(struct uuid *);

/* Version 8 from a digest of two strings: the same two, the same id. */
void uuid_derive(struct uuid *, const struct uuid *space, const char *name);

/*
 * Read 36 characters with dashes or, with dashes == false, 32 without.
 * Hexadecimal in either case; any version but the nil UUID.
 */
bool uuid_parse(const char *, bool dashes, struct uuid *);

/* Lower case, with dashes or without; out has UUID_TEXT bytes. */
void uuid_text(const struct uuid *, bool dashes, char out[UUID_TEXT]);

bool uuid_equal(const struct uuid *, const struct uuid *);

#endif
