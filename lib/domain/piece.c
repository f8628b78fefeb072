/* The size of the next piece. */
#include "domain/piece.h"

/* Twice as many at most: those before may have been the short ones. */
int64_t
piece_next(int64_t size, int64_t took)
{
	int64_t next = 2 * size;

	if (took > PIECE_US / 2)
		next = size * PIECE_US / took;
	if (next < 1)
		return 1;
	return next < PIECE_MOST ? next : PIECE_MOST;
}
