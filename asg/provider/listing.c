/* What a provider prints. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/list.h"
#include "model/event.h"
#include "provider/provider.h"

/* An optional text; one that is too long is cut off. */
static void
text(const struct json *j, const char *key, char *ret, size_t size)
{
	struct fault f = { 0 };
	const char *s;

	ret[0] = '\0';
	if (json_get_string(j, key, &s, &f) != STATUS_OK)
		return;
	snprintf(ret, size, "%s", s);
	event_plain_text(ret);
}

static double
number(const struct json *j, const char *key, double otherwise)
{
	struct fault f = { 0 };
	double n;

	return json_get_number(j, key, &n, &f) == STATUS_OK ? n : otherwise;
}

static bool
id_valid(const char *id)
{
	return strlen(id) == 10 && strncmp(id, "i-", 2) == 0 &&
	       strspn(id + 2, "0123456789abcdef") == 8;
}

static enum presence
state_of(const char *name)
{
	static const struct {
		const char *name;
		enum presence presence;
	} states[] = { { "pending", STARTING }, { "running", RUNNING },
		{ "stopped", STOPPED }, { "unreachable", UNREACHABLE } };
	size_t n;

	for (n = 0; n < sizeof(states) / sizeof(*states); n++)
		if (strcmp(states[n].name, name) == 0)
			return states[n].presence;
	return PRESENCE_UNKNOWN;
}

static const char *
fill(const struct json *j, struct listed *l)
{
	char state[16];
	double port = number(j, "port", 0);

	text(j, "id", l->id, sizeof(l->id));
	text(j, "group", l->group, sizeof(l->group));
	text(j, "zone", l->zone, sizeof(l->zone));
	text(j, "release", l->release, sizeof(l->release));
	text(j, "address", l->address, sizeof(l->address));
	text(j, "state", state, sizeof(state));
	l->state = state_of(state);
	l->port = port >= 1 && port <= 65535 ? (int)port : 0;
	l->cpu_seconds = number(j, "cpu_seconds", -1);
	if (l->state == PRESENCE_UNKNOWN)
		return "state is not pending, running, stopped or unreachable";
	if (l->state == UNREACHABLE)
		return l->zone[0] != '\0' ? NULL : "zone is missing";
	if (!id_valid(l->id))
		return "id is not i- and 8 hexadecimal digits";
	if (l->state == RUNNING && (l->address[0] == '\0' || l->port == 0))
		return "address or port is missing";
	return NULL;
}

bool
listing_parse_line(
    const char *line, size_t len, struct listed *l, char *error, size_t size)
{
	struct json *j;
	struct fault f = { 0 };
	const char *wrong;

	memset(l, 0, sizeof(*l));
	if (json_read(line, len, &j, &f) != STATUS_OK) {
		snprintf(error, size, "a line of it is not a JSON object");
		return false;
	}
	if ((wrong = fill(j, l)) != NULL)
		snprintf(error, size, "%s", wrong);
	json_free(j);
	return wrong == NULL;
}

void
listing_told(struct listing *l, const struct buf *error)
{
	static const char prefix[] = "database:";
	const char *line = error->len > 0 ? error->data : "";

	l->database[0] = '\0';
	while (strncmp(line, prefix, strlen(prefix)) != 0) {
		if ((line = strchr(line, '\n')) == NULL)
			return;
		line++;
	}
	line += strlen(prefix);
	line += strspn(line, " ");
	/* Its disk may have had no room for what it says. */
	if (*line == '\n' || *line == '\0')
		line = "it is read-only: its disk is full";
	snprintf(l->database, sizeof(l->database), "%.*s",
	    (int)strcspn(line, "\n"), line);
	event_plain_text(l->database);
}

static struct listed *
next(struct listing *l)
{
	l->list = list_grow(l->list, l->count, &l->size, sizeof(*l->list));
	return &l->list[l->count++];
}

bool
listing_parse(struct listing *l, const struct buf *b, char *error, size_t size)
{
	const char *line = b->data, *end;
	size_t left = b->len, n;

	l->count = 0;
	for (; left > 0; left -= n, line += n) {
		end = memchr(line, '\n', left);
		n = end != NULL ? (size_t)(end - line) : left;
		if (n > 0 && !listing_parse_line(line, n, next(l), error, size))
			return false;
		n += end != NULL;
	}
	return true;
}
