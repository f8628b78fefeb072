/*
 * The commands of asg(8). Each returns the exit status: 0 done, 100 wrong use,
 * 111 system error; a sentence on standard error says why.
 */
#ifndef ASG_H
#define ASG_H

#include "reconcile/reconcile.h"

struct options {
	const char *state; /* -s */
	bool json, watch, follow, decrement, off;
	int for_seconds;
	double every;
	int limit;
};

/* ---- operate.c: what an operator asks for */
int set_desired(struct reconciler *, const struct options *, char **);
int terminate(struct reconciler *, const struct options *, char **);
int standby(struct reconciler *, const struct options *, char **);
int in_service(struct reconciler *, const struct options *, char **);
int protect(struct reconciler *, const struct options *, char **);
int suspend(struct reconciler *, const struct options *, char **);
int resume(struct reconciler *, const struct options *, char **);
int annotate(struct reconciler *, const struct options *, char **);
int stop(struct reconciler *, const struct options *, char **);
int wait_desired(struct reconciler *, const struct options *, char **);

/* ---- show.c: what an operator wants to see */
int status(struct reconciler *, const struct options *, char **);
int describe(struct reconciler *, const struct options *, char **);
int activities(struct reconciler *, const struct options *, char **);
int events(struct reconciler *, const struct options *, char **);
int console(struct reconciler *, const struct options *, char **);
int request(struct reconciler *, const struct options *, char **);
int metrics(struct reconciler *, const struct options *, char **);

/* A sentence on standard error, and the exit status given. */
int refuse(int status, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
