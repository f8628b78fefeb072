/*
 * What scale.c remembers, as text: "OUT IN;NEWEST RUN,RUN,...;NEWEST RUN,...",
 * a RUN being the slots LOW-HIGHxCOUNT, or LOW when both are one and the slot
 * is alone, or ? for unknown.
 */
#include <stdlib.h>
#include <string.h>

#include "state/record.h"
#include "state/scale_text.h"

/* Slots from this one on that are alike. */
static int
alike(const struct proposals *p, int from)
{
	int n = from + 1;

	while (n < SCALE_SLOTS && p->low[n] == p->low[from] &&
	       p->high[n] == p->high[from])
		n++;
	return n - from;
}

static void
save_one(const struct proposals *p, struct buf *b)
{
	int n, count;

	buf_printf(b, ";%lld", (long long)p->newest);
	for (n = 0; p->newest != 0 && n < SCALE_SLOTS; n += count) {
		count = alike(p, n);
		buf_str(b, n == 0 ? " " : ",");
		if (p->low[n] < 0)
			buf_str(b, "?");
		else if (p->low[n] == p->high[n])
			buf_printf(b, "%d", p->low[n]);
		else
			buf_printf(b, "%d-%d", p->low[n], p->high[n]);
		if (count > 1)
			buf_printf(b, "x%d", count);
	}
}

void
scale_save(const struct scale_state *m, struct buf *b)
{
	int n, used = POLICIES_MAX;

	while (used > 0 && m->proposals[used - 1].newest == 0)
		used--;
	buf_printf(
	    b, "%lld %lld", (long long)m->last_out, (long long)m->last_in);
	for (n = 0; n < used; n++)
		save_one(&m->proposals[n], b);
}

/* A number in decimal digits, 0 to max; -1: there is none. */
static int64_t
number(const char **s, int64_t max)
{
	char *end;
	int64_t n;

	if (**s < '0' || **s > '9')
		return -1;
	n = strtoll(*s, &end, 10);
	*s = end;
	return n <= max ? n : -1;
}

static bool
load_char(const char **s, char c)
{
	if (**s != c)
		return false;
	(*s)++;
	return true;
}

/* Some slots from *at on. */
static bool
load_run(const char **s, struct proposals *p, int *at)
{
	int64_t low = -1, high, count = 1;

	if (!load_char(s, '?') && (low = number(s, INSTANCES_MAX)) < 0)
		return false;
	high = low;
	if (low >= 0 && load_char(s, '-'))
		high = number(s, INSTANCES_MAX);
	if (load_char(s, 'x'))
		count = number(s, SCALE_SLOTS);
	if (low > high || count < 1 || count > SCALE_SLOTS - *at)
		return false;
	for (; count > 0; count--, (*at)++) {
		p->low[*at] = (int)low;
		p->high[*at] = (int)high;
	}
	return true;
}

static bool
load_one(const char **s, struct proposals *p)
{
	int at = 0;

	p->newest = number(s, RECORD_LATEST);
	if (p->newest <= 0)
		return p->newest == 0;
	if (!load_char(s, ' '))
		return false;
	do {
		if (!load_run(s, p, &at))
			return false;
	} while (load_char(s, ','));
	return at == SCALE_SLOTS;
}

static bool
load_all(const char *s, struct scale_state *m)
{
	int n;

	if ((m->last_out = number(&s, RECORD_LATEST)) < 0 ||
	    !load_char(&s, ' ') || (m->last_in = number(&s, RECORD_LATEST)) < 0)
		return false;
	for (n = 0; n < POLICIES_MAX && load_char(&s, ';'); n++)
		if (!load_one(&s, &m->proposals[n]))
			return false;
	return *s == '\0';
}

static void
move(int64_t *t, int64_t shift)
{
	*t += *t != 0 ? shift : 0;
}

void
scale_load(struct scale_state *m, const char *text, int64_t shift)
{
	int n;

	memset(m, 0, sizeof(*m));
	if (!load_all(text, m))
		memset(m, 0, sizeof(*m));
	move(&m->last_out, shift);
	move(&m->last_in, shift);
	for (n = 0; n < POLICIES_MAX; n++)
		move(&m->proposals[n].newest, shift);
}
