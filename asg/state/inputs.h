/*
 * What asg was given: asg.env and asg.json. Whoever writes one of them renames
 * it into its place, so that half of one is never read; then it holds at once.
 */
#ifndef INPUTS_H
#define INPUTS_H

#include <sys/stat.h>

#include <stdbool.h>
#include <stdint.h>

enum { INPUT_FILES = 2, GENERATION_SIZE = 17 };

struct inputs {
	struct stat files[INPUT_FILES]; /* zeroed where there is none */
	/* A digest of what they say: the generation of all that follows. */
	char generation[GENERATION_SIZE];
};

/* Look at them and read their digest. Before they are read for what they say:
 * one that is replaced in between is seen as changed. */
void inputs_read(struct inputs *, const char *state);

/* Is one of them another file than it was then? */
bool inputs_changed(const struct inputs *, const char *state);

#endif
