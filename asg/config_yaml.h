/*
 * YAML, read by libfyaml. Whatever lets a file mean something else than it
 * seems to is refused: anchors, aliases, tags, keys twice, several documents,
 * control characters.
 */
#ifndef CONFIG_YAML_H
#define CONFIG_YAML_H

#include <stdbool.h>

#include "buf.h"
#include "config_node.h"

/*
 * false: error has been given a "FILE:LINE: sentence\n" or more. At most
 * 1 MiB, 10 000 values, 16 levels. Free the node in any case. An empty file is
 * an empty mapping.
 */
bool yaml_read(const char *file, struct node *, struct buf *error);

/* A text of our own, whose nodes have no file. */
void yaml_preset(const char *, struct node *);

#endif
