/*
 * Can this program's own user use the database? Asked every two seconds by a
 * thread of its own, over a connection of its own that is made anew each time:
 * who is locked, or has another password by now, keeps the connections that
 * are there, and would be told only when a request needs a new one. From the
 * first question on: who is never asked needs no thread.
 */
#ifndef DB_PING_H
#define DB_PING_H

#include <stdbool.h>

#include "db/db.h"

/* What was seen last, at once; true before anything was. */
bool db_ping_ok(const struct db_conf *);

/* At the end of the program; takes as long as a question that is under way. */
void db_ping_stop(void);

#endif
