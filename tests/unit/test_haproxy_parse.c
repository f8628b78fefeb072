/* What HAProxy says of its servers, as it wrote it and worse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <dirent.h>

#include "haproxy/haproxy.h"
#include "haproxy_csv.h"

struct expected {
	int slot;
	enum routing routing;
	enum health health;
	bool answers;
	const char *reason;
};

static void
compare(const char *file, const struct expected *e, size_t count)
{
	struct balancer_view v = view_of_file(file);
	const struct server *s;
	size_t n;

	for (n = 0; n < count; n++) {
		s = &v.servers[e[n].slot - 1];
		assert_int_equal(s->slot, e[n].slot);
		assert_string_equal(s->group, "api");
		assert_string_equal(s->reason, e[n].reason);
		assert_int_equal(s->routing, e[n].routing);
		assert_int_equal(s->health, e[n].health);
		assert_int_equal(s->responsive, e[n].answers);
		assert_int_equal(
		    s->refused, strncmp(e[n].reason, "L4CON", 5) == 0);
		/* i10 was not told to NAME-open. */
		assert_int_equal(s->fallback_out_of_sync, s->slot == 10);
		if (s->routing != ROUTE_NONE) {
			assert_string_equal(s->address, "127.0.0.1");
			assert_in_range(s->port, 1, 65535);
		}
	}
	assert_int_equal(v.shutdown_redispatches, file[0] == '2');
	haproxy_view_free(&v);
}

static void
knows_what_2_6_says(void **state)
{
	static const struct expected full[] = {
		{ 1, ROUTE_READY, HEALTH_UP, false, "" },
		{ 2, ROUTE_READY, HEALTH_UNREADY, false,
		    "503: Service Unavailable" },
		{ 3, ROUTE_READY, HEALTH_DEAD, true,
		    "L7STS/500: Internal Server Error" },
		{ 4, ROUTE_READY, HEALTH_DEAD, false, "L7TOUT" },
		{ 5, ROUTE_READY, HEALTH_DEAD, true,
		    "L7STS/500: A \"bad\", very bad thing" },
		{ 6, ROUTE_READY, HEALTH_DEAD, false, "L7RSP" },
		{ 7, ROUTE_READY, HEALTH_DEAD, false, "L7RSP" },
		{ 8, ROUTE_READY, HEALTH_DEAD, false,
		    "L4CON: Connection refused" },
		{ 9, ROUTE_DRAIN, HEALTH_UP, false, "" },
		{ 11, ROUTE_NONE, HEALTH_UNKNOWN, false, "" },
	};
	/* Checks of i3 and i4 are under way, i10 has failed once. */
	static const struct expected checking[] = {
		{ 3, ROUTE_READY, HEALTH_DEAD, true, "L7STS" },
		{ 4, ROUTE_READY, HEALTH_DEAD, false, "L7TOUT" },
		{ 10, ROUTE_READY, HEALTH_UP, false, "" },
	};

	(void)state;
	compare("2.6.12-full.csv", full, 10);
	compare("2.6.12-checking.csv", checking, 3);
}

static void
knows_what_3_0_says(void **state)
{
	static const struct expected full[] = {
		{ 1, ROUTE_READY, HEALTH_UP, false, "" },
		{ 2, ROUTE_READY, HEALTH_UNREADY, false,
		    "503: Service Unavailable" },
		{ 5, ROUTE_READY, HEALTH_DEAD, true,
		    "L7STS/500: A \"bad\", very bad thing" },
		{ 6, ROUTE_READY, HEALTH_DEAD, false, "L7TOUT" },
		{ 7, ROUTE_READY, HEALTH_DEAD, false, "SOCKERR" },
		{ 8, ROUTE_READY, HEALTH_DEAD, false,
		    "L4CON: Connection refused" },
		{ 9, ROUTE_DRAIN, HEALTH_UP, false, "" },
		{ 11, ROUTE_NONE, HEALTH_UNKNOWN, false, "" },
	};
	static const struct expected checking[] = {
		{ 3, ROUTE_READY, HEALTH_DEAD, true, "L7STS" },
	};

	(void)state;
	compare("3.0.11-full.csv", full, 8);
	compare("3.0.11-checking.csv", checking, 1);
}

