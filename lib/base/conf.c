/* Variables of the environment, checked. */
#include <stdlib.h>

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

int
conf_required_number(const char *name, int min, int max)
{
	return number(name, conf_string(name), min, max);
}
