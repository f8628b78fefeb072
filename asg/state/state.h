/*
 * What is remembered from pass to pass: STATE/asg/state, one JSON object a
 * line, replaced as a whole (rename) under a lock. Reconciler and operator
 * change it alike, each for a moment.
 *
 * (The file of the release before, memory, is renamed.)
 *
 * Times are of the wall clock, so that they can be shown, but no duration is
 * taken from it: beside them stand the boot's id and how far the wall clock was
 * ahead of the time since that boot. Who reads them in the same boot shifts
 * them by how far the wall clock was set meanwhile, so a time ago stays what
 * it was, whatever the clock says now. (After a boot there is nothing else;
 * then none is ahead of it.)
 */
#ifndef STATE_H
#define STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "model/group.h"
#include "state/inputs.h"

/* What is told when it lasts (alert.h). */
struct trouble {
	char what[NAME_SIZE + 16];
	struct alert alert;
	bool seen; /* since the state was opened */
};

struct state {
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
 * Lock and read the state in that directory; groups that the file has not
 * are left out, groups that it has anew are added. Ends the program (111) when
 * the directory cannot be used; one that cannot be read is put aside as
 * state.bad, with a warning.
 */
void state_open(struct state *, const char *directory, const struct config *);

/*
 * Write what has changed, durably, and unlock; false: nothing was written (the
 * disk is full), which is logged. It can still be read.
 */
bool state_save(struct state *);

/* Unlock if it is not saved, and free. */
void state_close(struct state *);

/* Of that kind and name; a new one is not so. Valid until the next one. */
struct alert *state_trouble(struct state *, const char *kind, const char *name);

/* Could the last pass not reach that zone? */
bool state_is_away(const struct state *, const char *zone);

/* The group, or the instance and its group; NULL when there is none. */
struct group *state_group(struct state *, const char *name);
struct instance *state_instance(
    struct state *, const char *id, struct group **);

#endif
