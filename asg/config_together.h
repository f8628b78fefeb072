/*
 * What no key can be asked alone. The tree is complete, and each value of it
 * is as its rule wants it.
 */
#ifndef CONFIG_TOGETHER_H
#define CONFIG_TOGETHER_H

#include "buf.h"
#include "config_schema.h"

struct checker {
	const char *file; /* blamed before the defaults */
	const struct node *root;
	const struct node *group; /* the one that is looked at */
	struct buf *error;
};

/*
 * The first of both that the file itself says, else that any file says, else
 * what they belong to. Either may be NULL.
 */
const struct node *blame(
    const struct checker *, const struct node *, const struct node *);

/* The number of that key that is the most a group ever has, or (-1) the least.
 */
const struct node *group_extreme(
    const struct node *, const char *key, int sign);

void check_together(struct checker *);    /* of every environment */
void check_ports(const struct checker *); /* of one on this machine */
void check_hosts(const struct checker *); /* of one on hosts */
void check_balancers(const struct checker *);
void check_records(const struct checker *);
void check_launch(const struct checker *, bool hosts); /* of every one */

#endif
