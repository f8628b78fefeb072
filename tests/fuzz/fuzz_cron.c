/* Times that come again: whatever the expression, the latest is within the time
 * that was asked for. The first two bytes are the zone and the time. */
#include "model/cron.c"
#include "model/cron_seek.c"

#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const zones[] = { "UTC", "Asia/Seoul",
		"America/New_York", "Australia/Lord_Howe" };
	char *text;
	const char *zone;
	struct cron c;
	int64_t now, found;

	if (size < 2)
		return 0;
	zone = zones[data[0] % 4];
	/* From 2024 on, 4 days and some hours apart. */
	now = CLOCK_SECOND * (1704067200 + (int64_t)data[1] * 367201);
	text = text_of(data + 2, size - 2);
	if (cron_parse(text, &c)) {
		found = cron_latest(&c, zone, now - CLOCK_SECOND * 86400, now);
		HOLDS(found == CLOCK_NONE ||
		      (found > now - CLOCK_SECOND * 86400 && found <= now));
	}
	free(text);
	return 0;
}
