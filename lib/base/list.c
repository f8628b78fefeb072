/* Arrays that grow by doubling. */
#include <stdlib.h>

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
