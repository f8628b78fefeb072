/* Knot's records made those of the healthy listeners, by knotc. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <fcntl.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "dns.h"

#define TTL "5" /* seconds: who asked before forgets soon */

enum {
	PATIENCE_MS = 3000,       /* for each command */
	RECORDS_MAX = 256,        /* at once; more are left to the next time */
	OUTPUT_MAX = 1024 * 1024, /* bytes that knotc may say */
};

/* One piece of work. */
struct knot {
	const char *socket, *zone;
	int64_t deadline;  /* of the command that runs */
	struct buf output; /* of the last one */
	char *error;
	size_t size;
};

/* ---- knotc */

static bool __attribute__((format(printf, 2, 3)))
refuse(struct knot *k, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(k->error, k->size, fmt, ap);
	va_end(ap);
	return false;
}

/* Its process, that says everything to the pipe; -1. */
static pid_t
spawn(struct knot *k, const char *const argv[], const int fds[2])
{
	posix_spawn_file_actions_t actions;
	pid_t pid = -1;
	int error;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, fds[1], 1);
	posix_spawn_file_actions_adddup2(&actions, fds[1], 2);
	error = posix_spawnp(&pid, argv[0], &actions, NULL,
	    (char *const *)(uintptr_t)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (error == 0)
		return pid;
	refuse(k, "%s: %s", argv[0], strerror(error));
	return -1;
}

/* Wait until there is something to be read; false: the time is over. */
static bool
wait_for(const struct knot *k, int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int64_t left;
	int n;

	do {
		left = (k->deadline - clock_boot() + 999) / 1000;
		if (left <= 0)
			return false;
		n = poll(&p, 1, (int)left);
	} while (n == 0 || (n == -1 && errno == EINTR));
	return n == 1;
}

/* To its end; false: that takes too long, or is too much. */
static bool
read_all(struct knot *k, int fd)
{
	char bytes[4096];
	ssize_t n;

	buf_clear(&k->output);
	buf_str(&k->output, "");
	while (wait_for(k, fd) && k->output.len < OUTPUT_MAX) {
		if ((n = read(fd, bytes, sizeof(bytes))) == 0)
			return true;
		if (n > 0)
			buf_add(&k->output, bytes, (size_t)n);
	}
	return false;
}

/* Read all of it, and let nothing be left of it. */
static bool
finish(struct knot *k, const char *verb, pid_t pid, int fd)
{
	int status = 0, pidfd = pidfd_open(pid, 0);
	bool ended = pidfd != -1 && read_all(k, fd) && wait_for(k, pidfd);

	if (!ended)
		kill(pid, SIGKILL);
	if (pidfd != -1)
		close(pidfd);
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		continue;
	if (!ended)
		return refuse(k, "knotc %s does not end", verb);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return true;
	return refuse(k, "knotc %s: %.*s", verb,
	    (int)strcspn(k->output.data, "\n"), k->output.data);
}

/* argv ends with NULL. */
static bool
command(struct knot *k, const char *verb, const char *const argv[])
{
	int fds[2];
	pid_t pid;
	bool ok;

	k->deadline = clock_boot() + PATIENCE_MS * INT64_C(1000);
	if (pipe2(fds, O_CLOEXEC) == -1)
		return refuse(k, "pipe: %s", strerror(errno));
	pid = spawn(k, argv, fds);
	close(fds[1]);
	ok = pid != -1 && finish(k, verb, pid, fds[0]);
	close(fds[0]);
	return ok;
}

/* On the whole zone; the transaction that there can be one of, is its. */
static bool
on_zone(struct knot *k, const char *verb)
{
	const char *const argv[] = { "knotc", "-x", "-s", k->socket, verb,
		k->zone, NULL };

	return command(k, verb, argv);
}

/* ---- what stands there, and what should */

struct records {
	struct record {
		char name[NAME_SIZE];
		char address[INET_ADDRSTRLEN];
	} list[RECORDS_MAX];
	size_t count;
};

static bool
has(const struct records *r, const char *name, const char *address)
{
	size_t n;

	for (n = 0; n < r->count; n++)
		if (strcmp(r->list[n].name, name) == 0 &&
		    strcmp(r->list[n].address, address) == 0)
			return true;
	return false;
}

static void
add(struct records *r, const char *name, const char *address)
{
	struct record *new = &r->list[r->count];

	if (r->count == RECORDS_MAX || has(r, name, address))
		return;
	snprintf(new->name, sizeof(new->name), "%s", name);
	snprintf(new->address, sizeof(new->address), "%s", address);
	r->count++;
}

