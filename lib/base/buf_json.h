/*
 * JSON written straight into a buffer (RFC 8259). A value is written as a
 * member: buf_json_*(b, "title", v) writes "title":"…", with a comma before it
 * when one is due: not after a newline, so that objects can be written line by
 * line. A NULL key writes the bare value; a key is written as it is, so it must
 * be one that JSON need not escape.
 */
#ifndef BUF_JSON_H
#define BUF_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/uuid.h"

void buf_json_string(struct buf *, const char *key, const char *value);
void buf_json_int(struct buf *, const char *key, int64_t);
void buf_json_bool(struct buf *, const char *key, bool);
void buf_json_null(struct buf *, const char *key);
void buf_json_uuid(struct buf *, const char *key, const struct uuid *);
void buf_json_time(struct buf *, const char *key, int64_t); /* clock.h */
void buf_json_open(struct buf *, const char *key, char bracket);
void buf_json_close(struct buf *, char bracket);

#endif
