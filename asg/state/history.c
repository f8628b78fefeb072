/* The history's lines: written, read, followed, and shown. */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf_json.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "state/history.h"

static const char *const kinds[] = { "note", "launch", "terminate", NULL };

/* ---- lines */

static void
write_event(struct buf *b, const struct event *e)
{
	buf_json_open(b, NULL, '{');
	buf_json_string(b, "kind", kinds[e->kind]);
	buf_json_string(b, "group", e->group);
	buf_json_string(b, "instance", e->instance);
	buf_json_bool(b, "failed", e->failed);
	buf_json_int(b, "noticed", e->noticed);
	buf_json_int(b, "start", e->start);
	buf_json_int(b, "launched", e->launched);
	buf_json_int(b, "end", e->end);
	buf_json_string(b, "text", e->text);
	buf_json_close(b, '}');
	buf_str(b, "\n");
}

static void
get_text(const struct json *j, const char *key, char *ret, size_t size)
{
	struct fault f = { 0 };
	const char *s = "";

	json_get_string(j, key, &s, &f);
	snprintf(ret, size, "%s", s);
}

static int64_t
get_time(const struct json *j, const char *key)
{
	struct fault f = { 0 };
	double n = 0;

	json_get_number(j, key, &n, &f);
	return n > 0 && n < 9e15 ? (int64_t)n : 0;
}

static bool
read_event(const char *line, size_t len, struct event *e)
{
	struct json *j;
	struct fault f = { 0 };
	char kind[16];
	int k;

	memset(e, 0, sizeof(*e));
	if (json_read(line, len, &j, &f) != STATUS_OK)
		return false;
	get_text(j, "kind", kind, sizeof(kind));
	get_text(j, "group", e->group, sizeof(e->group));
	get_text(j, "instance", e->instance, sizeof(e->instance));
	get_text(j, "text", e->text, sizeof(e->text));
	json_get_bool(j, "failed", &e->failed, &f);
	e->noticed = get_time(j, "noticed");
	e->start = get_time(j, "start");
	e->launched = get_time(j, "launched");
	e->end = get_time(j, "end");
	json_free(j);
	if ((k = group_name_index(kinds, 3, kind)) < 0)
		return false;
	e->kind = (enum event_kind)k;
	return true;
}

/* ---- the file */

static void
path_of(char path[300], const char *directory, const char *suffix)
{
	snprintf(path, 300, "%s/history%s", directory, suffix);
}

static void
rotate(const char *directory)
{
	char path[300], old[300];
	struct stat st;

	path_of(path, directory, "");
	path_of(old, directory, ".1");
	if (stat(path, &st) == 0 && st.st_size > HISTORY_SIZE)
		rename(path, old);
}

/* A full disk may have cut off the last line: what comes is another one. */
static bool
ends_amid_a_line(int fd)
{
	struct stat st;
	char last = '\n';

	return fstat(fd, &st) == 0 && st.st_size > 0 &&
	       pread(fd, &last, 1, st.st_size - 1) == 1 && last != '\n';
}

void
history_append(const char *directory, const struct events *ev)
{
	struct buf b = { 0 };
	char path[300];
	size_t n;
	int fd;

	if (ev->count == 0)
		return;
	rotate(directory);
	path_of(path, directory, "");
	fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
	if (fd != -1 && ends_amid_a_line(fd))
		buf_str(&b, "\n");
	for (n = 0; n < ev->count; n++)
		write_event(&b, &ev->list[n]);
	if (fd == -1 || write(fd, b.data, b.len) != (ssize_t)b.len)
		log_line(LOG_ERROR, "%s: %s", path, strerror(errno));
	if (fd != -1)
		close(fd);
	buf_free(&b);
}

static void
read_file(
    const char *path, void (*each)(const struct event *, void *), void *arg)
{
	FILE *file = fopen(path, "re");
	struct event e;
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	if (file == NULL)
		return;
	/* The last line may be in the making, or cut off by a full disk. */
	while ((n = getline(&line, &size, file)) > 0)
		if (line[n - 1] == '\n' && read_event(line, (size_t)n - 1, &e))
			each(&e, arg);
	free(line);
	fclose(file);
}

