/*
 * What is remembered from pass to pass: STATE/asg/memory, one JSON object a
 * line, replaced as a whole (rename) under a lock. Reconciler and operator
 * change it alike, each for a moment.
 *
 * Times are of the wall clock, so that they can be shown, but no duration is
 * taken from it: beside them stand the boot's id and how far the wall clock was
 * ahead of the time since that boot. Who reads them in the same boot shifts
 * them by how far the wall clock was set meanwhile, so a time ago stays what
 * it was, whatever the clock says now. (After a boot there is nothing else;
 * then none is ahead of it.)
 */
#ifndef MEMORY_H
#define MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "model/group.h"
#include "state/given.h"

/* What is told when it lasts (lasting.h). */
struct trouble {
	char what[NAME_SIZE + 16];
	struct lasting lasting;
	bool seen; /* since the memory was opened */
};

struct memory {
	bool fresh;     /* there was none: what runs is adopted */
	int64_t now;    /* of this opening */
	int64_t offset; /* that is clock_boot() and this */
	int group_count;
	struct group *groups; /* those of the environment file, in its order */
	struct trouble *troubles;
	size_t trouble_count, trouble_size;
	/* Of what the last pass acted on (given.h), the zones that it could
	 * not reach, blank-separated, and what the database's guard said when
	 * it made it read-only. */
	char generation[GENERATION_SIZE];
	char away[ZONES_MAX * NAME_SIZE];
	char database[DATABASE_SIZE];

	/* private */
	char path[256];
	int lock;
	struct buf text; /* as it was read */
	int lines;       /* that its first one says; 0: nothing */
};

/*
 * Lock and read the memory in that directory; groups that the file has not
 * are left out, groups that it has anew are added. Ends the program (111) when
 * the directory cannot be used; a memory that cannot be read is put aside as
 * memory.bad, with a warning.
 */
void memory_open(struct memory *, const char *directory, const struct config *);

/*
 * Write what has changed, durably, and unlock; false: nothing was written (the
 * disk is full), which is logged. It can still be read.
 */
bool memory_save(struct memory *);

/* Unlock if it is not saved, and free. */
void memory_close(struct memory *);

/* Of that kind and name; a new one is not so. Valid until the next one. */
struct lasting *memory_trouble(
    struct memory *, const char *kind, const char *name);

/* Could the last pass not reach that zone? */
bool memory_is_away(const struct memory *, const char *zone);

/* The group, or the instance and its group; NULL when there is none. */
struct group *memory_group(struct memory *, const char *name);
struct instance *memory_instance(
    struct memory *, const char *id, struct group **);

#endif
