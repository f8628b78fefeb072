/* Queues of requests by owner, served in turn. */
#include "fcgi/fair.h"

static bool
idle(const struct fair_owner *o)
{
	return o->first == NULL && o->served == 0;
}

static bool
heavy(const struct fair_owner *o, int64_t now)
{
	return o->cools_until != 0 && now < o->cools_until + FAIR_HEAVY;
}

/* One that cools down is forgotten before two share a queue. */
static struct fair_owner *
owner_of(struct fair *f, const struct uuid *id, int64_t now)
{
	struct fair_owner *o, *unused = NULL;

	for (o = f->owners; o < f->owners + f->n; o++) {
		if (uuid_equal(&o->id, id))
			return o;
		if (idle(o) &&
		    (unused == NULL || o->cools_until < unused->cools_until))
			unused = o;
	}
	if (f->n < FAIR_OWNERS && (unused == NULL || heavy(unused, now)))
		unused = &f->owners[f->n++];
	if (unused == NULL)
		return &f->owners[id->b[sizeof(id->b) - 1] % FAIR_OWNERS];
	unused->id = *id;
	unused->cools_until = 0;
	return unused;
}

/* To the end of the turns. */
static void
line_up(struct fair *f, struct fair_owner *o)
{
	o->next = NULL;
	if (f->first == NULL)
		f->first = o;
	else
		f->last->next = o;
	f->last = o;
}

void
fair_put(struct fair *f, struct fair_place *p, const struct uuid *id,
    unsigned most, int64_t now)
{
	struct fair_owner *o = owner_of(f, id, now);

	p->next = NULL;
	p->owner = o;
	o->most = most;
	if (o->first == NULL) {
		o->first = p;
		line_up(f, o);
	} else
		o->last->next = p;
	o->last = p;
}

static bool
has_room(const struct fair_owner *o, int64_t now)
{
	return o->served < (heavy(o, now) ? 1 : o->most);
}

/* The owner whose turn it is, and the one before it in the line. */
static struct fair_owner *
turn(const struct fair *f, struct fair_owner **before, int64_t now)
{
	struct fair_owner *o;

	*before = NULL;
	for (o = f->first; o != NULL; o = o->next) {
		if (o->cools_until <= now && has_room(o, now))
			break;
		*before = o;
	}
	return o;
}

struct fair_place *
fair_take(struct fair *f, int64_t now)
{
	struct fair_owner *before, *o = turn(f, &before, now);
	struct fair_place *p;

	if (o == NULL)
		return NULL;
	if (before == NULL)
		f->first = o->next;
	else
		before->next = o->next;
	if (f->last == o)
		f->last = before;
	p = o->first;
	o->served++;
	if ((o->first = p->next) != NULL)
		line_up(f, o);
	return p;
}

int64_t
fair_cooldown(size_t bytes, int64_t took)
{
	enum {
		LARGE = 256 * 1024, /* 500 ordinary items are less */
		PACE = 50,          /* bytes a microsecond */
		TIMES_AS_LONG = 2,
		MOST_US = 100000
	};
	int64_t time = (int64_t)bytes / PACE;

	if (bytes <= LARGE)
		return 0;
	if (time < took * TIMES_AS_LONG)
		time = took * TIMES_AS_LONG;
	return time < MOST_US ? time : MOST_US;
}

void
fair_done(struct fair *f, struct fair_owner *o, int64_t now, int64_t cooldown)
{
	o->served--;
	if (cooldown > 0)
		o->cools_until = (o->cools_until > now ? o->cools_until : now) +
				 cooldown;
	for (; f->n > 0; f->n--) {
		const struct fair_owner *last = &f->owners[f->n - 1];

		if (!idle(last) || heavy(last, now))
			break;
	}
}

bool
fair_any(const struct fair *f, int64_t now)
{
	struct fair_owner *before;

	return turn(f, &before, now) != NULL;
}

int64_t
fair_next(const struct fair *f, int64_t now)
{
	const struct fair_owner *o;
	int64_t next = 0;

	for (o = f->first; o != NULL; o = o->next)
		if (o->cools_until > now && o->served == 0 &&
		    (next == 0 || o->cools_until < next))
			next = o->cools_until;
	return next;
}
