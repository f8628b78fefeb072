/* A request's body: what the strict reader lets through, json-c reads, and what
 * it refuses has a sentence. */
#include "base/json.c"
#include "base/json_scan.c"

#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fault scanned = { 0 }, read = { 0 };
	struct json *j = NULL;
	enum status s = json_scan((const char *)data, size, &scanned);

	HOLDS(s == OK || s == BAD_JSON || s == DUPLICATE_FIELD);
	HOLDS(json_read((const char *)data, size, &j, &read) == s);
	HOLDS((s == OK) == (j != NULL));
	json_free(j);
	return 0;
}
