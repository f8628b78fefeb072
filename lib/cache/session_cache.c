/* The cache of sessions. */
#include <pthread.h>
#include <string.h>

#include "cache/session_cache.h"

/* Both powers of two; some 350 kB. A token may stand in any slot of its set. */
enum { SETS = 512, WAYS = 8 };

static struct slot {
	uint8_t token[DIGEST_SIZE];
	struct session_cache_entry entry;
	int64_t until; /* clock_boot(); 0: empty */
} slots[SETS][WAYS];

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/*
 * The token's slot, or else the one of its set that goes first. A digest is as
 * good as a hash of it.
 */
static struct slot *
slot_of(const uint8_t *token)
{
	unsigned n = (token[0] | (unsigned)token[1] << 8) & (SETS - 1);
	struct slot *s, *first = slots[n];

	for (s = slots[n]; s < slots[n] + WAYS; s++) {
		if (memcmp(s->token, token, DIGEST_SIZE) == 0)
			return s;
		if (s->until < first->until)
			first = s;
	}
	return first;
}

bool
session_cache_get(
    const uint8_t token[DIGEST_SIZE], struct session_cache_entry *e)
{
	const struct slot *slot;
	int64_t now = clock_boot();
	bool found;

	pthread_mutex_lock(&lock);
	slot = slot_of(token);
	found = now < slot->until &&
		memcmp(slot->token, token, DIGEST_SIZE) == 0;
	if (found)
		*e = slot->entry;
	pthread_mutex_unlock(&lock);
	return found;
}

void
session_cache_put(const uint8_t token[DIGEST_SIZE],
    const struct session_cache_entry *e, int64_t asked)
{
	struct slot *slot;

	pthread_mutex_lock(&lock);
	slot = slot_of(token);
	memcpy(slot->token, token, DIGEST_SIZE);
	slot->entry = *e;
	slot->until = asked + SESSION_CACHE_US;
	pthread_mutex_unlock(&lock);
}
