/* What tells a late copy of a request from a new one. */
#include <string.h>

#include "todo_row.h"

enum {
	TEXT_WRITE = 2500, /* bytes of text that count as a write more */
	MANY = 10,         /* items of one write that do */
};

/* Eight bytes of its name, eight of the counter after it. */
struct noted {
	uint8_t name[WRITER_NAME];
	uint8_t seq[8];
};
_Static_assert(sizeof(struct noted) == sizeof(struct uuid), "sent as 'u'");

/*
 * The pace of an account (GCRA, ITU-T I.371 annex A): paced is when all of its
 * writes would be done at the pace that it may keep up for ever; it may be
 * ahead of the database's clock by `ahead`. Where no write can bring it, the
 * clock was set back, and it begins anew.
 */
#define NOW "UNIX_TIMESTAMP(NOW(6)) * 1000000"
static const struct stmt raise = {
	"UPDATE change_counter SET"
	" paced = IF(paced > " NOW " + ?, " NOW ", GREATEST(paced, " NOW
	")) + ?, counted = IF(counted = seq, seq + 1, counted),"
	" seq = LAST_INSERT_ID(seq + 1)"
	" WHERE account_id = ? AND LOCATE(?, requests) = 0"
	" AND paced - " NOW " NOT BETWEEN ? AND ?;"
	" SELECT LAST_INSERT_ID(), ROW_COUNT()",
	"iiukii", "ii"
};
static const struct stmt recall = {
	"SELECT SUBSTRING(requests, LOCATE(?, requests), 16),"
	" LOCATE(?, requests),"
	" CAST(CEIL((paced - " NOW " - ?) / 1000000) AS SIGNED)"
	" FROM change_counter WHERE account_id = ?",
	"kkiu", "uii"
};
static const struct stmt noted = {
	"SELECT account_id FROM change_counter"
	" WHERE account_id = ? AND LOCATE(?, requests) > 0",
	"uk", "u"
};
static const struct stmt note = {
	"UPDATE change_counter SET counted = IF(counted = seq, ?, counted),"
	" seq = ?, requests = LEFT(CONCAT(?, requests), 1024)"
	" WHERE account_id = ?",
	"iiuu", ""
};
static const struct stmt pace = {
	"UPDATE change_counter SET paced = paced + ? WHERE account_id = ?",
	"iu", ""
};

void
writer_name(struct writer *w, const char *key, const char *method,
    const char *path, const void *body, size_t len)
{
	uint8_t all[3 * DIGEST_SIZE + 8] = { 0 }, sum[DIGEST_SIZE];

	/* Half of a random UUID, or of one of ours: 62 random bits. */
	memcpy(w->name, writer_request(w), sizeof(w->name));
	if (*key == '\0')
		return;
	digest(key, strlen(key), all);
	digest(path, strlen(path), all + DIGEST_SIZE);
	digest(body, len, all + 2 * DIGEST_SIZE);
	memcpy(all + 3 * DIGEST_SIZE, method, strnlen(method, 8));
	digest(all, sizeof(all), sum);
	memcpy(w->name, sum, sizeof(w->name));
}

const uint8_t *
writer_request(const struct writer *w)
{
	return w->request->b + sizeof(*w->request) - WRITER_NAME;
}

enum dbrc
todo_begin(struct db *db, const struct uuid *owner,
    const uint8_t name[WRITER_NAME], struct turn *turn)
{
	int64_t cost = todo_write_us * (1 + (int64_t)turn->bytes / TEXT_WRITE);
	int64_t ahead = todo_write_us * todo_write_burst;
	int64_t most = ahead + todo_write_us * 2 * TODO_MAX / MANY;
	int64_t raised, at, wait;
	union {
		struct uuid u;
		struct noted n;
	} entry = { 0 };
	enum dbrc rc;
	size_t i;

	turn->wait = 0;
	turn->known = false;
	if ((rc = db_one(db, &raise, ahead, cost, owner, name, ahead, most,
		 &turn->seq, &raised)) != DB_DONE ||
	    raised > 0)
		return rc;
	if ((rc = db_one(db, &recall, name, name, ahead, owner, &entry.u, &at,
		 &wait)) != DB_DONE)
		return rc;
	if (!(turn->known = at > 0))
		turn->wait = wait > 0 ? (int)wait : 1;
	for (turn->seq = 0, i = 0; i < sizeof(entry.n.seq); i++)
		turn->seq = turn->seq << 8 | entry.n.seq[i];
	return DB_DONE;
}

enum dbrc
todo_refused(
    struct db *db, const struct uuid *owner, const uint8_t name[WRITER_NAME])
{
	struct uuid same;

	return db_one(db, &noted, owner, name, &same);
}

enum dbrc
todo_pace(struct db *db, const struct uuid *owner, int64_t n)
{
	return n < MANY ? DB_DONE
			: db_run(db, &pace, todo_write_us * n / MANY, owner);
}

enum dbrc
todo_note(struct db *db, const struct uuid *owner,
    const uint8_t name[WRITER_NAME], int64_t seq)
{
	union {
		struct uuid u;
		struct noted n;
	} entry;
	int i;

	memcpy(entry.n.name, name, sizeof(entry.n.name));
	for (i = 0; i < 8; i++)
		entry.n.seq[i] = (uint8_t)(seq >> (56 - 8 * i));
	return db_run(db, &note, seq, seq, &entry.u, owner);
}
