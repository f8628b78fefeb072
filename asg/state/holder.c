#include <sys/pidfd.h>
#include <sys/stat.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "state/holder.h"
#include "base/log.h"

enum { RECORD = 63 };

static const int64_t HANGS = 20 * CLOCK_SECOND;

/* In clock ticks since the system began, field 22 of proc(5)'s stat; 0: there
 * is no such process. */
static unsigned long long
started(long pid)
{
	unsigned long long start = 0;
	char path[32], line[1024], *end = NULL;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
	if ((file = fopen(path, "re")) == NULL)
		return 0;
	/* The name may have blanks and brackets. */
	if (fgets(line, sizeof(line), file) != NULL)
		end = strrchr(line, ')');
	if (end == NULL ||
	    sscanf(end + 1,
		" %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d"
		" %*d %*d %*d %*d %llu",
		&start) != 1)
		start = 0;
	fclose(file);
	return start;
}

void
holder_beat(int fd)
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

/* A handle first: then the pid is of whom we look at, or of nobody. */
static bool
kill_it(const struct holder *h)
{
	int fd = pidfd_open((pid_t)h->pid, 0);
	bool killed;

	if (fd == -1)
		return false;
	killed = started(h->pid) == h->start &&
		 pidfd_send_signal(fd, SIGKILL, NULL, 0) == 0;
	close(fd);
	return killed;
}

bool
holder_watch(int fd, struct holder *h)
{
	struct holder now = { 0 };

	if (!read_holder(fd, &now))
		return false;
	if (now.pid != h->pid || now.start != h->start ||
	    now.beats != h->beats) {
		*h = now;
		h->seen = clock_boot();
		return false;
	}
	if (clock_boot() - h->seen < HANGS)
		return false;
	log_line(LOG_WARN, "asg %ld has done nothing for %d s: it is killed",
	    h->pid, (int)((clock_boot() - h->seen) / CLOCK_SECOND));
	h->seen = clock_boot();
	return kill_it(h);
}
