/* What the instances of a group have answered, old ones and new ones. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "haproxy/balancers.h"
#include "haproxy/haproxy_socket.h"
#include "rules/plan.h"

enum { TIMES_MAX = 4096, SETTLED_SECONDS = 5 };

/* ---- since the last time */

static bool
is_refreshed(const struct state *m)
{
	int n;

	for (n = 0; n < m->group_count; n++)
		if (m->groups[n].refresh.phase != REFRESH_NONE)
			return true;
	return false;
}

static void *
copy_of(const void *list, size_t count, size_t size)
{
	void *copy = calloc(count + 1, size);

	if (copy == NULL)
		oom();
	if (count > 0)
		memcpy(copy, list, count * size);
	return copy;
}

/* A copy of what is counted now. */
static void
remember(struct balancer *b)
{
	haproxy_view_free(&b->before);
	b->before.servers = copy_of(b->view.servers,
	    b->before.server_count = b->view.server_count,
	    sizeof(*b->view.servers));
	b->before.groups = copy_of(b->view.groups,
	    b->before.group_count = b->view.group_count,
	    sizeof(*b->view.groups));
}

static int64_t
more(int64_t now, int64_t before)
{
	/* A balancer that was restarted begins at nothing. */
	return now >= before ? now - before : now;
}

static void
add_server(
    struct answers *a, const struct balancer *b, const struct slot *place)
{
	const struct server *now = haproxy_server(&b->view, place);
	const struct server *was = haproxy_server(&b->before, place);

	if (now == NULL || was == NULL || now->port != place->port ||
	    strcmp(now->address, place->address) != 0)
		return;
	a->requests += (long)more(now->requests, was->requests);
	a->failures += (long)more(now->failures, was->failures);
}

/* ---- the whole of a group */

static void
add_served(struct served *sum, const struct balancer *b, const char *group)
{
	const struct target_group *now = balancers_group(b, group);
	const struct target_group *was = haproxy_group(&b->before, group);

	if (now == NULL || was == NULL)
		return;
	sum->requests += more(now->served.requests, was->served.requests);
	sum->again += more(now->served.again, was->served.again);
	sum->failed += more(now->served.failed, was->served.failed);
}

/* ---- the halves of a group */

static void
add_requests(const struct balancers *all, struct group *g)
{
	const struct instance *i;
	struct slot place = { .slot = 0 };
	int n;

	memcpy(place.group, g->name, sizeof(place.group));
	group_each (i, g) {
		place.slot = i->slot;
		place.port = i->port;
		memcpy(place.address, i->address, sizeof(place.address));
		for (n = 0; n < all->count && i->slot != 0; n++)
			add_server(&g->answers[!plan_is_new(g, i)],
			    &all->list[n], &place);
	}
}

/* Which half has that slot: 0, 1, or -1 while it is new to the balancers. */
static int
half_of(const struct group *g, int slot, int64_t now)
{
	const struct instance *i;

	group_each (i, g) {
		if (i->slot == slot)
			return i->lifecycle == IN_SERVICE &&
				       now - i->in_service_at >
					   SETTLED_SECONDS * CLOCK_SECOND
				   ? !plan_is_new(g, i)
				   : -1;
	}
	return -1;
}

static void
add_times(
    const struct balancers *all, struct group *g, int64_t after, int64_t now)
{
	static struct timing times[TIMES_MAX];
	int64_t end = haproxy_deadline(BALANCER_MS);
	long answers[2] = { 0 };
	double sum[2] = { 0 };
	size_t count = 0, k;
	int n, half;

	for (n = 0; n < all->count; n++)
		if (balancers_group(&all->list[n], g->name) != NULL)
			count += haproxy_times(all->list[n].socket,
			    balancers_deadline(end), g->name, after,
			    times + count, TIMES_MAX - count);
	for (k = 0; k < count; k++) {
		if ((half = half_of(g, times[k].slot, now)) < 0)
			continue;
		answers[half]++;
		sum[half] += times[k].ms;
	}
	for (half = 0; half < 2; half++)
		g->answers[half].ms = answers[half] > 0
					  ? sum[half] / (double)answers[half]
					  : -1;
}

void
balancers_answers(struct balancers *all, struct state *m)
{
	int64_t now = clock_boot(), before = all->answers_at;
	struct group *g;
	int n;

	if (now - before < CLOCK_SECOND)
		return;
	all->answers_at = is_refreshed(m) ? now : 0;
	for (g = m->groups; g < m->groups + m->group_count; g++) {
		if (before == 0 || g->refresh.phase == REFRESH_NONE)
			continue;
		g->answered = true;
		for (n = 0; n < all->count; n++)
			add_served(&g->served, &all->list[n], g->name);
		add_requests(all, g);
		add_times(all, g, before + m->offset, m->now);
	}
	for (n = 0; n < all->count && all->answers_at != 0; n++)
		remember(&all->list[n]);
}
