/*
 * An item as a row: what the files that read and write the table todo share.
 */
#ifndef TODO_ROW_H
#define TODO_ROW_H

#include "domain/todo.h"

/* The columns of an item, in the order of TODO_ROW_OF(); of the table t: "t."
 */
#define TODO_COLUMNS_OF(t) \
	t "id, " t "title, " t "note, " t "done, " t "due_date," \
	  " TIME_FORMAT(" t "due_time, '%H:%i'), " t "due_zone, " t \
	  "position, " t "created, " t "updated, " t "completed, " t \
	  "deleted, " t "seq, " t "writer"
#define TODO_COLUMNS TODO_COLUMNS_OF("")

/*
 * Where they go; the caller has (t)->note point to the text of the struct
 * todo_note n.
 */
#define TODO_ROW_OF(t, n) \
	db_to_uuid(&(t)->id), db_to_text((t)->title), db_to_text((n)->text), \
	    db_to_int(&(t)->done), db_to_text((t)->due.date), \
	    db_to_text((t)->due.time), db_to_text((t)->due.zone), \
	    db_to_text((t)->position), db_to_time(&(t)->created), \
	    db_to_time(&(t)->updated), db_to_time(&(t)->completed), \
	    db_to_time(&(t)->deleted), db_to_int(&(t)->seq), \
	    db_to_uuid(&(t)->writer)

/* The items of a JSON array of ids: that array and the owner. */
#define TODO_NAMED \
	"JSON_TABLE(?, '$[*]' COLUMNS (id CHAR(36) PATH '$')) j" \
	" JOIN todo t ON t.account_id = ?" \
	" AND t.id = UNHEX(REPLACE(j.id, '-', ''))"

/* Of an account, those that are not in the trash. */
extern const struct stmt todo_count;

/* A request's turn at the account's list. */
struct turn {
	size_t bytes; /* that it brings along: to be set before */
	int64_t seq;  /* of its write, or what was noted with it */
	int64_t
	    used; /* of the quota, before a write of one item; -1: not known */
	bool known;
	int wait; /* seconds until the account may write again; 0: now */
};

/*
 * Raise the account's counter, and lock it until the transaction ends. known:
 * a request of that name is noted in the account; wait: the account has
 * written faster than it may (todo_read_limits()). Then nothing is raised nor
 * locked, and nothing must be written. DB_NONE when the account is gone.
 */
enum dbrc todo_begin_write(struct db *, const struct uuid *owner,
    const uint8_t name[TODO_WRITER_NAME], struct turn *);

/*
 * The same for a write of one item, and read it: t->id is to be set before.
 * there: there is such a row, else of *t the id alone is good. written: this
 * request has written it.
 */
enum dbrc todo_begin_item_write(struct db *, const struct todo_writer *,
    struct turn *, struct todo_note *, struct todo *t, bool *there,
    bool *written);

/* Note a request in the account, and set the counter to seq. */
enum dbrc todo_record_request(struct db *, const struct uuid *owner,
    const uint8_t name[TODO_WRITER_NAME], int64_t seq);

/* DB_DONE: such a request was noted in the account; DB_NONE: it was not. */
enum dbrc todo_find_request(struct db *, const struct uuid *owner,
    const uint8_t name[TODO_WRITER_NAME]);

/* What todo_read_limits() has read. */
extern int64_t todo_write_us, todo_write_burst;

/* After a write of n items at once: ten of them count as much as one write. */
enum dbrc todo_count_writes(struct db *, const struct uuid *owner, int64_t n);

/*
 * What an item takes of its account's quota: with its indexes, also when it is
 * only remembered, and its text.
 */
#define TODO_ITEM_BYTES    512
#define TODO_TEXT_OF(t)    "OCTET_LENGTH(" t "title) + OCTET_LENGTH(" t "note)"
#define TODO_ITEM_BYTES_OF "512 + " TODO_TEXT_OF("")
int64_t todo_bytes(const struct todo *);

/*
 * Take so many bytes (negative: give them back) of the account's quota,
 * within the transaction of todo_begin_write() and before they are stored.
 * full: there is not so much left, and nothing is taken.
 */
enum dbrc todo_quota_take(
    struct db *, const struct uuid *owner, int64_t bytes, bool *full);

/*
 * Give back, before they go, what the items of TODO_NAMED take: their texts,
 * and when nothing of them is remembered all.
 */
enum dbrc todo_quota_release(
    struct db *, const struct uuid *owner, const char *ids, bool remembered);

/* The name of the very request, whatever its Idempotency-Key. */
const uint8_t *todo_writer_request(const struct todo_writer *);

/* Deleted before then, an item is no longer in the trash. */
int64_t todo_trash_cutoff(void);

/* When an item was deleted that is to leave the trash now. */
int64_t todo_emptied_at(void);

/*
 * After items have come into the trash, in transactions of its own: of those
 * that are too many the oldest leave it, and what left it a day ago is
 * forgotten; a batch of each. What fails, or is left, the next one does.
 */
void todo_sweep(struct db *, const struct uuid *owner);

#endif
