/*
 * What each error of MariaDB's means to a request: one table. A number that
 * the table does not have is a mistake of ours, DB_FAIL, and answers 500.
 */
#ifndef DB_ERROR_H
#define DB_ERROR_H

#include "db/db.h"

/*
 * Of a number of the server's (mysqld_error.h) or of the client library's
 * (errmsg.h, 2000 to 2999 and 5000 to 5999):
 *
 *   DB_DUP        a unique key exists already
 *   DB_RETRY      again, on this connection
 *   DB_LOST       again, on another connection; then 503
 *   DB_AWAY       503: the server is as it is on every connection
 *   DB_READ_ONLY  503 of a kind of its own: it is read, and takes no writes
 *   DB_FAIL       500
 *
 * The balancer sends what was answered 503 to another instance once more,
 * which may have a better database, and never what was answered 500.
 */
enum dbrc db_error_means(unsigned code);

#endif
