/* The database's configuration, from the environment. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/conf.h"
#include "base/log.h"
#include "db/db_conf.h"

/* From a file, never from argv or a variable that ps can show. */
static const char *
first_line(const char *name)
{
	char line[256], *copy;
	const char *path = conf_string(name);
	FILE *f = fopen(path, "re");

	if (f == NULL)
		die(100, "%s: %s: %s", name, path, strerror(errno));
	if (fgets(line, sizeof(line), f) == NULL)
		die(100, "%s: %s is empty", name, path);
	fclose(f);
	line[strcspn(line, "\r\n")] = '\0';
	if ((copy = strdup(line)) == NULL)
		oom();
	return copy;
}

void
db_conf_read(struct db_conf *c)
{
	c->address = conf_string("DB_ADDRESS");
	c->address_file = getenv("DB_ADDRESS_FILE");
	c->name = conf_string("DB_NAME");
	c->user = conf_string("DB_USER");
	c->password = first_line("DB_PASSWORD_FILE");
	if (*c->address != '/' && strchr(c->address, ':') == NULL)
		die(100,
		    "DB_ADDRESS is \"%s\"; it must be /path/of/socket or "
		    "host:port",
		    c->address);
}
