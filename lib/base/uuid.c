/* UUIDs made, read and written. */
#include <string.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/uuid.h"

static void
stamp(struct uuid *id, uint8_t version)
{
	id->b[6] = (uint8_t)((id->b[6] & 0x0f) | version << 4);
	id->b[8] = (uint8_t)((id->b[8] & 0x3f) | 0x80);
}

void
uuid_new(struct uuid *id)
{
	uint64_t ms = (uint64_t)(clock_now() / 1000);
	int i;

	crypto_random(id->b, sizeof(id->b));
	for (i = 0; i < 6; i++)
		id->b[i] = (uint8_t)(ms >> (40 - 8 * i));
	stamp(id, 7);
}

void
uuid_derive(struct uuid *id, const struct uuid *space, const char *name)
{
	uint8_t named[DIGEST_SIZE], both[sizeof(space->b) + DIGEST_SIZE];
	uint8_t sum[DIGEST_SIZE];

	crypto_digest(name, strlen(name), named);
	memcpy(both, space->b, sizeof(space->b));
	memcpy(both + sizeof(space->b), named, sizeof(named));
	crypto_digest(both, sizeof(both), sum);
	memcpy(id->b, sum, sizeof(id->b));
	stamp(id, 8);
}

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool
uuid_parse(const char *s, bool dashes, struct uuid *id)
{
	static const struct uuid nil;
	int i, high, low;

	for (i = 0; i < 16; i++) {
		if (dashes && (i == 4 || i == 6 || i == 8 || i == 10) &&
		    *s++ != '-')
			return false;
		if ((high = hex(s[0])) < 0 || (low = hex(s[1])) < 0)
			return false;
		id->b[i] = (uint8_t)(high << 4 | low);
		s += 2;
	}
	return *s == '\0' && !uuid_equal(id, &nil);
}

void
uuid_text(const struct uuid *id, bool dashes, char out[UUID_TEXT])
{
	static const char digits[] = "0123456789abcdef";
	int i;

	for (i = 0; i < 16; i++) {
		if (dashes && (i == 4 || i == 6 || i == 8 || i == 10))
			*out++ = '-';
		*out++ = digits[id->b[i] >> 4];
		*out++ = digits[id->b[i] & 15];
	}
	*out = '\0';
}

bool
uuid_equal(const struct uuid *a, const struct uuid *b)
{
	return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}
