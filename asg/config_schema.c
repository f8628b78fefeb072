#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "config.h"
#include "config_schema.h"

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGIT "0123456789"

#define MINUTE (60 * CLOCK_SECOND)
#define HOUR   (60 * MINUTE)

#define IN(type, member) \
	.at = offsetof(type, member), .size = sizeof(((type *)NULL)->member)
#define IN_CONFIG(member)    IN(struct config, member)
#define IN_GROUP(member)     IN(struct group_config, member)
#define IN_POLICY(member)    IN(struct policy, member)
#define IN_SCHEDULED(member) IN(struct scheduled, member)

#define NAME \
	.low = 1, .high = NAME_SIZE - 1, .first = LOWER, \
	.rest = LOWER DIGIT "-", \
	.wanted = "a short name of small letters, digits and -"

/* ---- what a set of characters does not say */

/* A backend NAME-open stands beside the one of each group. */
static bool
group_name(const char *s, char *why, size_t size)
{
	size_t n = strlen(s);

	if (n < 5 || strcmp(s + n - 5, "-open") != 0)
		return true;
	snprintf(why, size, "names that end in -open are taken");
	return false;
}

static bool
domain(const char *s, char *why, size_t size)
{
	size_t n, labels = 0;

	(void)why, (void)size;
	for (;; s += n + 1) {
		n = strcspn(s, ".");
		if (n < 1 || n > 63 || *s == '-' || s[n - 1] == '-')
			return false;
		labels++;
		if (s[n] == '\0')
			return labels > 1;
	}
}

static bool
address(const char *s, char *why, size_t size)
{
	struct in_addr a;

	(void)why, (void)size;
	return inet_pton(AF_INET, s, &a) == 1;
}

/* ADDRESS/BITS, with no bit of the host in the address. */
static bool
network(const char *s, char *why, size_t size)
{
	char copy[INET_ADDRSTRLEN];
	size_t n = strcspn(s, "/");
	struct in_addr a;
	int bits;

	if (n >= sizeof(copy) || s[n] == '\0' || strlen(s + n + 1) > 2 ||
	    s[n + 1] < '1' || strspn(s + n + 1, DIGIT) != strlen(s + n + 1))
		return false;
	memcpy(copy, s, n);
	copy[n] = '\0';
	bits = atoi(s + n + 1);
	if (inet_pton(AF_INET, copy, &a) != 1 || bits > 28)
		return false;
	if ((ntohl(a.s_addr) & (UINT32_MAX >> bits)) == 0)
		return true;
	snprintf(why, size, "its host part must be 0");
	return false;
}

static bool
origin(const char *s, char *why, size_t size)
{
	size_t scheme = strncmp(s, "http://", 7) == 0    ? 7
			: strncmp(s, "https://", 8) == 0 ? 8
							 : 0;

	(void)why, (void)size;
	return scheme != 0 && s[scheme] != '\0' &&
	       strpbrk(s + scheme, "/?#@") == NULL;
}

/* It is written into the servers' files. */
static bool
directory(const char *s, char *why, size_t size)
{
	(void)why, (void)size;
	return strpbrk(s, " \t\n\"'\\") == NULL;
}

static bool
cron(const char *s, char *why, size_t size)
{
	struct cron ignored;

	return cron_parse(s, &ignored, why, size);
}

static bool
time_zone(const char *s, char *why, size_t size)
{
	(void)why, (void)size;
	return cron_zone_known(s);
}

/* ---- the table, from the leaves to the root */

static const char *const terminations[] = { "default", "oldest", "newest",
	"oldest-release", NULL };
static const char *const metrics[] = { "requests_per_target", "response_time",
	"cpu", NULL };

static const struct rule zone = { .kind = TEXT, NAME, .size = NAME_SIZE };
static const struct rule threads = { .kind = WHOLE, .low = 1, .high = 64 };
static const struct rule variable = { .kind = TEXT, .high = 4096 };
static const struct rule listen_address = { .kind = TEXT,
	.high = 15,
	.valid = address,
	.wanted = "an IPv4 address such as 127.0.0.1" };
