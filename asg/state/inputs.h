/*
 * What asg was given in the state directory of an environment: asg.json and
 * asg.env, NAME=value lines. Whoever writes one of them renames
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

/*
 * Root becomes the owner of the directory, so that what it writes stays his;
 * then the lines of asg.env become the environment. Ends the program (111)
 * when something is wrong.
 */
void inputs_enter(const char *state);

/* The lines alone, once more; false: the file cannot be read (errno). */
bool inputs_read_env(const char *state);

#endif