static bool
any_healthy(const struct listener *l, size_t count, const char *name)
{
	size_t n;

	for (n = 0; n < count; n++)
		if (l[n].healthy && strcmp(l[n].name, name) == 0)
			return true;
	return false;
}

static void
find_wanted(struct records *r, const struct listener *l, size_t count)
{
	struct in_addr in;
	size_t n;

	r->count = 0;
	for (n = 0; n < count; n++)
		if (inet_pton(AF_INET, l[n].address, &in) == 1 &&
		    (l[n].healthy || !any_healthy(l, count, l[n].name)))
			add(r, l[n].name, l[n].address);
}

/* NULL: the record is none of ours. */
static const char *
whose(const struct knot *k, const struct listener *l, size_t count,
    const char *owner)
{
	char name[512];
	size_t n;

	for (n = 0; n < count; n++) {
		if (strcmp(l[n].name, "@") == 0)
			snprintf(name, sizeof(name), "%s.", k->zone);
		else
			snprintf(
			    name, sizeof(name), "%s.%s.", l[n].name, k->zone);
		if (strcasecmp(name, owner) == 0)
			return l[n].name;
	}
	return NULL;
}

/* "[todo.test.] app.todo.test. 5 A 127.0.0.1", line by line. */
static bool
find_present(
    struct records *r, struct knot *k, const struct listener *l, size_t count)
{
	char owner[512], type[16], address[INET_ADDRSTRLEN];
	const char *line, *name;

	r->count = 0;
	if (!on_zone(k, "zone-read"))
		return false;
	for (line = k->output.data; *line != '\0';
	     line += strcspn(line, "\n"), line += *line == '\n')
		if (sscanf(line, "[%*[^]]] %511s %*u %15s %15s", owner, type,
			address) == 3 &&
		    strcmp(type, "A") == 0 &&
		    (name = whose(k, l, count, owner)) != NULL)
			add(r, name, address);
	return true;
}

/* ---- to make it so */

/* How many of these the others do not have. */
static int
count_missing(const struct records *r, const struct records *others)
{
	int missing = 0;
	size_t n;

	for (n = 0; n < r->count; n++)
		missing += !has(others, r->list[n].name, r->list[n].address);
	return missing;
}

static bool
set(struct knot *k, const struct record *r)
{
	const char *const argv[] = { "knotc", "-x", "-s", k->socket, "zone-set",
		k->zone, r->name, TTL, "A", r->address, NULL };

	return command(k, "zone-set", argv);
}

static bool
unset(struct knot *k, const struct record *r)
{
	const char *const argv[] = { "knotc", "-x", "-s", k->socket,
		"zone-unset", k->zone, r->name, "A", r->address, NULL };

	return command(k, "zone-unset", argv);
}

/* Do so with each that the others do not have. */
static bool
each_missing(struct knot *k, const struct records *r,
    const struct records *others,
    bool (*act)(struct knot *, const struct record *))
{
	const struct record *one;

	for (one = r->list; one < r->list + r->count; one++)
		if (!has(others, one->name, one->address) && !act(k, one))
			return false;
	return true;
}

/* A zone has one transaction; who was killed in the midst has left it open. */
static bool
begin(struct knot *k)
{
	return on_zone(k, "zone-begin") ||
	       (on_zone(k, "zone-abort") && on_zone(k, "zone-begin"));
}

/* Knot itself raises the serial when the transaction has not. */
static bool
make_so(
    struct knot *k, const struct records *wanted, const struct records *present)
{
	if (!begin(k))
		return false;
	if (each_missing(k, present, wanted, unset) &&
	    each_missing(k, wanted, present, set) && on_zone(k, "zone-commit"))
		return true;
	k->size = 0; /* that error is to be told, not what follows */
	on_zone(k, "zone-abort");
	return false;
}

int
dns_publish(const char *control_socket, const char *domain,
    const struct listener *l, size_t count, char *error, size_t size)
{
	struct knot k = { .socket = control_socket,
		.zone = domain,
		.error = error,
		.size = size };
	struct records wanted, present;
	int changed = -1;

	find_wanted(&wanted, l, count);
	if (find_present(&present, &k, l, count)) {
		changed = count_missing(&wanted, &present) +
			  count_missing(&present, &wanted);
		if (changed > 0 && !make_so(&k, &wanted, &present))
			changed = -1;
	}
	buf_free(&k.output);
	return changed;
}
