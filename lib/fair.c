#include "fair.h"

static bool
idle(const struct fair_owner *o)
{
	return o->first == NULL && o->served == 0;
}

static struct fair_owner *
owner_of(struct fair *f, const struct uuid *id)
{
	struct fair_owner *o, *unused = NULL;

	for (o = f->owners; o < f->owners + f->n; o++)
		if (idle(o))
			unused = o;
		else if (uuid_equal(&o->id, id))
			return o;
	if (unused == NULL && f->n == FAIR_OWNERS)
		return &f->owners[id->b[sizeof(id->b) - 1] % FAIR_OWNERS];
	if (unused == NULL)
		unused = &f->owners[f->n++];
	unused->id = *id;
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
fair_put(
    struct fair *f, struct fair_place *p, const struct uuid *id, unsigned most)
{
	struct fair_owner *o = owner_of(f, id);

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

/* The owner whose turn it is, and the one before it in the line. */
static struct fair_owner *
turn(const struct fair *f, struct fair_owner **before)
{
	struct fair_owner *o;

	*before = NULL;
	for (o = f->first; o != NULL && o->served >= o->most; o = o->next)
		*before = o;
	return o;
}

struct fair_place *
fair_take(struct fair *f)
{
	struct fair_owner *before, *o = turn(f, &before);
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

void
fair_done(struct fair *f, struct fair_owner *o)
{
	o->served--;
	while (f->n > 0 && idle(&f->owners[f->n - 1]))
		f->n--;
}

bool
fair_any(const struct fair *f)
{
	struct fair_owner *before;

	return turn(f, &before) != NULL;
}
