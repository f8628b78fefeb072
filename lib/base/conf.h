/*
 * Configuration from the environment (12-factor), read once at the start.
 * A wrong or missing value ends the program with a sentence and exit 100.
 */
#ifndef CONF_H
#define CONF_H

#include "db/db.h"

struct conf {
	const char *socket;   /* SOCKET: path to listen on */
	int threads;          /* THREADS: 1 to 64 */
	const char *instance; /* INSTANCE: id, for logs and health */
	const char *release;  /* RELEASE */
	struct db_conf db;    /* DB_ADDRESS, DB_ADDRESS_FILE (or not),
			       * DB_NAME, DB_USER and the first line of
			       * DB_PASSWORD_FILE */
};

void conf_read(struct conf *);

/* A variable that must be there and not be empty. */
const char *conf_string(const char *name);

/* A whole number from min to max, or preset when the variable is not there. */
int conf_number(const char *name, int min, int max, int preset);

#endif
