/* crontab(5)'s expressions, parsed into bits. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "model/cron.h"

static const char *const month_names[] = { "jan", "feb", "mar", "apr", "may",
	"jun", "jul", "aug", "sep", "oct", "nov", "dec", NULL };
static const char *const weekday_names[] = { "sun", "mon", "tue", "wed", "thu",
	"fri", "sat", NULL };

static const struct field {
	int low, high;
	const char *const *names; /* of low and what follows */
} fields[] = {
	{ 0, 59, NULL },         /* minute */
	{ 0, 23, NULL },         /* hour */
	{ 1, 31, NULL },         /* day */
	{ 1, 12, month_names },  /* month */
	{ 0, 7, weekday_names }, /* weekday */
};

enum { FIELDS = sizeof(fields) / sizeof(fields[0]) };

static const struct {
	const char *name, *meaning;
} nicknames[] = {
	{ "@hourly", "0 * * * *" },
	{ "@daily", "0 0 * * *" },
	{ "@weekly", "0 0 * * 0" },
	{ "@monthly", "0 0 1 * *" },
	{ "@yearly", "0 0 1 1 *" },
};

/* A number or name at *s, which is moved behind it; -1 for neither. */
static int
take_value(const struct field *f, const char **s)
{
	size_t n = 0;
	int i;

	while (isalnum((unsigned char)(*s)[n]))
		n++;
	for (i = 0; f->names != NULL && f->names[i] != NULL; i++)
		if (n == 3 && strncasecmp(*s, f->names[i], 3) == 0) {
			*s += n;
			return f->low + i;
		}
	if (n < 1 || n > 4 || strspn(*s, "0123456789") < n)
		return -1;
	i = atoi(*s);
	*s += n;
	return i;
}

/* One element of a list: "*", "2", "mon-fri", each also with "/2". */
static bool
take_element(const struct field *f, const char **s, uint64_t *bits)
{
	int low, high, step = 1;
	bool range = true;

	if (**s == '*') {
		++*s;
		low = f->low;
		high = f->names == weekday_names ? 6 : f->high;
	} else {
		low = high = take_value(f, s);
		if ((range = **s == '-')) {
			++*s;
			high = take_value(f, s);
		}
	}
	/* fri-sun: Sunday is the 7th day too. */
	if (f->names == weekday_names && low > 0 && high == 0)
		high = 7;
	if (range && **s == '/') {
		++*s;
		step = isdigit((unsigned char)**s) ? take_value(f, s) : 0;
	}
	if (low < f->low || high > f->high || low > high || step < 1 ||
	    step > f->high)
		return false;
	for (; low <= high; low += step)
		*bits |= UINT64_C(1) << low;
	return true;
}

static bool
take_field(const struct field *f, const char **s, uint64_t *bits)
{
	*bits = 0;
	for (;;) {
		if (!take_element(f, s, bits))
			return false;
		if (**s != ',')
			return **s == ' ' || **s == '\t' || **s == '\0';
		++*s;
	}
}

static const char *
spelled_out(const char *s)
{
	size_t i;

	for (i = 0; i < sizeof(nicknames) / sizeof(nicknames[0]); i++)
		if (strcasecmp(nicknames[i].name, s) == 0)
			return nicknames[i].meaning;
	return s;
}

bool
cron_parse(const char *s, struct cron *ret)
{
	uint64_t bits[FIELDS];
	bool any[FIELDS];
	int i;

	s = spelled_out(s);
	for (i = 0; i < FIELDS; i++) {
		s += strspn(s, " \t");
		any[i] = *s == '*';
		if (!take_field(&fields[i], &s, &bits[i]))
			return false;
	}
	if (s[strspn(s, " \t")] != '\0')
		return false;
	*ret = (struct cron){ .minutes = bits[0],
		.hours = (uint32_t)bits[1],
		.days = (uint32_t)bits[2],
		.months = (uint32_t)bits[3],
		.weekdays = (uint32_t)(bits[4] | bits[4] >> 7) & 0x7f,
		.any_day = any[2],
		.any_weekday = any[4] };
	return true;
}
