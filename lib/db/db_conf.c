/* The database's configuration, from the environment. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/conf.h"
#include "base/file.h"
#include "base/log.h"
#include "db/db_conf.h"

/* From a file, never from argv or a variable that ps can show. */
static const char *
first_line(const char *name)
{
	char line[256], *copy;
	const char *path = conf_string(name);

	if (!file_line(path, line, sizeof(line)))
		die(100, "%s: %s: %s", name, path,
		    errno != 0 ? strerror(errno) : "it is empty");
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
