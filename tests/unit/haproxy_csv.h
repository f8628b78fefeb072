/* Statistics for tests: captured ones, and what begins made ones. Included
 * once, after cmocka.h. */
#ifndef HAPROXY_CSV_H
#define HAPROXY_CSV_H

#define CORPUS "tests/unit/corpus/haproxy/"
#define HEADER \
	"# pxname,svname,new,status,addr,scur,stot,lastchg," \
	"check_status,check_code,last_chk,check_health,check_rise,wredis," \
	"hrsp_5xx\n"

static inline struct buf
load(const char *name)
{
	struct buf b = { NULL, 0, 0 };
	char path[512], part[4096];
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), CORPUS "%s", name);
	f = fopen(path, "r");
	assert_non_null(f);
	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		buf_add(&b, part, n);
	fclose(f);
	return b;
}

static inline struct balancer_view
view_of(const char *text)
{
	struct balancer_view v;

	if (!haproxy_parse(text, strlen(text), &v))
		fail_msg("\"%.80s\" is refused", text);
	return v;
}

static inline struct balancer_view
view_of_file(const char *name)
{
	struct buf b = load(name);
	struct balancer_view v = view_of(b.data);

	buf_free(&b);
	return v;
}

#endif
