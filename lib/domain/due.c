/* Due dates in and out of JSON. */
#include <stdio.h>
#include <string.h>

#include "base/buf_json.h"
#include "base/clock.h"
#include "base/zone.h"
#include "domain/due.h"

/* The shape of a pattern: 9 stands for a digit, the rest for itself. */
static bool
shaped(const char *s, const char *pattern)
{
	for (; *pattern != '\0'; s++, pattern++) {
		if (*pattern == '9' ? *s < '0' || *s > '9' : *s != *pattern)
			return false;
	}
	return *s == '\0';
}

static bool
date_valid(const char *s)
{
	int y, m, d;

	return shaped(s, "9999-99-99") &&
	       sscanf(s, "%d-%d-%d", &y, &m, &d) == 3 &&
	       clock_date_valid(y, m, d);
}

static bool
time_valid(const char *s)
{
	return shaped(s, "99:99") && strncmp(s, "24", 2) < 0 && s[3] < '6';
}

/* The blame goes to due.date, not to some date. */
static enum status
within(struct fault *f, enum status st)
{
	char name[sizeof(f->field)];

	snprintf(
	    name, sizeof(name), "due.%.*s", (int)sizeof(name) - 5, f->field);
	memcpy(f->field, name, sizeof(name));
	return st;
}

/* One string member of due, checked. */
static enum status
part(const struct json *due, const char *key, bool (*valid)(const char *),
    const char *wanted, char *dst, size_t size, struct fault *f)
{
	const char *s;
	enum status st;

	if ((st = json_get_string(due, key, &s, f)) != OK)
		return within(f, st);
	if (strlen(s) >= size || !valid(s))
		return within(
		    f, fault_set(f, INVALID_FIELD, key, "%s", wanted));
	snprintf(dst, size, "%s", s);
	return OK;
}

enum status
due_read(const struct json *item, struct due *ret, struct fault *f)
{
	static const char *const known[] = { "date", "time", "zone", NULL };
	const struct json *j;
	struct due due = { "", "", "" };
	enum status st;

	if (json_is_null(item, "due")) {
		*ret = due;
		return OK;
	}
	if ((st = json_get_object(item, "due", &j, f)) != OK)
		return st;
	if ((st = json_only(j, known, f)) != OK)
		return within(f, st);
	if ((st = part(j, "date", date_valid,
		 "Must be a date such as 2026-11-30.", due.date,
		 sizeof(due.date), f)) != OK)
		return st;
	if (json_has(j, "time") || json_has(j, "zone")) {
		if ((st = part(j, "time", time_valid,
			 "Must be a time such as 18:00.", due.time,
			 sizeof(due.time), f)) != OK ||
		    (st = part(j, "zone", zone_known,
			 "Must be a time zone such as "
			 "Asia/Seoul or +09:00.",
			 due.zone, sizeof(due.zone), f)) != OK)
			return st;
	}
	*ret = due;
	return OK;
}

void
due_write(struct buf *b, const struct due *due)
{
	if (*due->date == '\0') {
		buf_json_null(b, "due");
		return;
	}
	buf_json_open(b, "due", '{');
	buf_json_string(b, "date", due->date);
	if (*due->time != '\0') {
		buf_json_string(b, "time", due->time);
		buf_json_string(b, "zone", due->zone);
	}
	buf_json_close(b, '}');
}
