/*
 * /healthz: is this instance alive? Every program of it is asked, and its disk
 * is written to. Decides whether the instance is replaced.
 * /readyz: can it serve, the database included? Decides whether it gets
 * requests; 503 says that the database alone is missing, which no new
 * instance would cure. Neither asks the database itself: its answer comes at
 * once, also when the database hangs.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf_json.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/log.h"
#include "db/db_conf.h"
#include "fcgi/probe.h"
#include "fcgi/serve.h"

enum {
	SIBLINGS = 16,
	ASK_US = 500 * 1000,   /* the database is asked so often */
	GOOD_US = 1000 * 1000, /* what it said is good for so long */
};

static struct sibling {
	char name[32];
	char socket[108];
} siblings[SIBLINGS];
static size_t nsiblings;
/* DISK: a directory on the disk of the instance; NULL: it has none of its own,
 * and another instance would not have a better one. */
static const char *disk;

/* When the database answered last, by clock_boot(), and what. 0: it has not, or
 * its last answer was an error. */
static _Atomic int64_t answered;
static atomic_bool read_only;

/* A number, or a word since MDEV-36425. */
static const struct stmt is_read_only = {
	"SELECT CONCAT(@@GLOBAL.read_only) NOT IN ('0', 'OFF')"
};

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
			die(100, "SIBLINGS: expected name=/path at \"%s\"", s);
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

static void
ask(struct db *db)
{
	int64_t one;

	if (db_one(db, &is_read_only, DB_IN(), DB_OUT(db_to_int(&one))) ==
	    DB_DONE) {
		read_only = one != 0;
		answered = clock_boot();
		return;
	}
	if (answered != 0)
		log_line(LOG_ERROR, "no database: %s", db_error(db));
	answered = 0;
}

/*
 * So that no request has to wait for a database that hangs: this thread waits
 * for it instead, and what it heard last grows old.
 */
static void *
ask_for_ever(void *db)
{
	for (;; usleep(ASK_US))
		ask(db);
	return NULL;
}

/* No signal is for it. */
static void
start_asking(void)
{
	static struct db_conf conf;
	sigset_t all, before;
	pthread_t thread;
	struct db *db;

	db_conf_read(&conf);
	if ((db = db_new(&conf)) == NULL)
		oom();
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (pthread_create(&thread, NULL, ask_for_ever, db) != 0)
		die(111, "cannot start a thread");
	pthread_detach(thread);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* What was heard last, and how long ago; true when it is good. */
static bool
report_database(struct buf *b)
{
	int64_t heard = answered, age = clock_boot() - heard;
	bool ready = heard != 0 && age < GOOD_US;

	buf_json_bool(b, "database", ready);
	if (ready)
		buf_json_bool(b, "writable", !read_only);
	return ready;
}

/* What the database answers to us alone is of no use to the programs. */
static bool
report_users(struct buf *b, const bool *reaches)
{
	bool all = true;
	size_t i;

	buf_json_open(b, "users", '{');
	for (i = 0; i < nsiblings; i++) {
		buf_json_bool(b, siblings[i].name, reaches[i]);
		all = all && reaches[i];
	}
	buf_json_close(b, '}');
	return all;
}

static enum status
report(struct res *res, bool database)
{
	bool alive = disk == NULL || disk_works(), ready = true, ok;
	bool reaches[SIBLINGS];
	size_t i;

	buf_json_open(&res->body, NULL, '{');
	if (disk != NULL)
		buf_json_bool(&res->body, "disk", alive);
	buf_json_open(&res->body, "programs", '{');
	for (i = 0; i < nsiblings; i++) {
		ok = probe(siblings[i].socket, &reaches[i]);
		alive = alive && ok;
		buf_json_bool(&res->body, siblings[i].name, ok);
	}
	buf_json_close(&res->body, '}');
	if (database) {
		ready = report_database(&res->body);
		ready = report_users(&res->body, reaches) && ready;
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
	(void)req;
	return report(res, false);
}

static enum status
readyz(struct req *req, struct res *res)
{
	(void)req;
	return report(res, true);
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
	start_asking();
	return serve("health", routes, NULL);
}
