/* The zone of a name server is made what it should be, by knotc. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/log.h"
#include "publish.h"

enum {
	COMMAND_SECONDS = 3,
	PAUSE_SECONDS = 5, /* after a failure */
};

/* ---- what the zone has, and what it should have */

static const struct change *
find(const struct changes *r, const char *name, const char *address)
{
	size_t n;

	for (n = 0; n < r->count; n++)
		if (strcmp(r->list[n].name, name) == 0 &&
		    strcmp(r->list[n].address, address) == 0)
			return &r->list[n];
	return NULL;
}

static void
add(struct changes *r, size_t max, bool set, const char *name,
    const char *address, int ttl)
{
	struct change *new = &r->list[r->count];

	if (r->count == max)
		return;
	new->set = set;
	new->ttl = ttl;
	snprintf(new->name, sizeof(new->name), "%s", name);
	snprintf(new->address, sizeof(new->address), "%s", address);
	r->count++;
}

/* The name of ours that a record is of; NULL: it is of another one. */
static const char *
whose(const struct zone *z, const char *owner)
{
	char whole[NAME_SIZE + sizeof(z->domain) + 2];
	const struct listener *l;
	size_t n;

	for (l = z->listeners; l < z->listeners + z->count; l++)
		for (n = 0; n < l->name_count; n++) {
			snprintf(whole, sizeof(whole), "%s%s%s.",
			    l->names[n][0] == '@' ? "" : l->names[n],
			    l->names[n][0] == '@' ? "" : ".", z->domain);
			if (strcasecmp(whole, owner) == 0)
				return l->names[n];
		}
	return NULL;
}

/* "[todo.test.] app.todo.test. 5 A 127.0.0.1", line by line. */
static void
find_present(struct changes *r, const struct zone *z, const char *line)
{
	char owner[512], type[16], address[INET_ADDRSTRLEN];
	const char *name;
	int ttl;

	r->count = 0;
	for (; *line != '\0';
	     line += strcspn(line, "\n"), line += *line == '\n')
		if (sscanf(line, "[%*[^]]] %511s %d %15s %15s", owner, &ttl,
			type, address) == 4 &&
		    strcmp(type, "A") == 0 && (name = whose(z, owner)) != NULL)
			add(r, RECORDS_MAX, false, name, address, ttl);
}

static bool
leads_to(
    const struct changes *present, const struct listener *l, const char *name)
{
	size_t n;

	for (n = 0; n < l->name_count; n++)
		if (strcmp(l->names[n], name) == 0)
			return l->health == HEALTHY ||
			       (l->health == HEALTH_UNKNOWN &&
				   find(present, name, l->address) != NULL);
	return false;
}

static bool
leads_to_any(
    const struct changes *present, const struct zone *z, const char *name)
{
	const struct listener *l;

	for (l = z->listeners; l < z->listeners + z->count; l++)
		if (leads_to(present, l, name))
			return true;
	return false;
}

static void
find_wanted(
    struct changes *r, const struct zone *z, const struct changes *present)
{
	const struct listener *l;
	size_t n;

	r->count = 0;
	for (l = z->listeners; l < z->listeners + z->count; l++)
		for (n = 0; n < l->name_count; n++)
			if (find(r, l->names[n], l->address) == NULL &&
			    (leads_to(present, l, l->names[n]) ||
				!leads_to_any(present, z, l->names[n])))
				add(r, RECORDS_MAX, true, l->names[n],
				    l->address, z->ttl);
}

/* Those that the others do not have. */
static void
add_missing(
    struct changes *r, const struct changes *some, const struct changes *others)
{
	const struct change *c, *other;

	for (c = some->list; c < some->list + some->count; c++) {
		other = find(others, c->name, c->address);
		if (other == NULL || other->ttl != c->ttl)
			add(r, 2 * RECORDS_MAX, c->set, c->name, c->address,
			    c->ttl);
	}
}

void
changes_find(struct changes *r, const struct zone *z, const char *text)
{
	struct changes present, wanted;

	r->count = 0;
	find_present(&present, z, text);
	find_wanted(&wanted, z, &present);
	add_missing(r, &present, &wanted);
	add_missing(r, &wanted, &present);
}

