/* Byte buffers that grow by doubling. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"

#define BUF_KEEP (256 * 1024) /* more is given back when cleared */

void
buf_grow(struct buf *b, size_t more)
{
	size_t size = b->size != 0 ? b->size : 4096;

	while (size < b->len + more + 1)
		size *= 2;
	if ((b->data = realloc(b->data, size)) == NULL)
		oom();
	b->size = size;
}

void
buf_add(struct buf *b, const void *src, size_t n)
{
	buf_written(b, mempcpy(buf_reserve(b, n), src, n));
}

void
buf_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	char *p = buf_reserve(b, 255);
	int n;

	va_copy(again, ap);
	n = vsnprintf(p, b->size - b->len, fmt, ap);
	if (n < 0)
		die(111, "cannot format \"%s\"", fmt);
	if ((size_t)n >= b->size - b->len)
		vsnprintf(buf_reserve(b, (size_t)n), (size_t)n + 1, fmt, again);
	va_end(again);
	b->len += (size_t)n;
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(b, fmt, ap);
	va_end(ap);
}

void
buf_cut(struct buf *b, size_t len)
{
	b->len = len;
	b->data[len] = '\0';
}

void
buf_clear(struct buf *b)
{
	if (b->size > BUF_KEEP)
		buf_free(b);
	b->len = 0;
}

void
buf_free(struct buf *b)
{
	free(b->data);
	memset(b, 0, sizeof(*b));
}