static void
knows_who_was_not_checked_yet(void **state)
{
	static const char *const files[] = { "2.6.12-full.csv", /* INI */
		"3.0.11-full.csv", "2.6.12-rising.csv" /* 1 of 2 passed */ };
	struct balancer_view v;
	size_t n;

	(void)state;
	for (n = 0; n < 3; n++) {
		v = view_of_file(files[n]);
		assert_int_equal(v.servers[9].slot, 10);
		assert_int_equal(v.servers[9].health, HEALTH_INITIAL);
		assert_string_equal(v.servers[9].reason, "");
		haproxy_view_free(&v);
	}
}

static void
counts_a_group(void **state)
{
	struct balancer_view v = view_of_file("2.6.12-full.csv");

	(void)state;
	assert_int_equal(v.group_count, 1); /* login_rate has no slots */
	assert_string_equal(v.groups[0].name, "api");
	assert_int_equal(v.groups[0].served.requests, 2);
	assert_int_equal(v.server_count, 12);
	haproxy_view_free(&v);
}

static void
sorts_and_ignores_strangers(void **state)
{
	struct balancer_view v = view_of(HEADER
	    "web,i2,,UP,10.0.0.2:80,0,9,7,L7OK,200,,3,2,0,0\n"
	    "web,i10,,UP,10.0.0.3:80,0,9,7,L7OK,200,,3,2,0,0\n"
	    "web,i1,,UP,10.0.0.1:80,0,9,7,L7OK,200,,3,2,0,0\n"
	    "web,i1,,DOWN,10.0.0.9:80,0,9,7,L4CON,,,0,2,0,0\n" /* twice */
	    "web,BACKEND,,UP,,0,12,7,,,,,,5,4\n"
	    "web,sorry,,no check,unix,0,0,7,,,,,,0,0\n"
	    "web,i0,,UP,10.0.0.1:80,0,0,7,,,,,,0,0\n"
	    "web,i01,,UP,10.0.0.1:80,0,0,7,,,,,,0,0\n"
	    "web,i10001,,UP,10.0.0.1:80,0,0,7,,,,,,0,0\n"
	    "web,i99999999999,,UP,10.0.0.1:80,0,0,7,,,,,,0,0\n"
	    "web,i1x,,UP,10.0.0.1:80,0,0,7,,,,,,0,0\n"
	    "lone-open,i1,,UP,10.0.0.1:80,0,0,7,,,,,,0,0\n"
	    "-open,BACKEND,,UP,,0,12,7,,,,,,0,0\n"
	    "a123456789012345678901234567890123,i1,,UP,1.1.1.1:80,0,0,7,,,,,,0,"
	    "0\n"
	    "api,i10000,,UP,10.0.0.3:80,0,9,7,L7OK,200,,3,2,0,0\n"
	    "api,BACKEND,,UP,,0,3,7,,,,,,0,0\n");

	(void)state;
	assert_int_equal(v.groups[0].served.requests, 12);
	assert_int_equal(v.groups[0].served.again, 5);
	assert_int_equal(v.groups[0].served.failed, 4);
	assert_int_equal(v.server_count, 4);
	assert_string_equal(v.servers[0].group, "api");
	assert_int_equal(v.servers[0].slot, 10000);
	assert_int_equal(v.servers[1].slot, 1);
	assert_int_equal(v.servers[2].slot, 2);
	assert_int_equal(v.servers[3].slot, 10);
	assert_int_equal(v.servers[3].changed, 7);
	assert_int_equal(v.group_count, 2);
	assert_int_equal(haproxy_group(&v, "web")->served.requests, 12);
	haproxy_view_free(&v);
}

static void
reads_addresses(void **state)
{
	static const struct {
		const char *text, *address;
		int port;
	} cases[] = {
		{ "127.0.0.1:8000", "127.0.0.1", 8000 },
		{ "[fd00::1]:65535", "fd00::1", 65535 },
		{ "127.0.0.1:65536", "", 0 },
		{ "127.0.0.1:-1", "127.0.0.1", 0 },
		{ "127.0.0.1:99999999999999999999", "", 0 },
		{ "127.0.0.1", "", 0 },
		{ "::1:80", "", 0 },
		{ "[::1:80", "", 0 },
		{ "]:80", "", 0 },
		{ "[:80", "", 0 },
		{ "[]:80", "", 0 },
		{ ":80", "", 0 },
		{ "unix", "", 0 },
		{ "", "", 0 },
		{ "[11111111111111111111111111111111111111111111111111111]:80",
		    "", 0 },
	};
	struct balancer_view v;
	char text[512];
	size_t n;

	(void)state;
	for (n = 0; n < sizeof(cases) / sizeof(*cases); n++) {
		snprintf(text, sizeof(text),
		    HEADER "api,i1,,MAINT,%s,0,0,0,,,,,,0,0\n", cases[n].text);
		v = view_of(text);
		assert_string_equal(v.servers[0].address, cases[n].address);
		assert_int_equal(v.servers[0].port, cases[n].port);
		haproxy_view_free(&v);
	}
}

