/* The commands that show something, for people. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/asg.h"
#include "cli/show.h"
#include "state/history.h"
#include "state/lock.h"

enum { LATEST = 20 };

static const char *
age(int64_t since, int64_t now, char text[32])
{
	long s = since != 0 && now > since ? (now - since) / CLOCK_SECOND : 0;

	if (s < 120)
		snprintf(text, 32, "%ld s", s);
	else if (s < 7200)
		snprintf(text, 32, "%ld min", s / 60);
	else if (s < 172800)
		snprintf(text, 32, "%ld h", s / 3600);
	else
		snprintf(text, 32, "%ld d", s / 86400);
	return text;
}

static void
print_instance(const struct instance *i, int64_t now)
{
	char place[64] = "", since[32];

	if (i->address[0] != '\0')
		snprintf(place, sizeof(place), "%s:%d", i->address, i->port);
	printf("  %-10s  %-8s  %-11s  %-9s  %-21s  %-8s  %s", i->id, i->zone,
	    group_lifecycles[i->lifecycle], group_healths[i->health], place,
	    age(i->launched_at, now, since), i->release);
	if (i->protect)
		printf("  protected");
	if (i->reason[0] != '\0' && i->lifecycle != STANDBY)
		printf("  %s", i->reason);
	putchar('\n');
}

static void
print_refresh(const struct group *g, int64_t now)
{
	const struct refresh *r = &g->refresh;
	const struct judgement *j = &r->judgement;
	char since[32];

	if (r->phase == REFRESH_NONE)
		return;
	printf(
	    "  %s release %s: %d of %d, %s for %s; %d of %d requests failed, "
	    "of the others %d of %d\n",
	    r->back ? "back to" : "on its way to", r->target, r->wanted,
	    g->desired, refresh_phases[r->phase],
	    age(r->phase_since, now, since), j->failures[0], j->requests[0],
	    j->failures[1], j->requests[1]);
}

static void
print_remarks(const struct group *g, int64_t now)
{
	const struct backoff *b;
	char since[32];
	int n;

	print_refresh(g, now);
	if (g->together.firing)
		printf("  ! most instances are out of order at once, for %s\n",
		    age(g->together.since, now, since));
	if (g->all_dead)
		printf("  ! every instance looks dead: nothing is terminated, "
		       "one at a time is tried\n");
	for (n = 0; n < PROCESSES; n++)
		if (g->suspended & 1u << n)
			printf("  ! %s is suspended\n", group_processes[n]);
	for (n = 0; n < g->backoff_count; n++) {
		b = &g->backoff[n];
		if (b->failures == 0)
			continue;
		printf("  ! %d launches failed in zone %s, next try in %.0f s: "
		       "%s\n",
		    b->failures, b->zone,
		    b->until > now ? (double)(b->until - now) / 1e6 : 0.0,
		    b->error);
	}
}

static void
print_balancers(const struct reconciler *r, const struct state *m)
{
	int n;

	printf("environment %s, balancers", r->config.name);
	for (n = 0; n < r->balancers.count; n++)
		printf("%s %s%s", n > 0 ? "," : "", r->balancers.list[n].name,
		    r->balancers.list[n].reachable ? "" : " (does not answer)");
	printf("%s\n", lock_is_held(r->directory, NULL)
			   ? ""
			   : "; no reconciler is at work");
	if (m->database[0] != '\0')
		printf("  ! the database: %s\n", m->database);
	if (m->away[0] != '\0')
		printf("  ! cannot be reached: zone %s\n", m->away);
}

static void
print_status(struct reconciler *r)
{
	const struct group *g;
	struct state m;
	size_t n;
	int k;

	show_open(r, &m);
	print_balancers(r, &m);
	for (k = 0; k < m.group_count; k++) {
		g = &m.groups[k];
		printf("\n%s: %d of %d in service (min %d, max %d)\n", g->name,
		    show_in_service(g), g->desired, g->min, g->max);
		if (g->count > 0)
			printf("  %-10s  %-8s  %-11s  %-9s  %-21s  %-8s  %s\n",
			    "INSTANCE", "ZONE", "STATE", "HEALTH", "ADDRESS",
			    "AGE", "RELEASE");
		for (n = 0; n < g->count; n++)
			print_instance(&g->instances[n], m.now);
		print_remarks(g, m.now);
	}
	state_close(&m);
}

static int
print_buf(struct buf *b)
{
	puts(b->data);
	buf_free(b);
	return 0;
}

int
cli_status(struct reconciler *r, const struct options *o)
{
	struct buf b = { 0 };

	if (o->json) {
		show_json(r, &b);
		return print_buf(&b);
	}
	while (o->watch && !ferror(stdout)) {
		printf("\033[H\033[2J"); /* home, erase */
		print_status(r);
		fflush(stdout);
		poll(NULL, 0, 1000);
	}
	print_status(r);
	return 0;
}

