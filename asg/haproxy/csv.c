/* CSV, a field at a time, unquoted where it stands. */
#include <string.h>

#include "haproxy/csv.h"

/* The next field, unquoted where it stands; end: what ends it. */
static char *
field(char **next, char *end)
{
	char *start = *next, *in = *next, *out = *next;
	bool quoted = *in == '"';

	for (in += quoted; *in != '\0'; in++) {
		if (quoted && *in == '"' && *++in != '"')
			quoted = false;
		if (!quoted && (*in == ',' || *in == '\n' || *in == '\0'))
			break;
		*out++ = *in;
	}
	*end = *in;
	*next = *in != '\0' ? in + 1 : in;
	*out = '\0';
	return start;
}

bool
csv_open(struct csv *t, char *text, const char *const *columns, size_t count)
{
	size_t found = 0, c;
	char *name, end = ',';

	memset(t, 0, sizeof(*t));
	t->next = text;
	for (; end == ','; t->fields++) {
		if (t->fields == CSV_FIELDS)
			return false;
		name = field(&t->next, &end);
		for (c = 0; c < count && strcmp(columns[c], name) != 0;)
			c++;
		if (c < count && t->value[c] == NULL) {
			t->value[c] = name;
			found++;
		} else
			c = CSV_COLUMNS;
		t->place[t->fields] = (unsigned char)c;
	}
	return end == '\n' && found == count;
}

int
csv_next(struct csv *t)
{
	char *value, end = ',';
	size_t n;

	while (*t->next == '\n')
		t->next++;
	if (*t->next == '\0')
		return 0;
	for (n = 0; end == ','; n++) {
		if (n == t->fields)
			return -1;
		value = field(&t->next, &end);
		if (t->place[n] < CSV_COLUMNS)
			t->value[t->place[n]] = value;
	}
	return n == t->fields && end == '\n' ? 1 : -1;
}
