/*
 * Invitations: codes by which one may sign up where that is not open to
 * everybody, each once and for some days. sql/invite makes them; of a code its
 * SHA-256 is stored, so that a stolen table lets nobody in.
 */
#ifndef INVITATION_H
#define INVITATION_H

#include "base/uuid.h"
#include "db/db.h"

/* Of a code as somebody types it: without what is no letter or digit, small. */
void invitation_key(const char *code, uint8_t key[DIGEST_SIZE]);

/* DB_NONE when it is unknown, used or over. */
enum dbrc invitation_find(struct db *, const uint8_t key[DIGEST_SIZE]);

/* The same inside a transaction, after which it is used. */
enum dbrc invitation_use(struct db *, const uint8_t key[DIGEST_SIZE]);

#endif
