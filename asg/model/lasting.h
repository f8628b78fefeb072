/*
 * What is told once when it lasts, and once more when it is over: a balancer
 * that does not answer, a zone out of reach, most of a group at fault.
 */
#ifndef LASTING_H
#define LASTING_H

#include <stdbool.h>
#include <stdint.h>

struct lasting {
	int64_t since; /* it has been so since then; 0: it is not */
	int64_t well;  /* and not so since then; 0: it is */
	bool told;
};

enum news { NO_NEWS, IT_LASTS, IT_IS_OVER };

/*
 * Is it so now? IT_LASTS: for the first time for so long (microseconds).
 * IT_IS_OVER: it was told, and has not been so for three seconds; *lasted is
 * then how long it was. What comes again within three seconds is the same.
 */
enum news lasting_see(
    struct lasting *, bool so, int64_t now, int64_t after, int64_t *lasted);

#endif
