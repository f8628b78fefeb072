/*
 * Between our variables and the client library's MYSQL_BIND, letter by letter
 * of a statement's signature (db.h). Private to db.c.
 */
#ifndef DB_BIND_H
#define DB_BIND_H

#include <stdarg.h>

#include <mysql.h>

#include "db.h"

/* Of one statement, at most. */
#define PARAMETERS     24
#define RESULT_COLUMNS 20

/* What one parameter or column needs besides its MYSQL_BIND. */
struct cell {
	int64_t integer;
	MYSQL_TIME time;
	unsigned long length;
	my_bool null;
	void *target; /* of a column, 't' and 's' */
	size_t size;
};

/* Parameters, taken from the variable arguments; they are not copied. */
void bind_in(const char *in, MYSQL_BIND *, struct cell *, va_list *);

/* Columns: where db_next() shall put them. */
void bind_out(const char *out, MYSQL_BIND *, struct cell *, va_list *);

/* After a fetch: ends of strings, times, and what NULL stands for. */
void settle(const char *out, const struct cell *);

#endif
