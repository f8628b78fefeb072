/*
 * Fractional keys: the order of items as strings that compare as bytes, with
 * room between any two. The format is that of the npm package
 * fractional-indexing (base 62), which the app uses: a head letter that gives
 * the length of the integer part ('a' 2 … 'z' 27 upwards, 'Z' 2 … 'A' 27
 * downwards), the integer, then a fraction that does not end in '0'.
 */
#ifndef ORDER_H
#define ORDER_H

#include <stdbool.h>
#include <stddef.h>

#define ORDER_MAX   200  /* characters of a key */
#define ORDER_FIRST "a0" /* of an empty list */

bool order_valid(const char *);

/*
 * The key after the last one; out has ORDER_MAX + 1 bytes. last == "" gives
 * ORDER_FIRST. last must be valid; after the greatest key there is, ORDER_MAX
 * times 'z', comes that key again.
 */
void order_after(const char *last, char *out);

#endif
