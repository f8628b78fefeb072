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
#include "provider/provider.h"

static const char *const verbs[] = { "list", "launch", "terminate" };

/* ---- in the child */

static void
set_environment(const struct group_config *g)
{
	setenv("KIND", g->kind, 1);
	setenv("THREADS", g->threads, 1);
	setenv("LAUNCH_ENVIRONMENT", g->environment, 1);
	if (g->release[0] != '\0')
		setenv("RELEASE", g->release, 1);
}

/* It ends with asg: what it was at is begun again by the next one. */
static void __attribute__((noreturn))
become(const char *program, enum work work, const struct group_config *g,
    const char *zone, const char *id, int out, int err)
{
	int null = open("/dev/null", O_RDONLY);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpgid(0, 0);
	signal(SIGPIPE, SIG_DFL);
	dup2(null, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	if (work == WORK_LAUNCH) {
		set_environment(g);
		execl(program, program, verbs[work], g->name, zone, id, NULL);
	} else {
		execl(program, program, verbs[work], id, NULL);
	}
	dprintf(STDERR_FILENO, "%s: %s\n", program, strerror(errno));
	_exit(111);
}

/* ---- jobs */

static struct job *
free_place(struct provider *p)
{
	int n;

	for (n = 0; n < JOBS_MAX; n++)
		if (p->jobs[n].pid == 0)
			return &p->jobs[n];
	return NULL;
}

static void
close_pipe(int fds[2])
{
	close(fds[0]);
	close(fds[1]);
}

bool
provider_begin(struct provider *p, enum work work, const struct group_config *g,
    const char *zone, const char *id)
{
	struct job *j = free_place(p);
	int out[2], err[2];

	if (j == NULL || pipe2(out, O_CLOEXEC) == -1)
		return false;
	if (pipe2(err, O_CLOEXEC) == -1) {
		close_pipe(out);
		return false;
	}
	j->work = work;
	j->started = clock_boot();
	j->deadline = clock_boot() +
		      (work == WORK_LIST ? LIST_SECONDS : JOB_SECONDS) *
			  CLOCK_SECOND;
	snprintf(j->id, sizeof(j->id), "%s", id != NULL ? id : "");
	if ((j->pid = fork()) == 0)
		become(p->program, work, g, zone, id, out[1], err[1]);
	close(out[1]);
	close(err[1]);
	if (j->pid == -1 || (j->pidfd = pidfd_open(j->pid, 0)) == -1) {
		j->pid = 0;
		close(out[0]);
		close(err[0]);
		return false;
	}
	j->out = out[0];
	j->err = err[0];
	fcntl(j->out, F_SETFL, O_NONBLOCK);
	fcntl(j->err, F_SETFL, O_NONBLOCK);
	return true;
}

/* What is there now; a provider that says far too much is ended. */
static void
take(struct job *j, int fd, struct buf *b)
{
	char bytes[65536];
	ssize_t n;

	while ((n = read(fd, bytes, sizeof(bytes))) > 0) {
		buf_add(b, bytes, (size_t)n);
		if (b->len > LISTING_SIZE) {
			kill(j->pid, SIGKILL);
			return;
		}
	}
}

static void
say_why(struct job *j, int status)
{
	char *nl;

	if (j->error.len == 0 && WIFSIGNALED(status))
		buf_printf(&j->error, "%s was ended by signal %d%s",
		    verbs[j->work], WTERMSIG(status),
		    clock_boot() >= j->deadline ? ": it took too long" : "");
	else if (j->error.len == 0)
		buf_printf(&j->error, "%s ended with status %d", verbs[j->work],
		    WEXITSTATUS(status));
	/* One sentence: the first line. */
	if ((nl = strchr(j->error.data, '\n')) != NULL)
		*nl = '\0';
	listing_plain_text(j->error.data);
}

static void
finish(struct job *j)
{
	int status = 0;

	take(j, j->out, &j->output);
	take(j, j->err, &j->error);
	waitpid(j->pid, &status, 0);
	j->failed = status != 0;
	j->done = true;
	if (j->failed)
		say_why(j, status);
}

static int
watch_jobs(struct provider *p, struct pollfd *fds)
{
	struct job *j;
	int n, count = 0;

	for (n = 0; n < JOBS_MAX; n++) {
		j = &p->jobs[n];
		if (j->pid == 0 || j->done)
			continue;
		if (clock_boot() >= j->deadline)
			kill(j->pid, SIGKILL);
		fds[count++] = (struct pollfd){ j->pidfd, POLLIN, 0 };
		fds[count++] = (struct pollfd){ j->out, POLLIN, 0 };
		fds[count++] = (struct pollfd){ j->err, POLLIN, 0 };
	}
	return count;
}

static struct job *
job_of_pidfd(struct provider *p, int fd)
{
	int n;

	for (n = 0; n < JOBS_MAX; n++)
		if (p->jobs[n].pid != 0 && p->jobs[n].pidfd == fd)
			return &p->jobs[n];
	return NULL;
}

/* A pipe at its end stays readable: look at each one's process as well. */
static bool
collect(struct provider *p, const struct pollfd *fds, int count)
{
	struct job *j;
	bool ended = false;
	int n;

	for (n = 0; n < count; n += 3) {
		if ((j = job_of_pidfd(p, fds[n].fd)) == NULL)
			continue;
		take(j, j->out, &j->output);
		take(j, j->err, &j->error);
		if (fds[n].revents == 0)
			continue;
		finish(j);
		ended = true;
	}
	return ended;
}

bool
provider_wait(struct provider *p, int timeout_ms)
{
	int64_t until = clock_boot() + timeout_ms * CLOCK_SECOND / 1000;
	struct pollfd fds[3 * JOBS_MAX];
	int64_t left;
	int n, count;

	for (;;) {
		count = watch_jobs(p, fds);
		if ((left = until - clock_boot()) < 0)
			left = 0;
		/* 5 ms: a pipe that its process has closed is always ready. */
		n = poll(fds, (nfds_t)count, (int)(left / 1000));
		if (n == -1)
			return false;
		if (collect(p, fds, count))
			return true;
		if (clock_boot() >= until)
			return false;
		if (n > 0)
			poll(NULL, 0, 5);
	}
}

struct job *
provider_job(struct provider *p, const char *id)
{
	struct job *j;
	int n;

	for (n = 0; n < JOBS_MAX; n++) {
		j = &p->jobs[n];
		if (j->pid != 0 && (id != NULL ? strcmp(j->id, id) == 0
					       : j->work == WORK_LIST))
			return j;
	}
	return NULL;
}

void
provider_end(struct job *j)
{
	close(j->pidfd);
	close(j->out);
	close(j->err);
	buf_free(&j->output);
	buf_free(&j->error);
	memset(j, 0, sizeof(*j));
}

bool
provider_busy(const struct provider *p)
{
	int n;

	for (n = 0; n < JOBS_MAX; n++)
		if (p->jobs[n].pid != 0 && p->jobs[n].work != WORK_LIST)
			return true;
	return false;
}

void
provider_close(struct provider *p)
{
	int n;

	for (n = 0; n < JOBS_MAX; n++) {
		if (p->jobs[n].pid == 0)
			continue;
		if (!p->jobs[n].done) {
			kill(p->jobs[n].pid, SIGKILL);
			waitpid(p->jobs[n].pid, NULL, 0);
		}
		provider_end(&p->jobs[n]);
	}
}
