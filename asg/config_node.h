/*
 * A tree of text that knows its lines, as a YAML file has it. What a text
 * means (a number, a time) is the schema's business.
 */
#ifndef CONFIG_NODE_H
#define CONFIG_NODE_H

#include <stdbool.h>
#include <stddef.h>

enum node_kind { NODE_TEXT, NODE_LIST, NODE_MAP };

struct node {
	enum node_kind kind;
	bool plain;       /* text without quotes: it may mean a number */
	const char *file; /* borrowed; NULL when it comes from no file */
	int line;         /* of the key, of an item without one, from 1 */
	char *key;        /* as an entry of a mapping */
	char *text;
	struct node *items; /* of a list or mapping */
	size_t count, size;
};

/* A new last item, zeroed; valid until the next one. */
struct node *node_add(struct node *);

/* The entry of a mapping, or NULL. */
struct node *node_get(const struct node *, const char *key);

/* Is that one of the texts of a list? */
bool node_has(const struct node *, const char *text);

/* What the node has, not the node. */
void node_free(struct node *);

/* Nothing was written: "key:", "~", "null". */
bool node_empty(const struct node *);

/*
 * Text in quotes for a sentence: one line, at most 40 characters of it, and
 * "…" when it went on.
 */
enum { SHOWN_SIZE = 4 * 40 + 6 };
const char *text_shown(const char *, char out[SHOWN_SIZE]);

#endif
