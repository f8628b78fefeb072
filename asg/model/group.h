/*
 * An auto scaling group and its instances: what is remembered from pass to
 * pass, and what was observed in this one.
 */
#ifndef GROUP_H
#define GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/config.h"
#include "model/alert.h"
#include "model/load.h"
#include "model/refresh.h"

enum {
	ID_SIZE = 16,        /* "i-" and 8 hexadecimal digits */
	ADDRESS_SIZE = 46,   /* IPv4 or IPv6, as text */
	TEXT_SIZE = 320,     /* a cause or an error: one line */
	DATABASE_SIZE = 128, /* what the database's guard says: one line */
	BACKOFF_MAX = 300    /* seconds between launches that keep failing */
};

/* What the provider says of an instance. */
enum presence {
	PRESENCE_UNKNOWN, /* the provider could not be asked */
	ABSENT,
	STARTING,
	RUNNING,
	STOPPED,
	UNREACHABLE /* its zone could not be asked */
};

/* What the balancers say of it. */
enum health {
	HEALTH_UNKNOWN, /* nobody looks at it */
	HEALTH_INITIAL, /* no check has ended yet */
	HEALTH_UP,
	HEALTH_UNREADY, /* it lives and says 503: not ready */
	HEALTH_DEAD
};

/* How a balancer routes to it: HAProxy's states maint, drain, ready. */
enum routing { ROUTE_NONE, ROUTE_DRAIN, ROUTE_READY };

enum lifecycle {
	LAUNCHING, /* asked for; the provider is at it */
	PENDING,   /* runs, and waits for its first passed checks */
	IN_SERVICE,
	STANDBY,    /* out of routing until somebody takes it back */
	DRAINING,   /* gets no new requests; those under way end */
	TERMINATING /* the provider is at it, until it is gone */
};

/* What plan() looks at in every pass comes first: it is read thousands of
 * times for large groups. */
struct instance {
	/* remembered */
	char id[ID_SIZE];
	enum lifecycle lifecycle;
	int slot;          /* at every balancer; 0 for none */
	bool protect;      /* from scale-in */
	bool decremented;  /* desired was lowered when it went to standby */
	bool to_terminate; /* somebody asked for its termination */
	bool unhealthy;    /* why it is being replaced or terminated */
	bool failed;       /* it never came into service */

	/* observed in this pass */
	bool responsive;     /* it can be drained */
	bool refused;        /* when DEAD: nobody listens there */
	bool reported_alive; /* some balancer says that it lives */
	bool busy;           /* the provider is at it now */
	enum presence presence;
	enum health health;
	enum routing routing; /* the strongest of any balancer */
	int sessions;

	/* remembered */
	int attempts;          /* failed terminations in a row … */
	int64_t retry_at;      /* … and no other one before then */
	int64_t state_since;   /* when it entered its lifecycle state */
	int64_t launched_at;   /* when the provider had started it */
	int64_t in_service_at; /* when the balancers first saw it healthy; 0 */
	int64_t fault_since;   /* at fault since then, 0: it is not; PENDING:
				* when it last said 503 */
	int64_t detected_at;  /* when the need for it, or its fault, was seen */
	int64_t requested_at; /* when its launch or termination was asked for */
	int64_t acted_at;     /* when the provider last did something to it */
	int port;
	char zone[NAME_SIZE];
	char address[ADDRESS_SIZE]; /* "" while it is being launched */
	char release[RELEASE_SIZE];
	char cause[TEXT_SIZE];

	/* observed in this pass */
	double cpu_seconds; /* used since its start; negative: not known */
	char reason[TEXT_SIZE];
};

/* Launches that fail are tried again later and later, zone by zone. */
struct backoff {
	char zone[NAME_SIZE];
	int failures;
	int64_t until;
	char error[TEXT_SIZE];
};

enum process {
	PROCESS_LAUNCH,
	PROCESS_TERMINATE,
	PROCESS_HEALTH_CHECK,
	PROCESS_REPLACE_UNHEALTHY,
	PROCESS_AZ_REBALANCE,
	PROCESS_ALARM_NOTIFICATION,
	PROCESS_SCHEDULED_ACTIONS,
	PROCESS_ADD_TO_LOAD_BALANCER,
	PROCESSES
};

struct group {
	char name[NAME_SIZE];
	int min, desired, max;                /* now */
	int file_min, file_desired, file_max; /* what the file last said */
	unsigned suspended;                   /* bit per enum process */
	bool all_dead;                        /* none in service is good */
	struct alert together;                /* most are at fault at once */
	struct alert cut_off;                 /* most zones cannot be reached */
	int64_t excused;   /* when the database was last to blame */
	int64_t scheduled; /* until then, scheduled actions are done */
	struct scale_state scale;
	char release[RELEASE_SIZE];  /* that it is to have; "": not known */
	char previous[RELEASE_SIZE]; /* that it had before, "" for none */
	struct refresh refresh;
	struct served served; /* since the last one began, until its end */
	int backoff_count;
	struct backoff backoff[ZONES_MAX];
	struct instance *instances;
	size_t count, size;

	/* observed in this pass */
	struct load load;
	bool answered;             /* a second has passed, in which … */
	struct answers answers[2]; /* … the new half, and the old one … */
	/* Of its zones, as the file has them: */
	bool unreachable[ZONES_MAX];
	bool unsure[ZONES_MAX]; /* perhaps: by the last list alone, or because
				 * asg itself may be cut off */
};

/* As AWS calls them, and back; -1 for no such name. */
extern const char *const group_lifecycles[];
extern const char *const group_healths[];
extern const char *const group_processes[PROCESSES];
int group_name_index(const char *const *names, int count, const char *name);

/* Each instance of a group, i pointing to it. */
#define group_each(i, g) \
	for ((i) = (g)->instances; (i) < (g)->instances + (g)->count; (i)++)

/* A new record, zeroed; valid until the next one. */
struct instance *group_add(struct group *, const char *id);
struct instance *group_find(struct group *, const char *id);

void group_free(struct group *);

/* No balancer looks at this one: it is as well as the provider says. */
void group_see_alone(struct group *);

/* The file's numbers hold from when they are changed there; its release where
 * it is pinned, or where it is not known which one the group has. */
void group_adopt(struct group *, const struct group_config *);

/* Seconds to wait after so many failures: 1, 2, 4 … BACKOFF_MAX. */
int group_backoff_seconds(int failures);

static inline void
group_enter(struct instance *i, enum lifecycle state, int64_t now)
{
	i->lifecycle = state;
	i->state_since = now;
}

static inline bool
is_suspended(const struct group *g, enum process p)
{
	return g->suspended & 1u << p;
}

#endif
