/* Is a FastCGI request whole? */
#include <stdbool.h>

#include "fcgi/framing.h"

enum { HEADER = 8, BEGIN = 1, PARAMS = 4, STDIN = 5, STEPS = 3 };

/* Version, type, request (two bytes), length (two), padding, reserved. */
static bool
fits(const uint8_t *header, uint8_t type, const uint8_t *begin)
{
	return header[0] == 1 && header[1] == type && header[2] == begin[2] &&
	       header[3] == begin[3] && (header[2] | header[3]) != 0;
}

enum framing
framing_of(const uint8_t *bytes, size_t n)
{
	static const uint8_t order[STEPS] = { BEGIN, PARAMS, STDIN };
	size_t at = 0, step = 0, length;

	while (step < STEPS) {
		const uint8_t *header = bytes + at;

		if (n - at < HEADER)
			return FRAMING_PART;
		length = (size_t)header[4] << 8 | header[5];
		if (!fits(header, order[step], bytes) ||
		    (step == 0 && length != 8))
			return FRAMING_WRONG;
		if (n - at < HEADER + length + header[6])
			return FRAMING_PART;
		at += HEADER + length + header[6];
		/* Parameters and body end with an empty record. */
		if (step == 0 || length == 0)
			step++;
	}
	return at == n ? FRAMING_WHOLE : FRAMING_WRONG;
}
