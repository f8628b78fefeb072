/*
 * Items of a list. The owner stands in every WHERE, so an item of somebody
 * else is an item that does not exist.
 *
 * Each write is one transaction that raises the account's change counter and
 * stamps the item with it (seq): the counter's row serialises the writes of
 * one account, and "what changed since N" is one range of an index.
 *
 * A request may come twice, and its second copy late: the balancer sends what
 * a paused instance does not answer to another one, the client goes on, and
 * then the instance goes on too. So each item remembers the last 64 requests
 * that wrote it, and the account the last 64 that no item remembers: those
 * that wrote many items and those that were refused. They are compared under
 * the counter's lock; a late copy is answered with what there is, and stores
 * nothing. What 64 more requests have pushed out is no longer recognised, and
 * an item that has left the trash is remembered for 23 hours.
 */
#ifndef TODO_H
#define TODO_H

#include "base/buf.h"
#include "base/json.h"
#include "base/uuid.h"
#include "db/db.h"
#include "domain/due.h"
#include "domain/etag.h"
#include "domain/order.h"
#include "domain/version.h"

#define TITLE_MAX  500   /* characters */
#define NOTE_MAX   10000 /* characters */
#define TODO_MAX   10000 /* items of one account, without the trash */
#define TRASH_MAX  10000 /* items in its trash; the oldest leave it */
#define TRASH_DAYS 30
#define PAGE_MAX   500 /* items of one answer */
#define PAGE_BYTES 1000000
#define IDS_MAX    500 /* items that one request names */

/*
 * Where the text of a note is kept: 40 kB, which are neither cleared nor
 * copied. Whoever asks for an item or reads an edit declares one and passes it
 * along; a `note` below points into one, so it is good as long as that is.
 */
struct note {
	char text[4 * NOTE_MAX + 1];
};

struct todo {
	struct uuid id;
	char title[4 * TITLE_MAX + 1];
	const char *note; /* of the reader's struct note, or of the edit */
	int64_t done;
	struct due due;
	char position[ORDER_MAX + 1];
	int64_t created;
	int64_t updated;
	int64_t completed; /* CLOCK_NONE while it is not done */
	int64_t deleted;   /* CLOCK_NONE while not in the trash */
	int64_t seq;
	struct uuid writer; /* the request that wrote it last */
};

/* What a client may send: the fields that are there, and their values. */
enum todo_fields { TITLE = 1, NOTE = 2, DONE = 4, DUE = 8, POSITION = 16 };

struct todo_edit {
	unsigned fields;
	char title[4 * TITLE_MAX + 1];
	const char *note; /* not its own; "" when it is not among the fields */
	bool done;
	struct due due;
	char position[ORDER_MAX + 1];
};

#define WRITER_NAME 8 /* bytes */

/* Who writes, by which request, under which condition. */
struct writer {
	const struct uuid *owner;
	const struct uuid *request;
	uint8_t name[WRITER_NAME]; /* by writer_name() */
	struct condition condition;
	int *retry_after; /* seconds, with TOO_MANY; or NULL */
	int64_t until;    /* clock_boot(): the request's time is over */
};

/* The items that a request names; n == 0: all. */
struct todo_ids {
	size_t n;
	struct uuid id[IDS_MAX];
};

enum todo_filter { ALL, ACTIVE, COMPLETED, TRASH };

/* One page of a list or of changes. */
struct page {
	int limit; /* 1 to PAGE_MAX */
	bool has_cursor;
	char position[ORDER_MAX + 1]; /* of a list */
	int64_t seq;                  /* of changes */
	struct uuid id;
};

/*
 * What one account may have and do, of the environment: ACCOUNT_MB, the room
 * for its items, the trash included (64); WRITE_RATE, writes a second for ever
 * (20), and WRITE_BURST, so many in a row (50000). A write with much text
 * counts once more for each 2,500 bytes of it. So the longest list (10,000
 * items) or all the room (64 MB) may come at once, and no person is faster
 * than the rest. To be called once, by a program that writes or tells these.
 */
void todo_read_limits(void);

/* How much of its room an account has taken; used: -1 when nobody knows. */
struct room {
	int64_t used;
	int64_t limit;
};
enum status todo_room(struct db *, const struct uuid *owner, struct room *);

