/*
 * What the targets of libFuzzer have in common. Each includes the very source
 * that it is about, so that this is what clang instruments; the rest is linked
 * as it is built for everybody.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* What must hold for every input. */
#define HOLDS(condition) \
	do { \
		if (!(condition)) { \
			fprintf(stderr, "does not hold: %s\n", #condition); \
			abort(); \
		} \
	} while (0)

/* The input as a string, to be freed by the caller. */
static inline char *
text_of(const uint8_t *data, size_t size)
{
	char *s = malloc(size + 1);

	HOLDS(s != NULL);
	if (size > 0)
		memcpy(s, data, size);
	s[size] = '\0';
	return s;
}

#endif
