/* What HAProxy says to `show stat`: nothing is left of what is refused, else
 * each server has a slot. */
#include "haproxy/csv.c"
#include "haproxy/haproxy_parse.c"

#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct balancer_view v = { 0 };
	size_t i;

	if (!haproxy_parse((const char *)data, size, &v))
		HOLDS(v.server_count == 0);
	for (i = 0; i < v.server_count; i++)
		HOLDS(v.servers[i].slot > 0);
	haproxy_view_free(&v);
	return 0;
}
