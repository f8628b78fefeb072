/*
 * A growing byte buffer, and JSON written straight into it (RFC 8259).
 * Appending never fails half way: when memory is gone the process dies, as
 * the kernel would make it do anyway; buffers are bounded by their callers.
 */
#ifndef BUF_H
#define BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/uuid.h"

struct buf {
	char *data; /* NUL-terminated once anything was added */
	size_t len;
	size_t size;
};

void buf_add(struct buf *, const void *, size_t);
void buf_str(struct buf *, const char *);
void buf_printf(struct buf *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void buf_cut(struct buf *, size_t len); /* only its first bytes stay */
void buf_clear(struct buf *);           /* empty; keeps its memory, or most */
void buf_free(struct buf *);

/*
 * A JSON value as a member: buf_json_*(b, "title", v) writes "title":"…",
 * with a comma before it when one is due: not after a newline, so that objects
 * can be written line by line. A NULL key writes the bare value; a key is
 * written as it is, so it must be one that JSON need not escape.
 */
void buf_json_string(struct buf *, const char *key, const char *value);
void buf_json_int(struct buf *, const char *key, int64_t);
void buf_json_bool(struct buf *, const char *key, bool);
void buf_json_null(struct buf *, const char *key);
void buf_json_uuid(struct buf *, const char *key, const struct uuid *);
void buf_json_time(struct buf *, const char *key, int64_t); /* clock.h */
void buf_json_open(struct buf *, const char *key, char bracket);
void buf_json_close(struct buf *, char bracket);

#endif