/* ---- one command after another */

enum step {
	IDLE,
	READ,
	CLEAR, /* who was killed has left the one transaction open */
	BEGIN,
	CHANGE,
	COMMIT,
	ABORT,
	FAILED,
};

static const struct {
	const char *verb;
	enum step done, failed;
} steps[] = {
	[READ] = { "zone-read", CLEAR, FAILED },
	[CLEAR] = { "zone-abort", BEGIN, BEGIN },
	[BEGIN] = { "zone-begin", CHANGE, FAILED },
	[CHANGE] = { "zone-set", COMMIT, ABORT },
	/* Knot itself raises the serial when the transaction has not. */
	[COMMIT] = { "zone-commit", IDLE, ABORT },
	[ABORT] = { "zone-abort", FAILED, FAILED },
};

static void run(struct name_server *, const struct zone *);

static const char *
verb(const struct name_server *s)
{
	return s->step == CHANGE && !s->changes.list[s->at].set
		   ? "zone-unset"
		   : steps[s->step].verb;
}

static void
end(struct name_server *s)
{
	size_t count = s->changes.count;

	if (s->step == FAILED) {
		if (strcmp(s->error, s->why) != 0)
			log_line(LOG_WARN, "name server %s is not updated: %s",
			    s->name, s->why);
		memcpy(s->error, s->why, sizeof(s->error));
		s->next = clock_boot() + PAUSE_SECONDS * CLOCK_SECOND;
		s->step = IDLE;
		return;
	}
	if (s->error[0] != '\0')
		log_line(LOG_INFO, "name server %s is updated again", s->name);
	if (count > 0)
		log_line(LOG_INFO, "name server %s: %zu change%s made", s->name,
		    count, count == 1 ? "" : "s");
	s->error[0] = '\0';
}

/* why: what is to be told after its verb, when the command has failed. */
static void
proceed(struct name_server *s, const struct zone *z, const char *why)
{
	enum step step = s->step;

	if (why != NULL && step != ABORT)
		snprintf(s->why, sizeof(s->why), "knotc %s%.*s", verb(s),
		    (int)strcspn(why, "\n"), why);
	s->step = why != NULL ? steps[step].failed : steps[step].done;
	if (why == NULL && step == READ && s->changes.count == 0)
		s->step = IDLE;
	else if (why == NULL && step == CHANGE && ++s->at < s->changes.count)
		s->step = CHANGE;
	if (s->step == IDLE || s->step == FAILED)
		end(s);
	else
		run(s, z);
}

static void
run(struct name_server *s, const struct zone *z)
{
	const struct change *c = &s->changes.list[s->at];
	const char *argv[12] = { "knotc", "-x", "-s", s->socket, verb(s),
		z->domain };
	char ttl[16], why[128];
	int n = 6;

	if (s->step == CHANGE) {
		argv[n++] = c->name;
		snprintf(ttl, sizeof(ttl), "%d", c->ttl);
		if (c->set)
			argv[n++] = ttl;
		argv[n++] = "A";
		argv[n] = c->address;
	}
	if (child_start(&s->command, argv, COMMAND_SECONDS, NULL, NULL))
		return;
	snprintf(why, sizeof(why), ": %s", strerror(errno));
	proceed(s, z, why);
}

void
publish_begin(struct name_server *s, const struct zone *z)
{
	if (!s->due || s->step != IDLE || clock_boot() < s->next)
		return;
	s->due = false;
	s->at = s->changes.count = 0;
	s->step = READ;
	run(s, z);
}

void
publish_continue(struct name_server *s, const struct zone *z)
{
	struct child *c = &s->command;
	const struct buf *said = c->error.len > 0 ? &c->error : &c->output;
	bool failed = c->status != 0;
	char why[256];

	if (!c->done)
		return;
	if (c->late)
		snprintf(why, sizeof(why), " does not end");
	else
		snprintf(
		    why, sizeof(why), ": %s", said->len > 0 ? said->data : "");
	if (s->step == READ && !failed)
		changes_find(&s->changes, z, said->len > 0 ? said->data : "");
	child_end(c);
	proceed(s, z, failed ? why : NULL);
}

void
publish_close(struct name_server *s)
{
	child_end(&s->command);
}
