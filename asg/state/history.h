/*
 * What happened: STATE/asg/history, one JSON object a line; when it has
 * HISTORY_SIZE bytes it becomes history.1, and the one before is gone.
 */
#ifndef HISTORY_H
#define HISTORY_H

#include <stdbool.h>

#include "base/buf.h"
#include "model/event.h"
#include "model/group.h"

enum { HISTORY_SIZE = 4 << 20 };

/* Append all of them; a full disk is logged and costs the line. */
void history_append(const char *directory, const struct events *);

/* Everything there is, oldest first. */
void history_read(const char *directory,
    void (*each)(const struct event *, void *), void *arg);

/* A time as a member: RFC 3339, null for 0. */
void history_json_time(struct buf *, const char *key, int64_t);

/* As a line of JSON, times in RFC 3339; or as lines for people. */
void history_print(const struct event *, bool json);

/* Print the events that come, until the process is ended. */
void history_follow(const char *directory, bool json);

#endif
