/*
 * What is remembered of the load, as text.
 */
#ifndef SCALE_TEXT_H
#define SCALE_TEXT_H

#include "base/buf.h"
#include "model/load.h"

/* As one line of text without quotes, and back, its times shifted; nonsense is
 * read as nothing. */
void scale_save(const struct scale_state *, struct buf *);
void scale_load(struct scale_state *, const char *, int64_t shift);

#endif
