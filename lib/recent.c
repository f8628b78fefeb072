#include <pthread.h>
#include <string.h>

#include "clock.h"
#include "recent.h"

enum { SLOTS = 1024 }; /* a power of two; some 90 kB */

static struct slot {
	uint8_t token[DIGEST_SIZE];
	struct uuid id, account;
	int64_t created;
	int64_t until; /* clock_boot(); 0: empty */
} slots[SLOTS];

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* A digest is as good as a hash of it. */
static struct slot *
slot_of(const uint8_t *token)
{
	return &slots[(token[0] | (unsigned)token[1] << 8) & (SLOTS - 1)];
}

bool
recent_find(const uint8_t token[DIGEST_SIZE], struct session *s)
{
	const struct slot *slot = slot_of(token);
	int64_t now = clock_boot();
	bool found;

	pthread_mutex_lock(&lock);
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
	struct slot *slot = slot_of(token);

	pthread_mutex_lock(&lock);
	memcpy(slot->token, token, DIGEST_SIZE);
	slot->id = s->id;
	slot->account = s->account;
	slot->created = s->created;
	slot->until = asked + RECENT_US;
	pthread_mutex_unlock(&lock);
}
