/* When each balancer is asked, and whether it says something else than before.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "haproxy/balancers.h"
#include "haproxy/haproxy_socket.h"

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

/* NULL, or why there is no view. */
static const char *
read_view(struct balancer_view *v, const struct question *q)
{
	if (!q->answered)
		return strerror(q->error);
	if (q->answer.len == 0)
		return "it closed the connection";
	return haproxy_parse(q->answer.data, q->answer.len, v)
		   ? NULL
		   : "its statistics are not the CSV of HAProxy";
}

/* Did it change anything? */
static bool
take_answer(struct balancer *b, const struct question *q)
{
	/* It took the question, and all the time. */
	bool silent = !q->answered && q->error == ETIMEDOUT;
	uint64_t was = b->digest;
	const char *why;

	haproxy_view_free(&b->view);
	why = read_view(&b->view, q);
	b->reachable = why == NULL;
	snprintf(b->error, sizeof(b->error), "%s", b->reachable ? "" : why);
	b->digest = b->reachable ? fingerprint(&b->view) : 0;
	b->asked = clock_boot();
	if (!silent || b->silent == 0)
		b->silent = silent ? b->asked : 0;
	return b->digest != was;
}

bool
balancers_look(struct balancers *all)
{
	struct balancer *due[BALANCERS_MAX];
	struct question q[BALANCERS_MAX] = { 0 };
	bool changed = false;
	size_t count = 0, k;
	int n;

	for (n = 0; n < all->count; n++)
		if (is_due(&all->list[n])) {
			due[count] = &all->list[n];
			q[count].socket = due[count]->socket;
			q[count++].line = HAPROXY_SHOW;
		}
	haproxy_ask_all(q, count, haproxy_deadline(BALANCER_MS));
	for (k = 0; k < count; k++) {
		changed |= take_answer(due[k], &q[k]);
		buf_free(&q[k].answer);
	}
	return changed;
}

/* A part of a pass asks them one after another: how long this one may take. */
int64_t
balancers_deadline(int64_t end)
{
	int64_t soonest = haproxy_deadline(20);
	int64_t latest = haproxy_deadline(BALANCER_MS);

	return end > latest ? latest : end < soonest ? soonest : end;
}
