/* Which fields of a record are kept, under which names. */
#include <stddef.h>
#include <stdio.h>

#include "base/buf_json.h"
#include "model/event.h"
#include "state/record.h"
#include "state/state.h"

#define FIELD_AS(s, type, member, name, was) \
	{ \
		name, was, type, offsetof(struct s, member), \
		    sizeof(((struct s *)0)->member) \
	}
#define FIELD_WAS(s, type, name, was) FIELD_AS(s, type, name, #name, was)
#define FIELD(s, type, name)          FIELD_WAS(s, type, name, NULL)

const struct field record_head[] = {
	FIELD(head, TEXT, boot),
	FIELD(head, WALL, wall_minus_boottime),
	FIELD(head, INT, lines),
	{ .name = NULL },
};

const struct field record_instance[] = {
	FIELD(instance, TEXT, zone),
	FIELD(instance, TEXT, release),
	FIELD(instance, TEXT, address),
	FIELD(instance, INT, port),
	FIELD(instance, INT, slot),
	FIELD(instance, INT, lifecycle),
	FIELD(instance, BOOL, protect),
	FIELD(instance, BOOL, decremented),
	FIELD_WAS(instance, BOOL, to_terminate, "doomed"),
	FIELD(instance, BOOL, unhealthy),
	FIELD(instance, BOOL, failed),
	FIELD(instance, INT, attempts),
	FIELD_WAS(instance, TIME, retry_at, "retry"),
	FIELD_WAS(instance, TIME, acted_at, "touched"),
	FIELD_WAS(instance, TIME, state_since, "since"),
	FIELD_WAS(instance, TIME, fault_since, "struck"),
	FIELD_WAS(instance, TIME, detected_at, "noticed"),
	FIELD_WAS(instance, TIME, requested_at, "requested"),
	FIELD_WAS(instance, TIME, launched_at, "launched"),
	FIELD_WAS(instance, TIME, in_service_at, "in_service"),
	FIELD(instance, TEXT, cause),
	FIELD_AS(instance, TEXT, id, "instance", NULL),
	{ .name = NULL },
};

const struct field record_group[] = {
	FIELD(group, INT, min),
	FIELD(group, INT, desired),
	FIELD(group, INT, max),
	FIELD(group, INT, file_min),
	FIELD(group, INT, file_desired),
	FIELD(group, INT, file_max),
	FIELD(group, INT, suspended),
	FIELD(group, BOOL, all_dead),
	FIELD(group, TIME, together.since),
	FIELD_WAS(group, TIME, together.clear_since, "together.well"),
	FIELD_WAS(group, BOOL, together.firing, "together.told"),
	FIELD(group, TIME, cut_off.since),
	FIELD_WAS(group, TIME, cut_off.clear_since, "cut_off.well"),
	FIELD_WAS(group, BOOL, cut_off.firing, "cut_off.told"),
	FIELD(group, TIME, excused),
	FIELD(group, WALL, scheduled),
	FIELD(group, TEXT, release),
	FIELD(group, TEXT, previous),
	FIELD(group, WALL, served.requests),
	FIELD(group, WALL, served.again),
	FIELD(group, WALL, served.failed),
	{ .name = NULL },
};

const struct field record_refresh[] = {
	FIELD(refresh, TEXT, target),
	FIELD(refresh, INT, phase),
	FIELD(refresh, BOOL, restart),
	FIELD(refresh, BOOL, back),
	FIELD(refresh, BOOL, paused),
	FIELD(refresh, INT, wanted),
	FIELD(refresh, INT, of),
	FIELD(refresh, INT, failures),
	FIELD(refresh, TIME, started_at),
	FIELD(refresh, TIME, phase_since),
	FIELD(refresh, INT, judgement.failing),
	FIELD(refresh, INT, judgement.slow),
	FIELD(refresh, INT, judgement.requests[0]),
	FIELD(refresh, INT, judgement.requests[1]),
	FIELD(refresh, INT, judgement.failures[0]),
	FIELD(refresh, INT, judgement.failures[1]),
	FIELD(refresh, INT, judgement.ms[0]),
	FIELD(refresh, INT, judgement.ms[1]),
	FIELD(refresh, INT, judgement.seconds),
	FIELD(refresh, TEXT, reason),
	FIELD(refresh, INT, policy.min_healthy),
	FIELD(refresh, INT, policy.max_healthy),
	FIELD(refresh, INT, policy.batch),
	FIELD(refresh, INT, policy.first),
	FIELD(refresh, BOOL, policy.hold),
	FIELD(refresh, WALL, policy.bake),
	FIELD(refresh, INT, policy.pause_after),
	FIELD(refresh, WALL, policy.pause),
	FIELD(refresh, BOOL, policy.pause_goes_on),
	FIELD(refresh, WALL, policy.timeout),
	{ .name = NULL },
};

