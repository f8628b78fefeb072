/* `asg schema`: JSON Schema of the environment file, in lines. */
#include <stdio.h>
#include <string.h>

#include "asg.h"
#include "config_schema.h"

enum { DEPTH = 64 };

struct printer {
	char open[DEPTH]; /* brackets */
	int depth;
	char before; /* the last byte outside of texts */
};

static void
new_line(const struct printer *p)
{
	int n;

	putchar('\n');
	for (n = 0; n < p->depth; n++)
		fputs(p->open[n] == '{' ? "  " : "", stdout);
}

/* One byte that is not within a text: a member of an object has its line. */
static void
print_mark(struct printer *p, char c)
{
	bool in_object = p->depth > 0 && p->open[p->depth - 1] == '{';

	if (strchr("}]", c) != NULL) {
		p->depth--;
		if (in_object && p->before != '{')
			new_line(p);
	}
	if (strchr("{[", c) != NULL && p->depth < DEPTH)
		p->open[p->depth++] = c;
	putchar(c);
	if (c == ',' && in_object)
		new_line(p);
	else if (strchr(",:", c) != NULL)
		putchar(' ');
	p->before = c;
}

/* Compact JSON; the byte after a text's end. */
static const char *
print_text(const char *s)
{
	const char *start = s;

	for (s++; *s != '"'; s++)
		s += *s == '\\';
	printf("%.*s", (int)(s + 1 - start), start);
	return s + 1;
}

int
print_schema(void)
{
	struct printer p = { .before = ' ' };
	struct buf b = { 0 };
	const char *s;

	schema_describe(&schema, &b);
	for (s = b.data; *s != '\0';) {
		if (*s != '"') {
			print_mark(&p, *s++);
			continue;
		}
		if (p.before == '{')
			new_line(&p);
		p.before = '"';
		s = print_text(s);
	}
	putchar('\n');
	buf_free(&b);
	return 0;
}
