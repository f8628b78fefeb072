/* Random bytes and digests. */
#ifndef CRYPTO_H
#define CRYPTO_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_SIZE 32 /* SHA-256 */

/* n bytes of getrandom(2); the process ends when the kernel has none. */
void crypto_random(void *dst, size_t n);

/* SHA-256 of n bytes. */
void crypto_digest(const void *src, size_t n, uint8_t out[DIGEST_SIZE]);

#endif
