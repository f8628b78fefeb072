/*
 * Strict reading of a request's JSON object, over json-c.
 *
 * json-c 0.16 accepts, even with JSON_TOKENER_STRICT, single quotes, NaN, raw
 * control characters, lone surrogates and a key twice. Each body therefore
 * passes json_scan() first, which knows RFC 8259 (grammar), RFC 7493 (I-JSON:
 * no surrogates, no duplicate names) and our limits.
 */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"

#define JSON_DEPTH   4  /* objects and arrays within one another */
#define JSON_MEMBERS 32 /* in one object */

struct json; /* an object; borrowed members share its life */

/*
 * Is the text one strict JSON object? OK, BAD_JSON or DUPLICATE_FIELD with
 * the fault filled in.
 */
enum status json_scan(const char *, size_t, struct fault *);

/* Scan and parse. On OK *ret is to be freed with json_free(). */
enum status json_read(const char *, size_t, struct json **ret, struct fault *);
void json_free(struct json *);

/* UNKNOWN_FIELD when a member is not in the NULL-terminated list. */
enum status json_only(
    const struct json *, const char *const *known, struct fault *);

bool json_has(const struct json *, const char *key);
bool json_is_null(const struct json *, const char *key);

/*
 * A member by type. OK, MISSING_FIELD when it is absent, INVALID_FIELD when
 * it has another type (null included). Strings and objects are borrowed.
 */
enum status json_get_string(
    const struct json *, const char *key, const char **ret, struct fault *);
enum status json_get_bool(
    const struct json *, const char *key, bool *ret, struct fault *);
enum status json_get_number(
    const struct json *, const char *key, double *ret, struct fault *);
enum status json_get_object(const struct json *, const char *key,
    const struct json **ret, struct fault *);

/* An array of 1 to max strings, borrowed: *n of them into ret. */
enum status json_get_strings(const struct json *, const char *key, size_t max,
    const char **ret, size_t *n, struct fault *);

#endif
