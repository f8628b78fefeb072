/*
 * The time zones of tzdata (IANA), zones and links, sorted by strcmp(). A
 * table of our own, since what hosts have differs: Debian 13 keeps the links
 * of `backward` in a package apart (tzdata-legacy). lib/base/make-zone-table
 * makes it anew.
 */
#ifndef ZONE_TABLE_H
#define ZONE_TABLE_H

#include <stddef.h>

struct zone_entry {
	const char *name;
	const char *canonical; /* what a link leads to; of a zone itself */
};

extern const char zone_table_version[]; /* of tzdata: "2025b" */
extern const struct zone_entry zone_table[];
extern const size_t zone_table_count;

#endif
