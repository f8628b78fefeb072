/*
 * Can this program's own user use the database? A thread asks every two
 * seconds, over a new connection each time: a user that was locked, or whose
 * password was changed, keeps the connections that are there and would notice
 * only when a request needs a new one. The thread starts with the first call.
 */
#ifndef DB_PING_H
#define DB_PING_H

#include <stdbool.h>

#include "db/db.h"

/* The last answer, without waiting; true before there is one. */
bool db_ping_ok(const struct db_conf *);

/* At the end of the program; waits for a question that is under way. */
void db_ping_stop(void);

#endif
