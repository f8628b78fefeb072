#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "config_schema.h"

static const struct {
	const char *unit;
	int64_t length;
} units[] = { { "ms", CLOCK_SECOND / 1000 }, { "s", CLOCK_SECOND },
	{ "m", 60 * CLOCK_SECOND }, { "h", 3600 * CLOCK_SECOND } };

enum { UNITS = sizeof(units) / sizeof(units[0]) };

/* ---- reading */

/* Digits, and no 0 before others: some take that for octal. */
static size_t
digits(const char *s)
{
	size_t n = strspn(s, "0123456789");

	return n > 1 && *s == '0' ? 0 : n;
}

bool
duration_parse(const char *s, int64_t *ret)
{
	size_t i, n = digits(s);

	if (n < 1 || n > 9)
		return false;
	for (i = 0; i < UNITS; i++)
		if (strcmp(s + n, units[i].unit) == 0) {
			*ret = strtoll(s, NULL, 10) * units[i].length;
			return true;
		}
	return false;
}

/* "256M", "1G" in MiB. */
static bool
size_parse(const char *s, double *ret)
{
	size_t n = digits(s);

	if (n < 1 || n > 9 || s[n] == '\0' || strchr("MG", s[n]) == NULL ||
	    s[n + 1] != '\0')
		return false;
	*ret = strtod(s, NULL) * (s[n] == 'G' ? 1024 : 1);
	return true;
}

double
size_megabytes(const char *s)
{
	double size = 0;

	size_parse(s, &size);
	return size;
}

bool
value_within(const struct rule *rule, double value)
{
	return value >= rule->low && value <= rule->high;
}

static bool
number_valid(const struct rule *rule, const char *s)
{
	size_t n = digits(s), fraction;

	if (n < 1 || n > 9)
		return false;
	if (s[n] == '.') {
		fraction = strspn(s + n + 1, "0123456789");
		if (rule->kind == WHOLE || fraction < 1 || fraction > 6)
			return false;
		n += 1 + fraction;
	}
	return s[n] == '\0' && value_within(rule, strtod(s, NULL)) &&
	       (rule->kind == WHOLE || strtod(s, NULL) > 0);
}

/* The characters of a text or of a name. */
static bool
spelled(const struct rule *rule, const char *s, char *why, size_t size)
{
	if (rule->first != NULL &&
	    (*s == '\0' || strchr(rule->first, *s) == NULL))
		return false;
	if (rule->rest != NULL && s[strspn(s, rule->rest)] != '\0')
		return false;
	return rule->valid == NULL || rule->valid(s, why, size);
}

static bool
chosen(const struct rule *rule, const char *s)
{
	size_t i;

	for (i = 0; rule->choices[i] != NULL; i++)
		if (strcmp(rule->choices[i], s) == 0)
			return true;
	return false;
}

bool
value_valid(
    const struct rule *rule, const struct node *n, char *why, size_t size)
{
	double size_found;
	int64_t t;

	if (n->kind != NODE_TEXT || node_empty(n))
		return false;
	switch (rule->kind) {
	case WHOLE:
	case NUMBER:
		return n->plain && number_valid(rule, n->text);
	case BOOLEAN:
		return n->plain && (strcmp(n->text, "true") == 0 ||
				       strcmp(n->text, "false") == 0);
	case DURATION:
		return duration_parse(n->text, &t) &&
		       value_within(rule, (double)t);
	case SIZE:
		return size_parse(n->text, &size_found) &&
		       value_within(rule, size_found);
	case CHOICE:
		return chosen(rule, n->text);
	default:
		return value_within(rule, (double)strlen(n->text)) &&
		       spelled(rule, n->text, why, size);
	}
}

bool
name_valid(const struct rule *rule, const char *s, char *why, size_t size)
{
	return strlen(s) <= rule->longest && spelled(rule, s, why, size);
}

/* ---- saying what is wanted */

/* The largest unit that does without a fraction. */
static const char *
duration_text(int64_t t, char *out, size_t size)
{
	size_t i = UNITS - 1;

	if (t == 0)
		return "0s";
	while (i > 0 && t % units[i].length != 0)
		i--;
	snprintf(
	    out, size, "%" PRId64 "%s", t / units[i].length, units[i].unit);
	return out;
}

static const char *
size_text(double megabytes, char *out, size_t size)
{
	bool whole = (int64_t)megabytes % 1024 == 0;

	snprintf(out, size, "%.0f%s", whole ? megabytes / 1024 : megabytes,
	    whole ? "G" : "M");
	return out;
}

/* "a, b or c" */
static void
choices_text(const struct rule *rule, char *out, size_t size)
{
	size_t i, n = 0;

	for (i = 0; rule->choices[i] != NULL && n < size; i++)
		n += (size_t)snprintf(out + n, size - n, "%s%s",
		    i == 0                         ? ""
		    : rule->choices[i + 1] == NULL ? " or "
						   : ", ",
		    rule->choices[i]);
}

/* "must be" this. */
void
value_wanted(const struct rule *rule, char *out, size_t size)
{
	char low[32], high[32];

	switch (rule->kind) {
	case MAPPING:
	case NAMES:
		snprintf(out, size, "a mapping");
		return;
	case LIST:
		snprintf(out, size, "a list");
		return;
	case WHOLE:
		if (rule->wanted != NULL)
			snprintf(out, size, "%s", rule->wanted);
		else
			snprintf(out, size, "a whole number from %.0f to %.0f",
			    rule->low, rule->high);
		return;
	case NUMBER:
		snprintf(
		    out, size, "a number above 0, at most %.0f", rule->high);
		return;
	case BOOLEAN:
		snprintf(out, size, "true or false");
		return;
	case DURATION:
		snprintf(out, size,
		    "a time from %s to %s with its unit (ms, s, m, h)",
		    duration_text((int64_t)rule->low, low, sizeof(low)),
		    duration_text((int64_t)rule->high, high, sizeof(high)));
		return;
	case SIZE:
		snprintf(out, size, "a size from %s to %s with its unit (M, G)",
		    size_text(rule->low, low, sizeof(low)),
		    size_text(rule->high, high, sizeof(high)));
		return;
	case CHOICE:
		choices_text(rule, out, size);
		return;
	case TEXT:
		snprintf(out, size, "%s, at most %.0f bytes",
		    rule->wanted != NULL ? rule->wanted : "text", rule->high);
		return;
	}
}
