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

/* A copy of what is counted now. */
static void
remember(struct balancer *b)
{
	size_t size = b->view.server_count * sizeof(*b->view.servers);

	haproxy_view_free(&b->before);
	if (size == 0)
		return;
	if ((b->before.servers = malloc(size)) == NULL)
		oom();
	memcpy(b->before.servers, b->view.servers, size);
	b->before.server_count = b->view.server_count;
}

static uint64_t
more(uint64_t now, uint64_t before)
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
		add_requests(all, g);
		add_times(all, g, before + m->offset, m->now);
	}
	for (n = 0; n < all->count && all->answers_at != 0; n++)
		remember(&all->list[n]);
}
