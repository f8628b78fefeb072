/* Strict JSON of a request, over json-c. */
#include <string.h>

#include <json-c/json.h>
#include <json-c/json_visit.h>
#include <json-c/printbuf.h>

#include "base/json.h"

/*
 * struct json is json-c's own object under our name, so that no other file
 * needs json-c's header.
 */
static struct json_object *
inner(const struct json *j)
{
	return (struct json_object *)(uintptr_t)j;
}

/*
 * Any string may be a password: no copy of one is left. (Of its own buffer
 * json-c leaves copies also where it grows; so it has its size from the start.)
 */
static struct json_object *
parse(struct json_tokener *tok, const char *text, size_t len)
{
	struct json_object *obj = NULL;

	if (printbuf_memset(tok->pb, 0, 0, (int)len) == 0)
		obj = json_tokener_parse_ex(tok, text, (int)len);
	explicit_bzero(tok->pb->buf, (size_t)tok->pb->size);
	return obj;
}

enum status
json_read(const char *text, size_t len, struct json **ret, struct fault *f)
{
	struct json_tokener *tok;
	struct json_object *obj;
	enum status st;

	if ((st = json_scan(text, len, f)) != OK)
		return st;
	if ((tok = json_tokener_new_ex(JSON_DEPTH + 1)) == NULL)
		return SERVER_ERROR;
	/*
	 * Not JSON_TOKENER_STRICT: the scanner was stricter already, and that
	 * of 0.18 takes the bytes of UTF-8 for control characters.
	 */
	obj = parse(tok, text, len);
	json_tokener_free(tok);
	if (obj == NULL)
		return fault_set(f, BAD_JSON, "", "The body is not JSON.");
	*ret = (struct json *)obj;
	return OK;
}

static int
wipe(struct json_object *v, int flags, struct json_object *parent,
    const char *key, size_t *i, void *arg)
{
	(void)flags, (void)parent, (void)key, (void)i, (void)arg;
	if (json_object_is_type(v, json_type_string))
		explicit_bzero((char *)(uintptr_t)json_object_get_string(v),
		    (size_t)json_object_get_string_len(v));
	return JSON_C_VISIT_RETURN_CONTINUE;
}

void
json_free(struct json *j)
{
	if (j != NULL)
		json_c_visit(inner(j), 0, wipe, NULL);
	json_object_put(inner(j));
}

enum status
json_only(const struct json *j, const char *const *known, struct fault *f)
{
	struct json_object_iterator it, end;
	const char *name;
	size_t i;

	it = json_object_iter_begin(inner(j));
	end = json_object_iter_end(inner(j));
	for (; !json_object_iter_equal(&it, &end); json_object_iter_next(&it)) {
		name = json_object_iter_peek_name(&it);
		for (i = 0; known[i] != NULL; i++)
			if (strcmp(known[i], name) == 0)
				break;
		if (known[i] == NULL)
			return fault_set(
			    f, UNKNOWN_FIELD, name, "Unknown field.");
	}
	return OK;
}

/* The member, or NULL for absent; null itself gives *present and NULL. */
static struct json_object *
member(const struct json *j, const char *key, bool *present)
{
	struct json_object *v = NULL;

	*present = json_object_object_get_ex(inner(j), key, &v);
	return v;
}

bool
json_has(const struct json *j, const char *key)
{
	bool present;

	member(j, key, &present);
	return present;
}

bool
json_is_null(const struct json *j, const char *key)
{
	bool present;

	return member(j, key, &present) == NULL && present;
}

/* The getters of json-c coerce ("12abc" is 12): check the type first. */
static enum status
typed(const struct json *j, const char *key, enum json_type type,
    struct json_object **ret, struct fault *f)
{
	bool present;

	*ret = member(j, key, &present);
	if (!present)
		return fault_set(f, MISSING_FIELD, key, "Required.");
	if (!json_object_is_type(*ret, type))
		return fault_set(f, INVALID_FIELD, key, "Must be %s.",
		    type == json_type_string    ? "a string"
		    : type == json_type_boolean ? "true or false"
		    : type == json_type_double  ? "a number"
		    : type == json_type_array   ? "a list"
						: "an object");
	return OK;
}

enum status
json_get_string(
    const struct json *j, const char *key, const char **ret, struct fault *f)
{
	struct json_object *v;
	enum status st;

	if ((st = typed(j, key, json_type_string, &v, f)) != OK)
		return st;
	*ret = json_object_get_string(v);
	return OK;
}

enum status
json_get_bool(const struct json *j, const char *key, bool *ret, struct fault *f)
{
	struct json_object *v;
	enum status st;

	if ((st = typed(j, key, json_type_boolean, &v, f)) != OK)
		return st;
	*ret = json_object_get_boolean(v);
	return OK;
}

enum status
json_get_number(
    const struct json *j, const char *key, double *ret, struct fault *f)
{
	struct json_object *v;
	bool present;

	/* json-c has two types of number; either will do. */
	v = member(j, key, &present);
	if (v == NULL || !json_object_is_type(v, json_type_int))
		if (typed(j, key, json_type_double, &v, f) != OK)
			return present ? INVALID_FIELD : MISSING_FIELD;
	*ret = json_object_get_double(v);
	return OK;
}

enum status
json_get_object(const struct json *j, const char *key, const struct json **ret,
    struct fault *f)
{
	struct json_object *v;
	enum status st;

	if ((st = typed(j, key, json_type_object, &v, f)) != OK)
		return st;
	*ret = (const struct json *)v;
	return OK;
}

enum status
json_get_strings(const struct json *j, const char *key, size_t max,
    const char **ret, size_t *n, struct fault *f)
{
	struct json_object *v, *one;
	enum status st;
	size_t i;

	if ((st = typed(j, key, json_type_array, &v, f)) != OK)
		return st;
	*n = json_object_array_length(v);
	if (*n < 1 || *n > max)
		return fault_set(
		    f, INVALID_FIELD, key, "Must have 1 to %zu elements.", max);
	for (i = 0; i < *n; i++) {
		one = json_object_array_get_idx(v, i);
		if (!json_object_is_type(one, json_type_string))
			return fault_set(
			    f, INVALID_FIELD, key, "Each must be a string.");
		ret[i] = json_object_get_string(one);
	}
	return OK;
}
