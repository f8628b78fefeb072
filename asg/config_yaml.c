#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libfyaml.h>

#include "config_text.h"
#include "config_yaml.h"
#include "log.h"

enum {
	NODES_MAX = 10000,
	DEPTH_MAX = 16,
	/* libfyaml has read past the end before, by a few bytes. */
	SLACK = 64
};

struct reader {
	struct fy_diag *diag;
	struct fy_parser *parser;
	struct fy_event *event; /* the present one */
	const char *file;
	const char *source;
	int line; /* where the event began */
	int nodes;
	struct buf *error;
};

static bool
refuse(const struct reader *r, int line, const char *sentence)
{
	text_refuse(
	    r->error, r->file != NULL ? r->file : "preset", line, sentence);
	return false;
}

/* libfyaml's first complaint. */
static bool
refuse_syntax(struct reader *r)
{
	struct fy_diag_error *e;
	void *previous = NULL;
	char sentence[200];

	e = fy_diag_errors_iterate(r->diag, &previous);
	snprintf(sentence, sizeof(sentence), "is not YAML: %s",
	    e != NULL && e->msg != NULL ? e->msg : "version or bytes unknown");
	return refuse(
	    r, e != NULL && e->line > 0 ? e->line : r->line, sentence);
}

/* The next event, of whatever can be in a tree. */
static bool
advance(struct reader *r)
{
	const struct fy_mark *mark;

	fy_parser_event_free(r->parser, r->event);
	if ((r->event = fy_parser_parse(r->parser)) == NULL)
		return refuse_syntax(r);
	if ((mark = fy_event_start_mark(r->event)) != NULL)
		r->line = mark->line + 1;
	if (r->event->type == FYET_ALIAS ||
	    fy_event_get_anchor_token(r->event) != NULL)
		return refuse(r, r->line,
		    "anchors and aliases (& and *) are not "
		    "allowed: write the value where it is meant");
	if (fy_event_get_tag_token(r->event) != NULL)
		return refuse(r, r->line, "tags (!) are not allowed");
	return true;
}

/*
 * What libfyaml is known to read wrong: '''' within single quotes as three
 * quotes (0.7); folded text, some of whose line breaks it loses (0.7 to 0.9).
 */
static const char *
misread(const struct reader *r, struct fy_token *token)
{
	enum fy_scalar_style style = fy_token_scalar_style(token);
	size_t from = fy_token_start_mark(token)->input_pos;
	size_t to = fy_token_end_mark(token)->input_pos;

	if (style == FYSS_FOLDED)
		return "folded text (>) is not allowed: | keeps its lines";
	if (style == FYSS_SINGLE_QUOTED &&
	    memmem(r->source + from, to - from, "''''", 4) != NULL)
		return "has two quotes in a row within single quotes: take "
		       "double quotes there";
	return NULL;
}

/*
 * The text of a token. Not fy_token_get_text(): it reckons the length of some
 * too high (0.7 to 0.9), and returns what malloc() left there.
 */
static bool
copy_text(struct fy_token *token, struct buf *text)
{
	struct fy_token_iter *iter = fy_token_iter_create(token);
	const struct fy_iter_chunk *chunk = NULL;
	int error = 0;

	if (iter == NULL)
		oom();
	while ((chunk = fy_token_iter_chunk_next(iter, chunk, &error)) != NULL)
		buf_add(text, chunk->str, chunk->len);
	fy_token_iter_destroy(iter);
	return error == 0;
}

/* The present scalar; NULL when it was refused. */
static char *
scalar(struct reader *r)
{
	struct fy_token *token = r->event->scalar.value;
	struct buf text = { 0 };
	const char *why = NULL;
	char *copy = NULL;

	buf_str(&text, "");
	if (token != NULL && (why = misread(r, token)) == NULL &&
	    !copy_text(token, &text))
		why = "is not YAML: a text that cannot be read";
	if (why == NULL && !text_valid(text.data, text.len))
		why = "has a text that is not UTF-8, or has a control "
		      "character";
	if (why != NULL)
		refuse(r, r->line, why);
	else if ((copy = strdup(text.data)) == NULL)
		oom();
	buf_free(&text);
	return copy;
}

static bool take(struct reader *, struct node *, int depth);

