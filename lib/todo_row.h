/*
 * An item as a row: what the files that read and write the table todo share.
 */
#ifndef TODO_ROW_H
#define TODO_ROW_H

#include "todo.h"

/*
 * The columns of an item, in the order of ROW and ROW_OF(); of the table t,
 * such as "t.".
 */
#define COLUMNS_OF(t) \
	t "id, " t "title, " t "note, " t "done, " t "due_date," \
	  " TIME_FORMAT(" t "due_time, '%H:%i'), " t "due_zone, " t \
	  "position, " t "created, " t "updated, " t "completed, " t \
	  "deleted, " t "seq, " t "writer"
#define COLUMNS COLUMNS_OF("")
#define ROW     "ussissssttttiu"

/* The variables that ROW wants, for db_next() and db_one(). */
#define ROW_OF(t) \
	&(t)->id, (t)->title, sizeof((t)->title), (t)->note, \
	    sizeof((t)->note), &(t)->done, (t)->due.date, \
	    sizeof((t)->due.date), (t)->due.time, sizeof((t)->due.time), \
	    (t)->due.zone, sizeof((t)->due.zone), (t)->position, \
	    sizeof((t)->position), &(t)->created, &(t)->updated, \
	    &(t)->completed, &(t)->deleted, &(t)->seq, &(t)->writer

/* By owner and id. */
extern const struct stmt todo_by_id;

/* Raise the account's counter, and lock it: db_insert_id() is the new seq. */
extern const struct stmt todo_raise;

/* Deleted before then, an item is no longer in the trash. */
int64_t todo_trash_end(void);

#endif
