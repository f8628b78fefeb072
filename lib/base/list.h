/* Arrays that grow. */
#ifndef LIST_H
#define LIST_H

#include <stddef.h>

/*
 * Room for one more in an array of count elements of `each` bytes, of which
 * *size fit: the array, perhaps elsewhere now, twice as large. NULL with
 * *size == 0 is an empty one. To be freed with free(); dies when memory is out.
 */
void *list_grow(void *list, size_t count, size_t *size, size_t each);

/* The element that begins with that name (an array of char), or NULL. */
void *list_find(const void *list, size_t count, size_t each, const char *name);

#endif
