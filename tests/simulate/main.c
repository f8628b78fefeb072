/* simulate [--instances N] [--days N] [--seed N]: exit status 1 when plan()
 * broke a rule. */
#include <getopt.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "simulate.h"

struct arguments {
	int instances, days, seed;
};

static const struct option options[] = {
	{ "instances", required_argument, NULL, 'i' },
	{ "days", required_argument, NULL, 'd' },
	{ "seed", required_argument, NULL, 's' },
	{ NULL, 0, NULL, 0 },
};

static int
number(const char *text, long least, long most)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (end == text || *end != '\0' || n < least || n > most)
		die(100, "%s is not a number from %ld to %ld", text, least,
		    most);
	return (int)n;
}

static void
parse(int argc, char **argv, struct arguments *a)
{
	int which;

	while ((which = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (which == 'i')
			a->instances = number(optarg, 1, 1000000);
		else if (which == 'd')
			a->days = number(optarg, 1, 366);
		else if (which == 's')
			a->seed = number(optarg, 0, 1000000000);
		else
			exit(100);
}

static void
report(const struct arguments *a, const struct simulation *s, double seconds)
{
	printf("%d instances in %d groups, %d days, seed %d: %.1f s\n"
	       "passes %ld, launched %ld, faults %ld, outages %ld, commands "
	       "%ld\n"
	       "replaced %ld, scaled in %ld, most above max %d, slowest "
	       "recovery %d passes\n"
	       "refreshes %ld, taken back %ld\n"
	       "violations: %d\n",
	    a->instances, s->world_count, a->days, a->seed, seconds, s->passes,
	    s->launched, s->faults, s->outages, s->commands, s->replaced,
	    s->scaled_in, s->most_ahead, s->slowest, s->refreshes,
	    s->taken_back, s->violations);
}

int
main(int argc, char **argv)
{
	struct arguments a = { .instances = 10000, .days = 7, .seed = 1 };
	int64_t start = clock_boot();
	struct simulation s;
	bool broken;

	log_open("simulate");
	parse(argc, argv, &a);
	simulation_open(&s, a.instances, a.seed);
	s.out = stderr;
	simulation_run(&s, a.days);
	report(&a, &s, (double)(clock_boot() - start) / 1e6);
	broken = s.violations != 0;
	simulation_close(&s);
	return broken;
}
