/*
 * /healthz: is this instance alive? Every program of it is asked, and its disk
 * is written to. Decides whether the instance is replaced.
 * /readyz: can it serve, the database included? Decides whether it gets
 * requests; 503 says that the database alone is missing, which no new
 * instance would cure.
 */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "conf.h"
#include "log.h"
#include "probe.h"
#include "serve.h"

enum {
	SIBLINGS = 16,
	FRESH_US = 500 * 1000,    /* an answer of the database is good for */
	PATIENCE_US = 500 * 1000, /* a question without one means no */
};

static struct sibling {
	char name[32];
	char socket[108];
} siblings[SIBLINGS];
static size_t nsiblings;
/* DISK: a directory on the disk of the instance; NULL: it has none of its own,
 * and another instance would not have a better one. */
static const char *disk;

static const struct stmt select_one = { "SELECT 1", "", "i" };

/* SIBLINGS="login=/path/login.sock todo=/path/todo.sock …" */
static void
read_siblings(void)
{
	const char *s = conf_string("SIBLINGS");
	int n;

	for (; *s != '\0'; s += n) {
		if (nsiblings == SIBLINGS ||
		    sscanf(s, " %31[a-z]=%107[^ ]%n", siblings[nsiblings].name,
			siblings[nsiblings].socket, &n) != 2)
			die(100, "SIBLINGS: name=/path wanted at \"%s\"", s);
		nsiblings++;
	}
}

/* One that is full, read-only or broken does not take a block. */
static bool
disk_works(void)
{
	static const char block[4096] = "health";
	char path[256];
	bool ok;
	int fd;

	if (snprintf(path, sizeof(path), "%s/health-XXXXXX", disk) >=
		(int)sizeof(path) ||
	    (fd = mkostemp(path, O_CLOEXEC)) == -1)
		return false;
	ok = unlink(path) == 0 &&
	     write(fd, block, sizeof(block)) == sizeof(block);
	return close(fd) == 0 && ok;
}

/*
 * One thread at a time asks; when the database hangs, that one is stuck for
 * a while and the others say so at once.
 */
static bool
database_ready(struct db *db)
{
	static _Atomic int64_t asked, answered; /* asked: 0 for not now */
	static atomic_bool ready;
	int64_t now = clock_boot(), nobody = 0, one, since;

	if (now - answered > FRESH_US &&
	    atomic_compare_exchange_strong(&asked, &nobody, now)) {
		ready = db_one(db, &select_one, &one) == DB_DONE;
		answered = clock_boot();
		asked = 0;
	}
	since = asked;
	return ready && (since == 0 || now - since < PATIENCE_US);
}

static enum status
report(struct req *req, struct res *res, bool database)
{
	bool alive = disk == NULL || disk_works(), ready = true, ok;
	size_t i;

	buf_json_open(&res->body, NULL, '{');
	if (disk != NULL)
		buf_json_bool(&res->body, "disk", alive);
	buf_json_open(&res->body, "programs", '{');
	for (i = 0; i < nsiblings; i++) {
		ok = probe(siblings[i].socket);
		alive = alive && ok;
		buf_json_bool(&res->body, siblings[i].name, ok);
	}
	buf_json_close(&res->body, '}');
	if (database) {
		ready = database_ready(req->db);
		buf_json_bool(&res->body, "database", ready);
	}
	buf_json_string(&res->body, "status",
	    !alive  ? "dead"
	    : ready ? "ok"
		    : "no database");
	buf_json_close(&res->body, '}');
	/* The report is the answer, whatever the status. */
	if (!alive)
		return SERVER_ERROR;
	return ready ? OK : UNAVAILABLE;
}

static enum status
healthz(struct req *req, struct res *res)
{
	return report(req, res, false);
}

static enum status
readyz(struct req *req, struct res *res)
{
	return report(req, res, true);
}

/* CLASSIC: a body that the handler wrote is sent as it is. */
static const struct route routes[] = {
	{ GET, "/healthz", CLASSIC, healthz },
	{ GET, "/readyz", CLASSIC, readyz },
	{ 0, NULL, 0, NULL },
};

int
main(void)
{
	log_open("health");
	read_siblings();
	disk = getenv("DISK");
	return serve("health", routes, NULL);
}
