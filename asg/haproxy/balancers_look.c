/* When each balancer is asked, and whether it says something else than before.
 */
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "haproxy/balancers.h"

static const int64_t LONG = 10 * CLOCK_SECOND;

static uint64_t
fingerprint(const struct balancer_view *v)
{
	uint64_t hash = HASH_START;
	const struct server *s = v->servers;

	for (; s < v->servers + v->server_count; s++) {
		hash = hash_add(hash, &s->health, sizeof(s->health));
		hash = hash_add(hash, &s->routing, sizeof(s->routing));
	}
	return hash;
}

/* Whatever refuses to be asked costs nothing. */
static bool
is_due(const struct balancer *b)
{
	bool long_ago = b->silent != 0 && b->asked - b->silent > LONG;

	return b->silent == 0 ||
	       clock_boot() - b->asked >= (long_ago ? 5 : 1) * CLOCK_SECOND;
}

/* Did it change anything? */
static bool
take_look(struct balancer *b, const struct look *l)
{
	uint64_t was = b->digest;

	haproxy_view_free(&b->view);
	b->view = l->view;
	b->reachable = l->answers;
	b->digest = b->reachable ? fingerprint(&b->view) : 0;
	b->asked = clock_boot();
	if (!l->silent || b->silent == 0)
		b->silent = l->silent ? b->asked : 0;
	memcpy(b->error, l->error, sizeof(b->error));
	return b->digest != was;
}

bool
balancers_look(struct balancers *all)
{
	struct balancer *due[BALANCERS_MAX];
	struct look looks[BALANCERS_MAX];
	bool changed = false;
	size_t count = 0, k;
	int n;

	for (n = 0; n < all->count; n++)
		if (is_due(&all->list[n])) {
			due[count] = &all->list[n];
			looks[count++].socket = all->list[n].socket;
		}
	haproxy_look(looks, count, BALANCER_MS);
	for (k = 0; k < count; k++)
		changed |= take_look(due[k], &looks[k]);
	return changed;
}

/* A part of a pass asks them one after another: how long this one may take. */
int
balancers_patience(int64_t end)
{
	int64_t left = (end - clock_boot()) / 1000;

	return left > BALANCER_MS ? BALANCER_MS : left > 20 ? (int)left : 20;
}
