/*
 * What asg keeps, as JSON objects: tables of what stands in one.
 */
#ifndef RECORD_H
#define RECORD_H

#include "base/buf.h"
#include "base/json.h"
#include "model/group.h"

/* WALL: a time that stays what it was when the clock is set. */
enum type { TEXT, INT, BOOL, TIME, WALL };

struct field {
	const char *name;
	const char *was; /* in the file of the release before; NULL: the same */
	enum type type;
	size_t offset, size;
};

/* When a record was written: how far the clock was set since, and the latest
 * that a time of it can be. */
struct era {
	int64_t shift, latest;
};

/* No time that is kept is this late: what says so is none. */
#define RECORD_LATEST INT64_C(9000000000000000)

/* The first line of the state: the boot in which it was written, how far the
 * wall clock was ahead of the time since then, and the number of lines, by
 * which one that ends early is known; 0: of a release that did not say. */
struct head {
	char boot[64];
	int64_t wall_minus_boottime;
	int lines;
};

/* Ended by a NULL name. */
extern const struct field record_head[];
extern const struct field record_instance[];
extern const struct field record_group[];
extern const struct field record_refresh[];
extern const struct field record_backoff[];
extern const struct field record_alert[];
extern const struct field record_pass[];
extern const struct field record_event[];

/* Members into an open object. */
void record_write(struct buf *, const struct field *, const void *record);

/* A line of its own, "kind":"name" before the members; kind may be NULL. */
void record_write_line(struct buf *, const char *kind, const char *name,
    const struct field *, const void *record);

/*
 * The members that are there and of the right type; the others are left as
 * they are. A TIME other than 0 is shifted, and not later than it can be; era
 * NULL: it is as it stands there.
 */
void record_read(const struct json *, const struct field *, void *record,
    const struct era *);

#endif
