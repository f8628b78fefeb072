/* The provider's processes: what is asked of it, and what came of that. */
#include <sys/wait.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "model/event.h"
#include "provider/provider.h"

static const char *const verbs[] = { "list", "launch", "terminate" };

/* What is to be launched. */
struct launch {
	const struct group_config *group;
	const char *release;
};

static void
set_environment(const void *arg)
{
	const struct launch *l = arg;
	const struct group_config *g = l->group;

	setenv("KIND", g->kind, 1);
	setenv("THREADS", g->threads, 1);
	setenv("LAUNCH_ENVIRONMENT", g->environment, 1);
	if (l->release[0] != '\0')
		setenv("RELEASE", l->release, 1);
}

static struct job *
free_place(struct provider *p)
{
	int n;

	for (n = 0; n < JOBS_MAX; n++)
		if (p->jobs[n].child.pid == 0)
			return &p->jobs[n];
	return NULL;
}

static bool
begin(struct provider *p, enum work work, const char *id,
    const char *const *argv, const struct launch *l)
{
	struct job *j = free_place(p);

	if (j == NULL || !child_start(&j->child, argv,
			     work == WORK_LIST ? LIST_SECONDS : JOB_SECONDS,
			     l != NULL ? set_environment : NULL, l))
		return false;
	j->work = work;
	snprintf(j->id, sizeof(j->id), "%s", id != NULL ? id : "");
	return true;
}

bool
provider_begin(struct provider *p, enum work work, const char *id)
{
	const char *const argv[] = { p->program, verbs[work], id, NULL };

	return begin(p, work, id, argv, NULL);
}

bool
provider_launch(
    struct provider *p, const struct group_config *g, const struct instance *i)
{
	const char *const argv[] = { p->program, verbs[WORK_LAUNCH], g->name,
		i->zone, i->id, NULL };
	const struct launch launch = { g, i->release };

	return begin(p, WORK_LAUNCH, i->id, argv, &launch);
}

/* One sentence: the first line of what it said, or how it ended. */
static void
say_why(struct job *j)
{
	struct buf *error = &j->child.error;
	int status = j->child.status;
	char *nl;

	if (error->len == 0 && WIFSIGNALED(status))
		buf_printf(error, "%s was ended by signal %d%s", verbs[j->work],
		    WTERMSIG(status),
		    j->child.late ? ": it took too long" : "");
	else if (error->len == 0)
		buf_printf(error, "%s ended with status %d", verbs[j->work],
		    WEXITSTATUS(status));
	if ((nl = strchr(error->data, '\n')) != NULL)
		*nl = '\0';
	event_plain_text(error->data);
}

bool
provider_wait(struct provider *p, int timeout_ms)
{
	struct child *all[JOBS_MAX];
	struct job *j;
	bool ended;
	int n;

	for (n = 0; n < JOBS_MAX; n++)
		all[n] = &p->jobs[n].child;
	ended = child_wait(all, JOBS_MAX, timeout_ms);
	for (j = p->jobs; ended && j < p->jobs + JOBS_MAX; j++)
		if (j->child.done && j->child.status != 0 && !j->failed) {
			j->failed = true;
			say_why(j);
		}
	return ended;
}

struct job *
provider_job(struct provider *p, const char *id)
{
	struct job *j;

	for (j = p->jobs; j < p->jobs + JOBS_MAX; j++)
		if (j->child.pid != 0 && strcmp(j->id, id) == 0)
			return j;
	return NULL;
}

void
provider_end(struct job *j)
{
	child_end(&j->child);
	memset(j, 0, sizeof(*j));
}

bool
provider_busy(const struct provider *p)
{
	const struct job *j;

	for (j = p->jobs; j < p->jobs + JOBS_MAX; j++)
		if (j->child.pid != 0 && j->work != WORK_LIST)
			return true;
	return false;
}

void
provider_close(struct provider *p)
{
	int n;

	for (n = 0; n < JOBS_MAX; n++)
		if (p->jobs[n].child.pid != 0)
			provider_end(&p->jobs[n]);
}
