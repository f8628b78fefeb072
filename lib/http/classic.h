/*
 * The shape of errors in the classic API (cgi-bin/classic.c and the log-in of
 * cgi-bin/auth.c), which has no problems of RFC 9457.
 */
#ifndef CLASSIC_H
#define CLASSIC_H

#include "http/res.h"

/* The body of a status, as Spring wrote it. */
void classic_error(struct res *, const struct req *, enum status);

/* {"error":message,"data":null}, the API's own; BAD_REQUEST. */
enum status classic_bad_request(struct res *, const char *message);

#endif
