/* What tells a late copy of a request from a new one. */
#include <string.h>

#include "todo_row.h"

/* Eight bytes of its name, eight of the counter after it. */
struct noted {
	uint8_t name[WRITER_NAME];
	uint8_t seq[8];
};
_Static_assert(sizeof(struct noted) == sizeof(struct uuid), "sent as 'u'");

static const struct stmt raise = {
	"UPDATE change_counter SET seq = LAST_INSERT_ID(seq + 1)"
	" WHERE account_id = ? AND LOCATE(?, requests) = 0",
	"uk", ""
};
static const struct stmt recall = {
	"SELECT SUBSTRING(requests, LOCATE(?, requests), 16)"
	" FROM change_counter WHERE account_id = ?",
	"ku", "u"
};
static const struct stmt noted = {
	"SELECT account_id FROM change_counter"
	" WHERE account_id = ? AND LOCATE(?, requests) > 0",
	"uk", "u"
};
static const struct stmt note = {
	"UPDATE change_counter SET seq = ?,"
	" requests = LEFT(CONCAT(?, requests), 1024) WHERE account_id = ?",
	"iuu", ""
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
	union {
		struct uuid u;
		struct noted n;
	} entry = { 0 };
	enum dbrc rc;
	size_t i;

	if ((rc = db_run(db, &raise, owner, name)) != DB_DONE)
		return rc;
	turn->seq = db_insert_id(db);
	if (!(turn->known = db_affected(db) == 0))
		return DB_DONE;
	if ((rc = db_one(db, &recall, name, owner, &entry.u)) != DB_DONE)
		return rc;
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
	return db_run(db, &note, seq, &entry.u, owner);
}
