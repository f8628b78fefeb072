/*
 * When an item is due: a date, or a wall-clock time in a time zone that
 * zone.h knows. The wall clock is what people mean: "Friday 18:00 in Seoul"
 * stays so when a country changes its rules.
 */
#ifndef DUE_H
#define DUE_H

#include "base/buf.h"
#include "base/json.h"
#include "base/zone.h"

struct due {
	char date[11];        /* 2026-11-30, or "" for not due */
	char time[6];         /* 18:00, or "" for the whole day */
	char zone[ZONE_SIZE]; /* Asia/Seoul, +09:00, or "" */
};

/*
 * The member "due" of an item: null, {"date"}, or {"date","time","zone"}.
 * INVALID_FIELD, MISSING_FIELD or UNKNOWN_FIELD name due or due.date etc.
 */
enum status due_read(const struct json *, struct due *, struct fault *);

void due_write(struct buf *, const struct due *);

#endif
