/* What HAProxy says to `show stat`: it is refused with a reason, or each server
 * has a slot. */
#include "haproxy/csv.c"
#include "haproxy/haproxy_parse.c"

#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char error[REASON_SIZE] = "";
	struct balancer_view v = { 0 };
	size_t i;

	if (!haproxy_parse((const char *)data, size, &v, error, sizeof(error)))
		HOLDS(error[0] != '\0');
	for (i = 0; i < v.server_count; i++)
		HOLDS(v.servers[i].slot > 0);
	haproxy_view_free(&v);
	return 0;
}
