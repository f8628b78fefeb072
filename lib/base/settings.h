/*
 * Settings that a program of ours wrote for another one: a file with one JSON
 * object (json-c's). Its members are taken by name and type; the first that is
 * not as it must be is told, and what is taken after it does not count.
 */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_object;

struct settings {
	const char *file;
	char where[72];  /* what the members stand in, such as "groups.api." */
	char error[320]; /* a sentence that names the file; "": all is right */
};

/* At most 4 MiB; NULL: error says why not. To be given to
 * json_object_put(). */
struct json_object *settings_open(struct settings *, const char *file);

/* "FILE: WHERE KEY must be WANTED", unless something is wrong already. */
void settings_refuse(struct settings *, const char *key, const char *wanted);

/* Is it of that version, which its member of that name tells? */
bool settings_version(struct settings *, struct json_object *, int version);

/*
 * A member of the object; of one that is missing or another than it must be:
 * false, 0, NULL, "".
 */
bool settings_bool(struct settings *, struct json_object *, const char *key);
int settings_int(struct settings *, struct json_object *, const char *key,
    int low, int high);
double settings_number(
    struct settings *, struct json_object *, const char *key, double most);
void settings_text(struct settings *, struct json_object *, const char *key,
    char *out, size_t size);
struct json_object *settings_object(
    struct settings *, struct json_object *, const char *key);

/* The index of the name that stands there; names end with NULL. */
int settings_choice(struct settings *, struct json_object *, const char *key,
    const char *const *names);

/* The number of elements, at most max; *ret: the array. */
size_t settings_array(struct settings *, struct json_object *, const char *key,
    size_t max, struct json_object **ret);

/* An element that is a text and fits; false: it is none. */
bool settings_element(struct json_object *, char *out, size_t size);

#endif
