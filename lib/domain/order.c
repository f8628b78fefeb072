/* Keys between keys. */
#include <stdio.h>
#include <string.h>

#include "domain/order.h"

static const char digits[] =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/* Characters of the integer part, its head included; 0 for a bad head. */
static size_t
integer_length(char head)
{
	if (head >= 'a' && head <= 'z')
		return (size_t)(head - 'a') + 2;
	if (head >= 'A' && head <= 'Z')
		return (size_t)('Z' - head) + 2;
	return 0;
}

bool
order_valid(const char *key)
{
	static const char smallest[] = "A00000000000000000000000000";
	size_t len = strlen(key), integer = integer_length(key[0]);

	if (integer == 0 || len < integer || len > ORDER_MAX)
		return false;
	if (strspn(key, digits) != len || strcmp(key, smallest) == 0)
		return false;
	return len == integer || key[len - 1] != '0';
}

/* Add one to the integer part; false when the head has run out. */
static bool
increment(char *key)
{
	size_t i, n = integer_length(key[0]);

	for (i = n - 1; i > 0; i--) {
		if (key[i] != 'z') {
			key[i] = strchr(digits, key[i])[1];
			return true;
		}
		key[i] = '0';
	}
	if (key[0] == 'z')
		return false;
	key[0] = key[0] == 'Z' ? 'a' : (char)(key[0] + 1);
	n = integer_length(key[0]);
	memset(key + 1, '0', n - 1);
	key[n] = '\0';
	return true;
}

/*
 * Of a key that has no greater integer part: one digit more, or at its full
 * length the last digit that can be raised. Nothing is after the greatest key
 * of all, which is then used once more: the id puts the items in order.
 */
static void
extend(const char *last, char *out)
{
	size_t integer = integer_length(last[0]), n = strlen(last);

	snprintf(out, ORDER_MAX + 1, "%s", last);
	if (n < ORDER_MAX) {
		memcpy(out + n, "V", 2);
		return;
	}
	while (n > integer && out[n - 1] == 'z')
		n--;
	if (n == integer)
		return;
	out[n - 1] = strchr(digits, out[n - 1])[1];
	out[n] = '\0';
}

void
order_after(const char *last, char *out)
{
	size_t n;

	if (*last == '\0') {
		snprintf(out, ORDER_MAX + 1, "%s", ORDER_FIRST);
		return;
	}
	n = integer_length(last[0]);
	snprintf(out, ORDER_MAX + 1, "%.*s", (int)n, last);
	/* 62^26 appends away; a client may still have put a key there. */
	if (!increment(out))
		extend(last, out);
}
