/* A round of poll(2). */
#include <poll.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/watch.h"

static struct pollfd
wanted(const struct watch *w)
{
	return (struct pollfd){ w->go_on != NULL ? w->fd : -1, w->events, 0 };
}

bool
watch_round(struct watch *const *all, size_t count, int64_t until)
{
	struct pollfd *fds = calloc(count + 1, sizeof(*fds));
	int64_t now = clock_boot();
	size_t n;
	int ready;

	if (fds == NULL)
		oom();
	for (n = 0; n < count; n++) {
		fds[n] = wanted(all[n]);
		if (fds[n].fd != -1 && all[n]->deadline < until)
			until = all[n]->deadline;
	}
	ready = poll(
	    fds, count, until > now ? (int)((until - now + 999) / 1000) : 0);
	for (n = 0; ready != -1 && n < count; n++) {
		/* (One before it may have closed it.) */
		if (fds[n].fd == -1 || fds[n].fd != all[n]->fd)
			continue;
		if (all[n]->deadline <= now)
			all[n]->go_on(all[n], 0);
		else if (fds[n].revents != 0)
			all[n]->go_on(all[n], fds[n].revents);
	}
	free(fds);
	return ready != -1;
}