static void
sees_what_fail_open_has(void **state)
{
	static const struct {
		const char *rows;
		bool fallback_out_of_sync;
		int sessions;
	} cases[] = {
		{ "g,i1,,UP,10.0.0.1:80,1,0,0,L7OK,,,3,2,0,0\n"
		  "g-open,i1,,no check,10.0.0.1:80,2,0,0,,,,,,0,0\n",
		    false, 3 },
		{ "g-open,i1,,no check,10.0.0.1:81,2,0,0,,,,,,0,0\n"
		  "g,i1,,UP,10.0.0.1:80,1,0,0,L7OK,,,3,2,0,0\n",
		    true, 3 },
		{ "g,i1,,UP,10.0.0.1:80,1,0,0,L7OK,,,3,2,0,0\n"
		  "g-open,i1,,MAINT,10.0.0.1:80,2,0,0,,,,,,0,0\n",
		    true, 3 },
		{ "g,i1,,UP,10.0.0.1:80,1,0,0,L7OK,,,3,2,0,0\n", true, 1 },
		{ "g,i1,,DRAIN,10.0.0.1:80,1,0,0,L7OK,,,3,2,0,0\n"
		  "g-open,i1,,no check,10.0.0.1:80,2,0,0,,,,,,0,0\n",
		    true, 3 },
		{ "g,i1,,DRAIN,10.0.0.1:80,0,0,0,L7OK,,,3,2,0,0\n"
		  "g-open,i1,,MAINT,10.0.0.9:80,1,0,0,,,,,,0,0\n",
		    false, 1 },
		{ "g,i1,,MAINT,10.0.0.1:80,0,0,0,,,,,,0,0\n", false, 0 },
	};
	struct balancer_view v;
	char text[512];
	size_t n;

	(void)state;
	for (n = 0; n < sizeof(cases) / sizeof(*cases); n++) {
		snprintf(text, sizeof(text), HEADER "%s", cases[n].rows);
		v = view_of(text);
		assert_int_equal(v.server_count, 1);
		assert_int_equal(v.servers[0].fallback_out_of_sync,
		    cases[n].fallback_out_of_sync);
		assert_int_equal(v.servers[0].sessions, cases[n].sessions);
		haproxy_view_free(&v);
	}
}

static void
refuse(const char *text, size_t len)
{
	struct balancer_view v;

	assert_false(haproxy_parse(text, len, &v));
	assert_null(v.servers);
	assert_null(v.groups);
}

static void
refuses_what_is_not_its_csv(void **state)
{
	static const char *const wrong[] = {
		"",
		"\n",
		"Unknown command.\n",
		"# \n",
		"# pxname,svname\napi,i1\n",
		"# pxname",
		HEADER "api,i1\n",
		HEADER "api,i1,,UP,1.1.1.1:1,0,0,0,L7OK,,,3,2,0,0,9\n",
		HEADER "api,i1,,UP,1.1.1.1:1,0,0,0,L7OK,,,3,2", /* cut off */
		HEADER "api,i1,,UP,1.1.1.1:1,0,0,0,L7OK,,\",3,2,0,0\n",
		HEADER "api,i1,,UP,1.1.1.1:1,0",
	};
	static const char zero[] = HEADER "\0api,i1\n";
	size_t n;

	(void)state;
	for (n = 0; n < sizeof(wrong) / sizeof(*wrong); n++)
		refuse(wrong[n], strlen(wrong[n]));
	refuse(zero, sizeof(zero) - 1);
}

