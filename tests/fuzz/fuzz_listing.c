/* A line that a provider prints: it is refused with a reason, or what was read
 * is in its bounds. */
#include "provider/listing.c"

#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char error[128] = "";
	struct listed l = { 0 };

	if (!listing_parse_line(
		(const char *)data, size, &l, error, sizeof(error))) {
		HOLDS(error[0] != '\0');
		return 0;
	}
	HOLDS(memchr(l.id, '\0', sizeof(l.id)) != NULL);
	HOLDS(memchr(l.address, '\0', sizeof(l.address)) != NULL);
	HOLDS(memchr(l.release, '\0', sizeof(l.release)) != NULL);
	HOLDS(l.state != RUNNING || (l.port > 0 && l.port < 65536));
	return 0;
}
