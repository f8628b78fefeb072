/*
 * What an environment file may say: a table of rules (config_schema.c), and
 * what is done by following it.
 */
#ifndef CONFIG_SCHEMA_H
#define CONFIG_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "config_node.h"

/* The provider whose zones are hosts. */
#define HOSTS_PROVIDER "nspawn"

enum kind {
	MAPPING, /* of the keys of inner, which ends with one that has none */
	NAMES,   /* a mapping of low to high names, of inner's kind each */
	LIST,    /* of low to high items, of inner's kind; texts all differ */
	WHOLE,   /* low to high */
	NUMBER,  /* low to high, above 0 */
	BOOLEAN,
	DURATION, /* low to high microseconds */
	SIZE,     /* low to high MiB */
	CHOICE,   /* one of choices */
	TEXT      /* low to high bytes */
};

struct rule {
	const char *key;
	enum kind kind;
	double low, high;

	/*
	 * As it would stand in a file, when no file says it. NULL: it must be
	 * said, or is optional.
	 */
	const char *preset;
	bool optional;

	/*
	 * Of environments on hosts alone, or of others alone. On hosts: it
	 * must be said, whatever is preset; what is left out is a list of all
	 * zones, or the first one.
	 */
	enum { EVERYWHERE, ONLY_HERE, ONLY_ON_HOSTS } where;
	bool said;
	bool of_zones;

	bool lone; /* LIST: one item may stand without the list */
	const struct rule *inner;
	const char *const *choices; /* up to a NULL */

	/*
	 * TEXT, and the names of NAMES (at most longest bytes): characters to
	 * begin with, and all characters; NULL for any. valid() has the last
	 * word, and may say why not.
	 */
	const char *first, *rest;
	size_t longest;
	bool (*valid)(const char *, char *why, size_t size);
	const char *pattern; /* what JSON Schema is told of valid() */
	const char *wanted;

	/*
	 * Where it goes, from the start of the nearest item of a list or names
	 * (or of struct config). size 0: nowhere. A list is an array there,
	 * and its length an int at count_at.
	 */
	size_t at, size, count_at;
};

extern const struct rule schema;       /* of the whole file */
extern const struct rule group_schema; /* of one of its groups */

/* Where in a file a rule is applied; a chain up to the root. */
struct path {
	const struct path *up;
	const char *key; /* NULL: an item of a list */
	size_t index;
};

/* "100ms", "5s", "5m", "1h" in microseconds. */
bool duration_parse(const char *, int64_t *);

/* "256M", "1G" in MiB; 0 for another text. */
double size_megabytes(const char *);

bool value_within(const struct rule *, double); /* low to high */

/* One value; what the rule wants, as "must be" this; and the name of NAMES. */
bool value_valid(
    const struct rule *, const struct node *, char *why, size_t size);
void value_wanted(const struct rule *, char *out, size_t size);
bool name_valid(const struct rule *, const char *, char *why, size_t size);

/* FILE:LINE: PATH and a sentence's rest; PATH only when there is one. */
void fault(struct buf *error, const struct node *, const struct path *,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Must the key be said? Of a mapping: any within it. */
bool schema_needs(const struct rule *);

/* Every fault of a file; what is left out is none, but within lists. */
void schema_check(const struct rule *, const struct node *, const struct path *,
    struct buf *error);

/* Every key that is not for such an environment, or must be said in it. */
void schema_check_place(const struct rule *, const struct node *,
    const struct path *, bool hosts, struct buf *error);

/*
 * Add what was left out (such nodes have no file); make lone items lists.
 * zones: their names in an environment on hosts, else NULL.
 */
void schema_complete(
    const struct rule *, const struct node *zones, struct node *);

/* Append as JSON, under a key unless it is NULL. */
void schema_json(
    const struct rule *, const struct node *, const char *key, struct buf *);

/* The whole table as JSON Schema; the files that it takes are no fewer. */
void schema_describe(const struct rule *, struct buf *);

/* Put checked and complete values where they go. */
void schema_fill(const struct rule *, const struct node *, void *base);

#endif
