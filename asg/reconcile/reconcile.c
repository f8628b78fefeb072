/* The passes, what is opened for them, and what happens between them. */
#include <sys/random.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "reconcile/reconcile.h"
#include "rules/plan.h"
#include "state/history.h"
#include "state/lock.h"

enum {
	WATCH_MS = 200,     /* between two looks at the balancers */
	UNSETTLED_MS = 100, /* the same while something is on its way */
	OVERTIME = 30,      /* seconds to finish what was begun */
};

static const int64_t PASS = CLOCK_SECOND; /* at most, between two passes */
static const int64_t UNSETTLED_MAX = 30 * CLOCK_SECOND;

static volatile sig_atomic_t stopped;

static void
stop(int number)
{
	(void)number;
	stopped = 1;
}

/* ---- opening */

static const char *
wanted(const char *name, char error[TEXT_SIZE])
{
	const char *value = getenv(name);

	if (value == NULL)
		snprintf(error, TEXT_SIZE, "asg.env does not set %s", name);
	return value;
}

/* All of what asg.env and the file say, or nothing of it. */
static bool
take(struct reconciler *r, char error[TEXT_SIZE])
{
	struct balancers balancers;
	struct config config = { 0 };
	const char *program, *listed;
	char file[300];

	inputs_read(&r->inputs, r->state);
	snprintf(file, sizeof(file), "%s/asg.json", r->state);
	if (!config_read(&config, file, error, TEXT_SIZE) ||
	    (program = wanted("PROVIDER", error)) == NULL ||
	    (listed = wanted("LOAD_BALANCERS", error)) == NULL ||
	    !balancers_parse(&balancers, listed, error, TEXT_SIZE)) {
		config_free(&config);
		return false;
	}
	config_free(&r->config);
	balancers_free(&r->balancers);
	r->config = config;
	r->balancers = balancers;
	r->provider.program = program;
	return true;
}

void
reconciler_open(struct reconciler *r, const char *state)
{
	char error[TEXT_SIZE];

	inputs_enter(state);
	memset(r, 0, sizeof(*r));
	if (strlen(state) + sizeof("/asg") > sizeof(r->directory))
		die(100, "%s is too long a path", state);
	snprintf(r->state, sizeof(r->state), "%s", state);
	snprintf(r->directory, sizeof(r->directory), "%s/asg", state);
	if (mkdir(r->directory, 0750) == -1 && errno != EEXIST)
		die(111, "%s: %s", r->directory, strerror(errno));
	if (!take(r, error))
		die(111, "%s", error);
	if (getrandom(&r->seed, sizeof(r->seed), 0) == -1)
		die(111, "getrandom: %s", strerror(errno));
}

bool
reconciler_reload(struct reconciler *r, struct events *ev)
{
	char error[TEXT_SIZE], before[GENERATION_SIZE];

	if (!inputs_changed(&r->inputs, r->state))
		return false;
	memcpy(before, r->inputs.generation, sizeof(before));
	if (!inputs_read_env(r->state)) {
		snprintf(error, sizeof(error), "asg.env: %s", strerror(errno));
		inputs_read(&r->inputs, r->state);
	} else if (take(r, error)) {
		return true;
	}
	/* (The state says what was taken, which is the one before.) */
	event_note(ev, NULL, NULL, clock_now(),
	    "the environment is left as it was: %.200s", error);
	memcpy(r->inputs.generation, before, sizeof(before));
	return false;
}

void
reconciler_close(struct reconciler *r)
{
	provider_close(&r->provider);
	balancers_free(&r->balancers);
	config_free(&r->config);
	free(r->listing.list);
	free(r->before.list);
}

bool
reconciler_lock(struct reconciler *r, int64_t patience)
{
	return (r->lock = lock_take(r->directory, patience)) != -1;
}

/* ---- one pass */

static void
begin_work(struct reconciler *r, const struct group_config *c,
    const struct instance *i, int64_t now)
{
	if (i->busy)
		return;
	if (i->lifecycle == LAUNCHING)
		provider_launch(&r->provider, c, i);
	else if (i->lifecycle == TERMINATING && now >= i->retry_at &&
		 i->presence != UNREACHABLE)
		provider_begin(&r->provider, WORK_TERMINATE, i->id);
}

/* Is something to be seen soon that no end of a process will tell? */
static bool
unsettled(const struct state *m)
{
	const struct instance *i;
	int k;

	for (k = 0; k < m->group_count; k++)
		group_each (i, &m->groups[k]) {
			if ((i->lifecycle == PENDING ||
				i->lifecycle == DRAINING) &&
			    m->now - i->state_since < UNSETTLED_MAX)
				return true;
		}
	return false;
}

/* What was planned is on the disk: now it may be done. */
static void
apply(struct reconciler *r, struct state *m)
{
	size_t n;
	int k;

	balancers_route(&r->balancers, m);
	for (k = 0; k < m->group_count; k++)
		for (n = 0; n < m->groups[k].count; n++)
			begin_work(r, &r->config.groups[k],
			    &m->groups[k].instances[n], m->now);
}

/*
 * Of a zone that is away nobody knows. The first words stay: its disk may be
 * this one, which has no room for those of each list.
 */
static void
sign_database(const struct reconciler *r, struct state *m)
{
	if (r->listing.database[0] == '\0' && m->away[0] == '\0')
		m->database[0] = '\0';
	else if (m->database[0] == '\0')
		memcpy(m->database, r->listing.database, sizeof(m->database));
}

/* Whoever waits reads what this pass knew. */
static void
sign(const struct reconciler *r, struct state *m)
{
	size_t n, len = 0;

	memcpy(m->generation, r->inputs.generation, sizeof(m->generation));
	m->away[0] = '\0';
	for (n = 0; n < r->listing.count && len < sizeof(m->away); n++)
		if (r->listing.list[n].state == UNREACHABLE)
			len += (size_t)snprintf(m->away + len,
			    sizeof(m->away) - len, "%s%s", len > 0 ? " " : "",
			    r->listing.list[n].zone);
	sign_database(r, m);
}

