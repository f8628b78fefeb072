/* What happened, and why, in words. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/list.h"
#include "model/event.h"

void
event_cause_add(char cause[TEXT_SIZE], int64_t now, const char *fmt, ...)
{
	size_t len = strlen(cause);
	char when[CLOCK_TEXT], text[TEXT_SIZE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	clock_text(now, when);
	snprintf(cause + len, TEXT_SIZE - len, "%sAt %.19sZ %s.",
	    len != 0 ? " " : "", when, text);
}

struct event *
event_add(struct events *e, enum event_kind kind, const struct group *g,
    const struct instance *i, int64_t now)
{
	struct event *new;

	e->list = list_grow(e->list, e->count, &e->size, sizeof(*new));
	new = &e->list[e->count++];
	memset(new, 0, sizeof(*new));
	new->kind = kind;
	new->end = new->start = now;
	if (g != NULL)
		snprintf(new->group, sizeof(new->group), "%s", g->name);
	if (i != NULL)
		memcpy(new->instance, i->id, sizeof(new->instance));
	if (kind == EVENT_NOTE)
		return new;
	new->start = i->requested_at;
	new->noticed = i->detected_at;
	new->launched = kind == EVENT_LAUNCH ? i->launched_at : 0;
	memcpy(new->text, i->cause, sizeof(i->cause));
	return new;
}

void
event_note(struct events *e, const struct group *g, const struct instance *i,
    int64_t now, const char *fmt, ...)
{
	struct event *new = event_add(e, EVENT_NOTE, g, i, now);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(new->text, sizeof(new->text), fmt, ap);
	va_end(ap);
}

void
event_set_desired(struct events *e, struct group *g, int desired, int64_t now,
    const char *why)
{
	if (desired == g->desired)
		return;
	event_note(e, g, NULL, now, "desired capacity: %d to %d, because %s",
	    g->desired, desired, why);
	g->desired = desired;
}

void
events_free(struct events *e)
{
	free(e->list);
	memset(e, 0, sizeof(*e));
}

void
event_plain_text(char *s)
{
	for (; *s != '\0'; s++)
		if (*s < ' ' || *s > '~')
			*s = '?';
}
