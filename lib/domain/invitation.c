/* Invitation codes in the database. */
#include <ctype.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "domain/invitation.h"

enum { LONGEST = 64 };

static const struct stmt find = {
	"SELECT expires FROM invitation WHERE code = ? AND expires > ?"
};
static const struct stmt use = {
	"DELETE FROM invitation WHERE code = ? AND expires > ?"
};

void
invitation_key(const char *code, uint8_t key[DIGEST_SIZE])
{
	char text[LONGEST];
	size_t n = 0;

	for (; *code != '\0' && n < sizeof(text); code++)
		if (isalnum((unsigned char)*code))
			text[n++] = (char)tolower((unsigned char)*code);
	crypto_digest(text, n, key);
}

enum dbrc
invitation_find(struct db *db, const uint8_t key[DIGEST_SIZE])
{
	int64_t expires;

	return db_one(db, &find, DB_IN(db_digest(key), db_time(clock_now())),
	    DB_OUT(db_to_time(&expires)));
}

enum dbrc
invitation_use(struct db *db, const uint8_t key[DIGEST_SIZE])
{
	enum dbrc rc = db_run(db, &use, db_digest(key), db_time(clock_now()));

	return rc == DB_DONE && db_affected(db) == 0 ? DB_NONE : rc;
}
