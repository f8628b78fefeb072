/*
 * In place of the database (lib/db/db.c): each statement is answered by a test,
 * and what was asked is written down. For tests of lib/domain.
 */
#ifndef FAKE_DB_H
#define FAKE_DB_H

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "db/db.h"

/* Answers a statement; a row goes into out by fake_row(). Of a test. */
static enum dbrc answer(const char *sql, struct db_ins in, struct db_outs out);

static char fake_log[4096]; /* "verb table;" of each statement */
static int64_t fake_affected;

static inline void
fake_reset(void)
{
	fake_log[0] = '\0';
	fake_affected = 1;
}

/* The word after another one: of SQL the table. */
static inline const char *
fake_word_after(const char *sql, const char *word, int *n)
{
	const char *at = strstr(sql, word);

	at = at != NULL ? at + strlen(word) : "";
	*n = (int)strcspn(at, " (");
	return at;
}

static inline void
fake_note(const char *sql)
{
	static const char *const before[] = { "DELETE FROM ", "INSERT INTO ",
		"UPDATE ", " FROM " };
	size_t used = strlen(fake_log), i;
	const char *table = "";
	int n = 0;

	for (i = 0; n == 0 && i < sizeof(before) / sizeof(*before); i++)
		if (before[i][0] == ' ' || strncmp(sql, before[i], 6) == 0)
			table = fake_word_after(sql, before[i], &n);
	snprintf(fake_log + used, sizeof(fake_log) - used, "%.*s %.*s;",
	    (int)strcspn(sql, " "), sql, n, table);
}

/* How often was it asked? */
static inline int
fake_count(const char *verb_and_table)
{
	const char *at = fake_log;
	int n = 0;

	for (; (at = strstr(at, verb_and_table)) != NULL; n++)
		at++;
	return n;
}

/* The column's value, by the type of its place. */
static inline void
fake_uuid(struct db_outs out, size_t i, const struct uuid *id)
{
	memcpy(out.v[i].data, id, sizeof(*id));
}

static inline void
fake_int(struct db_outs out, size_t i, int64_t n)
{
	memcpy(out.v[i].data, &n, sizeof(n));
}

static inline void
fake_text(struct db_outs out, size_t i, const char *s)
{
	snprintf(out.v[i].data, out.v[i].size, "%s", s);
}

enum dbrc
db_write(struct db *db, const struct stmt *st, struct db_ins in)
{
	(void)db;
	fake_note(st->sql);
	return answer(st->sql, in, (struct db_outs){ NULL, 0 });
}

enum dbrc
db_one(
    struct db *db, const struct stmt *st, struct db_ins in, struct db_outs out)
{
	(void)db;
	fake_note(st->sql);
	return answer(st->sql, in, out);
}

enum dbrc
db_transaction(struct db *db, enum dbrc (*work)(struct db *, void *), void *arg)
{
	return work(db, arg);
}

int64_t
db_affected(const struct db *db)
{
	(void)db;
	return fake_affected;
}

enum dbrc
db_select(
    struct db *db, const struct stmt *st, struct db_ins in, struct db_outs out)
{
	return db_one(db, st, in, out);
}

enum dbrc
db_next(struct db *db)
{
	(void)db;
	return DB_NONE;
}

void
db_stop(struct db *db)
{
	(void)db;
}

void
db_last(struct db *db)
{
	(void)db;
}

enum status
db_status(enum dbrc rc)
{
	return rc == DB_DONE   ? STATUS_OK
	       : rc == DB_NONE ? STATUS_NOT_FOUND
	       : rc == DB_FAIL ? STATUS_SERVER_ERROR
			       : STATUS_UNAVAILABLE;
}

#endif
