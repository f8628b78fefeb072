/*
 * What scale.c remembers, as text: "OUT IN;NEWEST RUN,RUN,...;NEWEST RUN,...",
 * a RUN being the slots LOW-HIGHxCOUNT, or LOW when both are one and the slot
 * is alone, or ? for unknown.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

/* A number in decimal digits, 0 to max. */
static bool
load_number(const char **s, int64_t max, int64_t *ret)
{
	char *end;

	if (**s < '0' || **s > '9')
		return false;
	errno = 0;
	*ret = strtoll(*s, &end, 10);
	*s = end;
	return errno == 0 && *ret <= max;
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
	int64_t low = -1, high = -1, count = 1;

	if (!load_char(s, '?')) {
		if (!load_number(s, INSTANCES_MAX, &low))
			return false;
		high = low;
		if (load_char(s, '-') && !load_number(s, INSTANCES_MAX, &high))
			return false;
	}
	if (load_char(s, 'x') && !load_number(s, SCALE_SLOTS, &count))
		return false;
	if (low > high || count == 0 || count > SCALE_SLOTS - *at)
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

	if (!load_number(s, INT64_MAX, &p->newest))
		return false;
	if (p->newest == 0)
		return true;
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

	if (!load_number(&s, INT64_MAX, &m->last_out) || !load_char(&s, ' ') ||
	    !load_number(&s, INT64_MAX, &m->last_in))
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
