/* What errors of MariaDB mean to a request. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errmsg.h>
#include <mysqld_error.h>

#include "db/db_error.h"

static void
means(const unsigned *codes, size_t n, enum dbrc wanted)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (db_error_means(codes[i]) != wanted)
			fail_msg("%u means %d, not %d", codes[i],
			    (int)db_error_means(codes[i]), (int)wanted);
}
#define MEANS(wanted, ...) \
	do { \
		static const unsigned codes[] = { __VA_ARGS__ }; \
		means(codes, sizeof(codes) / sizeof(codes[0]), wanted); \
	} while (0)

static void
test_a_transaction_that_had_to_go_is_done_again(void **state)
{
	(void)state;
	MEANS(DB_RETRY, ER_LOCK_DEADLOCK, ER_LOCK_WAIT_TIMEOUT, ER_CHECKREAD);
	MEANS(DB_DUP, ER_DUP_ENTRY, ER_DUP_KEY);
}

static void
test_another_connection_may_reach_a_better_server(void **state)
{
	(void)state;
	MEANS(DB_LOST, CR_SERVER_GONE_ERROR, CR_SERVER_LOST,
	    CR_CONNECTION_ERROR, CR_COMMANDS_OUT_OF_SYNC, CR_MALFORMED_PACKET,
	    CR_UNKNOWN_ERROR, ER_SERVER_SHUTDOWN, ER_CONNECTION_KILLED,
	    ER_CON_COUNT_ERROR, ER_TOO_MANY_USER_CONNECTIONS,
	    ER_ACCESS_DENIED_ERROR, ER_ACCOUNT_HAS_BEEN_LOCKED);
	/* Galera: not ready, not confirmed; a writer of before. */
	MEANS(DB_LOST, ER_UNKNOWN_COM_ERROR, ER_ERROR_DURING_COMMIT,
	    ER_READ_ONLY_MODE);
	MEANS(
	    DB_LOST, CR_MIN_ERROR, CR_MAX_ERROR, CER_MIN_ERROR, CER_MAX_ERROR);
}

static void
test_what_is_so_on_every_connection_is_told(void **state)
{
	(void)state;
	MEANS(DB_AWAY, ER_QUERY_INTERRUPTED, ER_STATEMENT_TIMEOUT, ER_GET_ERRNO,
	    ER_ERROR_ON_WRITE, ER_OPEN_AS_READONLY, ER_INNODB_READ_ONLY,
	    ER_LOCK_TABLE_FULL, ER_OUT_OF_RESOURCES,
	    ER_MAX_PREPARED_STMT_COUNT_REACHED);
	MEANS(DB_READ_ONLY, ER_OPTION_PREVENTS_STATEMENT, ER_DISK_FULL,
	    ER_RECORD_FILE_FULL);
}

static void
test_the_rest_is_our_mistake(void **state)
{
	(void)state;
	MEANS(DB_FAIL, ER_PARSE_ERROR, ER_NO_SUCH_TABLE, ER_BAD_FIELD_ERROR,
	    ER_TABLEACCESS_DENIED_ERROR, ER_DATA_TOO_LONG, ER_BAD_NULL_ERROR,
	    ER_NO_REFERENCED_ROW_2, CR_PARAMS_NOT_BOUND, ER_UNKNOWN_ERROR);
	MEANS(DB_FAIL, 0, 1, CR_MAX_ERROR + 1, CER_MAX_ERROR + 1, UINT32_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_a_transaction_that_had_to_go_is_done_again),
		cmocka_unit_test(
		    test_another_connection_may_reach_a_better_server),
		cmocka_unit_test(test_what_is_so_on_every_connection_is_told),
		cmocka_unit_test(test_the_rest_is_our_mistake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
