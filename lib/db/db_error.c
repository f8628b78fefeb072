/* The table of what errors of MariaDB mean. */
#include <stdbool.h>
#include <stddef.h>

#include <errmsg.h>
#include <mysqld_error.h>

#include "db/db_error.h"

static const struct row {
	unsigned code;
	enum dbrc means;
} rows[] = {
	{ ER_DUP_KEY, DB_DUP },
	{ ER_DUP_ENTRY, DB_DUP },
	{ ER_DUP_ENTRY_WITH_KEY_NAME, DB_DUP },

	/* Of two transactions one had to go; with Galera also at COMMIT. */
	{ ER_LOCK_DEADLOCK, DB_RETRY },
	{ ER_LOCK_WAIT_TIMEOUT, DB_RETRY },
	{ ER_LOCK_ABORTED, DB_RETRY },
	{ ER_CHECKREAD, DB_RETRY }, /* innodb_snapshot_isolation, MariaDB 11 */
	{ ER_TABLE_DEF_CHANGED, DB_RETRY }, /* by a migration */

	/* The connection is gone, or the server that is behind it is going. */
	{ ER_SERVER_SHUTDOWN, DB_LOST },
	{ ER_NORMAL_SHUTDOWN, DB_LOST },
	{ ER_FORCING_CLOSE, DB_LOST },
	{ ER_CONNECTION_KILLED, DB_LOST },
	{ ER_ABORTING_CONNECTION, DB_LOST },
	{ ER_NEW_ABORTING_CONNECTION, DB_LOST },
	{ ER_NET_READ_ERROR_FROM_PIPE, DB_LOST },
	{ ER_NET_FCNTL_ERROR, DB_LOST },
	{ ER_NET_PACKETS_OUT_OF_ORDER, DB_LOST },
	{ ER_NET_UNCOMPRESS_ERROR, DB_LOST },
	{ ER_NET_READ_ERROR, DB_LOST },
	{ ER_NET_READ_INTERRUPTED, DB_LOST },
	{ ER_NET_ERROR_ON_WRITE, DB_LOST },
	{ ER_NET_WRITE_INTERRUPTED, DB_LOST },
	/* A Galera node that is not ready; its COMMIT that nobody confirmed. */
	{ ER_UNKNOWN_COM_ERROR, DB_LOST },
	{ ER_ERROR_DURING_COMMIT, DB_LOST },
	{ ER_ERROR_DURING_ROLLBACK, DB_LOST },
	/* No longer, or not yet, the one that is written to. */
	{ ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION, DB_LOST },
	{ ER_READ_ONLY_MODE, DB_LOST },
	/* It does not let us in: full, or our password is of before. */
	{ ER_CON_COUNT_ERROR, DB_LOST },
	{ ER_TOO_MANY_USER_CONNECTIONS, DB_LOST },
	{ ER_USER_LIMIT_REACHED, DB_LOST },
	{ ER_BAD_HOST_ERROR, DB_LOST },
	{ ER_HANDSHAKE_ERROR, DB_LOST },
	{ ER_HOST_IS_BLOCKED, DB_LOST },
	{ ER_HOST_NOT_PRIVILEGED, DB_LOST },
	{ ER_DBACCESS_DENIED_ERROR, DB_LOST },
	{ ER_ACCESS_DENIED_ERROR, DB_LOST },
	{ ER_ACCESS_DENIED_NO_PASSWORD_ERROR, DB_LOST },
	{ ER_ACCOUNT_HAS_BEEN_LOCKED, DB_LOST },
	{ ER_MUST_CHANGE_PASSWORD, DB_LOST },
	{ ER_MUST_CHANGE_PASSWORD_LOGIN, DB_LOST },
	{ ER_BAD_DB_ERROR, DB_LOST },
	/* Statements that are known to another server than is asked now. */
	{ ER_UNKNOWN_STMT_HANDLER, DB_LOST },
	{ ER_NEED_REPREPARE, DB_LOST },

	/* Somebody, or the time it took, has ended the statement. */
	{ ER_QUERY_INTERRUPTED, DB_AWAY },
	{ ER_STATEMENT_TIMEOUT, DB_AWAY },
	{ ER_FILSORT_ABORT, DB_AWAY },
	/* No memory, no threads. */
	{ ER_OUTOFMEMORY, DB_AWAY },
	{ ER_OUT_OF_SORTMEMORY, DB_AWAY },
	{ ER_OUT_OF_RESOURCES, DB_AWAY },
	{ ER_CANT_CREATE_THREAD, DB_AWAY },
	{ ER_MAX_PREPARED_STMT_COUNT_REACHED, DB_AWAY },
	{ ER_LOCK_TABLE_FULL, DB_AWAY },
	{ ER_TOO_MANY_CONCURRENT_TRXS, DB_AWAY },
	{ ER_TRANS_CACHE_FULL, DB_AWAY },
	{ ER_STMT_CACHE_FULL, DB_AWAY },
	/* Its disk is full, or soon will be (sql/disk-guard sets read_only). */
	{ ER_OPTION_PREVENTS_STATEMENT, DB_READ_ONLY },
	{ ER_DISK_FULL, DB_READ_ONLY },
	{ ER_RECORD_FILE_FULL, DB_READ_ONLY },

	/* A disk that is full, read-only or broken, and what stands on it. */
	{ ER_TEMP_FILE_WRITE_FAILURE, DB_AWAY },
	{ ER_CANT_CREATE_FILE, DB_AWAY },
	{ ER_CANT_LOCK, DB_AWAY },
	{ ER_CANT_OPEN_FILE, DB_AWAY },
	{ ER_FILE_NOT_FOUND, DB_AWAY },
	{ ER_ERROR_ON_CLOSE, DB_AWAY },
	{ ER_ERROR_ON_READ, DB_AWAY },
	{ ER_ERROR_ON_WRITE, DB_AWAY },
	{ ER_GET_ERRNO, DB_AWAY },  /* "Got error 28 from storage engine" */
	{ ER_GET_ERRMSG, DB_AWAY }, /* the same, in words */
	{ ER_NOT_KEYFILE, DB_AWAY },
	{ ER_TABLE_CORRUPT, DB_AWAY },
	{ ER_CRASHED_ON_USAGE, DB_AWAY },
	{ ER_CRASHED_ON_REPAIR, DB_AWAY },
	{ ER_OPEN_AS_READONLY, DB_AWAY },
	{ ER_INNODB_READ_ONLY, DB_AWAY },
	{ ER_TABLESPACE_DISCARDED, DB_AWAY },
	{ ER_BINLOG_LOGGING_IMPOSSIBLE, DB_AWAY },

	/* Of the library's those that are no trouble with the connection. */
	{ CR_NET_PACKET_TOO_LARGE, DB_FAIL },
	{ CR_PARAMS_NOT_BOUND, DB_FAIL },
	{ CR_INVALID_PARAMETER_NO, DB_FAIL },
	{ CR_INVALID_BUFFER_USE, DB_FAIL },
	{ CR_UNSUPPORTED_PARAM_TYPE, DB_FAIL },
};

static bool
of_the_library(unsigned code)
{
	return (code >= CR_MIN_ERROR && code <= CR_MAX_ERROR) ||
	       (code >= CER_MIN_ERROR && code <= CER_MAX_ERROR);
}

enum dbrc
db_error_means(unsigned code)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].code == code)
			return rows[i].means;
	return of_the_library(code) ? DB_LOST : DB_FAIL;
}
