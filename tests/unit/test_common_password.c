/* What everybody tries first, and what only looks like it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "domain/common_password.h"
#include "domain/password.h"

static void
the_list_is_in_order(void **state)
{
	const char *line = common_passwords, *next;
	size_t n = 0;

	(void)state;
	for (; (next = strchr(line, '\n') + 1)[0] != '\0'; line = next, n++)
		assert_true(strcmp(line, next) < 0);
	assert_int_equal(next - common_passwords, common_passwords_size);
	assert_true(n > 20000);
}

static void
all_of_it_is_found(void **state)
{
	const char *line = common_passwords, *end;
	char one[64];

	(void)state;
	for (; *line != '\0'; line = end + 1) {
		end = strchr(line, '\n');
		memcpy(one, line, (size_t)(end - line));
		one[end - line] = '\0';
		assert_true(common_password(one, "me"));
	}
}

static void
is_common(void **state)
{
	static const char *const common[] = { "password", "PASSWORD",
		"Password1!", "12345678", "iloveyou", "qwertyuiop", "1q2w3e4r",
		"!!password!!", "qlalfqjsgh", "Qlalfqjsgh1!", "qlalfqjsgh2025!",
		"비밀번호", "비밀번호1234", "dkssudgktpdy", "안녕하세요",
		"tkfkdgo1234", "사랑해요12", "eogksalsrnr", "aaaaaaaa",
		"abababab", "12341234", "        ", "가가가가가가가가",
		"ㅋㅋㅋㅋㅋㅋㅋㅋ", "zzzzzzzz", "hongkd99",
		"hongkd99@example.org", "HONGKD99", "hongkd991234",
		"홍길동1234" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(common) / sizeof(*common); i++)
		if (!common_password(common[i], "hongkd99@example.org"))
			fail_msg("not common: %s", common[i]);
}

static void
is_not_common(void **state)
{
	static const char *const fine[] = { "correct horse", "another horse",
		"긴 문장이 좋은 암호다", "우유는 아침에 마신다",
		"pw-4711-garden", "x8Kd02lQ", "password for the garden",
		"love82736455", "hongkd99hongkd98", "abcabdabe", "é", "" };
	char longest[PASSWORD_MAX + 1];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(fine) / sizeof(*fine); i++)
		if (common_password(fine[i], "hongkd99@example.org"))
			fail_msg("common: %s", fine[i]);
	for (i = 0; i + 3 < sizeof(longest); i += 3)
		memcpy(longest + i, "뷁", 4);
	longest[i] = '\0';
	assert_true(common_password(longest, "")); /* repeated */
	memcpy(longest, "꿇", 3);
	assert_false(common_password(longest, ""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_list_is_in_order),
		cmocka_unit_test(all_of_it_is_found),
		cmocka_unit_test(is_common),
		cmocka_unit_test(is_not_common),
	};

	return cmocka_run_group_tests_name(
	    "common_password", tests, NULL, NULL);
}
