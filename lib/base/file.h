/* Files that are read and replaced whole. */
#ifndef FILE_H
#define FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/*
 * Have the file at path hold these n bytes (mode 0640): a reader sees
 * what was there before or all of it, also when the writer is killed half way.
 * durable: when the host loses power, too (fsync(2) of the file and of its
 * directory). false, and errno, when that failed; what was there stays then. It
 * is written beside, as PATH.new.
 */
bool file_replace(const char *path, const void *data, size_t n, bool durable);

/* Append what the file has, at most max bytes. false, and errno, when that
 * failed; EFBIG: it has more. */
bool file_read(const char *path, struct buf *, size_t max);

/* The first line without its end, as much of it as fits. false, and errno,
 * when the file cannot be read; 0: it is empty. *line is then "". */
bool file_line(const char *path, char *line, size_t size);

#endif