/*
 * An edit of nothing. Then parse a whole item (POST, PUT: the title is
 * required) or a part (PATCH) into one.
 */
void todo_edit_clear(struct todo_edit *);
enum status todo_read(const struct json *, bool whole, struct note *,
    struct todo_edit *, struct fault *);
void todo_write(struct buf *, const char *key, const struct todo *);

/* {"ids":[…]}: 1 to IDS_MAX, each kept once. */
enum status todo_read_ids(
    const struct json *, struct todo_ids *, struct fault *);

/*
 * Fill the writer's name, by which a later copy is recognised: of an
 * Idempotency-Key (RFC draft ietf-httpapi-idempotency-key-header) together
 * with method, path and body; key "": of its request.
 */
void writer_name(struct writer *, const char *key, const char *method,
    const char *path, const void *body, size_t len);

enum status todo_get(struct db *, const struct uuid *owner,
    const struct uuid *id, struct note *, struct todo *ret);

/*
 * Create or replace. CREATED, OK, STALE, LIST_FULL or ACCOUNT_FULL; NO_SESSION
 * when the account is gone; TOO_MANY, as of every write. Fields that are not in
 * the edit get their defaults, but an existing item keeps its position.
 */
enum status todo_put(struct db *, const struct writer *, const struct uuid *id,
    const struct todo_edit *, struct note *, struct todo *ret);

/*
 * Create under an id that is derived from an Idempotency-Key: CREATED again
 * for the same key and body, KEY_REUSED for another body.
 */
enum status todo_post(struct db *, const struct writer *, const char *key,
    const char *body, size_t len, const struct todo_edit *, struct note *,
    struct todo *ret);

/* Change some fields. OK, NOT_FOUND (the trash included), STALE, ACCOUNT_FULL.
 */
enum status todo_patch(struct db *, const struct writer *,
    const struct uuid *id, const struct todo_edit *, struct note *,
    struct todo *ret);

/* To the trash, or back (LIST_FULL). A second time is OK too. */
enum status todo_delete(
    struct db *, const struct writer *, const struct uuid *id);
enum status todo_restore(struct db *, const struct writer *,
    const struct uuid *id, struct note *, struct todo *ret);

/*
 * Of many items, those that are completed to the trash: {"items":[ids],
 * "seq":N}. Those that are in the trash back: the same, with all that are in
 * the list now, or LIST_FULL. Those that are in the trash away for good:
 * {"count":N,"seq":N}; their texts are erased at once, and they are among the
 * changes for a day, deleted more than TRASH_DAYS ago. After 1.5 s the answer
 * has "more":true, and what is left is for another request.
 */
enum status todo_clear(
    struct db *, const struct writer *, const struct todo_ids *, struct buf *);
enum status todo_restore_many(
    struct db *, const struct writer *, const struct todo_ids *, struct buf *);
enum status todo_empty(
    struct db *, const struct writer *, const struct todo_ids *, struct buf *);

/*
 * A page in the order of position and id: {"items","next","seq"}; it ends at
 * its limit or before it has more than PAGE_BYTES of items, but not without
 * one. The counter is returned too, as it was when the reading began: what is
 * written meanwhile is among the changes since. NO_SESSION as above.
 */
enum status todo_list(struct db *, const struct uuid *owner, enum todo_filter,
    const struct page *, int64_t *seq, struct buf *);

/* Where a reading of titles is; {0} at its beginning. */
struct titles {
	int64_t created;
	struct uuid id;
	bool more;
};

/*
 * The next PAGE_MAX items that are not in the trash, in the order in which they
 * were made, one call of each() for an item; of it only id, title and done are
 * there.
 */
enum status todo_titles(struct db *, const struct uuid *owner, struct titles *,
    void (*each)(struct buf *, const struct todo *), struct buf *);

/*
 * What was written after since, tombstones included; the version was read
 * before. RESYNC when since is from the future or older than what the trash
 * has forgotten.
 */
enum status todo_changes(struct db *, const struct uuid *owner, int64_t since,
    const struct page *, const struct version *, struct buf *);

/*
 * Read a cursor that todo_list() or todo_changes() gave as "next"; false
 * when it is none of theirs.
 */
bool page_read(const char *text, bool changes, struct page *);

#endif
