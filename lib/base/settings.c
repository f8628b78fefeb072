/* A file with a JSON object, and its members by type. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/file.h"
#include "base/settings.h"

enum { SETTINGS_MAX = 4 << 20 };

void
settings_refuse(struct settings *s, const char *key, const char *wanted)
{
	if (s->error[0] == '\0')
		snprintf(s->error, sizeof(s->error), "%s: %s%s must be %s",
		    s->file, s->where, key, wanted);
}

/* ---- members */

/* NULL: it is not there, or of another type. */
static struct json_object *
member(struct json_object *o, const char *key, enum json_type type)
{
	struct json_object *found = NULL;

	return json_object_object_get_ex(o, key, &found) &&
		       json_object_is_type(found, type)
		   ? found
		   : NULL;
}

static struct json_object *
take(struct settings *s, struct json_object *o, const char *key,
    enum json_type type, const char *wanted)
{
	struct json_object *found = member(o, key, type);

	if (found == NULL)
		settings_refuse(s, key, wanted);
	return found;
}

bool
settings_version(struct settings *s, struct json_object *o, int version)
{
	struct json_object *found = member(o, "version", json_type_int);
	char wanted[128];

	if (found != NULL && json_object_get_int64(found) == version)
		return true;
	snprintf(wanted, sizeof(wanted),
	    "%d: it was not written by this release; `make run` and "
	    "create.yml write it",
	    version);
	settings_refuse(s, "version", wanted);
	return false;
}

bool
settings_bool(struct settings *s, struct json_object *o, const char *key)
{
	return json_object_get_boolean(
	    take(s, o, key, json_type_boolean, "true or false"));
}

int
settings_int(struct settings *s, struct json_object *o, const char *key,
    int low, int high)
{
	struct json_object *found = member(o, key, json_type_int);
	int64_t n = json_object_get_int64(found);
	char wanted[64];

	if (found != NULL && n >= low && n <= high)
		return (int)n;
	snprintf(wanted, sizeof(wanted), "an integer from %d to %d", low, high);
	settings_refuse(s, key, wanted);
	return 0;
}

double
settings_number(
    struct settings *s, struct json_object *o, const char *key, double most)
{
	struct json_object *found = member(o, key, json_type_double);
	double n;

	if (found == NULL)
		found = member(o, key, json_type_int);
	n = json_object_get_double(found);
	if (!(n > 0 && n <= most))
		settings_refuse(s, key, "a number above 0");
	return n;
}

bool
settings_element(struct json_object *text, char *out, size_t size)
{
	size_t n = (size_t)json_object_get_string_len(text);

	if (!json_object_is_type(text, json_type_string) || n >= size ||
	    strlen(json_object_get_string(text)) != n)
		return false;
	memcpy(out, json_object_get_string(text), n + 1);
	return true;
}

void
settings_text(struct settings *s, struct json_object *o, const char *key,
    char *out, size_t size)
{
	char wanted[48];

	snprintf(
	    wanted, sizeof(wanted), "a text of at most %zu bytes", size - 1);
	*out = '\0';
	if (!settings_element(member(o, key, json_type_string), out, size))
		settings_refuse(s, key, wanted);
}

struct json_object *
settings_object(struct settings *s, struct json_object *o, const char *key)
{
	return take(s, o, key, json_type_object, "an object");
}

int
settings_choice(struct settings *s, struct json_object *o, const char *key,
    const char *const *names)
{
	struct json_object *found = member(o, key, json_type_string);
	int n;

	for (n = 0; found != NULL && names[n] != NULL; n++)
		if (strcmp(names[n], json_object_get_string(found)) == 0)
			return n;
	settings_refuse(s, key, "one of the choices of its file");
	return 0;
}

size_t
settings_array(struct settings *s, struct json_object *o, const char *key,
    size_t max, struct json_object **ret)
{
	char wanted[64];

	*ret = member(o, key, json_type_array);
	if (*ret != NULL && json_object_array_length(*ret) <= max)
		return json_object_array_length(*ret);
	snprintf(wanted, sizeof(wanted), "an array of at most %zu", max);
	settings_refuse(s, key, wanted);
	return 0;
}

/* ---- the file */

/*
 * (Not JSON_TOKENER_STRICT: that of json-c 0.18 takes the bytes of UTF-8 for
 * control characters.)
 */
static struct json_object *
parse(struct settings *s, const struct buf *text)
{
	struct json_tokener *t = json_tokener_new();
	struct json_object *root;
	const char *why;
	size_t end;

	if (t == NULL)
		oom();
	json_tokener_set_flags(t, JSON_TOKENER_VALIDATE_UTF8);
	/* (With its NUL: a number at the end would wait for more.) */
	root = json_tokener_parse_ex(t, text->data, (int)text->len + 1);
	why = json_tokener_error_desc(json_tokener_get_error(t));
	end = json_tokener_get_parse_end(t);
	json_tokener_free(t);
	if (end < text->len)
		end += strspn(text->data + end, " \t\r\n");
	if (root != NULL && end < text->len)
		why = "something follows it";
	else if (json_object_is_type(root, json_type_object))
		return root;
	snprintf(s->error, sizeof(s->error), "%s: is not a JSON object: %s",
	    s->file, why);
	json_object_put(root);
	return NULL;
}

struct json_object *
settings_open(struct settings *s, const char *file)
{
	struct json_object *root = NULL;
	struct buf text = { 0 };

	memset(s, 0, sizeof(*s));
	s->file = file;
	if (file_read(file, &text, SETTINGS_MAX))
		root = parse(s, &text);
	else
		snprintf(s->error, sizeof(s->error), "%s: cannot be read: %s",
		    file, strerror(errno));
	buf_free(&text);
	return root;
}
