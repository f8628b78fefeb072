#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config_node.h"
#include "log.h"

struct node *
node_add(struct node *n)
{
	if (n->count == n->size) {
		n->size = n->size != 0 ? n->size * 2 : 8;
		n->items = realloc(n->items, n->size * sizeof(*n->items));
		if (n->items == NULL)
			oom();
	}
	memset(&n->items[n->count], 0, sizeof(*n->items));
	return &n->items[n->count++];
}

struct node *
node_get(const struct node *n, const char *key)
{
	size_t i;

	if (n->kind != NODE_MAP)
		return NULL;
	for (i = 0; i < n->count; i++)
		if (strcmp(n->items[i].key, key) == 0)
			return &n->items[i];
	return NULL;
}

bool
node_has(const struct node *n, const char *text)
{
	size_t i;

	for (i = 0; i < n->count; i++)
		if (strcmp(n->items[i].text, text) == 0)
			return true;
	return false;
}

void
node_free(struct node *n)
{
	size_t i;

	for (i = 0; i < n->count; i++)
		node_free(&n->items[i]);
	free(n->items);
	free(n->key);
	free(n->text);
	memset(n, 0, sizeof(*n));
}

bool
node_empty(const struct node *n)
{
	return n->kind == NODE_TEXT && n->plain &&
	       (*n->text == '\0' || strcmp(n->text, "~") == 0 ||
		   strcmp(n->text, "null") == 0);
}

const char *
text_shown(const char *text, char out[SHOWN_SIZE])
{
	size_t n = 0, characters = 0;

	out[n++] = '"';
	for (; *text != '\0' && n < SHOWN_SIZE - 5; text++) {
		if (((unsigned char)*text & 0xc0) != 0x80 && ++characters > 40)
			break;
		out[n++] = (unsigned char)*text < ' ' ? ' ' : *text;
	}
	snprintf(out + n, SHOWN_SIZE - n, "%s\"", *text != '\0' ? "…" : "");
	return out;
}
