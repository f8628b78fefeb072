/*
 * asg: the auto scaling groups of an environment. See asg(8).
 */
#include <getopt.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "cli/asg.h"
#include "model/event.h"

enum {
	OPT_JSON = 1,
	OPT_WATCH = 2,
	OPT_FOLLOW = 4,
	OPT_DECREMENT = 8,
	OPT_OFF = 16,
	OPT_FOR = 32,
	OPT_EVERY = 64,
	OPT_LIMIT = 256,
	OPT_HELP = 512,
	OPT_POLICY = 1024,
	MANY = 100, /* arguments: no limit */
};

struct command {
	const char *name;
	int least, most;  /* arguments */
	unsigned options; /* that it takes */
	int (*run)(struct reconciler *, const struct options *);
	const char *usage;
};

static int reconcile_command(struct reconciler *, const struct options *);
static int clear_command(struct reconciler *, const struct options *);

static const struct command commands[] = {
	{ "status", 0, 0, OPT_JSON | OPT_WATCH, cli_status,
	    "[--json | --watch]" },
	{ "activities", 0, 1, OPT_JSON | OPT_LIMIT, cli_activities,
	    "[GROUP] [--limit N] [--json]" },
	{ "events", 0, 0, OPT_JSON | OPT_FOLLOW | OPT_LIMIT, cli_events,
	    "[--follow] [--limit N] [--json]" },
	{ "describe", 1, 1, OPT_JSON, cli_describe, "ID [--json]" },
	{ "console", 1, 1, 0, cli_ask_provider, "ID" },
	{ "request", 1, 1, 0, cli_ask_provider, "ID" },
	{ "metrics", 0, 0, 0, cli_metrics, "" },
	{ "set-desired", 2, 2, 0, cli_change, "GROUP N" },
	{ "terminate", 1, 1, OPT_DECREMENT, cli_change, "ID [--decrement]" },
	{ "standby", 1, 1, OPT_DECREMENT, cli_change, "ID [--decrement]" },
	{ "in-service", 1, 1, 0, cli_change, "ID" },
	{ "protect", 1, 1, OPT_OFF, cli_change, "ID [--off]" },
	{ "suspend", 1, MANY, 0, cli_change, "GROUP [PROCESS…]" },
	{ "resume", 1, MANY, 0, cli_change, "GROUP [PROCESS…]" },
	{ "refresh", 1, 2, OPT_POLICY, cli_change,
	    "GROUP [RELEASE] [--policy NAME]" },
	{ "deploy", 1, 1, OPT_POLICY, cli_change, "RELEASE [--policy NAME]" },
	{ "restart", 0, 0, OPT_POLICY, cli_change, "[--policy NAME]" },
	{ "continue", 0, 0, 0, cli_change, "" },
	{ "rollback", 0, 1, OPT_POLICY, cli_change,
	    "[RELEASE] [--policy NAME]" },
	{ "annotate", 1, 1, 0, cli_annotate, "TEXT" },
	{ "wait", 0, 0, OPT_FOR, cli_wait_desired, "[--for SECONDS]" },
	{ "reconcile", 0, 0, OPT_FOR | OPT_EVERY, reconcile_command,
	    "[--for SECONDS] [--every SECONDS]" },
	{ "clear", 0, 0, 0, clear_command, "" },
};

enum { COMMANDS = sizeof(commands) / sizeof(*commands) };

static const struct option long_options[] = {
	{ "json", no_argument, NULL, OPT_JSON },
	{ "watch", no_argument, NULL, OPT_WATCH },
	{ "follow", no_argument, NULL, OPT_FOLLOW },
	{ "decrement", no_argument, NULL, OPT_DECREMENT },
	{ "off", no_argument, NULL, OPT_OFF },
	{ "for", required_argument, NULL, OPT_FOR },
	{ "every", required_argument, NULL, OPT_EVERY },
	{ "limit", required_argument, NULL, OPT_LIMIT },
	{ "policy", required_argument, NULL, OPT_POLICY },
	{ "help", no_argument, NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 },
};

