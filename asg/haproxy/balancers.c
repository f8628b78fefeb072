/* Which balancers there are, what they say of instances, what they are told. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "haproxy/balancers.h"
#include "haproxy/haproxy_socket.h"

enum { PATH_SIZE = 4096 };

/* ---- which there are */

/*
 * Paths that are not whole begin at the state directory, whose own name may
 * have blanks and commas.
 */
static void
below_state(char *path, size_t size)
{
	const char *state = getenv("ALLDAY_STATE");
	char whole[PATH_SIZE];

	if (state == NULL || *path == '\0' || *path == '/')
		return;
	snprintf(whole, sizeof(whole), "%s/%s", state, path);
	memcpy(path, whole, size);
	path[size - 1] = '\0';
}

/* Without a file as well. */
static bool
parse_one(const char *word, struct balancer *b)
{
	int n = 0, end = 0, fields;

	b->file[0] = '\0';
	fields = sscanf(word, "%31[^, ],%107[^, ]%n,%255[^, ]%n", b->name,
	    b->socket, &n, b->file, &end);
	if (fields == 3)
		n = end;
	below_state(b->socket, sizeof(b->socket));
	below_state(b->file, sizeof(b->file));
	return fields >= 2 && (word[n] == ' ' || word[n] == '\0');
}

bool
balancers_parse(
    struct balancers *all, const char *text, char *error, size_t size)
{
	memset(all, 0, sizeof(*all));
	for (;;) {
		text += strspn(text, " ");
		if (*text == '\0')
			return true;
		if (all->count == BALANCERS_MAX ||
		    !parse_one(text, &all->list[all->count])) {
			snprintf(error, size,
			    "LOAD_BALANCERS: at most %d times "
			    "NAME,SOCKET[,FILE] is wanted at \"%.60s\"",
			    BALANCERS_MAX, text);
			return false;
		}
		all->count++;
		text += strcspn(text, " ");
	}
}

void
balancers_free(struct balancers *all)
{
	int n;

	for (n = 0; n < all->count; n++) {
		haproxy_view_free(&all->list[n].view);
		haproxy_view_free(&all->list[n].before);
		buf_free(&all->list[n].written);
	}
}

/* ---- what they say */

const struct target_group *
balancers_group(const struct balancer *b, const char *name)
{
	return b->reachable ? haproxy_group(&b->view, name) : NULL;
}

/* The worst of what several say. */
static void
add_health(
    struct instance *i, enum health h, const char *name, const char *reason)
{
	static const int rank[] = { [HEALTH_UNKNOWN] = 0,
		[HEALTH_UP] = 1,
		[HEALTH_INITIAL] = 2,
		[HEALTH_UNREADY] = 3,
		[HEALTH_DEAD] = 4 };

	if (rank[h] <= rank[i->health])
		return;
	i->health = h;
	if (reason[0] != '\0')
		snprintf(i->reason, sizeof(i->reason), "balancer %s says %s",
		    name, reason);
}

static void
report_server(
    struct instance *i, const struct balancer *b, const struct server *s)
{
	add_health(i, s->health, b->name, s->reason);
	i->sessions += s->sessions;
	if (s->routing > i->routing)
		i->routing = s->routing;
	i->reported_alive |= s->health == HEALTH_UP ||
			     s->health == HEALTH_UNREADY;
	i->responsive |= i->reported_alive || s->responsive;
	i->refused |= s->refused;
}

static const struct server *
server_of(
    const struct balancer *b, const struct group *g, const struct instance *i)
{
	struct slot place = { .slot = i->slot };
	const struct server *s;

	memcpy(place.group, g->name, sizeof(place.group));
	s = haproxy_server(&b->view, &place);
	return s != NULL && strcmp(s->address, i->address) == 0 &&
		       s->port == i->port
		   ? s
		   : NULL;
}

void
balancers_report(const struct balancers *all, struct group *g)
{
	const struct server *s;
	struct instance *i;
	int k;

	for (k = 0; k < all->count; k++) {
		if (balancers_group(&all->list[k], g->name) == NULL)
			continue;
		group_each (i, g) {
			s = server_of(&all->list[k], g, i);
			if (s != NULL)
				report_server(i, &all->list[k], s);
			else
				add_health(i, HEALTH_INITIAL, "", "");
		}
	}
}

/* ---- what they are told */

static enum routing
routing_of(const struct instance *i)
{
	switch (i->lifecycle) {
	case PENDING:
	case IN_SERVICE:
		return ROUTE_READY;
	case STANDBY:
	case DRAINING:
		return ROUTE_DRAIN;
	default:
		return ROUTE_NONE;
	}
}

void
balancers_assign(struct group *g, int slots)
{
	bool *taken = calloc((size_t)slots + 1, sizeof(*taken));
	struct instance *i;
	int free_slot = 1;

	if (taken == NULL)
		oom();
	group_each (i, g) {
		if (routing_of(i) == ROUTE_NONE || i->slot > slots)
			i->slot = 0;
		taken[i->slot] = true;
	}
	group_each (i, g) {
		if (routing_of(i) == ROUTE_NONE || i->slot != 0 ||
		    (i->lifecycle == PENDING &&
			is_suspended(g, PROCESS_ADD_TO_LOAD_BALANCER)))
			continue;
		while (free_slot <= slots && taken[free_slot])
			free_slot++;
		if (free_slot > slots)
			break;
		taken[i->slot = free_slot] = true;
	}
	free(taken);
}

static size_t
slots_of(const struct group *g, struct slot *list)
{
	const struct instance *i;
	struct slot *s;
	size_t count = 0;

	group_each (i, g) {
		if (i->slot == 0)
			continue;
		s = &list[count++];
		memset(s, 0, sizeof(*s));
		memcpy(s->group, g->name, sizeof(s->group));
		memcpy(s->address, i->address, sizeof(s->address));
		s->slot = i->slot;
		s->port = i->port;
		s->routing = routing_of(i);
		s->up = i->lifecycle == IN_SERVICE && !i->unhealthy &&
			i->fault_since == 0;
	}
	return count;
}

static void
write_file(struct balancer *b, const struct slot *list, size_t count)
{
	struct buf text = { 0 };

	if (b->file[0] == '\0')
		return;
	haproxy_state_file(&text, list, count);
	if (b->written.data != NULL &&
	    strcmp(b->written.data, text.data) == 0) {
		buf_free(&text);
	} else if (file_replace(b->file, text.data, text.len, false)) {
		buf_free(&b->written);
		b->written = text;
	} else {
		log_line(LOG_ERROR, "%s: %s", b->file, strerror(errno));
		buf_free(&text);
	}
}

void
balancers_route(struct balancers *all, const struct state *m)
{
	int64_t end = haproxy_deadline(2 * BALANCER_MS);
	struct balancer *b;
	struct slot *list;
	size_t count = 0, room = 1;
	int n;

	for (n = 0; n < m->group_count; n++)
		room += m->groups[n].count;
	if ((list = calloc(room, sizeof(*list))) == NULL)
		oom();
	for (n = 0; n < m->group_count; n++)
		count += slots_of(&m->groups[n], list + count);
	qsort(list, count, sizeof(*list), haproxy_by_place);
	for (n = 0; n < all->count; n++) {
		b = &all->list[n];
		write_file(b, list, count);
		b->slots_error[0] = '\0';
		if (b->reachable)
			haproxy_route(b->socket, balancers_deadline(end),
			    &b->view, list, count, b->slots_error,
			    sizeof(b->slots_error));
	}
	free(list);
}
