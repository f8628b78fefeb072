/*
 * What the files of the table of rules share: sets of characters, and what no
 * set of characters says.
 */
#ifndef CONFIG_RULES_H
#define CONFIG_RULES_H

#include <stddef.h>
#include <stdint.h>

#include "clock.h"
#include "config.h"
#include "config_schema.h"

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGIT "0123456789"

#define MINUTE (60 * CLOCK_SECOND)
#define HOUR   (60 * MINUTE)

#define NAME \
	.low = 1, .high = NAME_SIZE - 1, .first = LOWER, \
	.rest = LOWER DIGIT "-", \
	.wanted = "a short name of small letters, digits and -"

#define ADDRESS(example) \
	.high = 15, .valid = address_valid, \
	.pattern = "^([0-9]{1,3}\\.){3}[0-9]{1,3}$", \
	.wanted = "an IPv4 address such as " example

#define NETWORK(example) \
	.low = 9, .high = 18, .valid = network_valid, \
	.pattern = "^([0-9]{1,3}\\.){3}[0-9]{1,3}/[0-9]{1,2}$", \
	.wanted = "an IPv4 network such as " example ", /28 or larger"

#define DOMAIN(example) \
	.low = 1, .rest = LOWER DIGIT "-.", .valid = domain_valid, \
	.pattern = "^[a-z0-9-]+(\\.[a-z0-9-]+)+$", \
	.wanted = "a domain name such as " example

/* It is written into the servers' files. */
#define PATHNAME(what) \
	.low = 1, .high = 4000, .valid = path_valid, \
	.pattern = "^[^ \\t\\n\"'\\\\]*$", \
	.wanted = "the path of a " what " without blanks and quotes"

#define HERE     .where = ONLY_HERE
#define ON_HOSTS .where = ONLY_ON_HOSTS

enum {
	ZONE_LONGEST = 15,    /* of a zone on hosts; part of longer names */
	MEMORY_MAX = 1 << 20, /* MiB */
	CPU_MAX = 6400,       /* percent of a core */
};

/*
 * Who may speak to whom, when no file says it; `internet` is everybody
 * outside.
 */
#define SECURITY_GROUPS \
	"{balancer: [{from: internet, ports: [80, 443, 8404]}]," \
	" web: [{from: balancer, ports: [8000]}]," \
	" api: [{from: balancer, ports: [8000]}]," \
	" database: [{from: api, ports: [3306]}]," \
	" dns: [{from: internet, protocol: udp, ports: [53]}," \
	"       {from: internet, ports: [53]}]," \
	" internet: []}"

struct network {
	uint32_t first, last;
};

/* ADDRESS/BITS, with no bit of the host in the address. */
bool network_parse(const char *, struct network *);

bool address_valid(const char *, char *why, size_t size);
bool network_valid(const char *, char *why, size_t size);
bool domain_valid(const char *, char *why, size_t size);
bool owner_valid(const char *, char *why, size_t size);
bool place_valid(const char *, char *why, size_t size);
bool path_valid(const char *, char *why, size_t size);
bool group_valid(const char *, char *why, size_t size);
bool ends_in_number(const char *);
bool pool_valid(const char *, char *why, size_t size);
bool variable_valid(const char *, char *why, size_t size);
bool origin_valid(const char *, char *why, size_t size);
bool url_valid(const char *, char *why, size_t size);
bool email_valid(const char *, char *why, size_t size);
bool cron_valid(const char *, char *why, size_t size);
bool zone_valid(const char *, char *why, size_t size); /* of clocks */

/* config_schema_hosts.c: an environment on hosts. */
extern const struct rule name_schema, zone_schema, security_group_schema;
extern const struct rule vpc_schema[], balancers_schema[],
    certificates_schema[], database_schema[], dns_schema[], image_schema[];

#endif
