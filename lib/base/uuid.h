/*
 * UUIDs (RFC 9562) and the random bytes and digests they are made of.
 */
#ifndef UUID_H
#define UUID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UUID_TEXT   37 /* 8-4-4-4-12 and a NUL */
#define DIGEST_SIZE 32 /* SHA-256 */

struct uuid {
	uint8_t b[16];
};

/* n bytes of getrandom(2); the process ends when the kernel has none. */
void random_bytes(void *dst, size_t n);

/* SHA-256 of n bytes. */
void digest(const void *src, size_t n, uint8_t out[DIGEST_SIZE]);

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
