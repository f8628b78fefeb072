/*
 * CSV with a header line (RFC 4180), read in place by the names of columns.
 */
#ifndef CSV_H
#define CSV_H

#include <stdbool.h>
#include <stddef.h>

enum { CSV_FIELDS = 1024, CSV_COLUMNS = 32 };

struct csv {
	char *next;                      /* what is not read yet */
	size_t fields;                   /* of each line */
	unsigned char place[CSV_FIELDS]; /* a field's column */
	char *value[CSV_COLUMNS];        /* of the line just read */
};

/*
 * Read the header of text, which is overwritten and outlives the values.
 * false when it does not name all of the columns wanted (CSV_COLUMNS at most).
 */
bool csv_open(
    struct csv *, char *text, const char *const *columns, size_t count);

/*
 * The next line: 1 and value[] in the order of the columns; 0 at the end; -1
 * when a line has not as many fields as the header or no end.
 */
int csv_next(struct csv *);

#endif
