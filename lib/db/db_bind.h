/*
 * Between our variables and the client library's MYSQL_BIND (db.h).
 * Private to db.c.
 */
#ifndef DB_BIND_H
#define DB_BIND_H

#include <mysql.h>

#include "db/db.h"

/* Of one statement, at most. */
#define PARAMETERS     24
#define RESULT_COLUMNS 20

/* What one parameter or column needs besides its MYSQL_BIND. */
struct cell {
	int64_t integer;
	MYSQL_TIME time;
	unsigned long length;
	my_bool null;
	struct db_out out; /* of a column */
};

/* Parameters; what they point to is not copied. */
void db_bind_in(struct db_ins, MYSQL_BIND *, struct cell *);

/* Columns: where a fetch shall put them. */
void db_bind_out(struct db_outs, MYSQL_BIND *, struct cell *);

/* After a fetch of n columns: ends of strings, times, what NULL stands for. */
void db_bind_finish_row(const struct cell *, size_t n);

#endif