int
cli_describe(struct reconciler *r, const struct options *o)
{
	struct buf b = { 0 };
	struct instance *i;
	struct state m;
	struct group *g;
	const char *s;
	int depth = 0;

	show_open(r, &m);
	if ((i = state_instance(&m, o->args[0], &g)) == NULL) {
		state_close(&m);
		return cli_error(100, "there is no instance %s", o->args[0]);
	}
	show_instance(&b, g, i);
	state_close(&m);
	if (o->json)
		return print_buf(&b);
	/* A member a line. */
	for (s = b.data + 1; *s != '\0' && s[1] != '\0'; s++) {
		if (*s == '"' && s[-1] != '\\')
			depth = !depth;
		else if (*s == ',' && !depth)
			putchar('\n');
		else if (*s == ':' && !depth)
			fputs(":\t", stdout);
		else
			putchar(*s);
	}
	putchar('\n');
	buf_free(&b);
	return 0;
}

/* ---- history */

struct view {
	const char *group; /* NULL: all */
	int limit, count;
	struct event *ring;
};

static void
keep(const struct event *e, void *arg)
{
	struct view *v = arg;

	if (v->group != NULL && strcmp(v->group, e->group) != 0)
		return;
	v->ring[v->count++ % v->limit] = *e;
}

static int
print_history(struct reconciler *r, const struct options *o, const char *group)
{
	struct view v = { .group = group };
	int n;

	v.limit = o->limit > 0 ? o->limit : LATEST;
	if ((v.ring = calloc((size_t)v.limit, sizeof(*v.ring))) == NULL)
		return cli_error(111, "out of memory");
	history_read(r->directory, keep, &v);
	n = v.count > v.limit ? v.count - v.limit : 0;
	for (; n < v.count; n++)
		history_print(&v.ring[n % v.limit], o->json);
	free(v.ring);
	return 0;
}

/* What is not over yet stands in the state alone. */
static void
print_in_progress(struct reconciler *r, const char *group)
{
	const struct instance *i;
	struct state m;
	int k;

	show_open(r, &m);
	for (k = 0; k < m.group_count; k++) {
		if (group != NULL && strcmp(group, m.groups[k].name) != 0)
			continue;
		group_each (i, &m.groups[k]) {
			if (i->lifecycle == IN_SERVICE ||
			    i->lifecycle == STANDBY)
				continue;
			printf("in progress              %-8s %-10s  %s\n"
			       "  %s\n",
			    m.groups[k].name, i->id,
			    group_lifecycles[i->lifecycle], i->cause);
		}
	}
	state_close(&m);
}

int
cli_activities(struct reconciler *r, const struct options *o)
{
	int st;

	if (o->args[0] != NULL && config_group(&r->config, o->args[0]) == NULL)
		return cli_error(100, "there is no group %s", o->args[0]);
	st = print_history(r, o, o->args[0]);
	if (!o->json)
		print_in_progress(r, o->args[0]);
	return st;
}

int
cli_events(struct reconciler *r, const struct options *o)
{
	if (o->follow)
		history_follow(r->directory, o->json);
	return print_history(r, o, NULL);
}

/* Logs are the provider's affair: the command is one of its own. */
int
cli_ask_provider(struct reconciler *r, const struct options *o)
{
	execl(r->provider.program, r->provider.program, o->command, o->args[0],
	    NULL);
	return cli_error(111, "%s cannot be run", r->provider.program);
}
