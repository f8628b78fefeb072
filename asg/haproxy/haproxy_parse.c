/* The CSV of `show stat` (management.txt, section 9.1). */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/log.h"
#include "haproxy/csv.h"
#include "haproxy/haproxy.h"
#include "model/event.h"

enum column {
	PXNAME,
	SVNAME,
	STATUS,
	ADDR,
	SCUR,
	STOT,
	WREDIS,
	HRSP_5XX,
	LASTCHG,
	CHECK_STATUS,
	CHECK_CODE,
	LAST_CHK,
	CHECK_HEALTH,
	CHECK_RISE,
	COLUMNS
};

static const char *const column_names[COLUMNS] = { "pxname", "svname", "status",
	"addr", "scur", "stot", "wredis", "hrsp_5xx", "lastchg", "check_status",
	"check_code", "last_chk", "check_health", "check_rise" };

/* Digits alone; anything else is 0, what is too much is max. */
static int64_t
number(const char *s, int64_t max)
{
	int64_t n = 0;

	for (; *s >= '0' && *s <= '9' && n <= max; s++)
		n = n * 10 + (*s - '0');
	if (n > max)
		return max;
	return *s == '\0' ? n : 0;
}

/* The number of a slot; 0 for a server that is none. */
static int
slot_of(const char *name)
{
	if (name[0] != 'i' || name[1] < '1' || name[1] > '9')
		return 0;
	return (int)number(name + 1, INSTANCES_MAX + 1) % (INSTANCES_MAX + 1);
}

/* NAME, or the NAME of NAME-open; false when that is no group's. */
static bool
group_of(const char *backend, char name[NAME_SIZE], bool *open)
{
	static const char suffix[] = "-open";
	size_t len = strlen(backend);

	*open = len >= sizeof(suffix) &&
		strcmp(backend + len - strlen(suffix), suffix) == 0;
	if (*open)
		len -= strlen(suffix);
	if (len >= NAME_SIZE)
		return false;
	snprintf(name, NAME_SIZE, "%.*s", (int)len, backend);
	return true;
}

/* 127.0.0.1:80 or [::1]:80; anything else is no address. */
static void
read_address(const char *text, struct server *s)
{
	const char *colon = strrchr(text, ':');
	bool six = text[0] == '[' && colon != NULL && colon[-1] == ']';
	unsigned char binary[16];
	int64_t port;

	if (colon == NULL)
		return;
	snprintf(s->address, sizeof(s->address), "%.*s",
	    (int)(colon - text) - 2 * six, text + six);
	port = number(colon + 1, 65536);
	if (inet_pton(six ? AF_INET6 : AF_INET, s->address, binary) == 1 &&
	    port <= 65535)
		s->port = (int)port;
	else
		s->address[0] = '\0';
}

static enum routing
routing_of(const char *status)
{
	if (strncmp(status, "MAINT", 5) == 0)
		return ROUTE_NONE;
	return strncmp(status, "DRAIN", 5) == 0 ? ROUTE_DRAIN : ROUTE_READY;
}

/* Of an instance that is not up: what did its last check say? */
static enum health
failure_of(const char *check)
{
	static const char *const no_verdict[] = { "INI", "UNK", "L4OK", "L6OK",
		"L7OK", "L7OKC" };
	size_t n;

	for (n = 0; n < sizeof(no_verdict) / sizeof(*no_verdict); n++)
		if (strcmp(no_verdict[n], check) == 0)
			return HEALTH_INITIAL;
	/* So haproxy/group.cfg calls a 503. */
	return strcmp(check, "L6RSP") == 0 ? HEALTH_UNREADY : HEALTH_DEAD;
}

static void
read_reason(struct server *s, const char *check, int64_t code, const char *said)
{
	char *p;

	snprintf(s->reason, sizeof(s->reason), code > 0 ? "%s/%d" : "%s", check,
	    (int)code);
	if (said[0] != '\0') {
		p = s->reason + strlen(s->reason);
		snprintf(p, sizeof(s->reason) - (size_t)(p - s->reason), ": %s",
		    said);
	}
	event_plain_text(s->reason);
}

/*
 * Draining servers are checked as well. A slot that has just got another
 * instance still shows the last check of the one before, until its own ends.
 */
static void
read_health(struct server *s, char *const *value)
{
	const char *check = value[CHECK_STATUS];
	int64_t code = number(value[CHECK_CODE], 999);

	if (strncmp(check, "* ", 2) == 0) /* the next one is under way */
		check += 2;
	if (s->routing == ROUTE_NONE || *check == '\0')
		return;
	if (number(value[CHECK_HEALTH], INT32_MAX) >=
	    number(value[CHECK_RISE], INT32_MAX)) {
		s->health = HEALTH_UP;
		return;
	}
	s->health = failure_of(check);
	if (s->health == HEALTH_INITIAL)
		return;
	s->responsive = s->health == HEALTH_DEAD && strcmp(check, "L7STS") == 0;
	s->refused = s->health == HEALTH_DEAD && strcmp(check, "L4CON") == 0;
	read_reason(s, s->health == HEALTH_UNREADY ? "503" : check, code,
	    value[LAST_CHK]);
}