int
cli_error(int status, const char *fmt, ...)
{
	va_list ap;

	fputs("asg: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return status;
}

static void
list_commands(FILE *f)
{
	int n;

	fputs("usage: asg [-s STATE] COMMAND\n", f);
	for (n = 0; n < COMMANDS; n++)
		fprintf(f, "  %-12s %s\n", commands[n].name, commands[n].usage);
	fputs("manual: man asg\n", f);
}

static void
print_usage(const struct command *c, FILE *f)
{
	fprintf(f, "usage: asg [-s STATE] %s %s\n", c->name, c->usage);
}

/* ---- commands that fit in no other file */

static int
reconcile_command(struct reconciler *r, const struct options *o)
{
	int64_t patience = (o->for_seconds + 5) * CLOCK_SECOND;
	/* From the start, not from the lock: cron's next one is on time. */
	int64_t end = clock_boot() + o->for_seconds * CLOCK_SECOND;

	if (!reconciler_lock(r, patience))
		return cli_error(
		    111, "another asg is at work in %s", r->directory);
	reconcile(r, end, (int64_t)(o->every * (double)CLOCK_SECOND));
	return 0;
}

static int
clear_command(struct reconciler *r, const struct options *o)
{
	(void)o;
	if (!reconciler_lock(r, 5 * CLOCK_SECOND))
		return cli_error(
		    111, "another asg is at work in %s", r->directory);
	return reconciler_clear(r)
		   ? 0
		   : cli_error(111, "some instances could not be terminated");
}

/* ---- options */

static double
number(const char *option, const char *text, double least, double most)
{
	char *end;
	double n = strtod(text, &end);

	if (*end != '\0' || end == text || !(n >= least && n <= most))
		exit(cli_error(100, "--%s must be a number from %g to %g",
		    option, least, most));
	return n;
}

static void
take_option(struct options *o, int which, const char *name)
{
	o->json |= which == OPT_JSON;
	o->watch |= which == OPT_WATCH;
	o->follow |= which == OPT_FOLLOW;
	o->decrement |= which == OPT_DECREMENT;
	o->off |= which == OPT_OFF;
	if (which == OPT_POLICY)
		o->policy = optarg;
	if (which == OPT_FOR)
		o->for_seconds = (int)number(name, optarg, 0, 86400);
	else if (which == OPT_EVERY)
		o->every = number(name, optarg, 0.1, 3600);
	else if (which == OPT_LIMIT)
		o->limit = (int)number(name, optarg, 1, 100000);
}

static const struct command *
find(const char *name)
{
	int n;

	for (n = 0; n < COMMANDS; n++)
		if (strcmp(commands[n].name, name) == 0)
			return &commands[n];
	exit(cli_error(
	    100, "there is no command %s; asg --help lists them", name));
}

static int
help(const char *name)
{
	if (name == NULL) {
		list_commands(stdout);
		return 0;
	}
	print_usage(find(name), stdout);
	return 0;
}

static int
run(const struct command *c, struct options *o)
{
	struct reconciler r;
	int st;

	if (o->state == NULL && (o->state = getenv("ALLDAY_STATE")) == NULL)
		o->state = "/var/lib/allday";
	reconciler_open(&r, o->state);
	st = c->run(&r, o);
	reconciler_close(&r);
	return st;
}

/* As a playbook says, or by the user: of sudo, or of this process before it
 * becomes whom the state directory belongs to. */
static void
know_operator(struct options *o)
{
	const char *said = getenv("ASG_OPERATOR"), *sudo = getenv("SUDO_USER");
	const struct passwd *user = getpwuid(getuid());

	if (said == NULL)
		said = sudo;
	if (said == NULL && user != NULL)
		said = user->pw_name;
	snprintf(o->operator, sizeof(o->operator), "%s",
	    said != NULL && *said != '\0' ? said : "somebody");
	event_plain_text(o->operator);
}

int
main(int argc, char **argv)
{
	struct options o = { .every = 2 };
	const struct command *c;
	unsigned taken = 0;
	int which, index, count;

	log_open("asg");
	while ((which = getopt_long(argc, argv, "hs:", long_options, &index)) !=
	       -1) {
		if (which == '?') /* getopt_long() said which */
			return 100;
		if (which == 's') {
			o.state = optarg;
			continue;
		}
		if (which == 'h')
			which = OPT_HELP;
		taken |= (unsigned)which;
		if (which != OPT_HELP)
			take_option(&o, which, long_options[index].name);
	}
	if (taken & OPT_HELP)
		return help(argv[optind]);
	if (optind == argc) {
		list_commands(stderr);
		return 100;
	}
	c = find(argv[optind++]);
	count = argc - optind;
	if (count < c->least || count > c->most || taken & ~c->options) {
		print_usage(c, stderr);
		return 100;
	}
	o.command = c->name;
	o.args = argv + optind;
	know_operator(&o);
	return run(c, &o);
}
