/* Configuration from the environment. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/conf.h"
#include "base/log.h"

const char *
conf_string(const char *name)
{
	const char *v = getenv(name);

	if (v == NULL || *v == '\0')
		die(100, "environment variable %s is missing", name);
	return v;
}

static int
number(const char *name, const char *v, int min, int max)
{
	char *end;
	long n = strtol(v, &end, 10);

	if (*end != '\0' || n < min || n > max)
		die(100, "%s is \"%s\"; it must be an integer from %d to %d",
		    name, v, min, max);
	return (int)n;
}

int
conf_number(const char *name, int min, int max, int preset)
{
	const char *v = getenv(name);

	return v != NULL ? number(name, v, min, max) : preset;
}

/* From a file, never from argv or a variable that ps can show. */
static const char *
secret(const char *name)
{
	static char line[256];
	const char *path = conf_string(name);
	FILE *f = fopen(path, "re");

	if (f == NULL)
		die(100, "%s: %s: %s", name, path, strerror(errno));
	if (fgets(line, sizeof(line), f) == NULL)
		die(100, "%s: %s is empty", name, path);
	fclose(f);
	line[strcspn(line, "\r\n")] = '\0';
	return line;
}

void
conf_read(struct conf *c)
{
	c->socket = conf_string("SOCKET");
	c->threads = number("THREADS", conf_string("THREADS"), 1, 64);
	c->instance = conf_string("INSTANCE");
	c->release = conf_string("RELEASE");
	c->db.address = conf_string("DB_ADDRESS");
	c->db.address_file = getenv("DB_ADDRESS_FILE");
	c->db.name = conf_string("DB_NAME");
	c->db.user = conf_string("DB_USER");
	c->db.password = secret("DB_PASSWORD_FILE");
	if (*c->db.address != '/' && strchr(c->db.address, ':') == NULL)
		die(100,
		    "DB_ADDRESS is \"%s\"; it must be /path/of/socket or "
		    "host:port",
		    c->db.address);
}
