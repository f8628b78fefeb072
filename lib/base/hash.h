/*
 * FNV-1a, 64 bits (http://www.isthe.com/chongo/tech/comp/fnv/): to tell apart
 * what nobody forges.
 */
#ifndef HASH_H
#define HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_START UINT64_C(14695981039346656037)

static inline uint64_t
hash_add(uint64_t hash, const void *data, size_t n)
{
	const unsigned char *byte = data;

	for (; n > 0; n--, byte++)
		hash = (hash ^ *byte) * UINT64_C(1099511628211);
	return hash;
}

#endif
