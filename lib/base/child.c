/* fork, exec, two pipes and a pidfd. */
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

#include "base/child.h"
#include "base/clock.h"
#include "base/log.h"

enum { END, OUT, ERR }; /* of its watches */

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
	execvp(argv[0], (char *const *)(uintptr_t)argv);
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

static void
close_all(struct child *c)
{
	struct watch *w = c->watches;

	for (; w < c->watches + CHILD_WATCHES; w++)
		if (w->go_on != NULL)
			close_fd(&w->fd);
}

static void
reap(struct child *c)
{
	while (waitpid(c->pid, &c->status, 0) == -1 && errno == EINTR)
		continue;
	c->done = true;
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

static void
go_on(struct watch *w, short revents)
{
	struct child *c = w->arg;

	hear(c, &c->watches[OUT].fd, &c->output);
	hear(c, &c->watches[ERR].fd, &c->error);
	if (w != &c->watches[END])
		return;
	if (revents == 0) {
		kill(c->pid, SIGKILL);
		c->late = true;
		w->deadline = INT64_MAX;
	} else {
		reap(c);
		close_all(c);
	}
}

static void
watch(struct child *c, int which, int fd, int64_t deadline)
{
	c->watches[which] = (struct watch){ fd, POLLIN, deadline, go_on, c };
}

bool
child_start(struct child *c, const char *const argv[], int seconds,
    void (*prepare)(const void *), const void *arg)
{
	int out[2] = { -1, -1 }, err[2] = { -1, -1 }, end = -1;

	memset(c, 0, sizeof(*c));
	if (pipe2(out, O_CLOEXEC) == 0 && pipe2(err, O_CLOEXEC) == 0 &&
	    (c->pid = fork()) == 0) {
		if (prepare != NULL)
			prepare(arg);
		become(argv, out[1], err[1]);
	}
	close_fd(&out[1]);
	close_fd(&err[1]);
	if (c->pid > 0)
		end = pidfd_open(c->pid, 0);
	c->started = clock_boot();
	watch(c, END, end, c->started + seconds * CLOCK_SECOND);
	watch(c, OUT, out[0], INT64_MAX);
	watch(c, ERR, err[0], INT64_MAX);
	if (end == -1) {
		child_end(c);
		return false;
	}
	fcntl(out[0], F_SETFL, O_NONBLOCK);
	fcntl(err[0], F_SETFL, O_NONBLOCK);
	return true;
}

static size_t
count_done(struct child *const *all, size_t count)
{
	size_t n, done = 0;

	for (n = 0; n < count; n++)
		done += all[n]->done;
	return done;
}

bool
child_wait(struct child *const *all, size_t count, int timeout_ms)
{
	int64_t end = clock_boot() + timeout_ms * CLOCK_SECOND / 1000;
	size_t n, before = count_done(all, count);
	struct watch **list = calloc(count * CHILD_WATCHES + 1, sizeof(*list));

	if (list == NULL)
		oom();
	for (n = 0; n < count * CHILD_WATCHES; n++)
		list[n] = &all[n / CHILD_WATCHES]->watches[n % CHILD_WATCHES];
	while (watch_round(list, n, end) && count_done(all, count) == before &&
	       clock_boot() < end)
		continue;
	free(list);
	return count_done(all, count) > before;
}

void
child_end(struct child *c)
{
	if (c->pid > 0 && !c->done) {
		kill(c->pid, SIGKILL);
		reap(c);
	}
	close_all(c);
	buf_free(&c->output);
	buf_free(&c->error);
	memset(c, 0, sizeof(*c));
}
