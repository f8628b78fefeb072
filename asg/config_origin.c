/* The origin of a page, as browsers send it: Fetch 3.1, URL 4.3 to 4.5. */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config_rules.h"

enum { ORIGIN_SIZE = 256 };

/* Is its last label a number? Then it is taken for an IPv4 address. */
bool
ends_in_number(const char *host)
{
	const char *last = strrchr(host, '.');

	last = last != NULL ? last + 1 : host;
	if (last[0] == '0' && (last[1] == 'x' || last[1] == 'X'))
		return last[2 + strspn(last + 2, "0123456789abcdefABCDEF")] ==
		       '\0';
	return *last != '\0' && last[strspn(last, DIGIT)] == '\0';
}

/* [::1], compressed; hexadecimal where inet_ntop() would end in an IPv4 one. */
static bool
put_ipv6(const char *host, char *out, size_t size)
{
	char inner[INET6_ADDRSTRLEN], text[INET6_ADDRSTRLEN];
	struct in6_addr a;
	size_t n = strlen(host);
	char *dotted;

	if (n < 3 || n - 2 >= sizeof(inner) || host[n - 1] != ']')
		return false;
	memcpy(inner, host + 1, n - 2);
	inner[n - 2] = '\0';
	if (inet_pton(AF_INET6, inner, &a) != 1)
		return false;
	inet_ntop(AF_INET6, &a, text, sizeof(text));
	if (strchr(text, '.') != NULL && (dotted = strrchr(text, ':')) != NULL)
		snprintf(dotted + 1, sizeof(text) - (size_t)(dotted + 1 - text),
		    "%x:%x", a.s6_addr[12] << 8 | a.s6_addr[13],
		    a.s6_addr[14] << 8 | a.s6_addr[15]);
	snprintf(out, size, "[%s]", text);
	return true;
}

static bool
put_host(const char *host, char *out, size_t size)
{
	struct in_addr a;
	size_t i;

	if (*host == '[')
		return put_ipv6(host, out, size);
	if (*host == '\0' || *host == '.' || strstr(host, "..") != NULL)
		return false;
	for (i = 0; host[i] != '\0' && i + 1 < size; i++)
		out[i] = (char)tolower((unsigned char)host[i]);
	out[i] = '\0';
	if (out[strspn(out, LOWER DIGIT "-._")] != '\0')
		return false;
	if (!ends_in_number(out))
		return true;
	return inet_aton(out, &a) != 0 &&
	       inet_ntop(AF_INET, &a, out, (socklen_t)size) != NULL;
}

/* ":3000"; nothing for the scheme's own. */
static bool
put_port(const char *port, bool tls, char *out, size_t size)
{
	long n;

	*out = '\0';
	if (*port == '\0')
		return true;
	n = strtol(port, NULL, 10);
	if (strspn(port, DIGIT) != strlen(port) || strlen(port) > 9 || n < 1 ||
	    n > 65535)
		return false;
	if (n != (tls ? 443 : 80))
		snprintf(out, size, ":%ld", n);
	return true;
}

/* What follows the scheme: nobody's name, a host, maybe a port, maybe more. */
static bool
put_origin(const char *rest, bool tls, char *out)
{
	char authority[ORIGIN_SIZE], host[ORIGIN_SIZE], port[8];
	char *start, *colon;
	size_t n = strcspn(rest, "/?#\\");

	if (n >= sizeof(authority))
		return false;
	memcpy(authority, rest, n);
	authority[n] = '\0';
	start = strrchr(authority, '@');
	start = start != NULL ? start + 1 : authority;
	colon = strrchr(start, ':');
	if (colon != NULL && strchr(colon, ']') == NULL)
		*colon++ = '\0';
	else
		colon = start + strlen(start);
	if (!put_host(start, host, sizeof(host)) ||
	    !put_port(colon, tls, port, sizeof(port)))
		return false;
	return (size_t)snprintf(out, ORIGIN_SIZE, "%s://%s%s",
		   tls ? "https" : "http", host, port) < ORIGIN_SIZE;
}

/* The origin of the page whose address this seems to be. */
static bool
origin_of(const char *s, char *out)
{
	bool tls = strncasecmp(s, "https://", 8) == 0;

	if (tls || strncasecmp(s, "http://", 7) == 0)
		return put_origin(s + (tls ? 8 : 7), tls, out);
	return strstr(s, "://") == NULL && put_origin(s, false, out);
}

bool
origin_valid(const char *s, char *why, size_t size)
{
	char sent[ORIGIN_SIZE];

	if (strchr(s, '*') != NULL)
		snprintf(why, size, "each origin is to be named");
	else if (origin_of(s, sent)) {
		if (strcmp(s, sent) == 0)
			return true;
		snprintf(why, size, "browsers send %s", sent);
	}
	return false;
}
