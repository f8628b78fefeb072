/* The load that the balancers have measured. */
#include <stdlib.h>

#include "base/clock.h"
#include "haproxy/balancers.h"
#include "haproxy/haproxy_socket.h"

enum { TIMES_MAX = 4096, TIMES_SECONDS = 10 };

static int64_t
count_of(struct balancer *b, const char *group, int g)
{
	const struct target_group *t = balancers_group(b, group);
	int64_t before = b->requests[g], now;
	bool known = b->counted[g];

	b->counted[g] = t != NULL;
	if (t == NULL)
		return 0;
	b->requests[g] = now = t->served.requests;
	if (!known)
		return 0;
	/* A balancer that was restarted begins at nothing. */
	return now >= before ? now - before : now;
}

static double
requests_since(
    struct balancers *all, const struct config *c, int g, double seconds)
{
	double sum = 0;
	int k;

	for (k = 0; k < all->count; k++)
		sum += (double)count_of(&all->list[k], c->groups[g].name, g);
	return seconds > 0 ? sum / seconds : -1;
}

static int
by_time(const void *a, const void *b)
{
	const struct timing *x = a, *y = b;

	return (x->ms > y->ms) - (x->ms < y->ms);
}

static double
response_time(const struct balancers *all, const char *group, int64_t now)
{
	int64_t end = haproxy_deadline(BALANCER_MS);
	static struct timing times[TIMES_MAX];
	size_t count = 0;
	int k;

	for (k = 0; k < all->count; k++)
		if (balancers_group(&all->list[k], group) != NULL)
			count += haproxy_times(all->list[k].socket,
			    balancers_deadline(end), group,
			    now - TIMES_SECONDS * CLOCK_SECOND, times + count,
			    TIMES_MAX - count);
	if (count == 0)
		return -1;
	qsort(times, count, sizeof(*times), by_time);
	return times[count * 95 / 100].ms;
}

static bool
tracks_response_time(const struct group_config *c)
{
	int n;

	for (n = 0; n < c->policy_count; n++)
		if (c->policies[n].metric == RESPONSE_TIME)
			return true;
	return false;
}

void
balancers_load(struct balancers *all, struct state *m, const struct config *c)
{
	int64_t now = clock_boot();
	double seconds = all->load_at != 0 ? (double)(now - all->load_at) / 1e6
					   : 0;
	struct load *l;
	int g;

	all->load_at = now;
	for (g = 0; g < c->group_count; g++) {
		l = &m->groups[g].load;
		l->requests = requests_since(all, c, g, seconds);
		l->response_ms = tracks_response_time(&c->groups[g])
				     ? response_time(
					   all, c->groups[g].name, m->now)
				     : -1;
	}
}
