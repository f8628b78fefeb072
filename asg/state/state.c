/* STATE/asg/state, read and replaced under its lock; times follow the clock.
 */
#include <sys/file.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf_json.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/list.h"
#include "base/log.h"
#include "state/state.h"
#include "state/record.h"
#include "state/scale_text.h"

#define BOOT_ID "/proc/sys/kernel/random/boot_id"

/* ---- clocks: how far was the wall clock set since then? */

/* Both clocks at the same moment: what comes between two looks is bounded. */
static int64_t
wall_minus_boottime(void)
{
	int64_t before, wall, between, least = INT64_MAX, offset = 0;
	int n;

	for (n = 0; n < 10 && least > CLOCK_SECOND / 1000; n++) {
		before = clock_boot();
		wall = clock_now();
		between = clock_boot() - before;
		if (between >= least)
			continue;
		least = between;
		offset = wall - before - between / 2;
	}
	return offset;
}

/*
 * How far the wall clock was set since. After a boot it is all there is: then
 * nothing is ahead of it, else one that begins in the past, and is put right
 * later, would make what was a moment ago a time to be waited for. What is no
 * more than the looks differ by is no shift.
 */
static struct era
era_of(struct state *m, const struct head *then)
{
	struct era era = { 0, INT64_MAX };
	char now[sizeof(then->boot)];

	file_line(BOOT_ID, now, sizeof(now));
	if (strcmp(then->boot, now) != 0) {
		era.latest = clock_boot() + m->offset;
		return era;
	}
	era.shift = m->offset - then->wall_minus_boottime;
	if (llabs(era.shift) > CLOCK_SECOND / 20)
		return era;
	m->offset = then->wall_minus_boottime;
	era.shift = 0;
	return era;
}

/* ---- reading */

static struct trouble *
add_trouble(struct state *m, const char *what)
{
	struct trouble *t;

	m->troubles = list_grow(m->troubles, m->trouble_count, &m->trouble_size,
	    sizeof(*m->troubles));
	t = &m->troubles[m->trouble_count++];
	memset(t, 0, sizeof(*t));
	snprintf(t->what, sizeof(t->what), "%s", what);
	return t;
}

static void
read_group(struct group *g, const struct json *j, const struct era *era)
{
	struct fault fault = { 0 };
	const char *text;

	record_read(j, record_group, g, era);
	if (json_get_string(j, "scale", &text, &fault) == STATUS_OK)
		scale_load(&g->scale, text, era->shift);
}

static void
read_member(struct state *m, const struct json *j, const char *name,
    const struct era *era)
{
	struct group *g = state_group(m, name);
	struct instance *i;
	struct fault fault = { 0 };
	const char *id;

	if (g == NULL)
		return;
	if (json_get_string(j, "instance", &id, &fault) == STATUS_OK) {
		i = group_add(g, id);
		record_read(j, record_instance, i, era);
		if ((unsigned)i->lifecycle > TERMINATING)
			i->lifecycle = TERMINATING;
	} else if (json_has(j, "target")) {
		record_read(j, record_refresh, &g->refresh, era);
		if ((unsigned)g->refresh.phase > REFRESH_DONE)
			g->refresh.phase = REFRESH_NONE;
	} else if (json_has(j, "until") && g->backoff_count < ZONES_MAX) {
		record_read(
		    j, record_backoff, &g->backoff[g->backoff_count++], era);
	} else if (json_has(j, "desired")) {
		read_group(g, j, era);
	}
}

static bool
read_line(struct state *m, const char *line, size_t len, struct era *era)
{
	struct json *j;
	struct fault fault = { 0 };
	struct head head = { 0 };
	const char *name;

	if (json_read(line, len, &j, &fault) != STATUS_OK)
		return false;
	if (json_get_string(j, "group", &name, &fault) == STATUS_OK)
		read_member(m, j, name, era);
	else if (json_get_string(j, "trouble", &name, &fault) == STATUS_OK)
		record_read(j, record_alert, &add_trouble(m, name)->alert, era);
	else if (json_has(j, "generation"))
		record_read(j, record_pass, m, era);
	else {
		record_read(j, record_head, &head, NULL);
		*era = era_of(m, &head);
		m->lines = head.lines;
	}
	json_free(j);
	return true;
}

/* To the end, and all that there were; an asg of before wrote no number. */
static bool
read_lines(struct state *m)
{
	const char *line = m->text.data, *end;
	struct era era = { 0, INT64_MAX };
	int count = 0;

	for (; line != NULL && *line != '\0'; line = end + 1, count++) {
		if ((end = strchr(line, '\n')) == NULL ||
		    !read_line(m, line, (size_t)(end - line), &era))
			return false;
	}
	return count > 0 && (m->lines == 0 || count == m->lines);
}

static void
forget(struct state *m)
{
	int n;

	for (n = 0; n < m->group_count; n++)
		group_free(&m->groups[n]);
	free(m->groups);
	m->groups = NULL;
	free(m->troubles);
	m->troubles = NULL;
	m->trouble_count = m->trouble_size = 0;
}

static void
begin(struct state *m, const struct config *c)
{
	int n;

	m->group_count = c->group_count;
	m->groups = calloc((size_t)c->group_count + 1, sizeof(*m->groups));
	if (m->groups == NULL)
		oom();
	for (n = 0; n < c->group_count; n++)
		snprintf(m->groups[n].name, sizeof(m->groups[n].name), "%s",
		    c->groups[n].name);
}

