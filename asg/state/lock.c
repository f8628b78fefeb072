/* Who makes passes, and whether that gets on. */
#include <sys/file.h>
#include <sys/pidfd.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "state/lock.h"

enum {
	RECORD = 63,
	LOOK_MS = 1000, /* between two looks at the beats of a holder */
	ANON_MS = 20,   /* the same where it is not known who that is */
};

static const int64_t HANGS = 20 * CLOCK_SECOND;

struct holder {
	long pid; /* 0: nobody was seen yet */
	unsigned long long start, beats;
	int64_t seen; /* clock_boot(), when this was seen first */
};

/* In clock ticks since the system began; 0: there is no such process. */
static unsigned long long
started(long pid)
{
	unsigned long long start = 0;
	char path[32], line[1024], *end;

	snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
	file_line(path, line, sizeof(line));
	/* The name may have blanks and brackets. */
	if ((end = strrchr(line, ')')) == NULL ||
	    sscanf(end + 1,
		" %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d"
		" %*d %*d %*d %*d %llu",
		&start) != 1)
		start = 0;
	return start;
}

void
lock_beat(int fd)
{
	static unsigned long long start, beats;
	char record[RECORD + 1];

	if (start == 0)
		start = started(getpid());
	snprintf(record, sizeof(record), "%-20ld %-20llu %-20llu\n",
	    (long)getpid(), start, ++beats);
	/* In its place, so that hardly a disk is too full for it. The time of
	 * the file is for who does not wait for the lock. */
	(void)!pwrite(fd, record, RECORD, 0);
	(void)!futimens(fd, NULL);
}

static bool
read_holder(int fd, struct holder *h)
{
	char record[RECORD + 1] = { 0 };

	return pread(fd, record, RECORD, 0) == RECORD &&
	       sscanf(record, "%ld %llu %llu", &h->pid, &h->start, &h->beats) ==
		   3 &&
	       h->pid > 1;
}

/* A descriptor first: then the pid is of whom we look at, or of nobody. */
static int
open_process(const struct holder *h)
{
	int fd = pidfd_open((pid_t)h->pid, 0);

	if (fd == -1 || started(h->pid) == h->start)
		return fd;
	close(fd);
	return -1;
}

static void
kill_if_it_hangs(const struct holder *h, int process)
{
	int64_t idle = clock_boot() - h->seen;

	if (idle < HANGS)
		return;
	log_line(LOG_WARN, "asg %ld has done nothing for %d s: it is killed",
	    h->pid, (int)(idle / CLOCK_SECOND));
	pidfd_send_signal(process, SIGKILL, NULL, 0);
}

/* Until the holder ends, but not longer than until then or the next look; h is
 * zero at first. */
static void
await_holder(int fd, struct holder *h, int64_t until)
{
	int64_t left = (until - clock_boot()) / 1000 + 1;
	struct pollfd ended = { .events = POLLIN };
	struct holder now = { 0 };

	if (!read_holder(fd, &now) || (ended.fd = open_process(&now)) == -1) {
		poll(NULL, 0, ANON_MS);
		return;
	}
	now.seen = h->seen;
	if (now.pid != h->pid || now.start != h->start || now.beats != h->beats)
		now.seen = clock_boot();
	*h = now;
	kill_if_it_hangs(h, ended.fd);
	poll(&ended, 1, left < LOOK_MS ? (int)left : LOOK_MS);
	close(ended.fd);
}

static int
open_file(const char *directory, int flags, char path[300])
{
	snprintf(path, 300, "%s/lock", directory);
	return open(path, O_RDWR | O_CLOEXEC | flags, 0640);
}

/* false: another process has it. */
static bool
try_lock(int fd, int how, const char *path)
{
	if (flock(fd, how | LOCK_NB) == 0)
		return true;
	if (errno != EWOULDBLOCK && errno != EINTR)
		die(111, "%s: %s", path, strerror(errno));
	return false;
}

int
lock_take(const char *directory, int64_t patience)
{
	int64_t until = clock_boot() + patience;
	struct holder other = { 0 };
	char path[300];
	int fd = open_file(directory, O_CREAT, path);

	if (fd == -1)
		die(111, "%s: %s", path, strerror(errno));
	while (!try_lock(fd, LOCK_EX, path)) {
		if (clock_boot() >= until) {
			close(fd);
			return -1;
		}
		await_holder(fd, &other, until);
	}
	lock_beat(fd);
	return fd;
}

/* It writes its name right after it has taken the lock. */
static bool
find_holder(int fd, struct holder *h)
{
	int n;

	for (n = 0; n < 10; n++) {
		if (read_holder(fd, h) && started(h->pid) == h->start)
			return true;
		poll(NULL, 0, ANON_MS / 2);
	}
	return false;
}

bool
lock_is_held(const char *directory, long *pid)
{
	struct holder h = { 0 };
	char path[300];
	int fd = open_file(directory, 0, path);
	bool held;

	/* (Shared, so that two who look do not see each other.) */
	held = fd != -1 && !try_lock(fd, LOCK_SH, path);
	if (pid != NULL)
		*pid = held && find_holder(fd, &h) ? h.pid : 0;
	if (fd != -1)
		close(fd);
	return held;
}
