/*
 * What happened to a group or an instance, for the history.
 */
#ifndef EVENT_H
#define EVENT_H

#include "model/group.h"

enum event_kind { EVENT_NOTE, EVENT_LAUNCH, EVENT_TERMINATE };

struct event {
	enum event_kind kind;
	char group[NAME_SIZE];
	char instance[ID_SIZE];
	bool failed;
	int64_t start, launched, end; /* launched: of EVENT_LAUNCH, or 0 */
	int64_t noticed;
	char text[2 * TEXT_SIZE]; /* a note, or the cause */
};

struct events {
	struct event *list;
	size_t count, size;
};

/* "At 2026-11-22T10:11:12Z …" appended to a cause, as AWS writes them. */
void event_cause_add(char cause[TEXT_SIZE], int64_t now, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Of a launch or a termination: with the instance's times and cause. */
struct event *event_add(struct events *, enum event_kind, const struct group *,
    const struct instance *, int64_t now);
void event_note(struct events *, const struct group *, const struct instance *,
    int64_t now, const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* Set it, and note why, unless it is so already. */
void event_set_desired(
    struct events *, struct group *, int desired, int64_t now, const char *why);
void events_free(struct events *);

/* What another program says, without what could spoil a line: printable ASCII.
 */
void event_plain_text(char *);

#endif