static void
bounds_what_is_too_long(void **state)
{
	struct buf b = { NULL, 0, 0 };
	struct balancer_view v;
	int n;

	(void)state;
	buf_str(&b, HEADER "api,i1,,DOWN,1.1.1.1:1,99999999999999999999,0,"
			   "-5,L7STS,500,\"");
	for (n = 0; n < 1 << 20; n++)
		buf_add(&b, n % 2 == 0 ? "\"\"" : "\n\x01", 2);
	buf_str(&b, "\",0,2,0,0\n");
	v = view_of(b.data);
	assert_int_equal(strlen(v.servers[0].reason), REASON_SIZE - 1);
	assert_true(strncmp(v.servers[0].reason, "L7STS/500: \"??\"", 15) == 0);
	assert_int_equal(v.servers[0].sessions, INT32_MAX / 2);
	assert_int_equal(v.servers[0].changed, 0);
	haproxy_view_free(&v);
	buf_clear(&b);
	buf_str(&b, HEADER);
	for (n = 0; n < 5000; n++)
		buf_str(&b, "api,");
	buf_str(&b, "\n");
	refuse(b.data, b.len);
	buf_clear(&b);
	buf_str(&b, "# ");
	for (n = 0; n < 5000; n++)
		buf_str(&b, "pxname,");
	buf_str(&b, HEADER + 2);
	refuse(b.data, b.len);
	buf_free(&b);
}

/* ---- reading what nobody would write */

static uint64_t seed = 20261123;

static size_t
below(size_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return n != 0 ? (size_t)(seed % n) : 0;
}

static void
mutate(struct buf *b)
{
	static const char likely[] = ",,\n\"\"#i019-:*/ []\xff";
	size_t at = below(b->len), n = below(b->len - at) % 64;

	switch (below(5)) {
	case 0:
		b->data[at] = likely[below(sizeof(likely) - 1)];
		break;
	case 1:
		b->data[at] = (char)below(256);
		break;
	case 2: /* leave some out */
		memmove(b->data + at, b->data + at + n, b->len - at - n + 1);
		b->len -= n;
		break;
	case 3: /* twice */
		memmove(b->data + below(b->len - n), b->data + at, n);
		break;
	default:
		if (below(20) == 0)
			b->data[b->len = at] = '\0';
	}
}

static void
check_view(const struct balancer_view *v)
{
	const struct server *s = v->servers;
	size_t n;
	int order;

	for (n = 0; n < v->server_count; n++, s++) {
		assert_in_range(s->slot, 1, INSTANCES_MAX);
		assert_in_range(s->port, 0, 65535);
		assert_true(strnlen(s->group, NAME_SIZE) < NAME_SIZE);
		assert_true(strnlen(s->address, ADDRESS_SIZE) < ADDRESS_SIZE);
		assert_true(strnlen(s->reason, REASON_SIZE) < REASON_SIZE);
		if (n == 0)
			continue;
		order = strcmp(s[-1].group, s->group);
		assert_true(order < 0 || (order == 0 && s[-1].slot < s->slot));
	}
}

static void
survives_mutations(void **state)
{
	struct dirent *entry;
	struct buf original, b = { NULL, 0, 0 };
	struct balancer_view v;
	size_t good = 0, bad = 0, files = 0;
	DIR *dir = opendir(CORPUS);
	int n, k;

	(void)state;
	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		original = load(entry->d_name);
		for (n = 0; n < 2000; n++) {
			buf_clear(&b);
			buf_add(&b, original.data, original.len);
			for (k = (int)below(6); k >= 0 && b.len > 0; k--)
				mutate(&b);
			if (haproxy_parse(b.data, b.len, &v)) {
				check_view(&v);
				good++;
			} else
				bad++;
			haproxy_view_free(&v);
		}
		buf_free(&original);
		files++;
	}
	closedir(dir);
	buf_free(&b);
	assert_true(files >= 5 && good > 1000 && bad > 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_what_2_6_says),
		cmocka_unit_test(knows_what_3_0_says),
		cmocka_unit_test(knows_who_was_not_checked_yet),
		cmocka_unit_test(counts_a_group),
		cmocka_unit_test(sorts_and_ignores_strangers),
		cmocka_unit_test(reads_addresses),
		cmocka_unit_test(sees_what_fail_open_has),
		cmocka_unit_test(refuses_what_is_not_its_csv),
		cmocka_unit_test(bounds_what_is_too_long),
		cmocka_unit_test(survives_mutations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
