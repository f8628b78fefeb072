/*
 * What everybody takes for a password, and so is tried first (NIST SP 800-63B
 * 3.1.1.2): those of a list of the commonest ones, some of them Korean words
 * as a Latin keyboard types them, also with a few digits or signs around; what
 * repeats something; the login.
 */
#ifndef COMMON_PASSWORD_H
#define COMMON_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>

/* Sorted by bytes, each ended by a newline; by make-common-passwords. */
extern const char common_passwords[];
extern const size_t common_passwords_size;

/*
 * Is it one of them? Upper and lower case are the same, and so are Hangul and
 * its keys. UTF-8 in NFC, of at most PASSWORD_MAX bytes.
 */
bool common_password(const char *password, const char *login);

#endif