static void
add_server(struct balancer_view *v, size_t *size, char *const *value)
{
	struct server s = { .slot = slot_of(value[SVNAME]) };

	if (s.slot == 0 || !group_of(value[PXNAME], s.group, &s.open))
		return;
	read_address(value[ADDR], &s);
	s.routing = routing_of(value[STATUS]);
	s.sessions = (int)number(value[SCUR], INT32_MAX / 2);
	s.requests = number(value[STOT], INT64_MAX / 16);
	s.failures = number(value[WREDIS], INT64_MAX / 16) +
		     number(value[HRSP_5XX], INT64_MAX / 16);
	s.changed = number(value[LASTCHG], INT32_MAX);
	read_health(&s, value);
	v->servers = list_grow(
	    v->servers, v->server_count, size, sizeof(*v->servers));
	v->servers[v->server_count++] = s;
}

static void
add_group(struct balancer_view *v, size_t *size, char *const *value)
{
	struct target_group t = { .served = { 0 } };
	bool open;

	if (!group_of(value[PXNAME], t.name, &open) || open)
		return;
	t.served = (struct served){ number(value[STOT], INT64_MAX / 16),
		number(value[WREDIS], INT64_MAX / 16),
		number(value[HRSP_5XX], INT64_MAX / 16) };
	v->groups = list_grow(
	    v->groups, v->group_count, size, sizeof(*v->groups));
	v->groups[v->group_count++] = t;
}

/* How both a struct server and a struct slot begin. */
struct place {
	char group[NAME_SIZE];
	int slot;
};
_Static_assert(offsetof(struct server, slot) == offsetof(struct place, slot) &&
		   offsetof(struct slot, slot) == offsetof(struct place, slot),
    "they can be compared");

int
haproxy_by_place(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	int order = strcmp(x->group, y->group);

	return order != 0 ? order : x->slot - y->slot;
}

static int
by_place_open(const void *a, const void *b)
{
	const struct server *x = a, *y = b;
	int order = haproxy_by_place(a, b);

	return order != 0 ? order : x->open - y->open;
}

/* What the slot's like in NAME-open adds to it; open: NULL for none. */
static void
join(struct server *s, const struct server *open)
{
	bool ready = open != NULL && open->routing != ROUTE_NONE;

	s->fallback_out_of_sync = ready != (s->routing == ROUTE_READY) ||
				  (ready && (s->port != open->port ||
						strcmp(s->address,
						    open->address) != 0));
	if (open != NULL)
		s->sessions += open->sessions;
}

/* Each slot once, sorted. */
static void
join_slots(struct balancer_view *v)
{
	struct server *s = v->servers, *kept = s, *end;
	bool open;

	if (s == NULL)
		return;
	end = s + v->server_count;
	qsort(s, v->server_count, sizeof(*s), by_place_open);
	for (; s < end; s++) {
		if (s->open ||
		    (kept > v->servers && haproxy_by_place(kept - 1, s) == 0))
			continue;
		open = s + 1 < end && s[1].open &&
		       haproxy_by_place(s, s + 1) == 0;
		*kept = *s;
		join(kept++, open ? s + 1 : NULL);
	}
	v->server_count = (size_t)(kept - v->servers);
}

/* Backends without slots are no target groups. */
static void
keep_target_groups(struct balancer_view *v)
{
	size_t n, kept = 0;

	for (n = 0; n < v->group_count; n++)
		if (list_find(v->servers, v->server_count, sizeof(*v->servers),
			v->groups[n].name) != NULL)
			v->groups[kept++] = v->groups[n];
	v->group_count = kept;
}

/*
 * HAProxy 2.6 sends the request of a session that is shut down to another
 * server, later ones drop it (seen with 3.0.11). Those have this column.
 */
static bool
shutdown_redispatches(const char *text)
{
	return memmem(text, strcspn(text, "\n"), ",srid,", 6) == NULL;
}

static bool
parse(char *text, struct balancer_view *v)
{
	struct csv t;
	size_t groups = 0, servers = 0;
	int more;

	v->shutdown_redispatches = shutdown_redispatches(text);
	if (strncmp(text, "# ", 2) != 0 ||
	    !csv_open(&t, text + 2, column_names, COLUMNS))
		return false;
	while ((more = csv_next(&t)) == 1)
		if (strcmp(t.value[SVNAME], "BACKEND") == 0)
			add_group(v, &groups, t.value);
		else
			add_server(v, &servers, t.value);
	join_slots(v);
	keep_target_groups(v);
	return more == 0;
}

bool
haproxy_parse(const char *csv, size_t len, struct balancer_view *v)
{
	char *text = strndup(csv, len);
	bool ok;

	if (text == NULL)
		oom();
	memset(v, 0, sizeof(*v));
	if (!(ok = strlen(text) == len && parse(text, v)))
		haproxy_view_free(v);
	free(text);
	return ok;
}

const struct target_group *
haproxy_group(const struct balancer_view *v, const char *name)
{
	return list_find(v->groups, v->group_count, sizeof(*v->groups), name);
}

const struct server *
haproxy_server(const struct balancer_view *v, const struct slot *place)
{
	return v->server_count == 0
		   ? NULL
		   : bsearch(place, v->servers, v->server_count,
			 sizeof(*v->servers), haproxy_by_place);
}

void
haproxy_view_free(struct balancer_view *v)
{
	free(v->servers);
	free(v->groups);
	memset(v, 0, sizeof(*v));
}
