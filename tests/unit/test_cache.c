/* What is remembered between requests: sessions, and answers that still hold.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "cache/page_cache.h"
#include "cache/session_cache.h"

static struct buf
text(const char *s)
{
	struct buf b = { 0 };

	buf_str(&b, s);
	return b;
}

/* A key of an account that no other test has. */
static struct page_cache_key
new_key(void)
{
	struct page_cache_key k = { .limit = 100 };

	uuid_new(&k.account);
	return k;
}

static void
an_answer_is_kept_when_it_was_given_twice(void **state)
{
	struct page_cache_key k = new_key();
	struct buf b = text("[1,2]"), out = text("> ");

	(void)state;
	page_cache_put(&k, 7, &b);
	assert_false(page_cache_has(&k));
	assert_false(page_cache_get(&k, 7, &out));
	page_cache_put(&k, 7, &b);
	assert_true(page_cache_has(&k));
	assert_true(page_cache_get(&k, 7, &out));
	assert_string_equal(out.data, "> [1,2]");
	buf_free(&b);
	buf_free(&out);
}

static void
another_counter_is_another_answer(void **state)
{
	struct page_cache_key k = new_key();
	struct buf old = text("old"), new = text("new"), out = { 0 };

	(void)state;
	page_cache_put(&k, 7, &old);
	page_cache_put(&k, 7, &old);
	assert_false(page_cache_get(&k, 8, &out));
	page_cache_put(&k, 8, &new);
	assert_false(page_cache_has(&k));
	assert_false(page_cache_get(&k, 7, &out));
	assert_int_equal(out.len, 0);
	buf_free(&old);
	buf_free(&new);
}

static void
nobody_gets_the_answer_of_another(void **state)
{
	struct page_cache_key mine = new_key(), other = mine;
	struct buf b = text("mine"), out = { 0 };

	(void)state;
	page_cache_put(&mine, 7, &b);
	page_cache_put(&mine, 7, &b);
	other.account.b[15] ^= 1;
	assert_false(page_cache_get(&other, 7, &out));
	other = mine;
	other.filter = 1;
	assert_false(page_cache_get(&other, 7, &out));
	other = mine;
	other.limit = 99;
	assert_false(page_cache_get(&other, 7, &out));
	buf_free(&b);
}

/* A few large answers, many small ones: memory has a bound. */
static void
large_answers_are_not_kept(void **state)
{
	struct page_cache_key k = new_key();
	struct buf b = { 0 };

	(void)state;
	while (b.len < 20 << 10)
		buf_str(&b, "0123456789abcdef");
	page_cache_put(&k, 1, &b);
	page_cache_put(&k, 1, &b);
	assert_false(page_cache_has(&k));
	buf_free(&b);
}

static void
all_answers_together_have_a_bound(void **state)
{
	struct page_cache_key keys[200];
	struct buf b = { 0 };
	int i, kept = 0;

	(void)state;
	while (b.len < 16000)
		buf_str(&b, "0123456789abcdef");
	for (i = 0; i < 200; i++) {
		keys[i] = new_key();
		page_cache_put(&keys[i], 1, &b);
		page_cache_put(&keys[i], 1, &b);
	}
	for (i = 0; i < 200; i++)
		kept += page_cache_has(&keys[i]);
	assert_in_range(kept, 50, (1536 << 10) / 16000);
	buf_free(&b);
}

static void
a_session_is_known_for_a_moment(void **state)
{
	uint8_t token[DIGEST_SIZE] = { 1, 2, 3 }, other[DIGEST_SIZE] = { 1, 2 };
	struct session_cache_entry s = { .created = 42 }, found = { 0 };

	(void)state;
	uuid_new(&s.id);
	uuid_new(&s.account);
	assert_false(session_cache_get(token, &found));
	session_cache_put(token, &s, clock_boot());
	assert_true(session_cache_get(token, &found));
	assert_true(uuid_equal(&found.account, &s.account));
	assert_true(uuid_equal(&found.id, &s.id));
	assert_int_equal(found.created, 42);
	assert_false(session_cache_get(other, &found));
	session_cache_put(token, &s, clock_boot() - SESSION_CACHE_US);
	assert_false(session_cache_get(token, &found));
}

/* Of a second's users several always have the same beginning. */
static void
sessions_that_begin_alike_are_known_together(void **state)
{
	uint8_t tokens[4][DIGEST_SIZE] = { { 9, 9, 1 }, { 9, 9, 2 },
		{ 9, 9, 3 }, { 9, 9, 4 } };
	struct session_cache_entry s = { 0 }, found;
	int i;

	(void)state;
	for (i = 0; i < 4; i++) {
		s.created = i;
		session_cache_put(tokens[i], &s, clock_boot());
	}
	for (i = 0; i < 4; i++) {
		assert_true(session_cache_get(tokens[i], &found));
		assert_int_equal(found.created, i);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_is_kept_when_it_was_given_twice),
		cmocka_unit_test(another_counter_is_another_answer),
		cmocka_unit_test(nobody_gets_the_answer_of_another),
		cmocka_unit_test(large_answers_are_not_kept),
		cmocka_unit_test(all_answers_together_have_a_bound),
		cmocka_unit_test(a_session_is_known_for_a_moment),
		cmocka_unit_test(sessions_that_begin_alike_are_known_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
