/*
 * The state directory of an environment, and the NAME=value lines in its
 * asg.env.
 */
#ifndef ENV_H
#define ENV_H

#include <stdbool.h>

/*
 * Root becomes the owner of the directory, so that what it writes stays his;
 * then the lines of asg.env become the environment. Ends the program (111)
 * when something is wrong.
 */
void env_enter(const char *state);

/* The lines alone, once more; false: the file cannot be read (errno). */
bool env_read(const char *state);

#endif
