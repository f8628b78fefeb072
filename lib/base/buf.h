/*
 * A growing byte buffer. Appending never fails half way: when memory is gone
 * the process dies, as the kernel would make it do anyway; buffers are bounded
 * by their callers.
 */
#ifndef BUF_H
#define BUF_H

#include <stdarg.h>
#include <stddef.h>

struct buf {
	char *data; /* NUL-terminated once anything was added */
	size_t len;
	size_t size;
};

void buf_add(struct buf *, const void *, size_t);
void buf_str(struct buf *, const char *);

/* Of any length. */
void buf_printf(struct buf *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *, const char *fmt, va_list)
    __attribute__((format(printf, 2, 0)));

void buf_cut(struct buf *, size_t len); /* only its first bytes stay */
void buf_clear(struct buf *);           /* empty; keeps its memory, or most */
void buf_free(struct buf *);

/* Make room for so many bytes more, and a NUL. */
void buf_grow(struct buf *, size_t more);

/* Where so many bytes can be written; then buf_written() has their end. */
static inline char *
buf_reserve(struct buf *b, size_t more)
{
	if (b->size - b->len <= more)
		buf_grow(b, more);
	return b->data + b->len;
}

static inline void
buf_written(struct buf *b, char *end)
{
	b->len = (size_t)(end - b->data);
	*end = '\0';
}

#endif
