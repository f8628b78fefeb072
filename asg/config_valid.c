#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config_rules.h"
#include "zone.h"

/* A backend NAME-open stands beside the one of each group. */
bool
group_valid(const char *s, char *why, size_t size)
{
	size_t n = strlen(s);

	if (n < 5 || strcmp(s + n - 5, "-open") != 0)
		return true;
	snprintf(why, size, "names that end in -open are taken");
	return false;
}

/* The pools of an api group's instance: asg/providers. */
bool
pool_valid(const char *s, char *why, size_t size)
{
	static const char *const pools[] = { "login", "auth", "todo", "classic",
		"health" };
	size_t i;

	(void)why, (void)size;
	for (i = 0; i < sizeof(pools) / sizeof(*pools); i++)
		if (strcmp(s, pools[i]) == 0)
			return true;
	return false;
}

/* Not what a provider itself tells the programs (asg/providers). */
bool
variable_valid(const char *s, char *why, size_t size)
{
	static const char *const taken[] = { "PATH", "SOCKET", "THREADS",
		"DB_ADDRESS", "DB_NAME", "DB_USER", "DB_PASSWORD_FILE",
		"LOGIN_RATE", "SIGN_UP", "SIGN_UP_RATE", "INSTANCE", "RELEASE",
		"SIBLINGS", "GROUP", "ROLE", "ZONE", "BALANCERS", "ADDRESS",
		"PORT", "CREDENTIALS_DIRECTORY" };
	size_t i;

	for (i = 0; i < sizeof(taken) / sizeof(*taken); i++)
		if (strcmp(s, taken[i]) == 0) {
			snprintf(why, size, "that one has its value already");
			return false;
		}
	return true;
}

bool
domain_valid(const char *s, char *why, size_t size)
{
	size_t n, labels = 0;

	if (ends_in_number(s)) {
		snprintf(why, size, "browsers take it for an address");
		return false;
	}
	for (;; s += n + 1) {
		n = strcspn(s, ".");
		if (n < 1 || n > 63 || *s == '-' || s[n - 1] == '-')
			return false;
		labels++;
		if (s[n] == '\0')
			return labels > 1;
	}
}

/* Of a record, below the domain: labels, of which the first may be a star. */
bool
owner_valid(const char *s, char *why, size_t size)
{
	size_t n;

	(void)why, (void)size;
	if (strcmp(s, "@") == 0)
		return true;
	if (strncmp(s, "*.", 2) == 0)
		s += 2;
	else if (strcmp(s, "*") == 0)
		return true;
	for (;; s += n + 1) {
		n = strspn(s, LOWER DIGIT "-_");
		if (n < 1 || n > 63 || *s == '-' || s[n - 1] == '-')
			return false;
		if (s[n] != '.')
			return s[n] == '\0';
	}
}

bool
address_valid(const char *s, char *why, size_t size)
{
	struct in_addr a;

	(void)why, (void)size;
	return inet_pton(AF_INET, s, &a) == 1;
}

/* Without a look at the host part. */
static bool
parse(const char *s, uint32_t *address, int *bits)
{
	char copy[INET_ADDRSTRLEN];
	size_t n = strcspn(s, "/");
	struct in_addr a;

	if (n >= sizeof(copy) || s[n] == '\0' || strlen(s + n + 1) > 2 ||
	    s[n + 1] < '1' || strspn(s + n + 1, DIGIT) != strlen(s + n + 1))
		return false;
	memcpy(copy, s, n);
	copy[n] = '\0';
	*bits = atoi(s + n + 1);
	if (inet_pton(AF_INET, copy, &a) != 1 || *bits > 28)
		return false;
	*address = ntohl(a.s_addr);
	return true;
}

bool
network_parse(const char *s, struct network *n)
{
	int bits;

	if (!parse(s, &n->first, &bits))
		return false;
	n->last = n->first | UINT32_MAX >> bits;
	return (n->first & (UINT32_MAX >> bits)) == 0;
}

bool
network_valid(const char *s, char *why, size_t size)
{
	struct network n;
	int bits;

	if (network_parse(s, &n))
		return true;
	if (parse(s, &n.first, &bits))
		snprintf(why, size, "its host part must be 0");
	return false;
}

bool
url_valid(const char *s, char *why, size_t size)
{
	(void)why, (void)size;
	return strncmp(s, "https://", 8) == 0 && s[8] != '\0' && s[8] != '/';
}

bool
email_valid(const char *s, char *why, size_t size)
{
	const char *at = strchr(s, '@');

	(void)why, (void)size;
	return at != NULL && at != s && at[1] != '\0' &&
	       strchr(at + 1, '@') == NULL;
}

/* Of the state: whatever a file may be called; a line of its own in a file. */
bool
place_valid(const char *s, char *why, size_t size)
{
	(void)why, (void)size;
	return strchr(s, '\n') == NULL;
}

bool
path_valid(const char *s, char *why, size_t size)
{
	(void)why, (void)size;
	return strpbrk(s, " \t\n\"'\\") == NULL;
}

bool
cron_valid(const char *s, char *why, size_t size)
{
	struct cron c;

	if (!cron_parse(s, &c, why, size))
		return false;
	if (cron_possible(&c))
		return true;
	snprintf(why, size, "none of its months has such a day");
	return false;
}

bool
zone_valid(const char *s, char *why, size_t size)
{
	if (!zone_known(s))
		return false;
	if (cron_zone_usable(s))
		return true;
	snprintf(why, size, "this host's package tzdata does not have it");
	return false;
}
