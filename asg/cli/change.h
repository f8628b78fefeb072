/*
 * Commands that change the state, all of it or nothing. Each returns the exit
 * status, and has said why when that is not 0.
 */
#ifndef CHANGE_H
#define CHANGE_H

#include "cli/asg.h"

/* A change of the state, and the notes of it. */
struct change {
	struct state m;
	struct group *g;
	const struct group_config *config; /* of the group */
	struct instance *i;                /* NULL: it is of the group */
	struct events ev;
	char operator[64];  /* who asks */
	char asked_for[96]; /* "OPERATOR asked for it" */
};

/* ---- refresh.c: which release a group has */
int cli_refresh(struct change *, const struct options *);
int cli_deploy(struct change *, const struct options *);
int cli_restart(struct change *, const struct options *);
int cli_continue(struct change *, const struct options *);
int cli_rollback(struct change *, const struct options *);

#endif
