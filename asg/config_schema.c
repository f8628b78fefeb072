/* The table, from the leaves to the root; of hosts: config_schema_hosts.c. */
#include "config_rules.h"

#define IN(type, member) \
	.at = offsetof(type, member), .size = sizeof(((type *)NULL)->member)
#define IN_CONFIG(member)    IN(struct config, member)
#define IN_GROUP(member)     IN(struct group_config, member)
#define IN_POLICY(member)    IN(struct policy, member)
#define IN_SCHEDULED(member) IN(struct scheduled, member)

static const char *const terminations[] = { "default", "oldest", "newest",
	"oldest-release", NULL };
static const char *const metrics[] = { "requests_per_target", "response_time",
	"cpu", NULL };
static const char *const sign_ups[] = { "open", "closed", "invitation", NULL };

static const struct rule threads = { .kind = WHOLE, .low = 1, .high = 64 };
static const struct rule variable = { .kind = TEXT, .high = 4096 };
static const struct rule listen_address = { .kind = TEXT,
	ADDRESS("127.0.0.1") };
static const struct rule cors_origin = { .kind = TEXT,
	.high = 200,
	.valid = origin_valid,
	.pattern = "^https?://[a-z0-9._-]+(:[0-9]{1,5})?$"
		   "|^https?://\\[[0-9a-f:]+\\](:[0-9]{1,5})?$",
	.wanted = "an origin such as http://localhost:3000" };

static const struct rule policy[] = {
	{ "metric", CHOICE, .choices = metrics, IN_POLICY(metric) },
	{ "target", NUMBER, .high = 1000000, IN_POLICY(target) },
	{ "scale_in", BOOLEAN, .preset = "true", IN_POLICY(scale_in) },
	{ 0 },
};

static const struct rule a_policy = {
	.kind = MAPPING, .inner = policy, .size = sizeof(struct policy)
};

#define SCHEDULED_NUMBER \
	WHOLE, .high = INSTANCES_MAX, .optional = true, .preset = NULL

static const struct rule scheduled[] = {
	{ "cron", TEXT, 1, 63, .valid = cron_valid,
	    .wanted = "a time of crontab(5) such as \"0 8 * * mon-fri\"",
	    IN_SCHEDULED(text) },
	{ "time_zone", TEXT, 1, 63, .preset = "UTC", .valid = zone_valid,
	    .wanted = "a time zone such as Asia/Seoul, UTC or +09:00",
	    IN_SCHEDULED(time_zone) },
	{ "min", SCHEDULED_NUMBER, IN_SCHEDULED(min) },
	{ "desired", SCHEDULED_NUMBER, IN_SCHEDULED(desired) },
	{ "max", SCHEDULED_NUMBER, IN_SCHEDULED(max) },
	{ 0 },
};

static const struct rule a_scheduled = {
	.kind = MAPPING, .inner = scheduled, .size = sizeof(struct scheduled)
};

static const struct rule launch_template[] = {
	{ "release", TEXT, 0, RELEASE_SIZE - 1, .preset = "",
	    .rest = LOWER UPPER DIGIT "._+~:-",
	    .wanted = "a name of letters, digits and . _ + ~ : -",
	    IN_GROUP(release) },
	{ "threads", NAMES, 0, 16, .preset = "{}", .inner = &threads,
	    .longest = NAME_SIZE - 1, .valid = pool_valid,
	    .pattern = "^(login|auth|todo|classic|health)$",
	    .wanted = "the name of a program: login, auth, todo, classic or "
		      "health" },
	{ "environment", NAMES, 0, 64, .preset = "{}", .inner = &variable,
	    .first = UPPER LOWER "_", .rest = UPPER LOWER DIGIT "_",
	    .longest = 63, .valid = variable_valid,
	    .wanted = "the name of a variable: letters, digits and _" },
	{ "memory", SIZE, 64, MEMORY_MAX, .preset = "256M", ON_HOSTS },
	{ "cpu", WHOLE, 5, CPU_MAX, .preset = "100", ON_HOSTS },
	{ "disk", SIZE, 16, MEMORY_MAX, .preset = "64M", ON_HOSTS },
	{ 0 },
};

static const struct rule health_check[] = {
	{ "path", TEXT, 1, 200, .preset = "/readyz", .first = "/",
	    .rest = LOWER UPPER DIGIT "/._~-",
	    .wanted = "a path such as /readyz" },
	{ "interval", DURATION, CLOCK_SECOND / 10, MINUTE, .preset = "1s" },
	{ "healthy", WHOLE, 1, 100, .preset = "2" },
	{ "unhealthy", WHOLE, 1, 100, .preset = "2" },
	{ "grace", DURATION, 0, HOUR, .preset = "10s", IN_GROUP(grace) },
	{ 0 },
};

/* scale.h remembers SCALE_SLOTS times 10 s: no longer can load be asked. */
static const struct rule scaling[] = {
	{ "warm_up", DURATION, 0, HOUR, .preset = "10s", IN_GROUP(warm_up) },
	{ "cooldown", DURATION, 0, 24 * HOUR, .preset = "60s",
	    IN_GROUP(cooldown) },
	{ "scale_out_after", DURATION, 0, 15 * MINUTE, .preset = "15s",
	    IN_GROUP(out_after) },
	{ "scale_in_after", DURATION, 0, 15 * MINUTE, .preset = "5m",
	    IN_GROUP(in_after) },
	{ "policies", LIST, 0, POLICIES_MAX, .preset = "[]", .inner = &a_policy,
	    IN_GROUP(policies),
	    .count_at = offsetof(struct group_config, policy_count) },
	{ 0 },
};