const struct field record_backoff[] = {
	FIELD(backoff, TEXT, zone),
	FIELD(backoff, INT, failures),
	FIELD(backoff, TIME, until),
	FIELD(backoff, TEXT, error),
	{ .name = NULL },
};

const struct field record_alert[] = {
	FIELD(alert, TIME, since),
	FIELD_WAS(alert, TIME, clear_since, "well"),
	FIELD_WAS(alert, BOOL, firing, "told"),
	{ .name = NULL },
};

const struct field record_pass[] = {
	FIELD(state, TEXT, generation),
	FIELD(state, TEXT, away),
	FIELD(state, TEXT, database),
	{ .name = NULL },
};

const struct field record_event[] = {
	FIELD(event, TEXT, group),
	FIELD(event, TEXT, instance),
	FIELD(event, BOOL, failed),
	FIELD(event, WALL, noticed),
	FIELD(event, WALL, start),
	FIELD(event, WALL, launched),
	FIELD(event, WALL, end),
	FIELD(event, TEXT, text),
	{ .name = NULL },
};

static void
write_field(struct buf *b, const struct field *f, const void *record)
{
	const void *at = (const char *)record + f->offset;

	if (f->type == TEXT)
		buf_json_string(b, f->name, at);
	else if (f->type == BOOL)
		buf_json_bool(b, f->name, *(const bool *)at);
	else if (f->type == INT)
		buf_json_int(b, f->name, *(const int *)at);
	else
		buf_json_int(b, f->name, *(const int64_t *)at);
}

static int64_t
time_of(double number, const struct era *era)
{
	int64_t when;

	if (!(number > 0 && number < RECORD_LATEST))
		return 0;
	when = (int64_t)number;
	if (era != NULL)
		when = when + era->shift < era->latest ? when + era->shift
						       : era->latest;
	return when;
}

/* A member that is missing or of another type leaves zero. */
static void
read_field(const struct json *j, const struct field *f, void *record,
    const struct era *era)
{
	const char *name = f->was != NULL && json_has(j, f->was) ? f->was
								 : f->name;
	void *at = (char *)record + f->offset;
	struct fault fault = { 0 };
	const char *text;
	double n = 0;

	if (f->type == TEXT) {
		if (json_get_string(j, name, &text, &fault) == STATUS_OK)
			snprintf(at, f->size, "%s", text);
	} else if (f->type == BOOL) {
		json_get_bool(j, name, at, &fault);
	} else if (json_get_number(j, name, &n, &fault) != STATUS_OK) {
		return;
	} else if (f->type == INT) {
		*(int *)at = n > INT32_MIN && n < INT32_MAX ? (int)n : 0;
	} else {
		*(int64_t *)at = time_of(n, f->type == TIME ? era : NULL);
	}
}

void
record_write(struct buf *b, const struct field *f, const void *record)
{
	for (; f->name != NULL; f++)
		write_field(b, f, record);
}

void
record_write_line(struct buf *b, const char *kind, const char *name,
    const struct field *f, const void *record)
{
	buf_json_open(b, NULL, '{');
	if (kind != NULL)
		buf_json_string(b, kind, name);
	record_write(b, f, record);
	buf_json_close(b, '}');
	buf_str(b, "\n");
}

void
record_read(const struct json *j, const struct field *f, void *record,
    const struct era *era)
{
	for (; f->name != NULL; f++)
		read_field(j, f, record, era);
}