/* One entry of a mapping, from its key on. */
static bool
take_entry(struct reader *r, struct node *map, int depth)
{
	struct node *n, *first;
	char *key, shown[SHOWN_SIZE], sentence[SHOWN_SIZE + 64];

	if (r->event->type != FYET_SCALAR)
		return refuse(r, r->line, "a key must be text");
	if ((key = scalar(r)) == NULL)
		return false;
	if ((first = node_get(map, key)) != NULL) {
		snprintf(sentence, sizeof(sentence),
		    "the key %s is there already, in line %d",
		    text_shown(key, shown), first->line);
		refuse(r, r->line, sentence); /* and read on */
	}
	n = node_add(map);
	n->key = key;
	n->line = r->line;
	return advance(r) && take(r, n, depth);
}

/* Items until the list or mapping ends. */
static bool
take_items(struct reader *r, struct node *n, int depth)
{
	bool map = n->kind == NODE_MAP;

	for (;;) {
		if (!advance(r))
			return false;
		if (r->event->type ==
		    (map ? FYET_MAPPING_END : FYET_SEQUENCE_END))
			return true;
		if (map ? !take_entry(r, n, depth)
			: !take(r, node_add(n), depth))
			return false;
	}
}

/* The value that begins with the present event. */
static bool
take(struct reader *r, struct node *n, int depth)
{
	n->file = r->file;
	if (n->line == 0)
		n->line = r->line;
	if (depth > DEPTH_MAX)
		return refuse(r, r->line, "has more than 16 levels");
	if (++r->nodes > NODES_MAX)
		return refuse(r, r->line, "has more than 10000 values");
	if (r->event->type == FYET_SCALAR) {
		n->kind = NODE_TEXT;
		n->plain = r->event->scalar.value == NULL ||
			   fy_token_scalar_style(r->event->scalar.value) ==
			       FYSS_PLAIN;
		return (n->text = scalar(r)) != NULL;
	}
	n->kind = r->event->type == FYET_MAPPING_START ? NODE_MAP : NODE_LIST;
	return take_items(r, n, depth + 1);
}

/* The only document. */
static bool
take_document(struct reader *r, struct node *root)
{
	root->kind = NODE_MAP;
	root->file = r->file;
	root->line = 1;
	if (!advance(r) || !advance(r)) /* the stream begins */
		return false;
	if (r->event->type == FYET_STREAM_END)
		return true;
	root->line = 0; /* of its first event */
	if (!advance(r) || !take(r, root, 1) || !advance(r) || !advance(r))
		return false;
	if (r->event->type != FYET_STREAM_END)
		return refuse(r, r->line, "has a second document");
	if (node_empty(root)) {
		free(root->text);
		root->text = NULL;
		root->kind = NODE_MAP;
	}
	return true;
}

/* Errors are collected: libfyaml writes nothing by itself. */
static void
open_parser(struct reader *r, const struct buf *text)
{
	struct fy_parse_cfg cfg = { .flags = FYPCF_QUIET | FYPCF_JSON_NONE };
	struct fy_diag_cfg silent;

	fy_diag_cfg_default(&silent);
	silent.fp = NULL;
	if ((r->diag = fy_diag_create(&silent)) == NULL)
		oom();
	fy_diag_set_collect_errors(r->diag, true);
	cfg.diag = r->diag;
	r->source = text->data;
	if ((r->parser = fy_parser_create(&cfg)) == NULL ||
	    fy_parser_set_string(r->parser, text->data, text->len) != 0)
		oom();
}

static void
close_parser(struct reader *r)
{
	fy_parser_event_free(r->parser, r->event);
	fy_parser_destroy(r->parser);
	fy_diag_destroy(r->diag);
}

/* What follows the text is not its own. */
static void
take_text(struct reader *r, struct buf *text, struct node *root)
{
	static const char slack[SLACK];

	memset(root, 0, sizeof(*root));
	buf_add(text, slack, sizeof(slack));
	text->len -= sizeof(slack);
	open_parser(r, text);
	take_document(r, root);
	close_parser(r);
}

bool
yaml_read(const char *file, struct node *root, struct buf *error)
{
	struct reader r = { .file = file, .line = 1, .error = error };
	struct buf text = { 0 };
	size_t before = error->len;

	memset(root, 0, sizeof(*root));
	if (text_read(file, &text, error))
		take_text(&r, &text, root);
	buf_free(&text);
	return error->len == before;
}

void
yaml_preset(const char *preset, struct node *root)
{
	struct buf text = { 0 }, error = { 0 };
	struct reader r = { .line = 1, .error = &error };

	buf_str(&text, preset);
	take_text(&r, &text, root);
	if (error.len != 0)
		die(111, "the preset %s: %s", preset, error.data);
	buf_free(&text);
}
