/* The table's part of an environment on hosts, from the leaves on. */
#include "config_rules.h"

/* What a machine with a name may use. */
#define MACHINE(memory_preset, cpu_preset) \
	{ "memory", SIZE, 64, MEMORY_MAX, .preset = memory_preset }, \
	{ \
		"cpu", WHOLE, 5, CPU_MAX, .preset = cpu_preset \
	}

static const char *const encryptions[] = { "auto", "wireguard", "none", NULL };
static const char *const protocols[] = { "tcp", "udp", NULL };
static const char *const sources[] = { "ca", "files", "acme", NULL };
static const char *const record_types[] = { "A", "AAAA", "CAA", "CNAME", "MX",
	"SRV", "TXT", NULL };
static const char *const releases[] = { "bookworm", "trixie", NULL };

const struct rule name_schema = { .kind = TEXT, NAME, .size = NAME_SIZE };

static const struct rule zone_name = { .kind = TEXT, NAME };
static const struct rule port = { .kind = WHOLE, .low = 1, .high = 65535 };

static const struct rule addresses[] = {
	{ "app", TEXT, ADDRESS("192.0.2.1"), .optional = true },
	{ "api", TEXT, ADDRESS("192.0.2.1"), .optional = true },
	{ 0 },
};

static const struct rule subnets[] = {
	{ "public", TEXT, NETWORK("10.20.0.0/24") },
	{ "app", TEXT, NETWORK("10.20.1.0/24") },
	{ "data", TEXT, NETWORK("10.20.2.0/24") },
	{ 0 },
};

static const struct rule zone[] = {
	{ "host", TEXT, 1, 253, .first = LOWER UPPER DIGIT,
	    .rest = LOWER UPPER DIGIT "._-",
	    .wanted = "the name of a host in the inventory" },
	{ "address", TEXT, ADDRESS("192.0.2.1"), .optional = true },
	{ "addresses", MAPPING, .inner = addresses },
	{ "subnets", MAPPING, .inner = subnets },
	{ 0 },
};

const struct rule zone_schema = { .kind = MAPPING, .inner = zone };

const struct rule vpc_schema[] = {
	{ "cidr", TEXT, NETWORK("10.20.0.0/16"), .preset = "10.20.0.0/16" },
	{ "encryption", CHOICE, .preset = "auto", .choices = encryptions },
	{ 0 },
};

static const struct rule security_rule[] = {
	{ "from", TEXT, NAME },
	{ "protocol", CHOICE, .preset = "tcp", .choices = protocols },
	{ "ports", LIST, 1, 64, .lone = true, .inner = &port },
	{ 0 },
};

static const struct rule a_security_rule = { .kind = MAPPING,
	.inner = security_rule };

const struct rule security_group_schema = {
	.kind = LIST, .high = 64, .inner = &a_security_rule
};

static const struct rule another_name = { .kind = TEXT,
	.low = 1,
	.high = NAME_SIZE - 1,
	.rest = LOWER DIGIT "-_.@",
	.valid = owner_valid,
	.wanted = "a name below the domain such as www, or @ for itself" };

static const struct rule listener_rule[] = {
	{ "path", TEXT, 1, 200, .optional = true, .first = "/",
	    .rest = LOWER UPPER DIGIT "/._~%-",
	    .wanted = "a path such as /api, or /api/ with all below it" },
	{ "host", TEXT, DOMAIN("api.todo.test"), .high = 253,
	    .optional = true },
	{ "group", TEXT, NAME },
	{ 0 },
};

static const struct rule a_listener_rule = { .kind = MAPPING,
	.inner = listener_rule };

#define BALANCER( \
    http_preset, https_preset, stats_preset, group_preset, rules_preset) \
	{ "zones", LIST, 1, ZONES_MAX, .of_zones = true, \
		.inner = &zone_name }, \
	    { "http", WHOLE, 1, 65535, .preset = http_preset }, \
	    { "https", WHOLE, 1, 65535, .preset = https_preset }, \
	    { "stats", WHOLE, 1, 65535, .preset = stats_preset }, \
	    { "names", LIST, 0, ALIASES_MAX, .preset = "[]", \
		    .inner = &another_name }, \
	    { "default", TEXT, NAME, .preset = group_preset }, \
	    { "rules", LIST, 0, 256, .preset = rules_preset, \
		    .inner = &a_listener_rule }, \
	    MACHINE("512M", "200")

static const struct rule app[] = {
	BALANCER("80", "443", "8404", "web",
	    "[{path: /api/, group: api}, {path: /auth/, group: api},"
	    " {path: /api, group: api}, {path: /auth, group: api},"
	    " {path: /todo, group: api}]"),
	{ 0 },
};

/* Where both are on one address, `app` has the ports that everybody knows. */
static const struct rule api[] = {
	BALANCER("8080", "8443", "8405", "api", "[]"),
	{ 0 },
};

const struct rule balancers_schema[] = {
	{ "app", MAPPING, .inner = app },
	{ "api", MAPPING, .inner = api },
	{ 0 },
};

const struct rule certificates_schema[] = {
	{ "source", CHOICE, .preset = "ca", .choices = sources },
	{ "certificate", TEXT, PATHNAME("file"), .optional = true },
	{ "key", TEXT, PATHNAME("file"), .optional = true },
	{ "directory", TEXT, 1, 1000, .optional = true,
	    .rest = LOWER UPPER DIGIT "-.:/[]_~", .valid = url_valid,
	    .pattern = "^https://",
	    .wanted = "the URL of an ACME directory, https://…" },
	{ "email", TEXT, 3, 254, .optional = true,
	    .rest = LOWER UPPER DIGIT "-._+@", .valid = email_valid,
	    .pattern = "^[^@]+@[^@]+$",
	    .wanted = "an address such as admin@example.com" },
	{ 0 },
};

const struct rule database_schema[] = {
	{ "zone", TEXT, NAME, .of_zones = true },
	{ "nodes", WHOLE, 1, 1, .preset = "1",
	    .wanted = "1: a database of several nodes is not offered yet" },
	MACHINE("512M", "200"),
	{ 0 },
};

static const struct rule record[] = {
	{ "name", TEXT, 1, 200, .rest = LOWER DIGIT "-_.*@",
	    .valid = owner_valid,
	    .wanted = "a name below the domain such as mail, or @ for itself" },
	{ "type", CHOICE, .choices = record_types },
	{ "value", TEXT, 1, 2000, .wanted = "a text" },
	{ "ttl", WHOLE, 5, 604800, .preset = "300" },
	{ 0 },
};

static const struct rule a_record = { .kind = MAPPING, .inner = record };

const struct rule dns_schema[] = {
	{ "zones", LIST, 1, ZONES_MAX, .of_zones = true, .inner = &zone_name },
	{ "port", WHOLE, 1, 65535, .preset = "53" },
	{ "records", LIST, 0, 500, .preset = "[]", .inner = &a_record },
	MACHINE("128M", "100"),
	{ 0 },
};

const struct rule image_schema[] = {
	{ "debian", CHOICE, .optional = true, .choices = releases },
	{ 0 },
};