static void
put_aside(struct state *m, const struct config *c)
{
	char bad[300];

	snprintf(bad, sizeof(bad), "%s.bad", m->path);
	rename(m->path, bad);
	log_line(LOG_WARN,
	    "%s could not be read; it is now %s, and what runs "
	    "is adopted",
	    m->path, bad);
	forget(m);
	begin(m, c);
	buf_clear(&m->text);
	m->fresh = true;
}

/* What the release before called memory. One beside the state is of before
 * that, and would have what was launched since terminated. */
static void
take_over(const struct state *m, const char *directory)
{
	char old[300];

	snprintf(old, sizeof(old), "%s/memory", directory);
	if (access(m->path, F_OK) == -1)
		rename(old, m->path);
	else
		unlink(old);
}

void
state_open(struct state *m, const char *directory, const struct config *c)
{
	char path[300];

	memset(m, 0, sizeof(*m));
	snprintf(m->path, sizeof(m->path), "%s/state", directory);
	snprintf(path, sizeof(path), "%s.lock", m->path);
	m->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (m->lock == -1 || flock(m->lock, LOCK_EX) == -1)
		die(111, "%s: %s", path, strerror(errno));
	take_over(m, directory);
	begin(m, c);
	m->offset = wall_minus_boottime();
	m->fresh = !file_read(m->path, &m->text, SIZE_MAX);
	if (!m->fresh && !read_lines(m))
		put_aside(m, c);
	m->now = clock_boot() + m->offset;
}

/* ---- writing */

static void
write_group(struct buf *b, const struct group *g)
{
	struct buf scale = { 0 };
	const struct instance *i;
	int k;

	scale_save(&g->scale, &scale);
	buf_json_open(b, NULL, '{');
	buf_json_string(b, "group", g->name);
	record_write(b, record_group, g);
	buf_json_string(b, "scale", scale.data);
	buf_json_close(b, '}');
	buf_str(b, "\n");
	buf_free(&scale);
	if (g->refresh.phase != REFRESH_NONE)
		record_write_line(
		    b, "group", g->name, record_refresh, &g->refresh);
	for (k = 0; k < g->backoff_count; k++)
		record_write_line(
		    b, "group", g->name, record_backoff, &g->backoff[k]);
	group_each (i, g)
		record_write_line(b, "group", g->name, record_instance, i);
}

static void
write_troubles(struct buf *b, const struct state *m)
{
	const struct trouble *t;

	for (t = m->troubles; t < m->troubles + m->trouble_count; t++)
		if (t->alert.since != 0)
			record_write_line(
			    b, "trouble", t->what, record_alert, &t->alert);
}

/* All but the first line, which differs with the clock. */
static const char *
body(const struct buf *b)
{
	const char *nl = b->data != NULL ? strchr(b->data, '\n') : NULL;

	return nl != NULL ? nl + 1 : "";
}

static bool
write_all(const struct state *m, const struct buf *lines)
{
	struct head head = { .wall_minus_boottime = m->offset, .lines = 1 };
	struct buf b = { 0 };
	const char *at;
	bool written;

	for (at = lines->data; *at != '\0'; at++)
		head.lines += *at == '\n';
	file_line(BOOT_ID, head.boot, sizeof(head.boot));
	record_write_line(&b, NULL, NULL, record_head, &head);
	buf_add(&b, lines->data, lines->len);
	written = file_replace(m->path, b.data, b.len, true);
	buf_free(&b);
	return written;
}

bool
state_save(struct state *m)
{
	struct buf b = { 0 };
	bool saved = true;
	int n;

	record_write_line(&b, NULL, NULL, record_pass, m);
	for (n = 0; n < m->group_count; n++)
		write_group(&b, &m->groups[n]);
	write_troubles(&b, m);
	/* A full disk is told, and tried again in the next pass. */
	if (strcmp(b.data, body(&m->text)) != 0)
		saved = write_all(m, &b);
	if (!saved)
		log_line(LOG_ERROR, "%s: %s", m->path, strerror(errno));
	buf_free(&b);
	close(m->lock);
	m->lock = -1;
	return saved;
}

void
state_close(struct state *m)
{
	if (m->lock != -1)
		close(m->lock);
	forget(m);
	buf_free(&m->text);
}

struct alert *
state_trouble(struct state *m, const char *kind, const char *name)
{
	struct trouble *t;
	char what[sizeof(t->what)];

	snprintf(what, sizeof(what), "%s %s", kind, name);
	t = list_find(m->troubles, m->trouble_count, sizeof(*t), what);
	if (t == NULL)
		t = add_trouble(m, what);
	t->seen = true;
	return &t->alert;
}

bool
state_is_away(const struct state *m, const char *zone)
{
	const char *at = m->away;
	size_t len;

	for (; *at != '\0'; at += len + (at[len] == ' ')) {
		len = strcspn(at, " ");
		if (strlen(zone) == len && strncmp(at, zone, len) == 0)
			return true;
	}
	return false;
}

struct group *
state_group(struct state *m, const char *name)
{
	return list_find(
	    m->groups, (size_t)m->group_count, sizeof(*m->groups), name);
}

struct instance *
state_instance(struct state *m, const char *id, struct group **ret)
{
	struct instance *i;
	int n;

	for (n = 0; n < m->group_count; n++)
		if ((i = group_find(&m->groups[n], id)) != NULL) {
			*ret = &m->groups[n];
			return i;
		}
	return NULL;
}
