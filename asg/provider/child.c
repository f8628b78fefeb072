/* fork, exec, two pipes and a pidfd: poll(2) sleeps until there is news. */
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "provider/child.h"

enum { FDS = 3 }; /* of a child that are waited for: pidfd, out, err */

static void __attribute__((noreturn))
become(const char *const argv[], int out, int err)
{
	int null = open("/dev/null", O_RDONLY);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpgid(0, 0);
	signal(SIGPIPE, SIG_DFL);
	dup2(null, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	if (null > STDERR_FILENO)
		close(null);
	execv(argv[0], (char *const *)(uintptr_t)argv);
	dprintf(STDERR_FILENO, "%s: %s\n", argv[0], strerror(errno));
	_exit(111);
}

static void
close_fd(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

bool
child_start(struct child *c, const char *const argv[], int seconds,
    void (*prepare)(const void *), const void *arg)
{
	int out[2] = { -1, -1 }, err[2] = { -1, -1 };

	memset(c, 0, sizeof(*c));
	c->pidfd = -1;
	if (pipe2(out, O_CLOEXEC) == 0 && pipe2(err, O_CLOEXEC) == 0 &&
	    (c->pid = fork()) == 0) {
		if (prepare != NULL)
			prepare(arg);
		become(argv, out[1], err[1]);
	}
	close_fd(&out[1]);
	close_fd(&err[1]);
	c->out = out[0];
	c->err = err[0];
	if (c->pid <= 0 || (c->pidfd = pidfd_open(c->pid, 0)) == -1) {
		child_end(c);
		return false;
	}
	fcntl(c->out, F_SETFL, O_NONBLOCK);
	fcntl(c->err, F_SETFL, O_NONBLOCK);
	c->started = clock_boot();
	c->deadline = c->started + seconds * CLOCK_SECOND;
	return true;
}

/* What is there now; at its end the pipe is closed, as it is always ready. */
static void
hear(struct child *c, int *fd, struct buf *b)
{
	char bytes[65536];
	ssize_t n = -1;

	while (*fd != -1 && (n = read(*fd, bytes, sizeof(bytes))) > 0) {
		buf_add(b, bytes, (size_t)n);
		if (b->len > CHILD_OUTPUT_MAX) {
			kill(c->pid, SIGKILL);
			n = 0;
			break;
		}
	}
	if (n == 0)
		close_fd(fd);
}

static size_t
watch(
    struct child *const *all, size_t count, struct pollfd *fds, int64_t *until)
{
	struct child *c;
	size_t n, used = 0;

	for (n = 0; n < count; n++) {
		c = all[n];
		if (c->pid == 0 || c->done)
			continue;
		if (clock_boot() >= c->deadline)
			kill(c->pid, SIGKILL);
		else if (c->deadline < *until)
			*until = c->deadline;
		fds[used++] = (struct pollfd){ c->pidfd, POLLIN, 0 };
		fds[used++] = (struct pollfd){ c->out, POLLIN, 0 };
		fds[used++] = (struct pollfd){ c->err, POLLIN, 0 };
	}
	return used;
}

/* Did one end? fds are those of watch(), in the same order. */
static bool
collect(struct child *const *all, size_t count, const struct pollfd *fds)
{
	bool ended = false;
	struct child *c;
	size_t n;

	for (n = 0; n < count; n++) {
		c = all[n];
		if (c->pid == 0 || c->done)
			continue;
		hear(c, &c->out, &c->output);
		hear(c, &c->err, &c->error);
		if (fds->revents != 0) {
			while (waitpid(c->pid, &c->status, 0) == -1 &&
			       errno == EINTR)
				continue;
			ended = c->done = true;
		}
		fds += FDS;
	}
	return ended;
}

bool
child_wait(struct child *const *all, size_t count, int timeout_ms)
{
	int64_t end = clock_boot() + timeout_ms * CLOCK_SECOND / 1000, until;
	struct pollfd *fds = calloc(count * FDS + 1, sizeof(*fds));
	bool ended = false;
	size_t used;
	int n;

	if (fds == NULL)
		oom();
	do {
		until = end;
		used = watch(all, count, fds, &until);
		until -= clock_boot();
		n = poll(
		    fds, used, until > 0 ? (int)((until + 999) / 1000) : 0);
		ended = n > 0 && collect(all, count, fds);
	} while (n != -1 && !ended && clock_boot() < end);
	free(fds);
	return ended;
}

void
child_end(struct child *c)
{
	if (c->pid > 0 && !c->done) {
		kill(c->pid, SIGKILL);
		while (waitpid(c->pid, NULL, 0) == -1 && errno == EINTR)
			continue;
	}
	close_fd(&c->pidfd);
	close_fd(&c->out);
	close_fd(&c->err);
	buf_free(&c->output);
	buf_free(&c->error);
	memset(c, 0, sizeof(*c));
}