static const struct rule cors_origin = { .kind = TEXT,
	.high = 200,
	.rest = LOWER UPPER DIGIT "-.:/[]_",
	.valid = origin,
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
	{ "cron", TEXT, 1, 63, .valid = cron,
	    .wanted = "a time of crontab(5) such as \"0 8 * * mon-fri\"",
	    IN_SCHEDULED(text) },
	{ "time_zone", TEXT, 1, 63, .preset = "UTC", .valid = time_zone,
	    .wanted = "a time zone such as Asia/Seoul or UTC",
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
	{ "threads", NAMES, 0, 16, .preset = "", .inner = &threads,
	    .first = LOWER, .rest = LOWER DIGIT "_-", .longest = NAME_SIZE - 1,
	    .wanted = "the name of a program: small letters, digits, _ and -" },
	{ "environment", NAMES, 0, 64, .preset = "", .inner = &variable,
	    .first = UPPER LOWER "_", .rest = UPPER LOWER DIGIT "_",
	    .longest = 63,
	    .wanted = "the name of a variable: letters, digits and _" },
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
	{ "policies", LIST, 0, POLICIES_MAX, .preset = "", .inner = &a_policy,
	    IN_GROUP(policies),
	    .count_at = offsetof(struct group_config, policy_count) },
	{ 0 },
};

static const struct rule group[] = {
	{ "min", WHOLE, 0, INSTANCES_MAX, .preset = "1", IN_GROUP(min) },
	{ "desired", WHOLE, 0, INSTANCES_MAX, .preset = "2",
	    IN_GROUP(desired) },
	{ "max", WHOLE, 0, INSTANCES_MAX, .preset = "8", IN_GROUP(max) },
	{ "zones", LIST, 1, ZONES_MAX, .preset = "local", .inner = &zone,
	    IN_GROUP(zones),
	    .count_at = offsetof(struct group_config, zone_count) },
	{ "launch_template", MAPPING, .inner = launch_template },
	{ "health_check", MAPPING, .inner = health_check },
	{ "drain", DURATION, 0, HOUR, .preset = "10s", IN_GROUP(drain) },
	{ "slow_start", DURATION, 0, HOUR, .preset = "5s" },
	{ "termination_policy", CHOICE, .preset = "default",
	    .choices = terminations, IN_GROUP(termination_policy) },
	{ "scaling", MAPPING, .inner = scaling },
	{ "schedule", LIST, 0, SCHEDULE_MAX, .preset = "",
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
	{ "connect_timeout", DURATION, CLOCK_SECOND / 1000, MINUTE,
	    .preset = "100ms" },
	{ "cors_origins", LIST, 0, 64, .preset = "http://localhost:3000",
	    .inner = &cors_origin },
	{ 0 },
};

static const struct rule environment[] = {
	{ "name", TEXT, .preset = "local", NAME, IN_CONFIG(name) },
	/* "app." and "api." go before it, of 253 bytes (RFC 1035, 2.3.4). */
	{ "domain", TEXT, 1, 249, .preset = "todo.test",
	    .rest = LOWER DIGIT "-.", .valid = domain,
	    .wanted = "a domain name such as todo.test", IN_CONFIG(domain) },
	{ "provider", TEXT, 1, NAME_SIZE - 1, .preset = "process",
	    .first = LOWER UPPER DIGIT, .rest = LOWER UPPER DIGIT "-",
	    .wanted = "a short name of letters, digits and -" },
	{ "listen", LIST, 1, 16, .preset = "127.0.0.1", .lone = true,
	    .inner = &listen_address },
	{ "ports", MAPPING, .inner = ports },
	{ "state", TEXT, 1, 4000, .preset = "var", .valid = directory,
	    .wanted = "the path of a directory without blanks and quotes" },
	{ "instances", TEXT, 9, 18, .preset = "127.20.0.0/16", .valid = network,
	    .wanted = "an IPv4 network such as 127.20.0.0/16, /28 or larger" },
	{ "groups", NAMES, 0, GROUPS_MAX, .preset = "", .inner = &group_schema,
	    .first = LOWER, .rest = LOWER DIGIT "-", .longest = NAME_SIZE - 1,
	    .valid = group_name,
	    .wanted = "a short name of small letters, digits and -" },
	{ "balancer", MAPPING, .inner = balancer },
	{ 0 },
};

const struct rule schema = { .kind = MAPPING, .inner = environment };
