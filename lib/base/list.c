/* Arrays that grow by doubling. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/log.h"

void *
list_grow(void *list, size_t count, size_t *size, size_t each)
{
	if (count < *size)
		return list;
	*size = *size != 0 ? *size * 2 : 16;
	if ((list = reallocarray(list, *size, each)) == NULL)
		oom();
	return list;
}

void *
list_find(const void *list, size_t count, size_t each, const char *name)
{
	const char *at = list;

	for (; count > 0; count--, at += each)
		if (strcmp(at, name) == 0)
			return (void *)(uintptr_t)at;
	return NULL;
}
