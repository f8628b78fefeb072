/* When something has lasted long enough to be told, and when it is over. */
#include <string.h>

#include "base/clock.h"
#include "model/lasting.h"

#define CALM (3 * CLOCK_SECOND)

static enum news
begin(struct lasting *l, int64_t now, int64_t after)
{
	l->well = 0;
	if (l->since == 0)
		l->since = now;
	if (l->told || now - l->since < after)
		return NO_NEWS;
	l->told = true;
	return IT_LASTS;
}

enum news
lasting_see(
    struct lasting *l, bool so, int64_t now, int64_t after, int64_t *lasted)
{
	enum news news = NO_NEWS;

	if (so)
		return begin(l, now, after);
	if (l->since == 0)
		return NO_NEWS;
	if (l->well == 0)
		l->well = now;
	if (now - l->well < CALM)
		return NO_NEWS;
	*lasted = l->well - l->since;
	if (l->told)
		news = IT_IS_OVER;
	memset(l, 0, sizeof(*l));
	return news;
}