/* Whom the first list does not show would be a stranger to the next pass. */
static bool
must_list_again(struct reconciler *r, const struct state *m)
{
	if (!m->fresh || observe_is_sure(r))
		return false;
	r->listed_at = 0;
	return true;
}

static void
pass(struct reconciler *r, struct events *ev)
{
	struct state m;
	int k;

	state_open(&m, r->directory, &r->config);
	if (must_list_again(r, &m)) {
		state_close(&m);
		return;
	}
	sign(r, &m);
	observe(r, &m, ev);
	plan_deployments(m.groups, m.group_count, m.now, ev);
	for (k = 0; k < m.group_count; k++) {
		/* Before, too: so that who has none finds none. */
		balancers_assign(&m.groups[k], r->config.slots);
		plan(&m.groups[k], &r->config.groups[k], m.now, &r->seed, ev);
		balancers_assign(&m.groups[k], r->config.slots);
	}
	r->unsettled = unsettled(&m);
	observe_again(r, &m);
	if (state_save(&m))
		apply(r, &m);
	state_close(&m);
}

/* ---- and around it */

static void
begin_list(struct reconciler *r, int64_t every)
{
	if ((r->listed_at != 0 && clock_boot() - r->listed_at < every) ||
	    provider_job(&r->provider, "") != NULL)
		return;
	if (provider_begin(&r->provider, WORK_LIST, NULL))
		r->listed_at = clock_boot();
}

static void
tell(struct reconciler *r, struct events *ev)
{
	size_t n;

	history_append(r->directory, ev);
	for (n = 0; n < ev->count; n++)
		log_line(LOG_INFO, "%s %s %.300s", ev->list[n].group,
		    ev->list[n].instance, ev->list[n].text);
	events_free(ev);
}

/*
 * Until the next pass is due: something has ended, a balancer says another
 * thing than before, or it is time.
 */
static void
wait_for_news(struct reconciler *r, int64_t next, int64_t every)
{
	int pause = r->unsettled ? UNSETTLED_MS : WATCH_MS;

	begin_list(r, every);
	while (!stopped) {
		if (provider_wait(&r->provider, pause) ||
		    balancers_look(&r->balancers) || r->unsettled ||
		    clock_boot() >= next ||
		    inputs_changed(&r->inputs, r->state))
			return;
	}
}

/* Nothing is decided before it is known what there is. */
static bool
know_the_list(struct reconciler *r, int64_t end, int64_t every)
{
	begin_list(r, every);
	while (!observe_list(r)) {
		lock_beat(r->lock);
		if (stopped || (clock_boot() >= end &&
				   provider_job(&r->provider, "") == NULL))
			return false;
		provider_wait(&r->provider, 100);
		begin_list(r, every);
	}
	return true;
}

void
reconcile(struct reconciler *r, int64_t end, int64_t every)
{
	int64_t late = end + OVERTIME * CLOCK_SECOND;
	struct events ev = { 0 };
	struct sigaction sa = { .sa_handler = stop };
	int64_t next;

	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
	do {
		lock_beat(r->lock);
		next = clock_boot() + (every < PASS ? every : PASS);
		reconciler_reload(r, &ev);
		if (!know_the_list(r, end, every))
			break;
		balancers_look(&r->balancers);
		pass(r, &ev);
		tell(r, &ev);
		if (next > end && clock_boot() < end)
			next = end;
		if (clock_boot() < (provider_busy(&r->provider) ? late : end))
			wait_for_news(r, next, every);
	} while (!stopped &&
		 clock_boot() < (provider_busy(&r->provider) ? late : end));
}

static bool
terminate_all(struct reconciler *r, struct events *ev)
{
	bool failed = false;
	struct job *j;
	const char *id;
	size_t n = 0;
	int k;

	while (n < r->listing.count || provider_busy(&r->provider)) {
		for (; n < r->listing.count; n++) {
			id = r->listing.list[n].id; /* "" for a zone */
			if (id[0] != '\0' &&
			    !provider_begin(&r->provider, WORK_TERMINATE, id))
				break;
		}
		lock_beat(r->lock);
		provider_wait(&r->provider, 1000);
		for (k = 0; k < JOBS_MAX; k++) {
			j = &r->provider.jobs[k];
			if (j->child.pid == 0 || !j->child.done)
				continue;
			if (j->failed)
				event_note(ev, NULL, NULL, clock_now(),
				    "%s was not terminated: %.200s", j->id,
				    j->child.error.data);
			failed |= j->failed;
			provider_end(j);
		}
	}
	return !failed;
}

/* What is launched next is what the file says, whatever was deployed. */
static void
start_over(struct group *g, const struct group_config *c)
{
	group_free(g);
	memset(&g->refresh, 0, sizeof(g->refresh));
	if (c == NULL || strcmp(g->release, c->release) == 0)
		return;
	memcpy(g->previous, g->release, sizeof(g->previous));
	memcpy(g->release, c->release, sizeof(g->release));
}

bool
reconciler_clear(struct reconciler *r)
{
	struct events ev = { 0 };
	struct state m;
	bool done;
	int k;

	done = know_the_list(r, clock_boot(), CLOCK_SECOND) &&
	       terminate_all(r, &ev);
	state_open(&m, r->directory, &r->config);
	for (k = 0; k < m.group_count; k++)
		start_over(
		    &m.groups[k], config_group(&r->config, m.groups[k].name));
	state_save(&m);
	state_close(&m);
	tell(r, &ev);
	return done;
}
