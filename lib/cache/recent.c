/* The cache of sessions. */
#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "cache/recent.h"

/* Both powers of two; some 350 kB. A token may stand in any slot of its set. */
enum { SETS = 512, WAYS = 8 };

static struct slot {
	uint8_t token[DIGEST_SIZE];
	struct uuid id, account;
	int64_t created;
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
recent_find(const uint8_t token[DIGEST_SIZE], struct session *s)
{
	const struct slot *slot;
	int64_t now = clock_boot();
	bool found;

	pthread_mutex_lock(&lock);
	slot = slot_of(token);
	found = now < slot->until &&
		memcmp(slot->token, token, DIGEST_SIZE) == 0;
	if (found) {
		s->id = slot->id;
		s->account = slot->account;
		s->created = slot->created;
	}
	pthread_mutex_unlock(&lock);
	return found;
}

void
recent_add(
    const uint8_t token[DIGEST_SIZE], const struct session *s, int64_t asked)
{
	struct slot *slot;

	pthread_mutex_lock(&lock);
	slot = slot_of(token);
	memcpy(slot->token, token, DIGEST_SIZE);
	slot->id = s->id;
	slot->account = s->account;
	slot->created = s->created;
	slot->until = asked + RECENT_US;
	pthread_mutex_unlock(&lock);
}
