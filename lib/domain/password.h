/*
 * Passwords as argon2id (RFC 9106) in PHC string form. Parameters: 19 MiB,
 * t=2, p=1 (OWASP Password Storage Cheat Sheet). Each hash really takes its
 * 19 MiB, so how many run at once is bounded by the threads of the program.
 * Hashing goes last (background.h).
 */
#ifndef PASSWORD_H
#define PASSWORD_H

#include <stdbool.h>

#define PASSWORD_MIN  8   /* characters of a new one */
#define PASSWORD_MAX  256 /* bytes */
#define PASSWORD_HASH 128 /* bytes of a PHC string and its NUL */

enum password_rc {
	PASSWORD_RIGHT,
	PASSWORD_WRONG,
	PASSWORD_BROKEN, /* not a hash of ours, or out of memory */
};

/* Hash with a new 16-byte salt. 0, or -1 when memory is short. */
int password_hash(const char *password, char out[PASSWORD_HASH]);

/*
 * Check against a stored hash, or against nothing (hash == NULL: an unknown
 * login), which takes the same time and is always wrong. A stored hash that
 * asks for more than our own parameters is refused before it costs anything.
 */
enum password_rc password_check(const char *password, const char *hash);

/* Was the hash made with other parameters than today's? */
bool password_outdated(const char *hash);

#endif
