/*
 * The records of a FastCGI request (FastCGI Specification 1.0, 3.3 and 5), as
 * far as is needed to know whether it is all there.
 */
#ifndef FRAMING_H
#define FRAMING_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of a request: a body (BODY_MAX of req.h), as much again, headers. */
enum { REQUEST_MAX = 2 * 65536 + 8192 };

enum framing {
	FRAMING_WHOLE, /* one request, and nothing after it */
	FRAMING_PART,  /* the beginning of one */
	FRAMING_WRONG, /* nothing that nginx sends */
};

/*
 * Are these bytes a request: its beginning, parameters and their end, a body
 * and its end, all of one number? What stands in the records is not looked at.
 */
enum framing framing_of(const uint8_t *, size_t);

#endif
