/* The cache of first pages. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "cache/page_cache.h"

enum {
	SLOTS = 4096, /* a power of two; some 250 kB */
	BODY_MAX = 16 << 10,
	ALL_MAX = 1536 << 10,
};

static struct slot {
	struct page_cache_key key;
	int64_t seq;
	char *body; /* NULL: given once so far */
	size_t len;
} slots[SLOTS];
static size_t bytes; /* of all bodies */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Ids of accounts are made here, no client chooses them. */
static struct slot *
slot_of(const struct page_cache_key *k)
{
	return &slots[hash_add(HASH_START, k, sizeof(*k)) & (SLOTS - 1)];
}

static bool
is(const struct slot *s, const struct page_cache_key *k)
{
	return memcmp(&s->key, k, sizeof(*k)) == 0;
}

static void
drop(struct slot *s)
{
	free(s->body);
	bytes -= s->len;
	s->body = NULL;
	s->len = 0;
}

static void
keep(struct slot *s, const struct buf *b)
{
	if (b->len > BODY_MAX || bytes + b->len > ALL_MAX ||
	    (s->body = malloc(b->len)) == NULL)
		return;
	memcpy(s->body, b->data, b->len);
	s->len = b->len;
	bytes += s->len;
}

bool
page_cache_has(const struct page_cache_key *k)
{
	const struct slot *s = slot_of(k);
	bool any;

	pthread_mutex_lock(&lock);
	any = s->body != NULL && is(s, k);
	pthread_mutex_unlock(&lock);
	return any;
}

bool
page_cache_get(const struct page_cache_key *k, int64_t seq, struct buf *b)
{
	const struct slot *s = slot_of(k);
	bool found;

	pthread_mutex_lock(&lock);
	found = s->body != NULL && s->seq == seq && is(s, k);
	if (found)
		buf_add(b, s->body, s->len);
	pthread_mutex_unlock(&lock);
	return found;
}

void
page_cache_put(const struct page_cache_key *k, int64_t seq, const struct buf *b)
{
	struct slot *s = slot_of(k);

	pthread_mutex_lock(&lock);
	if (!is(s, k) || s->seq != seq) {
		drop(s);
		s->key = *k;
		s->seq = seq;
	} else if (s->body == NULL) {
		keep(s, b);
	}
	pthread_mutex_unlock(&lock);
}
