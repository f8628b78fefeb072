/*
 * What asg was given: asg.env and asg.json. Whoever writes one of them renames
 * it into its place, so that half of one is never read; then it holds at once.
 */
#ifndef GIVEN_H
#define GIVEN_H

#include <sys/stat.h>

#include <stdbool.h>
#include <stdint.h>

enum { GIVEN_FILES = 2, GENERATION_SIZE = 17 };

struct given {
	struct stat files[GIVEN_FILES]; /* zeroed where there is none */
	/* A digest of what they say: the generation of all that follows. */
	char generation[GENERATION_SIZE];
};

/* Look at them and read their digest. Before they are read for what they say:
 * one that is replaced in between is seen as changed. */
void given_read(struct given *, const char *state);

/* Is one of them another file than it was then? */
bool given_changed(const struct given *, const char *state);

#endif