void
history_read(const char *directory, void (*each)(const struct event *, void *),
    void *arg)
{
	char path[300];

	path_of(path, directory, ".1");
	read_file(path, each, arg);
	path_of(path, directory, "");
	read_file(path, each, arg);
}

/* ---- for people and programs */

void
history_json_time(struct buf *b, const char *key, int64_t t)
{
	buf_json_time(b, key, t != 0 ? t : CLOCK_NONE);
}

static const char *
status_of(const struct event *e)
{
	return e->failed ? "Failed" : "Successful";
}

void
history_json(struct buf *b, const struct event *e)
{
	buf_json_open(b, NULL, '{');
	buf_json_string(b, "kind", kinds[e->kind]);
	buf_json_string(b, "group", e->group);
	buf_json_string(b, "instance", e->instance);
	if (e->kind != EVENT_NOTE)
		buf_json_string(b, "status", status_of(e));
	history_json_time(b, "noticed", e->noticed);
	history_json_time(b, "start", e->start);
	history_json_time(b, "launched", e->launched);
	history_json_time(b, "end", e->end);
	buf_json_string(b, e->kind == EVENT_NOTE ? "text" : "cause", e->text);
	buf_json_close(b, '}');
}

static double
seconds(int64_t from, int64_t to)
{
	return from != 0 && to > from ? (double)(to - from) / 1e6 : 0;
}

/* Where the time went. */
static void
print_timeline(FILE *f, const struct event *e)
{
	int64_t first = e->noticed != 0 ? e->noticed : e->start;

	fprintf(
	    f, "  noticed +0.00 s, begun +%.2f s", seconds(first, e->start));
	if (e->launched != 0)
		fprintf(f, ", launched +%.2f s", seconds(first, e->launched));
	fprintf(f, ", %s +%.2f s\n",
	    e->failed                 ? "given up"
	    : e->kind == EVENT_LAUNCH ? "in service"
				      : "gone",
	    seconds(first, e->end));
}

void
history_print(FILE *f, const struct event *e)
{
	char when[CLOCK_TEXT];

	clock_text(e->end, when);
	fprintf(f, "%.10s %.12s  %-8s %-10s  ", when, when + 11, e->group,
	    e->instance);
	if (e->kind == EVENT_NOTE) {
		fprintf(f, "%s\n", e->text);
		return;
	}
	fprintf(f, "%s %s\n  %s\n",
	    e->kind == EVENT_LAUNCH ? "Launching" : "Terminating", status_of(e),
	    e->text);
	print_timeline(f, e);
}

static void
print(const struct event *e, bool json)
{
	struct buf b = { 0 };

	if (json) {
		history_json(&b, e);
		printf("%s\n", b.data);
	} else {
		history_print(stdout, e);
	}
	fflush(stdout);
	buf_free(&b);
}

/* Has another file the name now? */
static bool
replaced(FILE *file, const char *path)
{
	struct stat ours, theirs;

	return stat(path, &theirs) == 0 && fstat(fileno(file), &ours) == 0 &&
	       ours.st_ino != theirs.st_ino;
}

void
history_follow(const char *directory, bool json)
{
	FILE *file = NULL;
	struct event e;
	char path[300], *line = NULL;
	size_t size = 0;
	ssize_t n;
	long at;

	path_of(path, directory, "");
	if ((file = fopen(path, "re")) != NULL)
		fseek(file, 0, SEEK_END);
	while (!ferror(stdout)) {
		at = file != NULL ? ftell(file) : 0;
		n = file != NULL ? getline(&line, &size, file) : -1;
		if (n > 0 && line[n - 1] == '\n') {
			if (read_event(line, (size_t)n - 1, &e))
				print(&e, json);
			continue;
		}
		if (file != NULL && replaced(file, path)) {
			fclose(file);
			file = NULL;
		} else if (file != NULL) {
			clearerr(file);
			fseek(file, at, SEEK_SET);
		}
		if (file == NULL)
			file = fopen(path, "re");
		poll(NULL, 0, 200);
	}
}
