/* Is a password, or what it is made of, one that everybody takes? */
#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include <unistr.h>

#include "base/text.h"
#include "domain/common_password.h"
#include "domain/password.h"

enum {
	AROUND = 6, /* digits and signs that make no other password of a word */
	KEYS = 3 * PASSWORD_MAX, /* up to seven for three bytes of Hangul */
};

/* ---- Hangul as keys (Unicode 3.12); with Shift they are the same here */

static const char *const initials[] = { "r", "r", "s", "e", "e", "f", "a", "q",
	"q", "t", "t", "d", "w", "w", "c", "z", "x", "v", "g" };
static const char *const medials[] = { "k", "o", "i", "o", "j", "p", "u", "p",
	"h", "hk", "ho", "hl", "y", "n", "nj", "np", "nl", "b", "m", "ml",
	"l" };
static const char *const finals[] = { "", "r", "r", "rt", "s", "sw", "sg", "e",
	"f", "fr", "fa", "fq", "ft", "fx", "fv", "fg", "a", "q", "qt", "t", "t",
	"d", "w", "c", "z", "x", "v", "g" };
/* U+3131 to U+3163: what stands alone, as in laughter. */
static const char *const alone[] = { "r", "r", "rt", "s", "sw", "sg", "e", "e",
	"f", "fr", "fa", "fq", "ft", "fx", "fv", "fg", "a", "q", "q", "qt", "t",
	"t", "d", "w", "w", "c", "z", "x", "v", "g", "k", "o", "i", "o", "j",
	"p", "u", "p", "h", "hk", "ho", "hl", "y", "n", "nj", "np", "nl", "b",
	"m", "ml", "l" };

static size_t
put(char *dst, const char *keys)
{
	size_t n = strlen(keys);

	memcpy(dst, keys, n);
	return n;
}

/* The keys of one character; itself when it is no Hangul. */
static size_t
put_keys(char *dst, ucs4_t c, const uint8_t *s, size_t step)
{
	size_t n;

	if (c >= 0x3131 && c < 0x3131 + sizeof(alone) / sizeof(*alone))
		return put(dst, alone[c - 0x3131]);
	if (c < 0xac00 || c >= 0xac00 + 11172) {
		memcpy(dst, s, step);
		return step;
	}
	c -= 0xac00;
	n = put(dst, initials[c / 588]);
	n += put(dst + n, medials[c / 28 % 21]);
	return n + put(dst + n, finals[c % 28]);
}

/* Small letters and keys; false when there is no room. */
static bool
to_keys(const char *src, char dst[KEYS])
{
	char folded[KEYS];
	const uint8_t *s = (const uint8_t *)folded;
	size_t left, n = 0;
	ucs4_t c;
	int step;
	bool fits = text_fold(src, folded, sizeof(folded)) == 0;

	for (left = fits ? strlen(folded) : 0; left > 0;
	     s += step, left -= (size_t)step) {
		step = u8_mbtouc(&c, s, left);
		if (!(fits = n + 8 < KEYS))
			break;
		n += put_keys(dst + n, c, s, (size_t)step);
	}
	dst[n] = '\0';
	explicit_bzero(folded, sizeof(folded));
	return fits;
}

/* ---- what is common */

/* Is it a line of the list? */
static bool
listed(const char *s, size_t n)
{
	size_t low = 0, high = common_passwords_size, at, len;
	int order;

	while (low < high) {
		for (at = low + (high - low) / 2;
		     at > low && common_passwords[at - 1] != '\n'; at--)
			;
		len = strcspn(common_passwords + at, "\n");
		order = memcmp(s, common_passwords + at, n < len ? n : len);
		if (order == 0 && n == len)
			return true;
		if (order > 0 || (order == 0 && n > len))
			low = at + len + 1;
		else
			high = at;
	}
	return false;
}

static bool
repeats(const char *s, size_t n)
{
	size_t period, i;

	for (period = 1; 2 * period <= n; period++) {
		for (i = period; i < n && s[i] == s[i - period]; i++)
			;
		if (i == n)
			return true;
	}
	return false;
}

static bool
is_around(char c)
{
	return (c & 0x80) == 0 && !isalpha((unsigned char)c);
}

/* The word inside; all of it when too much stands around. */
static size_t
without_around(const char **s, size_t n)
{
	size_t first = 0, last = n;

	while (first < last && is_around((*s)[first]))
		first++;
	while (last > first && is_around((*s)[last - 1]))
		last--;
	if (first == last || n - (last - first) > AROUND)
		return n;
	*s += first;
	return last - first;
}

/* The login, or what stands before the @ in it, and a little behind it. */
static bool
is_login(const char *s, size_t n, const char *login)
{
	size_t whole = strlen(login), name = strcspn(login, "@");

	if (n == whole && memcmp(s, login, n) == 0)
		return true;
	if (name == 0 || n < name || n - name > AROUND ||
	    memcmp(s, login, name) != 0)
		return false;
	while (n > name && is_around(s[n - 1]))
		n--;
	return n == name;
}

bool
common_password(const char *password, const char *login)
{
	char keys[KEYS], name[KEYS];
	const char *s = keys;
	bool found = false;
	size_t n;

	if (to_keys(password, keys)) {
		n = strlen(keys);
		found = listed(s, n) || repeats(s, n) ||
			(to_keys(login, name) && is_login(s, n, name));
		n = without_around(&s, n);
		found = found || listed(s, n);
	}
	explicit_bzero(keys, sizeof(keys));
	return found;
}
