/* Writes of an account: its counter, its pace, and the requests it remembers,
 * by which a late copy is told from a new one. */
#include <string.h>

#include "base/crypto.h"
#include "domain/todo_row.h"

enum {
	TEXT_WRITE = 2500, /* bytes of text that count as a write more */
	MANY = 10,         /* items of one write that do */
};

/* Eight bytes of its name, eight of the counter after it. */
struct noted {
	uint8_t name[TODO_WRITER_NAME];
	uint8_t seq[8];
};
_Static_assert(sizeof(struct noted) == sizeof(struct uuid), "sent as 'u'");

/*
 * The pace of an account (GCRA, ITU-T I.371 annex A): paced is when all of its
 * writes would be done at the pace that it may keep up for ever; it may be
 * ahead of the database's clock by `ahead`. Where no write can bring it, the
 * clock was set back, and it starts again. (Whole seconds are integers; with
 * their parts they would be decimals, and a write cost 3 % more.)
 */
#define NOW "UNIX_TIMESTAMP() * 1000000"
static const struct stmt raise = {
	"UPDATE change_counter SET"
	" paced = IF(paced > " NOW " + ?, " NOW ", GREATEST(paced, " NOW
	")) + ?, counted = IF(counted = seq, seq + 1, counted), seq = seq + 1"
	" WHERE account_id = ? AND LOCATE(?, requests) = 0"
	" AND paced - " NOW " NOT BETWEEN ? AND ?"
};
static const struct stmt get_seq = {
	"SELECT seq FROM change_counter WHERE account_id = ?"
};
/* In one question: the counter and the quota, and the item if there is one. */
static const struct stmt get_item = {
	"SELECT c.seq, IF(c.counted = c.seq, c.bytes, -1),"
	" t.id IS NOT NULL, LOCATE(?, t.writers),"
	" " TODO_COLUMNS_OF(
	    "t.") " FROM change_counter c LEFT JOIN todo t"
		  " ON t.account_id = c.account_id AND t.id = ? "
		  "WHERE c.account_id = ?"
};
static const struct stmt recall = {
	"SELECT SUBSTRING(requests, LOCATE(?, requests), 16),"
	" LOCATE(?, requests),"
	" CAST(CEIL((paced - " NOW " - ?) / 1000000) AS SIGNED)"
	" FROM change_counter WHERE account_id = ?"
};
static const struct stmt noted = {
	"SELECT account_id FROM change_counter"
	" WHERE account_id = ? AND LOCATE(?, requests) > 0"
};
static const struct stmt note = {
	"UPDATE change_counter SET counted = IF(counted = seq, ?, counted),"
	" seq = ?, requests = LEFT(CONCAT(?, requests), 1024)"
	" WHERE account_id = ?"
};
static const struct stmt pace = {
	"UPDATE change_counter SET paced = paced + ? WHERE account_id = ?"
};

void
todo_writer_name(struct todo_writer *w, const char *key, const char *method,
    const char *path, const void *body, size_t len)
{
	uint8_t all[3 * CRYPTO_DIGEST_SIZE + 8] = { 0 },
					     sum[CRYPTO_DIGEST_SIZE];

	/* Half of a random UUID, or of one made here: 62 random bits. */
	memcpy(w->name, todo_writer_request(w), sizeof(w->name));
	if (*key == '\0')
		return;
	crypto_digest(key, strlen(key), all);
	crypto_digest(path, strlen(path), all + CRYPTO_DIGEST_SIZE);
	crypto_digest(body, len, all + 2 * CRYPTO_DIGEST_SIZE);
	memcpy(all + 3 * CRYPTO_DIGEST_SIZE, method, strnlen(method, 8));
	crypto_digest(all, sizeof(all), sum);
	memcpy(w->name, sum, sizeof(w->name));
}

const uint8_t *
todo_writer_request(const struct todo_writer *w)
{
	return w->request->b + sizeof(*w->request) - TODO_WRITER_NAME;
}

/* How far `paced` may be ahead; beyond the second, the clock was set back. */
static int64_t
burst_us(void)
{
	return todo_write_us * todo_write_burst;
}

static int64_t
ahead_max(void)
{
	return burst_us() + todo_write_us * 2 * TODO_MAX / MANY;
}

static int64_t
cost(const struct turn *turn)
{
	return todo_write_us * (1 + (int64_t)turn->bytes / TEXT_WRITE);
}