static const struct rule group[] = {
	{ "min", WHOLE, 0, INSTANCES_MAX, .preset = "1", IN_GROUP(min) },
	{ "desired", WHOLE, 0, INSTANCES_MAX, .preset = "2",
	    IN_GROUP(desired) },
	{ "max", WHOLE, 0, INSTANCES_MAX, .preset = "8", IN_GROUP(max) },
	{ "zones", LIST, 1, ZONES_MAX, .preset = "[local]", .of_zones = true,
	    .inner = &name_schema, IN_GROUP(zones),
	    .count_at = offsetof(struct group_config, zone_count) },
	{ "launch_template", MAPPING, .inner = launch_template },
	{ "health_check", MAPPING, .inner = health_check },
	{ "drain", DURATION, 0, HOUR, .preset = "10s", IN_GROUP(drain) },
	{ "slow_start", DURATION, 0, HOUR, .preset = "5s" },
	{ "termination_policy", CHOICE, .preset = "default",
	    .choices = terminations, IN_GROUP(termination_policy) },
	{ "scaling", MAPPING, .inner = scaling },
	{ "schedule", LIST, 0, SCHEDULE_MAX, .preset = "[]",
	    .inner = &a_scheduled, IN_GROUP(schedule),
	    .count_at = offsetof(struct group_config, schedule_count) },
	{ 0 },
};

const struct rule group_schema = { .kind = MAPPING, .inner = group };

static const struct rule ports[] = {
	{ "app", WHOLE, 1, 65535, .preset = "8080" },
	{ "api", WHOLE, 1, 65535, .preset = "8081" },
	{ "stats", WHOLE, 1, 65535, .preset = "8404" },
	{ "dns", WHOLE, 1, 65535, .preset = "5300" },
	{ 0 },
};

static const struct rule balancer[] = {
	{ "slots", WHOLE, 1, INSTANCES_MAX, .preset = "20", IN_CONFIG(slots) },
	{ "login_rate", WHOLE, 1, 1000000, .preset = "30" },
	{ "sign_up_rate", WHOLE, 1, 1000000, .preset = "1000" },
	{ "write_rate", WHOLE, 1, 1000000, .preset = "60000" },
	{ "connections", WHOLE, 100, 200000, .preset = "20000" },
	{ "connections_per_address", WHOLE, 1, 200000, .preset = "2000" },
	{ "requests_per_address", WHOLE, 1, 200000, .preset = "100" },
	{ "connect_timeout", DURATION, CLOCK_SECOND / 1000, MINUTE,
	    .preset = "100ms" },
	{ "cors_origins", LIST, 0, 64, .preset = "[http://localhost:3000]",
	    .inner = &cors_origin },
	{ 0 },
};

static const struct rule environment[] = {
	{ "name", TEXT, .preset = "local", NAME, .said = true,
	    IN_CONFIG(name) },
	/* "app." and "api." go before it, of 253 bytes (RFC 1035, 2.3.4). */
	{ "domain", TEXT, DOMAIN("todo.test"), .high = 249,
	    .preset = "todo.test", .said = true, IN_CONFIG(domain) },
	{ "provider", TEXT, 1, NAME_SIZE - 1, .preset = "process",
	    .first = LOWER UPPER DIGIT, .rest = LOWER UPPER DIGIT "-",
	    .wanted = "a short name of letters, digits and -" },
	{ "listen", LIST, 1, 16, .preset = "[127.0.0.1]", .lone = true,
	    .inner = &listen_address, HERE },
	{ "ports", MAPPING, .inner = ports, HERE },
	{ "state", TEXT, 1, 4000, .preset = "var", .valid = place_valid,
	    .wanted = "the path of a directory", HERE },
	{ "disk_reserve", SIZE, 1, MEMORY_MAX, .preset = "256M" },
	{ "instances", TEXT, NETWORK("127.20.0.0/16"),
	    .preset = "127.20.0.0/16", HERE },
	{ "zones", NAMES, 1, ZONES_MAX, .optional = true, .said = true,
	    .inner = &zone_schema, .first = LOWER, .rest = LOWER DIGIT "-",
	    .longest = ZONE_LONGEST,
	    .wanted = "a short name of small letters, digits and -", ON_HOSTS },
	{ "vpc", MAPPING, .inner = vpc_schema, ON_HOSTS },
	{ "security_groups", NAMES, 1, 64, .inner = &security_group_schema,
	    .preset = SECURITY_GROUPS, .first = LOWER, .rest = LOWER DIGIT "-",
	    .longest = NAME_SIZE - 1,
	    .wanted = "a short name of small letters, digits and -", ON_HOSTS },
	{ "balancers", MAPPING, .inner = balancers_schema, ON_HOSTS },
	{ "certificates", MAPPING, .inner = certificates_schema, ON_HOSTS },
	{ "database", MAPPING, .inner = database_schema, ON_HOSTS },
	{ "dns", MAPPING, .inner = dns_schema, ON_HOSTS },
	{ "image", MAPPING, .inner = image_schema, ON_HOSTS },
	{ "operators", LIST, 1, 64, .preset = "[admin]", .inner = &name_schema,
	    ON_HOSTS },
	{ "groups", NAMES, 0, GROUPS_MAX, .preset = "{}", .said = true,
	    .inner = &group_schema, .first = LOWER, .rest = LOWER DIGIT "-",
	    .longest = NAME_SIZE - 1, .valid = group_valid,
	    .wanted = "a short name of small letters, digits and -" },
	{ "balancer", MAPPING, .inner = balancer },
	{ "sign_up", CHOICE, .preset = "open", .choices = sign_ups },
	{ 0 },
};

const struct rule schema = { .kind = MAPPING, .inner = environment };
