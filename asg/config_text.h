/*
 * The bytes of a file, as text that a parser need not mistrust.
 */
#ifndef CONFIG_TEXT_H
#define CONFIG_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

/*
 * UTF-8 without tabs, other control characters and a byte order mark, whose
 * lines end in LF. false: error has been given a sentence. At most 1 MiB.
 */
bool text_read(const char *file, struct buf *, struct buf *error);

/* Is it UTF-8 without U+0000 and control characters above ASCII? */
bool text_valid(const char *, size_t);

/* "FILE:LINE: sentence\n", of printable characters. */
void text_refuse(
    struct buf *error, const char *file, int line, const char *sentence);

#endif
