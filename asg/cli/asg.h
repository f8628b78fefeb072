/*
 * The commands of asg(8). Each returns the exit status: 0 done, 100 wrong use,
 * 111 system error; a sentence on standard error says why.
 */
#ifndef ASG_H
#define ASG_H

#include "reconcile/reconcile.h"

struct options {
	const char *state;   /* -s */
	const char *command; /* its name, and what follows: */
	char **args;         /* ends with NULL */
	const char *policy;
	bool json, watch, follow, decrement, off;
	char operator[64]; /* who asks */
	int for_seconds;
	double every;
	int limit;
};

/* ---- operate.c: what an operator asks for */
int cli_change(struct reconciler *, const struct options *);
int cli_annotate(struct reconciler *, const struct options *);
int cli_wait_desired(struct reconciler *, const struct options *);

/* ---- show.c: what an operator wants to see */
int cli_status(struct reconciler *, const struct options *);
int cli_describe(struct reconciler *, const struct options *);
int cli_activities(struct reconciler *, const struct options *);
int cli_events(struct reconciler *, const struct options *);
int cli_ask_provider(struct reconciler *, const struct options *);
int cli_metrics(struct reconciler *, const struct options *);

/* A sentence on standard error, and the exit status given. */
int cli_error(int status, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
