#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include <argon2.h>

#include "clock.h"
#include "password.h"
#include "uuid.h"

enum {
	MEMORY_KIB = 19456,
	PASSES = 2,
	LANES = 1,
	SALT = 16,
	TAG = 32,
	MEMORY_KIB_MAX = 65536, /* of a stored hash we still verify */
	PASSES_MAX = 4,
	LANES_MAX = 4,
	LATE_US = CLOCK_SECOND / 2, /* ten times what a hash takes */
	STARVED_US = 10 * CLOCK_SECOND,
};

/* ---- hashing beside everything else */

struct work {
	int (*hash)(void *);
	void *arg;
	bool last; /* in the scheduler's order: when nobody else wants to */
	int rc;
};

/*
 * The later half of the processors it may use, the same ones in all programs
 * of a host: 40 ms of hashing are ten of the scheduler's ticks, and whoever
 * answers a list shall find a processor without them.
 */
static void
stand_aside(void)
{
	cpu_set_t set;
	int cpu, leave;

	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return;
	leave = CPU_COUNT(&set) / 2;
	for (cpu = 0; leave > 0; cpu++)
		if (CPU_ISSET(cpu, &set)) {
			CPU_CLR(cpu, &set);
			leave--;
		}
	/* Where that is forbidden it is as good as it was. */
	(void)sched_setaffinity(0, sizeof(set), &set);
}

static void *
run(void *arg)
{
	const struct sched_param none = { 0 };
	struct work *w = arg;

	stand_aside();
	if (w->last)
		(void)sched_setscheduler(0, SCHED_IDLE, &none);
	w->rc = w->hash(w->arg);
	return NULL;
}

/*
 * On a thread of its own, which goes last: there is no way back from
 * SCHED_IDLE without rights. Where the processors are so busy that a hash
 * takes too long that way, those of the next seconds are hashed as anything
 * else is done: in an overload one can still log in.
 */
static int
aside(int (*hash)(void *), void *arg)
{
	static _Atomic int64_t starved = -STARVED_US;
	int64_t start = clock_boot();
	struct work w = { hash, arg, start - starved >= STARVED_US, -1 };
	pthread_t thread;

	if (pthread_create(&thread, NULL, run, &w) != 0)
		return -1;
	pthread_join(thread, NULL);
	if (w.last && clock_boot() - start > LATE_US)
		starved = clock_boot();
	return w.rc;
}

/* ---- argon2 */

struct secret {
	const char *password, *hash;
	char *out;
};

static int
make(void *arg)
{
	const struct secret *s = arg;
	uint8_t salt[SALT];

	random_bytes(salt, sizeof(salt));
	return argon2id_hash_encoded(PASSES, MEMORY_KIB, LANES, s->password,
	    strlen(s->password), salt, sizeof(salt), TAG, s->out,
	    PASSWORD_HASH);
}

int
password_hash(const char *password, char out[PASSWORD_HASH])
{
	struct secret s = { .password = password, .out = out };

	return aside(make, &s) == ARGON2_OK ? 0 : -1;
}

/* The cost comes from the stored string: read it before it is spent. */
static bool
parameters(const char *hash, unsigned *m, unsigned *t, unsigned *p)
{
	unsigned version;

	return sscanf(hash, "$argon2id$v=%u$m=%u,t=%u,p=%u$", &version, m, t,
		   p) == 4 &&
	       version == ARGON2_VERSION_13;
}

static int
verify(void *arg)
{
	const struct secret *s = arg;

	return argon2id_verify(s->hash, s->password, strlen(s->password));
}

/* For an unknown login: the same work, and never a match. */
static int
spend(void *arg)
{
	static const uint8_t salt[SALT] = "allday unknown";
	const struct secret *s = arg;
	uint8_t tag[TAG];

	(void)argon2id_hash_raw(PASSES, MEMORY_KIB, LANES, s->password,
	    strlen(s->password), salt, sizeof(salt), tag, sizeof(tag));
	return ARGON2_VERIFY_MISMATCH;
}

enum password_rc
password_check(const char *password, const char *hash)
{
	struct secret s = { .password = password, .hash = hash };
	unsigned m, t, p;

	if (hash != NULL &&
	    (!parameters(hash, &m, &t, &p) || m > MEMORY_KIB_MAX ||
		t > PASSES_MAX || p > LANES_MAX))
		return PASSWORD_BROKEN;
	switch (aside(hash != NULL ? verify : spend, &s)) {
	case ARGON2_OK:
		return PASSWORD_RIGHT;
	case ARGON2_VERIFY_MISMATCH:
		return PASSWORD_WRONG;
	default:
		return PASSWORD_BROKEN;
	}
}

bool
password_outdated(const char *hash)
{
	unsigned m, t, p;

	return !parameters(hash, &m, &t, &p) || m != MEMORY_KIB ||
	       t != PASSES || p != LANES;
}
