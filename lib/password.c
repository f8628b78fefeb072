#include <sched.h>
#include <stdio.h>
#include <string.h>

#include <argon2.h>

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
};

/*
 * The thread goes to the later half of the processors it may use, the same
 * ones in all programs of a host: 40 ms of hashing are ten of the scheduler's
 * ticks, and whoever answers a list shall find a processor without them.
 */
static void
stand_aside(void)
{
	static _Thread_local bool done;
	cpu_set_t set;
	int cpu, leave;

	if (done || sched_getaffinity(0, sizeof(set), &set) != 0)
		return;
	done = true;
	leave = CPU_COUNT(&set) / 2;
	for (cpu = 0; leave > 0; cpu++)
		if (CPU_ISSET(cpu, &set)) {
			CPU_CLR(cpu, &set);
			leave--;
		}
	/* Where that is forbidden it is as good as it was. */
	(void)sched_setaffinity(0, sizeof(set), &set);
}

int
password_hash(const char *password, char out[PASSWORD_HASH])
{
	uint8_t salt[SALT];

	stand_aside();
	random_bytes(salt, sizeof(salt));
	return argon2id_hash_encoded(PASSES, MEMORY_KIB, LANES, password,
		   strlen(password), salt, sizeof(salt), TAG, out,
		   PASSWORD_HASH) == ARGON2_OK
		   ? 0
		   : -1;
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

/* For an unknown login: the same work, and never a match. */
static void
spend(const char *password)
{
	static const uint8_t salt[SALT] = "allday unknown";
	uint8_t tag[TAG];

	(void)argon2id_hash_raw(PASSES, MEMORY_KIB, LANES, password,
	    strlen(password), salt, sizeof(salt), tag, sizeof(tag));
}

enum password_rc
password_check(const char *password, const char *hash)
{
	unsigned m, t, p;

	stand_aside();
	if (hash == NULL) {
		spend(password);
		return PASSWORD_WRONG;
	}
	if (!parameters(hash, &m, &t, &p) || m > MEMORY_KIB_MAX ||
	    t > PASSES_MAX || p > LANES_MAX)
		return PASSWORD_BROKEN;
	switch (argon2id_verify(hash, password, strlen(password))) {
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
