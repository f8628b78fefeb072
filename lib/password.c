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

int
password_hash(const char *password, char out[PASSWORD_HASH])
{
	uint8_t salt[SALT];

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
