/* The thread that asks whether the database can be used. */
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/eventfd.h>

#include "base/log.h"
#include "db/db_ping.h"

enum { EVERY_MS = 2000 };

static const struct stmt select_one = { "SELECT 1" };

static struct {
	pthread_t thread;
	bool started;
	int bell; /* tells the thread to end */
	atomic_bool lost;
} ping;

static void
ask(const struct db_conf *conf)
{
	struct db *db = db_new(conf);
	int64_t one;
	bool lost;

	if (db == NULL)
		return;
	lost = db_one(db, &select_one, DB_IN(), DB_OUT(db_to_int(&one))) !=
	       DB_DONE;
	if (lost && !ping.lost)
		log_line(LOG_ERROR, "no database as %s: %s", conf->user,
		    db_error(db));
	ping.lost = lost;
	db_free(db);
}

static void *
ask_for_ever(void *conf)
{
	struct pollfd bell = { .fd = ping.bell, .events = POLLIN };

	do
		ask(conf);
	while (poll(&bell, 1, EVERY_MS) == 0);
	return NULL;
}

bool
db_ping_ok(const struct db_conf *conf)
{
	if (!ping.started) {
		ping.bell = eventfd(0, EFD_CLOEXEC);
		if (ping.bell < 0 ||
		    pthread_create(&ping.thread, NULL, ask_for_ever,
			(void *)(uintptr_t)conf) != 0)
			die(111, "cannot start a thread");
		ping.started = true;
	}
	return !ping.lost;
}

void
db_ping_stop(void)
{
	if (!ping.started)
		return;
	(void)eventfd_write(ping.bell, 1);
	pthread_join(ping.thread, NULL);
}
