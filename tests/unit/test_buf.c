/* What is printed into a buffer, or into a header, is there whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "http/res.h"

enum { LONGEST = 20000 };

static char text[LONGEST + 1];

static int
fill(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < LONGEST; i++)
		text[i] = (char)('a' + i % 26);
	return 0;
}

/* n characters of the text, after some that are there already. */
static void
assert_printed(size_t before, size_t n)
{
	struct buf b = { 0 };

	buf_add(&b, text, before);
	buf_printf(&b, "[%.*s]%d", (int)n, text, 42);
	assert_int_equal(b.len, before + n + 4);
	assert_int_equal(strlen(b.data), b.len);
	assert_memory_equal(b.data, text, before);
	assert_memory_equal(b.data + before + 1, text, n);
	assert_string_equal(b.data + before + 1 + n, "]42");
	buf_free(&b);
}

static void
a_printed_text_is_whole(void **state)
{
	static const size_t sizes[] = { 0, 1, 250, 251, 252, 253, 1019, 1020,
		1021, 4091, 4092, 4093, LONGEST };
	size_t i, before;

	(void)state;
	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		for (before = 3800; before < 4100; before++)
			assert_printed(before, sizes[i]);
}

static void
a_header_is_whole(void **state)
{
	struct res res = { 0 };

	(void)state;
	res_header(&res, "Location", "/%.*s", 3000, text);
	assert_int_equal(res.headers.len, strlen("Location: /\r\n") + 3000);
	assert_memory_equal(res.headers.data + 11, text, 3000);
	assert_string_equal(res.headers.data + 3011, "\r\n");
	buf_free(&res.headers);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_printed_text_is_whole),
		cmocka_unit_test(a_header_is_whole),
	};

	return cmocka_run_group_tests(tests, fill, NULL);
}
