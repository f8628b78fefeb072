/*
 * Configuration from the environment (12-factor), read once at the start.
 * A wrong or missing value ends the program with a sentence and exit 100.
 */
#ifndef CONF_H
#define CONF_H

/* A variable that must be there and not be empty. */
const char *conf_string(const char *name);

/* A whole number from min to max, or preset when the variable is not there. */
int conf_number(const char *name, int min, int max, int preset);

/* The same, and it must be there. */
int conf_required_number(const char *name, int min, int max);

#endif
