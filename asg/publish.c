/* A process for each name server that is told. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "publish.h"

enum {
	SAID_SIZE = TEXT_SIZE + 16,
	PATIENCE = 30, /* seconds; it should end by itself long before */
	PAUSE = 1,
	LONG = 5, /* seconds between two */
};

/* The last directory of its path, or all of it. */
static void
take_name(struct publisher *p)
{
	const char *end = strrchr(p->socket, '/'), *begin = end;

	while (begin != NULL && begin > p->socket && begin[-1] != '/')
		begin--;
	snprintf(p->name, sizeof(p->name), "%.*s",
	    end != NULL ? (int)(end - begin) : (int)strlen(p->socket),
	    end != NULL ? begin : p->socket);
}

bool
publishers_parse(struct publishers *all, const char *text)
{
	struct publisher *p;
	size_t len;

	for (all->count = 0; *(text += strspn(text, " ")) != '\0';
	     text += len) {
		len = strcspn(text, " ");
		if (all->count == ZONES_MAX || len >= sizeof(p->socket))
			return false;
		p = &all->list[all->count++];
		snprintf(p->socket, sizeof(p->socket), "%.*s", (int)len, text);
		take_name(p);
	}
	return true;
}

/* "2" or "-1 the sentence", in one write. */
static void __attribute__((noreturn)) work(int fd, const char *socket,
    const char *domain, const struct listener *l, size_t count)
{
	char error[TEXT_SIZE] = "", said[SAID_SIZE];
	int changed, n;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	changed = dns_publish(socket, domain, l, count, error, sizeof(error));
	n = snprintf(said, sizeof(said), "%d %s", changed, error);
	_exit(write(fd, said, (size_t)n) == n ? 0 : 111);
}

void
publisher_begin(struct publisher *p, const char *domain,
    const struct listener *l, size_t count)
{
	int fds[2];

	if (p->pid != 0 || clock_boot() < p->next ||
	    pipe2(fds, O_CLOEXEC) == -1)
		return;
	if ((p->pid = fork()) == 0)
		work(fds[1], p->socket, domain, l, count);
	close(fds[1]);
	p->fd = fds[0];
	p->deadline = clock_boot() + PATIENCE * CLOCK_SECOND;
	if (p->pid == -1) {
		p->pid = 0;
		close(p->fd);
	}
}

static void
end(struct publisher *p)
{
	kill(p->pid, SIGKILL);
	while (waitpid(p->pid, NULL, 0) == -1 && errno == EINTR)
		continue;
	close(p->fd);
	p->pid = 0;
}

bool
publisher_wait(const struct publisher *p, int timeout_ms)
{
	struct pollfd ready = { p->fd, POLLIN, 0 };

	return p->pid == 0 || poll(&ready, 1, timeout_ms) == 1;
}

/* All of it is there at once, or nothing. */
static bool
hear(const struct publisher *p, char *said, size_t size)
{
	ssize_t n;

	if (!publisher_wait(p, 0))
		return false;
	n = read(p->fd, said, size - 1);
	said[n > 0 ? n : 0] = '\0';
	return true;
}

static void
note(struct publisher *p, long changed, const char *why, struct events *ev)
{
	int64_t now = clock_now();

	if (changed == -1 && p->error[0] == '\0' && p->told)
		event_note(ev, NULL, NULL, now,
		    "name server %s cannot be told which balancers answer: %s",
		    p->name, why);
	else if (changed == -1 && strcmp(p->error, why) != 0)
		log_line(
		    LOG_WARN, "name server %s was not told: %s", p->name, why);
	if (changed != -1 && p->error[0] != '\0')
		event_note(ev, NULL, NULL, now, "name server %s is told again",
		    p->name);
	if (changed > 0)
		event_note(ev, NULL, NULL, now,
		    "name server %s answers anew: %ld record%s", p->name,
		    changed, changed == 1 ? "" : "s");
}

void
publisher_take(struct publisher *p, struct events *ev)
{
	char said[SAID_SIZE] = "-1 its process does not end", *why;
	long changed;

	if (p->pid == 0 ||
	    (!hear(p, said, sizeof(said)) && clock_boot() < p->deadline))
		return;
	end(p);
	changed = strtol(said, &why, 10);
	why += *why == ' ';
	if (why == said) {
		changed = -1;
		why = "its process was ended";
	}
	p->next = clock_boot() + (changed == -1 ? LONG : PAUSE) * CLOCK_SECOND;
	note(p, changed, why, ev);
	p->told |= changed != -1;
	snprintf(p->error, sizeof(p->error), "%s", changed == -1 ? why : "");
}

void
publisher_close(struct publisher *p)
{
	if (p->pid != 0)
		end(p);
}
