/*
 * What the database alone can do: one prepared query in a loop, for a while.
 *
 *   limit SOCKET USER QUERY-FILE TOKENS-FILE THREADS SECONDS
 *
 * The query takes a token's SHA-256 and the present time; TOKENS-FILE has a
 * hexadecimal digest a line. Prints queries per second.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <mysql.h>

enum { TOKENS = 4096, COLUMNS = 32, CELL = 512 };

static const char *socket_path, *user;
static char query[4096];
static unsigned char tokens[TOKENS][32];
static size_t ntokens;
static volatile int over;

static void
fail(const char *what, const char *why)
{
	fprintf(stderr, "limit: %s: %s\n", what, why);
	exit(111);
}

static void
read_files(const char *query_file, const char *tokens_file)
{
	FILE *f = fopen(query_file, "r"), *t = fopen(tokens_file, "r");
	char line[80];
	int i;

	if (f == NULL || t == NULL)
		fail(f == NULL ? query_file : tokens_file, "cannot be read");
	query[fread(query, 1, sizeof(query) - 1, f)] = '\0';
	while (ntokens < TOKENS && fgets(line, sizeof(line), t) != NULL) {
		for (i = 0; i < 32; i++)
			sscanf(line + 2 * i, "%2hhx", &tokens[ntokens][i]);
		ntokens++;
	}
	fclose(f);
	fclose(t);
}

static MYSQL_STMT *
prepare(MYSQL *my)
{
	MYSQL_STMT *st = mysql_stmt_init(my);

	if (mysql_real_connect(
		my, NULL, user, "", "allday", 0, socket_path, 0) == NULL)
		fail("connect", mysql_error(my));
	mysql_set_character_set(my, "utf8mb4");
	if (mysql_stmt_prepare(st, query, strlen(query)) != 0)
		fail("prepare", mysql_stmt_error(st));
	return st;
}

static void
ask(MYSQL_STMT *st, unsigned char *token, MYSQL_BIND *out)
{
	unsigned long n = 32, now_len;
	char now[32];
	time_t t = time(NULL);
	MYSQL_BIND in[2];

	now_len = strftime(now, sizeof(now), "%F %T", gmtime(&t));
	memset(in, 0, sizeof(in));
	in[0].buffer_type = MYSQL_TYPE_BLOB;
	in[0].buffer = token;
	in[0].length = &n;
	in[0].buffer_length = n;
	in[1].buffer_type = MYSQL_TYPE_STRING;
	in[1].buffer = now;
	in[1].length = &now_len;
	if (mysql_stmt_bind_param(st, in) != 0 || mysql_stmt_execute(st) != 0 ||
	    mysql_stmt_bind_result(st, out) != 0 ||
	    mysql_stmt_store_result(st) != 0)
		fail("query", mysql_stmt_error(st));
	while (mysql_stmt_fetch(st) == 0)
		;
	mysql_stmt_free_result(st);
}

static void *
loop(void *arg)
{
	static char sink[64][COLUMNS][CELL];
	size_t self = (size_t)arg, n = 0, i = self * 37;
	MYSQL_BIND out[COLUMNS];
	MYSQL *my = mysql_init(NULL);
	MYSQL_STMT *st = prepare(my);
	int c;

	memset(out, 0, sizeof(out));
	for (c = 0; c < COLUMNS; c++) {
		out[c].buffer_type = MYSQL_TYPE_STRING;
		out[c].buffer = sink[self][c];
		out[c].buffer_length = CELL;
	}
	for (; !over; n++)
		ask(st, tokens[i++ % ntokens], out);
	mysql_stmt_close(st);
	mysql_close(my);
	return (void *)n;
}

int
main(int argc, char **argv)
{
	pthread_t threads[64];
	size_t total = 0, i, count;
	double seconds;
	void *n;

	if (argc != 7)
		fail("usage", "SOCKET USER QUERY TOKENS THREADS SECONDS");
	socket_path = argv[1];
	user = argv[2];
	read_files(argv[3], argv[4]);
	count = (size_t)atoi(argv[5]);
	seconds = atof(argv[6]);
	for (i = 0; i < count; i++)
		pthread_create(&threads[i], NULL, loop, (void *)i);
	nanosleep(&(struct timespec){ (time_t)seconds, 0 }, NULL);
	over = 1;
	for (i = 0; i < count; i++) {
		pthread_join(threads[i], &n);
		total += (size_t)n;
	}
	printf("%.0f\n", (double)total / seconds);
	return 0;
}
