/* The size of the next batch. */
#include "domain/batch.h"

/* Twice as many at most: those before may have been the short ones. */
int64_t
batch_next(int64_t size, int64_t took)
{
	int64_t next = 2 * size;

	if (took > BATCH_US / 2)
		next = size * BATCH_US / took;
	if (next < 1)
		return 1;
	return next < BATCH_MAX ? next : BATCH_MAX;
}
