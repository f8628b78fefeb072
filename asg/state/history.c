/* The history's lines: written, read, followed, and shown. */
#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf_json.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "state/history.h"
#include "state/record.h"

static const char *const kinds[] = { "note", "launch", "terminate", NULL };

/* ---- lines */

static bool
read_event(const char *line, size_t len, struct event *e)
{
	struct json *j;
	struct fault f = { 0 };
	const char *kind = "";
	int k;

	memset(e, 0, sizeof(*e));
	if (json_read(line, len, &j, &f) != STATUS_OK)
		return false;
	json_get_string(j, "kind", &kind, &f);
	if ((k = group_name_index(kinds, 3, kind)) >= 0)
		e->kind = (enum event_kind)k;
	record_read(j, record_event, e, NULL);
	json_free(j);
	return k >= 0;
}

/* ---- the file */

static void
path_of(char path[300], const char *directory, const char *suffix)
{
	snprintf(path, 300, "%s/history%s", directory, suffix);
}

/* Does this file have that name? */
static bool
has_name(int fd, const char *path)
{
	struct stat ours, theirs;

	return fstat(fd, &ours) == 0 && stat(path, &theirs) == 0 &&
	       ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
}

/*
 * The file that has the name now, locked, with room; -1 with errno. Reconciler
 * and operator append at the same time: of two that found it full, the second
 * would put the new file, nearly empty, in the place of the old one.
 */
static int
open_to_append(const char *directory)
{
	char path[300], old[300];
	struct stat st;
	int fd;

	path_of(path, directory, "");
	path_of(old, directory, ".1");
	while ((fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC,
		    0640)) != -1) {
		if (flock(fd, LOCK_EX) == -1)
			break;
		if (has_name(fd, path) && fstat(fd, &st) == 0 &&
		    (st.st_size <= HISTORY_SIZE || rename(path, old) == -1))
			break;
		close(fd);
	}
	return fd;
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
	path_of(path, directory, "");
	fd = open_to_append(directory);
	if (fd != -1 && ends_amid_a_line(fd))
		buf_str(&b, "\n");
	for (n = 0; n < ev->count; n++)
		record_write_line(&b, "kind", kinds[ev->list[n].kind],
		    record_event, &ev->list[n]);
	if (fd == -1 || write(fd, b.data, b.len) != (ssize_t)b.len)
		log_line(LOG_ERROR, "%s: %s", path, strerror(errno));
	if (fd != -1)
		close(fd);
	buf_free(&b);
}

static void
read_file(FILE *file, void (*each)(const struct event *, void *), void *arg)
{
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

/* Both are opened before one is read, and again if one has become the other
 * meanwhile. */
void
history_read(const char *directory, void (*each)(const struct event *, void *),
    void *arg)
{
	char path[300], before[300];
	FILE *now, *old;

	path_of(path, directory, "");
	path_of(before, directory, ".1");
	for (;;) {
		now = fopen(path, "re");
		old = fopen(before, "re");
		if (now == NULL || has_name(fileno(now), path))
			break;
		fclose(now);
		if (old != NULL)
			fclose(old);
	}
	read_file(old, each, arg);
	read_file(now, each, arg);
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

static void
write_json(struct buf *b, const struct event *e)
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
print_timeline(const struct event *e)
{
	int64_t first = e->noticed != 0 ? e->noticed : e->start;

	printf("  noticed +0.00 s, begun +%.2f s", seconds(first, e->start));
	if (e->launched != 0)
		printf(", launched +%.2f s", seconds(first, e->launched));
	printf(", %s +%.2f s\n",
	    e->failed                 ? "given up"
	    : e->kind == EVENT_LAUNCH ? "in service"
				      : "gone",
	    seconds(first, e->end));
}

static void
write_text(const struct event *e)
{
	char when[CLOCK_TEXT];

	clock_text(e->end, when);
	printf("%.10s %.12s  %-8s %-10s  ", when, when + 11, e->group,
	    e->instance);
	if (e->kind == EVENT_NOTE) {
		printf("%s\n", e->text);
		return;
	}
	printf("%s %s\n  %s\n",
	    e->kind == EVENT_LAUNCH ? "Launching" : "Terminating", status_of(e),
	    e->text);
	print_timeline(e);
}

void
history_print(const struct event *e, bool json)
{
	struct buf b = { 0 };

	if (json) {
		write_json(&b, e);
		printf("%s\n", b.data);
	} else {
		write_text(e);
	}
	buf_free(&b);
}

void
history_follow(const char *directory, bool json)
{
	FILE *file = NULL;
	struct event e;
	char path[300], *line = NULL;
	size_t size = 0;
	bool replaced = false;
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
				history_print(&e, json);
			fflush(stdout);
			continue;
		}
		/* (What came before it was replaced is read in one more round.)
		 */
		if (file != NULL && replaced) {
			fclose(file);
			file = NULL;
		} else if (file != NULL) {
			clearerr(file);
			fseek(file, at, SEEK_SET);
			replaced = !has_name(fileno(file), path);
		}
		if (file == NULL && (file = fopen(path, "re")) != NULL)
			replaced = false;
		poll(NULL, 0, 200);
	}
}