/* Why its counter was not raised. */
static enum dbrc
explain_refusal(struct db *db, const struct uuid *owner,
    const uint8_t name[TODO_WRITER_NAME], struct turn *turn)
{
	union {
		struct uuid u;
		struct noted n;
	} entry = { 0 };
	int64_t at, wait;
	enum dbrc rc;
	size_t i;

	if ((rc = db_one(db, &recall,
		 DB_IN(db_name(name), db_name(name), db_int(burst_us()),
		     db_uuid(owner)),
		 DB_OUT(db_to_uuid(&entry.u), db_to_int(&at),
		     db_to_int(&wait)))) != DB_DONE)
		return rc;
	if (!(turn->known = at > 0))
		turn->wait = wait > 0 ? (int)wait : 1;
	for (turn->seq = 0, i = 0; i < sizeof(entry.n.seq); i++)
		turn->seq = turn->seq << 8 | entry.n.seq[i];
	return DB_DONE;
}

/* Its turn has come if *raised. */
static enum dbrc
take_turn(struct db *db, const struct uuid *owner,
    const uint8_t name[TODO_WRITER_NAME], struct turn *turn, bool *raised)
{
	enum dbrc rc;

	turn->wait = 0;
	turn->known = false;
	rc = db_run(db, &raise, db_int(burst_us()), db_int(cost(turn)),
	    db_uuid(owner), db_name(name), db_int(burst_us()),
	    db_int(ahead_max()));
	*raised = db_affected(db) > 0;
	return rc;
}

enum dbrc
todo_begin_write(struct db *db, const struct uuid *owner,
    const uint8_t name[TODO_WRITER_NAME], struct turn *turn)
{
	enum dbrc rc;
	bool raised;

	if ((rc = take_turn(db, owner, name, turn, &raised)) != DB_DONE)
		return rc;
	return raised ? db_one(db, &get_seq, DB_IN(db_uuid(owner)),
			    DB_OUT(db_to_int(&turn->seq)))
		      : explain_refusal(db, owner, name, turn);
}

enum dbrc
todo_begin_item_write(struct db *db, const struct todo_writer *w,
    struct turn *turn, struct todo_note *text, struct todo *t, bool *there,
    bool *written)
{
	const uint8_t *name = todo_writer_request(w);
	const struct uuid *owner = w->owner, id = t->id;
	int64_t found, known;
	enum dbrc rc;
	bool raised;

	t->note = text->text;
	if ((rc = take_turn(db, owner, name, turn, &raised)) != DB_DONE ||
	    (rc = db_one(db, &get_item,
		 DB_IN(db_name(w->name), db_uuid(&id), db_uuid(owner)),
		 DB_OUT(db_to_int(&turn->seq), db_to_int(&turn->used),
		     db_to_int(&found), db_to_int(&known),
		     TODO_ROW_OF(t, text)))) != DB_DONE)
		return rc;
	*there = found != 0;
	/* The release before wrote the writer alone. */
	*written = *there && (known || uuid_equal(&t->writer, w->request));
	t->id = id;
	return raised ? DB_DONE : explain_refusal(db, owner, name, turn);
}

enum dbrc
todo_find_request(struct db *db, const struct uuid *owner,
    const uint8_t name[TODO_WRITER_NAME])
{
	struct uuid same;

	return db_one(db, &noted, DB_IN(db_uuid(owner), db_name(name)),
	    DB_OUT(db_to_uuid(&same)));
}

enum dbrc
todo_count_writes(struct db *db, const struct uuid *owner, int64_t n)
{
	return n < MANY ? DB_DONE
			: db_run(db, &pace, db_int(todo_write_us * n / MANY),
			      db_uuid(owner));
}

enum dbrc
todo_record_request(struct db *db, const struct uuid *owner,
    const uint8_t name[TODO_WRITER_NAME], int64_t seq)
{
	union {
		struct uuid u;
		struct noted n;
	} entry;
	int i;

	memcpy(entry.n.name, name, sizeof(entry.n.name));
	for (i = 0; i < 8; i++)
		entry.n.seq[i] = (uint8_t)(seq >> (56 - 8 * i));
	return db_run(db, &note, db_int(seq), db_int(seq), db_uuid(&entry.u),
	    db_uuid(owner));
}
