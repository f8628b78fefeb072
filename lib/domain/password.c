/* Passwords, as argon2id; each hash is made in the background. */
#include <stdio.h>
#include <string.h>

#include <argon2.h>

#include "base/background.h"
#include "base/crypto.h"
#include "base/uuid.h"
#include "domain/password.h"

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

struct secret {
	const char *password, *hash;
	char *out;
};

static int
make(void *arg)
{
	const struct secret *s = arg;
	uint8_t salt[SALT];

	crypto_random(salt, sizeof(salt));
	return argon2id_hash_encoded(PASSES, MEMORY_KIB, LANES, s->password,
	    strlen(s->password), salt, sizeof(salt), TAG, s->out,
	    PASSWORD_HASH);
}

int
password_hash(const char *password, char out[PASSWORD_HASH])
{
	struct secret s = { .password = password, .out = out };

	return background_run(make, &s) == ARGON2_OK ? 0 : -1;
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
	switch (background_run(hash != NULL ? verify : spend, &s)) {
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
